from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn, ReadOnlyAdmin
from accounts.access.permissions.stepping import ConfirmedActions
from accounts.people.models import Koc, User
from foundation.admin.columns import page
from foundation.admin.pages import link, moment, page_of, table
from foundation.texts.keys import clean_code
from foundation.texts.translation import Text
from referrals.shares.selectors import layers_below, people_below
from referrals.tree.models import CreditPolicy, InvitationPolicy, SponsorChange, Sponsorship
from referrals.tree.services.moves import move_koc


@admin.register(CreditPolicy)
class CreditPolicyAdmin(EditableAdmin):
    is_small = True
    list_display = ["brand", "attribution", "window_days", "binding_mode", "binding_days", "self_purchase"]
    readonly_fields = ["brand"]
    fields = [
        "brand",
        ("attribution", "window_days"),
        ("self_purchase", "unreadable_phone"),
        ("binding_mode", "binding_days", "binding_by"),
        ("binding_protect_days", "binding_release_days"),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a brand has one from the beginning


@admin.register(InvitationPolicy)
class InvitationPolicyAdmin(EditableAdmin):
    is_small = True
    list_display = ["brand", "most_people", "in_days", "valid_days"]


class Moving(forms.Form):
    """To whom and why. `kocs` are those that the staff see."""

    sponsor = forms.CharField(
        max_length=64,
        required=False,
        label=_("new sponsor"),
        help_text=_("the key of a KOC; empty: nobody"),
        widget=UnfoldAdminTextInputWidget,
    )
    reason = forms.CharField(max_length=200, label=_("why"), widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, kocs: QuerySet[Koc], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kocs = kocs

    def clean_sponsor(self) -> Koc | None:
        key = clean_code(self.cleaned_data["sponsor"]) or self.cleaned_data["sponsor"].strip()
        if not key:
            return None
        koc = self.kocs.filter(key=key).first()
        if koc is None:
            raise forms.ValidationError(_("%(key)s: this brand has no such KOC") % {"key": key})
        return koc


@admin.register(Sponsorship)
class SponsorshipAdmin(ConfirmedActions):
    list_display = ["koc", "sponsor", "root", "depth", "brand"]
    list_filter = [("brand", OnlyOwn)]
    search_fields = ["koc__name", "koc__key", "sponsor__name", "sponsor__key"]
    fields = [("koc", "brand"), ("sponsor_page", "root"), ("depth", "code_drawn_at"), "below", "before"]
    actions_detail = ["move"]
    sponsor_page = page("sponsor", _("sponsor"))

    @display(description=_("who stands below"))
    def below(self, place: Sponsorship) -> SafeString:
        layers = layers_below(place.koc, at=timezone.now())
        rows = [
            (layer.depth, f"{layer.people:,}", f"{layer.joined:,}", f"{layer.sharing:,}", f"{layer.shares:,}")
            for layer in layers
        ]
        return table([_("depth"), _("KOCs"), _("joined in 30 days"), _("shared in 30 days"), _("shares")], rows)

    @display(description=_("sponsors before"))
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
        return table([_("until"), _("sponsor"), _("why they left"), _("moved by")], rows)

    @action(description=_("Move"), url_path="move", icon="move_up")
    def move(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        place: Sponsorship = self.found(request, object_id)

        def act(said: Moving) -> Text:
            sponsor, by = said.cleaned_data["sponsor"], cast(User, request.user)
            change = move_koc(
                koc=place.koc, sponsor=sponsor, reason=said.cleaned_data["reason"], by=by, at=timezone.now()
            )
            if change is None:
                return _("That is the sponsor already: nothing changed.")
            return f"{place.koc} → {sponsor or '—'}"

        people = sum(people_below(place.koc))
        texts: list[Text] = [
            _("%(koc)s stands under %(sponsor)s; KOCs below who move along: %(people)s.")
            % {"koc": place.koc, "sponsor": place.sponsor or _("nobody"), "people": f"{people:,}"},
            _("Orders that were paid before keep the sponsor of then."),
        ]
        return self.step(
            request, act, title=_("Move %(koc)s") % {"koc": place.koc}, texts=texts, submit=_("Move"), back=page_of(place),
            form=partial(Moving, kocs=Koc.objects.filter(brand=place.brand_id)),
        )  # fmt: skip


@admin.register(SponsorChange)
class SponsorChangeAdmin(ReadOnlyAdmin):
    brand_path = "koc__brand"
    list_display = ["koc", "sponsor_before", "changed_at", "reason", "changed_by"]
    search_fields = ["koc__name", "koc__key"]
