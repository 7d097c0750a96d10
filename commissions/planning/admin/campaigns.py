"""What is paid on top of the plans, and what is left of each budget."""

from typing import Any

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn, ReadOnlyAdmin
from commissions.planning.admin.plan_forms import CampaignForm, saved_as
from commissions.planning.admin.plans import LABELS, STANDINGS, standing_of
from commissions.planning.selectors.plans import why_frozen
from commissions.planning.services.campaigns import save_campaign
from commissions.plans.models.campaigns import Campaign, MonthlyVolume
from foundation.admin.columns import amount
from foundation.admin.pages import table
from foundation.texts.amounts import percent, shown
from foundation.texts.translation import Text, translated

IN_FORCE = _(
    "It {why}: what it pays stays as it was promised. Its name and its budget may change, and it may be ended."
)
TO_COME = _("It has promised nothing: it may be changed until it starts.")


@admin.register(Campaign)
class CampaignAdmin(EditableAdmin):
    """What one in force pays is not edited. All is saved by the service that files use too."""

    is_small = True
    form = CampaignForm
    list_display = ["key", "name", "brand", "kind", "standing", "starts_at", "ends_at", "spent"]
    list_filter = ["kind", ("brand", OnlyOwn)]
    search_fields = ["key", "name"]
    ordering = ["-starts_at"]
    formfield_overrides = {**EditableAdmin.formfield_overrides, ArrayField: {"widget": UnfoldAdminTextInputWidget}}

    @display(description=_("standing"), label=LABELS)
    def standing(self, campaign: Campaign) -> tuple[str, Text]:
        return standing_of(campaign), STANDINGS[standing_of(campaign)]

    @display(description=_("budget promised"), ordering="reserved_minor")
    def spent(self, campaign: Campaign) -> SafeString:
        """What is promised of the budget, as a bar; what is taken back is there again."""
        promised, budget = campaign.reserved_minor, campaign.budget_minor
        left = shown(budget - promised, campaign.brand.currency)
        bar = {
            "title": f"{shown(promised, campaign.brand.currency)} / {shown(budget, campaign.brand.currency)}",
            "description": _("%(left)s left") % {"left": left},
            "items": [{"value": 100 * promised // budget if budget else 100}],
        }
        return render_to_string("unfold/components/progress.html", bar)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        campaign: Any = super().get_object(request, object_id, from_field)
        if campaign is not None:
            campaign.frozen = why_frozen(campaign, at=timezone.now())
        return campaign

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        pays = ["skus", "fixed_minor", "steps_shown" if getattr(obj, "frozen", "") else "steps"]
        written = [("brand", "key"), "name", "kind", "starts_at", "ends_at", *pays, "budget_minor", "seen"]
        return written if obj is None else ["why", "spent", *written]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        always = ["why", "spent", "brand", "key"]
        if not getattr(obj, "frozen", ""):
            return always
        over = ["ends_at"] if standing_of(obj) == "ended" else []
        return [*always, "kind", "starts_at", *over, "skus", "fixed_minor", "steps", "steps_shown"]

    @display(description=_("standing"))
    def why(self, campaign: Any) -> Text:
        return IN_FORCE.format(why=translated(campaign.frozen)) if campaign.frozen else TO_COME

    @display(description=_("steps"))
    def steps_shown(self, campaign: Campaign) -> SafeString | str:
        rows = [(shown(mark, campaign.brand.currency), percent(rate)) for mark, rate in campaign.steps]
        return table([_("sales from"), _("rate")], rows) if rows else "—"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        saved_as(obj, save_campaign(brand=obj.brand, campaign=form.part, at=form.at, seen=form.cleaned_data["seen"]))


@admin.register(MonthlyVolume)
class MonthlyVolumeAdmin(ReadOnlyAdmin):
    brand_path = "campaign__brand"
    list_display = ["campaign", "koc", "period", "base"]
    list_select_related = ["campaign__brand", "koc"]
    list_filter = [("campaign", OnlyOwn)]
    search_fields = ["koc__key", "koc__name"]
    base = amount("base_minor", _("base"), currency="campaign.brand.currency")
