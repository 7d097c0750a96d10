"""How a brand pays, and who answers for it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldBooleanWidget

from accounts.access.permissions.staff import EditableAdmin
from commissions.compliance.admin import report_link
from commissions.planning.domain.refusals import TotalCapRefused
from commissions.planning.services.policies import acknowledge_level_2, refuse_low_total_cap
from commissions.plans.domain.law import law_on
from commissions.plans.models.policies import PayPolicy
from foundation.texts.translation import translated_messages


class PayPolicyForm(forms.ModelForm):
    """A second paid level is switched on by somebody who has read what it means, and says so here."""

    acknowledge = forms.BooleanField(
        required=False, label=_("I acknowledge the second paid level"), widget=UnfoldBooleanWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says = law_on(timezone.now().date()).level_2_acknowledgement.says
        self.fields["acknowledge"].help_text = says.told_in(get_language() or "")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("paid_levels") == 2 and not self.instance.level2_acknowledged_by and not given.get("acknowledge"):
            raise forms.ValidationError({"acknowledge": _("A second paid level needs somebody who has read this.")})
        if "total_cap_bps" in given:
            try:
                refuse_low_total_cap(brand=self.instance.brand, total_cap_bps=given["total_cap_bps"], at=timezone.now())
            except TotalCapRefused as refused:
                raise forms.ValidationError({"total_cap_bps": translated_messages(refused)}) from None
        return given


@admin.register(PayPolicy)
class PayPolicyAdmin(EditableAdmin):
    is_small = True
    form = PayPolicyForm
    list_display = [
        "brand",
        "hold_days",
        "hold_rule",
        "paid_levels",
        "total_cap_bps",
        "min_payout_minor",
        "tax",
        "report",
    ]
    readonly_fields = ["brand", "level2_acknowledged_by", "level2_acknowledged_at", "report"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a brand has one from the beginning

    @display(description=_("compliance"))
    def report(self, policy: PayPolicy) -> SafeString:
        return report_link(policy.brand)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """The acknowledgement first: the database asks for it before it takes a second level."""
        if form.cleaned_data.get("acknowledge"):
            said = acknowledge_level_2(
                brand=obj.brand, by=f"{request.user} (user {request.user.pk})"[:120], at=timezone.now()
            )
            obj.level2_acknowledged_by, obj.level2_acknowledged_at = said.acknowledged_by, said.acknowledged_at
        super().save_model(request, obj, form, change)
