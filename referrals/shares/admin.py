from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from accounts.access.permissions.stepping import ConfirmedActions
from accounts.people.models import User
from content.media.admin.choosing import shown_picture
from foundation.admin.columns import labelled, page
from foundation.admin.pages import link, moment, page_of, table
from referrals.shares.models import PostProof, Share
from referrals.shares.services.proofs import decide_proof
from referrals.visits.models import Visit


@admin.register(Share)
class ShareAdmin(ReadOnlyAdmin):
    list_display = ["code", "koc", "kit", "channel", "parent", "depth", "shared_at", "brand"]
    list_filter = [("brand", OnlyOwn), ("kit", OnlyOwn), "shared_at"]
    narrowing_filter = ["channel"]
    search_fields = ["code", "key", "koc__name", "koc__key"]
    came_through = page("parent", _("came through"))
    fields = [
        ("code", "brand"),
        ("koc", "kit"),
        ("channel", "shared_at"),
        "drawn",
        ("came_through", "depth"),
        "key",
        "public_id",
        "grew",
        "clicks",
        "opened",
    ]

    @display(description=_("shares that grew from it"))
    def grew(self, share: Share) -> SafeString:
        children = share.children.select_related("koc").order_by("-shared_at")[:50]
        return table(
            [_("share"), _("KOC"), _("at")],
            [(link(child), link(child.koc), moment(child.shared_at)) for child in children],
        )

    @display(description=_("visits, counted and not"))
    def clicks(self, share: Share) -> SafeString:
        many = dict(share.visits.order_by().values_list("uncounted").annotate(Count("pk")))
        return table(
            [_("kind"), _("visits")], [(kind.label, f"{many[kind]:,}") for kind in Visit.Uncounted if kind in many]
        )

    @display(description=_("latest visits"))
    def opened(self, share: Share) -> SafeString:
        visits = share.visits.order_by("-visited_at")[:50]
        return table(
            [_("at"), _("counted")],
            [(moment(visit.visited_at), link(visit, visit.get_uncounted_display())) for visit in visits],
        )


PROOF_LABELS = {
    PostProof.Status.WAITING: "warning",
    PostProof.Status.CONFIRMED: "success",
    PostProof.Status.REFUSED: "danger",
}


class ConfirmingProof(forms.Form):
    """Who confirms says that they saw the mark of advertising: 互联网广告管理办法 Art. 9 asks for it."""

    saw_mark = forms.BooleanField(
        label=_("The post is live, and it is marked as advertising"), widget=UnfoldBooleanSwitchWidget
    )


class RefusingProof(forms.Form):
    reason = forms.CharField(max_length=500, label=_("why it is refused"), widget=UnfoldAdminTextareaWidget)


@admin.register(PostProof)
class PostProofAdmin(ConfirmedActions):
    is_small = True
    brand_path = "share__brand"
    list_display = ["__str__", "url", "is_marked", "status_label", "sent_at"]
    list_filter = ["status", ("share__brand", OnlyOwn)]
    search_fields = ["share__code", "url", "share__koc__name"]
    ordering = ["-sent_at"]
    fields = [
        ("share_page", "is_marked"),
        "address",
        "screenshot",
        ("status", "reason"),
        ("decided_by", "decided_at"),
        "sent_at",
    ]
    status_label = labelled("status", PROOF_LABELS)
    share_page = page("share", _("share"))
    actions_detail = ["confirm", "refuse"]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        row = self.get_object(request, object_id)
        waits = row is not None and row.status == PostProof.Status.WAITING
        return super().get_actions_detail(request, object_id) if waits else []

    @display(description=_("address"))
    def address(self, proof: PostProof) -> SafeString | str:
        if not proof.url:
            return "—"
        return format_html(
            '<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>', proof.url, proof.url
        )

    @display(description=_("screenshot"))
    def screenshot(self, proof: PostProof) -> SafeString | str:
        return (
            shown_picture(proof.picture, width=1080, style="max-height: 28rem; max-width: 100%")
            if proof.picture
            else "—"
        )

    @action(description=_("Confirm"), url_path="confirm", icon="check")
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._decide(request, object_id, ConfirmingProof, _("Confirm"), is_confirmed=True)

    @action(description=_("Refuse"), url_path="refuse", icon="block")
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._decide(request, object_id, RefusingProof, _("Refuse"), is_confirmed=False)

    def _decide(
        self, request: HttpRequest, object_id: str, form: type[forms.Form], submit: Any, *, is_confirmed: bool
    ) -> HttpResponseBase:
        proof = self.found(request, object_id)

        def act(said: Any) -> str:
            by, reason = cast(User, request.user), said.cleaned_data.get("reason", "")
            decide_proof(proof=proof, confirm=is_confirmed, reason=reason, by=by, at=timezone.now())
            return str(_("%(proof)s is decided") % {"proof": proof})

        return self.step(
            request, act, title=f"{submit}: {proof}", texts=[proof.url or str(proof)], submit=submit, back=page_of(proof), form=form
        )  # fmt: skip
