"""Debts that are forgiven by four eyes."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from accounts.access.permissions.making import CreateOnlyAdmin
from accounts.access.permissions.staff import OnlyOwn
from commissions.settlement.models.write_offs import WriteOff
from commissions.settlement.selectors.debts import debt_of
from commissions.settlement.services.write_offs import approve_write_off, ask_write_off, refuse_write_off
from foundation.admin.actions import each
from foundation.admin.columns import amount, labelled, page
from foundation.admin.fields import MoneyField
from foundation.texts.amounts import shown


class AskForm(forms.ModelForm):
    owed = MoneyField(path="koc__brand", label=_("Amount"), help_text=_("at most what the KOC owes now"))

    class Meta:
        model = WriteOff
        fields = ("koc", "owed", "reason")


STATUS_LABELS = {
    WriteOff.Status.ASKED: "warning",
    WriteOff.Status.APPROVED: "success",
    WriteOff.Status.REFUSED: "danger",
}


@admin.register(WriteOff)
class WriteOffAdmin(CreateOnlyAdmin):
    list_display = [
        "koc",
        "brand",
        "forgiven",
        "reason",
        "status_label",
        "asked_by",
        "asked_at",
        "decided_by",
        "decided_at",
    ]
    list_filter = ["status", ("brand", OnlyOwn), "asked_at"]
    search_fields = ["koc__key", "koc__name"]
    autocomplete_fields = ["koc"]
    actions = ["approve", "refuse"]
    readonly_fields = ["koc_page", "forgiven", "debt_now", "adjustment_page"]
    status_label = labelled("status", STATUS_LABELS)
    forgiven = amount("amount_minor", _("amount"))
    koc_page = page("koc", _("KOC"))
    adjustment_page = page("adjustment", _("on a statement by"))

    @display(description=_("owes now"))
    def debt_now(self, write_off: WriteOff) -> str:
        return shown(debt_of(write_off.koc), write_off.brand.currency)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002  the framework's
        return super().get_form(request, obj, change, **(kwargs if obj else kwargs | {"form": AskForm, "fields": None}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(self.readonly_fields) if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        decided = [
            ("koc_page", "brand"),
            ("forgiven", "debt_now"),
            "reason",
            "status",
            ("asked_by", "asked_at"),
            ("decided_by", "decided_at"),
        ]
        return [(None, {"fields": [*decided, "adjustment_page"] if obj else ["koc", "owed", "reason"]})]

    def make(self, request: HttpRequest, form: Any) -> WriteOff:
        by: Any = request.user
        koc, reason = form.cleaned_data["koc"], form.cleaned_data["reason"]
        return ask_write_off(koc=koc, amount_minor=form.cleaned_data["owed"], reason=reason, by=by, at=timezone.now())

    @action(description=_("Approve"))
    def approve(self, request: HttpRequest, queryset: QuerySet[WriteOff]) -> None:
        self._decide(request, queryset, approve_write_off, "approved")

    @action(description=_("Refuse"))
    def refuse(self, request: HttpRequest, queryset: QuerySet[WriteOff]) -> None:
        self._decide(request, queryset, refuse_write_off, "refused")

    def _decide(
        self, request: HttpRequest, rows: QuerySet[WriteOff], decide: Callable[..., WriteOff], done: str
    ) -> None:
        each(
            request,
            rows.select_related("brand"),
            lambda row: decide(write_off=row, by=request.user, at=timezone.now()),
            done,
        )
