from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn, ReadOnlyAdmin
from foundation.admin.fields import MoneyField, chosen
from foundation.money.units import COUNT, Unit
from foundation.texts.translation import translated
from growth.contests.domain import BadPrize, Prized, prizes
from growth.contests.models import Contest, Prize
from growth.contests.services import save_prizes

NEEDED = _("what is needed to be ranked: an amount of sales, or a number of people")


class LeastField(MoneyField):
    """An amount of sales, or a number of people."""

    def unit_of(self, form: Any) -> Unit | None:
        return COUNT if chosen(form, "kind") == Contest.Kind.RECRUITS else super().unit_of(form)


class ContestForm(forms.ModelForm):
    prizes = forms.CharField(
        required=False,
        label=_("prizes"),
        help_text=_("one a line, by rank: 1: a trip / 2-10: a set. Nobody is paid by the head."),
        widget=UnfoldAdminTextareaWidget,
    )

    class Meta:
        model = Contest
        fields = ("brand", "name", "kind", "rule", "least", "starts_at", "ends_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["prizes"].initial = "\n".join(map(str, self.instance.prizes.all()))

    def clean_prizes(self) -> list[Prized]:
        try:
            return prizes(self.cleaned_data["prizes"])
        except BadPrize as bad:
            raise forms.ValidationError(translated(bad.args[0])) from None

    def clean_rule(self) -> str:
        """A rule that pays by the head is a prize under another name."""
        rule = str(self.cleaned_data["rule"])
        try:
            prizes(
                "\n".join(
                    f"{number}: {line}" for number, line in enumerate(filter(str.strip, rule.splitlines()), start=1)
                )
            )
        except BadPrize as bad:
            raise forms.ValidationError(translated(bad.args[0])) from None
        return rule


@admin.register(Contest)
class ContestAdmin(EditableAdmin):
    is_small = True
    form = ContestForm
    list_display = ["name", "kind", "starts_at", "ends_at", "brand"]
    list_filter = ["kind", ("brand", OnlyOwn), "starts_at"]
    search_fields = ["name"]
    ordering = ["-starts_at"]
    fields = [("name", "brand"), ("kind", "least"), "starts_at", "ends_at", "rule", "prizes"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "least":
            kwargs |= {"form_class": LeastField, "path": self.brand_path, "help_text": NEEDED}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["brand", "kind"] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        save_prizes(contest=obj, prizes=form.cleaned_data["prizes"])


@admin.register(Prize)
class PrizeAdmin(ReadOnlyAdmin):
    is_small = True
    brand_path = "contest__brand"
    list_display = ["contest", "first", "last", "what"]
    search_fields = ["contest__name", "what"]
    ordering = ["contest", "first"]
