from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn, ReadOnlyAdmin
from referrals.communities.domain import BadPrize, Prized, prizes
from referrals.communities.models import Community, CommunityMember, Contest, Prize
from referrals.communities.services.contests import save_prizes


@admin.register(Community)
class CommunityAdmin(ReadOnlyAdmin):
    list_display = ["name", "kind", "leader", "people", "opened_at", "closed_at", "brand"]
    list_select_related = ["brand", "leader"]
    list_filter = ["kind", ("brand", OnlyOwn), ("closed_at", admin.EmptyFieldListFilter), "opened_at"]
    search_fields = ["name", "topic", "code", "leader__key", "leader__name"]
    ordering = ["-opened_at"]
    readonly_fields = ["public_id", "people"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(inside=Count("members", filter=Q(members__left_at=None)))

    @display(description="people", ordering="inside")
    def people(self, community: Any) -> int:
        return int(community.inside)


@admin.register(CommunityMember)
class CommunityMemberAdmin(ReadOnlyAdmin):
    brand_path = "community__brand"
    list_display = ["community", "koc", "customer", "joined_at", "left_at"]
    list_select_related = ["community", "koc", "customer"]
    search_fields = ["community__name", "koc__key", "koc__name", "customer__key"]
    ordering = ["-joined_at"]


class ContestForm(forms.ModelForm):
    prizes = forms.CharField(
        required=False,
        label="prizes 奖品",
        help_text="one a line, by rank: 1: a trip / 2-10: a set. Nobody is paid by the head. 每行一个，按名次；拉新只计数，不得按人头计酬",
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
            raise forms.ValidationError(str(bad)) from None

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
            raise forms.ValidationError(str(bad)) from None
        return rule


@admin.register(Contest)
class ContestAdmin(EditableAdmin):
    form = ContestForm
    list_display = ["name", "kind", "starts_at", "ends_at", "brand"]
    list_select_related = ["brand"]
    list_filter = ["kind", ("brand", OnlyOwn), "starts_at"]
    search_fields = ["name"]
    ordering = ["-starts_at"]
    fields = [("name", "brand"), ("kind", "least"), "starts_at", "ends_at", "rule", "prizes"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["brand", "kind"] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        save_prizes(contest=obj, prizes=form.cleaned_data["prizes"])


@admin.register(Prize)
class PrizeAdmin(ReadOnlyAdmin):
    brand_path = "contest__brand"
    list_display = ["contest", "first", "last", "what"]
    list_select_related = ["contest"]
    search_fields = ["contest__name", "what"]
    ordering = ["contest", "first"]
