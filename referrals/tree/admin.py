from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn, ReadOnlyAdmin
from accounts.access.permissions.stepping import ConfirmedActions
from accounts.people.models import Koc, User
from foundation.admin.columns import page
from foundation.admin.pages import link, moment, page_of, table
from referrals.shares.selectors import layers_below, people_below
from referrals.tree.models import CreditPolicy, InvitationPolicy, SponsorChange, Sponsorship
from referrals.tree.services.moves import move_koc


@admin.register(CreditPolicy)
class CreditPolicyAdmin(EditableAdmin):
    list_display = ["brand", "attribution", "window_days", "binding_mode", "binding_days", "self_purchase"]
    readonly_fields = ["brand"]
    fields = [
        "brand",
        ("attribution", "window_days", "self_purchase"),
        ("binding_mode", "binding_days", "binding_by"),
        ("binding_protect_days", "binding_release_days"),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a brand has one from the beginning


@admin.register(InvitationPolicy)
class InvitationPolicyAdmin(EditableAdmin):
    list_display = ["brand", "most_people", "in_days", "valid_days"]


class Moving(forms.Form):
    """To whom and why. `kocs` are those that the staff see."""

    sponsor = forms.CharField(
        max_length=64,
        required=False,
        label="new sponsor 新推荐人",
        help_text="the key of a KOC; empty: nobody 填写 KOC 编号，留空为无推荐人",
        widget=UnfoldAdminTextInputWidget,
    )
    reason = forms.CharField(max_length=200, label="why 原因", widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, kocs: QuerySet[Koc], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kocs = kocs

    def clean_sponsor(self) -> Koc | None:
        key = self.cleaned_data["sponsor"].strip()
        if not key:
            return None
        koc = self.kocs.filter(key=key).first()
        if koc is None:
            raise forms.ValidationError(f"{key}: this brand has no such KOC 该品牌没有此 KOC")
        return koc


@admin.register(Sponsorship)
class SponsorshipAdmin(ConfirmedActions):
    list_display = ["koc", "sponsor", "root", "depth", "brand"]
    list_filter = [("brand", OnlyOwn), "depth"]
    search_fields = ["koc__name", "koc__key", "sponsor__name", "sponsor__key"]
    ordering = ["depth", "koc"]
    fields = [("koc", "brand"), ("sponsor_page", "root"), ("depth", "code_drawn_at"), "below", "before"]
    actions_detail = ["move"]
    sponsor_page = page("sponsor", "sponsor")

    @display(description="who stands below")
    def below(self, place: Sponsorship) -> SafeString:
        layers = layers_below(place.koc, at=timezone.now())
        rows = [
            (layer.depth, f"{layer.people:,}", f"{layer.joined:,}", f"{layer.sharing:,}", f"{layer.shares:,}")
            for layer in layers
        ]
        return table(["depth", "KOCs", "joined in 30 days", "shared in 30 days", "shares"], rows)

    @display(description="sponsors before")
    def before(self, place: Sponsorship) -> SafeString:
        changes = (
            SponsorChange.objects.filter(koc=place.koc_id)
            .select_related("sponsor_before", "changed_by")
            .order_by("-changed_at", "-pk")[:50]
        )
        rows = [
            (moment(change.changed_at), link(change.sponsor_before), change.reason, change.changed_by or "—")
            for change in changes
        ]
        return table(["until", "sponsor", "why they left", "moved by"], rows)

    @action(description="Move 变更推荐人", url_path="move", icon="move_up")
    def move(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        place: Sponsorship = self.found(request, object_id)

        def act(said: Moving) -> str:
            sponsor, by = said.cleaned_data["sponsor"], cast(User, request.user)
            change = move_koc(
                koc=place.koc, sponsor=sponsor, reason=said.cleaned_data["reason"], by=by, at=timezone.now()
            )
            if change is None:
                return "That is the sponsor already: nothing changed. 推荐人未变"
            return f"{place.koc} → {sponsor or '—'} 已变更"

        people = sum(people_below(place.koc))
        texts = [
            f"{place.koc} stands under {place.sponsor or 'nobody'}; {people:,} KOCs below move along. 下级 {people:,} 人随同变更。",
            "Orders that were paid before keep the sponsor of then. 变更前付款的订单仍归原推荐人。",
        ]
        return self.step(
            request, act, title=f"Move 变更推荐人 {place.koc}", texts=texts, submit="Move 变更", back=page_of(place),
            form=partial(Moving, kocs=Koc.objects.filter(brand=place.brand_id)),
        )  # fmt: skip


@admin.register(SponsorChange)
class SponsorChangeAdmin(ReadOnlyAdmin):
    brand_path = "koc__brand"
    list_display = ["koc", "sponsor_before", "changed_at", "reason", "changed_by"]
    search_fields = ["koc__name", "koc__key"]
    ordering = ["-changed_at"]
