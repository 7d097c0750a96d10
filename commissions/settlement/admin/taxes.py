"""What taxes are reckoned by. A table is added, checked when it is, and stays for ever: statements were written by
it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.access.permissions.staff import ReadOnlyAdmin
from commissions.settlement.domain.tax_tables import brackets_of, faults_of
from commissions.settlement.domain.taxes import LABOUR_SERVICE, TaxScale
from commissions.settlement.models.taxes import TaxTable
from commissions.settlement.services.taxes import add_tax_table
from foundation.admin.pages import table
from foundation.texts.translation import translated

AMOUNTS = ["flat_deduction", "flat_deduction_up_to", "taxed_percent", "monthly_deduction"]


class TaxTableForm(forms.ModelForm):
    brackets = forms.CharField(
        label=_("brackets"),
        help_text=_("One a line: up to (yuan), percent, quick deduction; the last begins with -"),
        widget=UnfoldAdminTextareaWidget,
    )

    class Meta:
        model = TaxTable
        fields = ["method", "starts_on", *AMOUNTS, "source"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            try:
                said["table"] = TaxScale(brackets_of(said["brackets"]), **{name: said[name] for name in AMOUNTS})
            except ValueError as fault:
                raise forms.ValidationError({"brackets": translated(fault.args[0])}) from None
            faults = faults_of(said["method"], said["table"])
            if faults:
                raise forms.ValidationError({"brackets": list(map(translated, faults))})
        return said


@admin.register(TaxTable)
class TaxTableAdmin(ReadOnlyAdmin):
    """All staff see them. They hold for every brand, so only administrators add one."""

    brand_path = ""
    is_small = True
    form = TaxTableForm
    list_display = ["method", "starts_on", "source", "added_at"]
    list_filter = ["method"]
    ordering = ["method", "-starts_on"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super(ReadOnlyAdmin, self).get_queryset(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and bool(request.user.is_superuser)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        written = ["brackets"] if obj is None else ["table_of_brackets"]
        return ["method", "starts_on", *written, *AMOUNTS, "source", *([] if obj is None else ["added_at"])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else ["table_of_brackets"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new law mostly changes a number or two: begin with the newest table of the method."""
        method = request.GET.get("method", LABOUR_SERVICE)
        newest = TaxTable.objects.filter(method=method).order_by("-starts_on").first()
        if newest is None:
            return {"method": method}
        lines = [
            f"{'-' if limit is None else limit} {percent} {quick}"
            for limit, percent, quick in newest.as_table().brackets
        ]
        return {"method": method, "brackets": "\n".join(lines)} | {name: getattr(newest, name) for name in AMOUNTS}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        said = form.cleaned_data
        added = add_tax_table(
            method=said["method"],
            starts_on=said["starts_on"],
            table=said["table"],
            source=said["source"],
            at=timezone.now(),
        )
        obj.pk, obj.brackets, obj.added_at = added.pk, added.brackets, added.added_at

    @display(description=_("brackets"))
    def table_of_brackets(self, obj: TaxTable) -> SafeString:
        rows = [
            ("—" if limit is None else f"{limit:,}", f"{percent} %", f"{quick:,}")
            for limit, percent, quick in obj.as_table().brackets
        ]
        return table([_("up to"), _("rate"), _("quick deduction")], rows)
