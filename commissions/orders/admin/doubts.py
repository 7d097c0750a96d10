"""What of the shop cannot be, on one list, with what to do."""

import json
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.access.permissions.staff import OnlyOwn
from accounts.access.permissions.stepping import ConfirmedActions
from accounts.people.models import User
from commissions.orders.admin.refusals import SaysWhy, why_refused
from commissions.orders.models import Doubt, Order
from commissions.orders.services.doubts import dismiss_doubt, keep_refund
from commissions.orders.services.events import replay_event, send_mended
from foundation.admin import columns
from foundation.admin.pages import as_json, link, page_of
from foundation.texts.amounts import shown

DOUBT_LABELS = {
    Doubt.Outcome.OPEN: "warning", Doubt.Outcome.ENDED: "success", Doubt.Outcome.MENDED: "success", Doubt.Outcome.DISMISSED: "info",
}  # fmt: skip


def _choices(doubt: Doubt) -> set[str]:
    """What can be done about a doubt: an event can be sent again, and a refund of two sales may be of the first."""
    if doubt.event_id:
        return {"replay", "mend", "dismiss"}
    return {"keep", "dismiss"} if doubt.contests else {"dismiss"}


class DismissDoubt(forms.Form):
    reason = forms.CharField(max_length=500, label=_("why it does not count"), widget=UnfoldAdminTextareaWidget)


class IndentedJSON(forms.JSONField):
    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


class Mending(forms.Form):
    body = IndentedJSON(
        label=_("what the shop should have sent"),
        widget=UnfoldAdminTextareaWidget({"rows": 24, "style": "font-family: monospace", "spellcheck": "false"}),
        encoder=None,
    )


@admin.register(Doubt)
class DoubtAdmin(SaysWhy, ConfirmedActions):
    list_display = ["order_number", "what", "brand", "why", "amount", "outcome_label", "opened_at"]
    list_filter = ["outcome", ("brand", OnlyOwn), "holds"]
    search_fields = ["order_key"]
    list_select_related = ["brand", "event", "refund"]
    fields = [
        ("order_page", "brand"), ("what", "amount"), "why", "holds", ("opened_at", "outcome"), ("closed_by", "closed_at"), ("asked_by", "reason"), "sent",
    ]  # fmt: skip
    outcome_label = columns.labelled("outcome", DOUBT_LABELS)
    amount = columns.amount("amount_minor", _("amount"), is_sorted=False)
    actions_detail = ["replay", "mend", "keep", "dismiss"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["order_page", "what", "amount", "why", "sent"]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """What is decided is only read; what came in a file has no event to send again."""
        doubt = self.get_object(request, object_id)
        if doubt is None or doubt.outcome != Doubt.Outcome.OPEN:
            return []
        found = super().get_actions_detail(request, object_id)
        return [one for one in found if one.action_name.rpartition("_")[2] in _choices(doubt)]

    def _asked(self, request: HttpRequest, object_id: str, choice: str) -> Any:
        """The doubt, if that can be chosen for what it is about."""
        doubt = self.found(request, object_id)
        if choice not in _choices(doubt):
            raise Http404
        return doubt

    @display(description=_("what"))
    def what(self, doubt: Doubt) -> SafeString | str:
        if doubt.refund is not None:
            return link(doubt.refund)
        return link(doubt.event, doubt.event and doubt.event.type)

    @display(description=_("order"))
    def order_page(self, doubt: Doubt) -> SafeString | str:
        found = Order.objects.filter(brand=doubt.brand_id, shop=doubt.shop, key=doubt.order_key).first()
        return link(found) if found else doubt.order_number

    @display(description=_("what was sent"))
    def sent(self, doubt: Doubt) -> SafeString | str:
        return as_json(doubt.event.body) if doubt.event else "—"

    @action(description=_("Try again"), url_path="replay", icon="replay")
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        doubt = self._asked(request, object_id, "replay")

        def act(_form: Any) -> str:
            why = replay_event(event=doubt.event, at=timezone.now())
            return str(
                _("Refused still: %(why)s") % {"why": why_refused(why, doubt.brand)} if why else _("It was accepted.")
            )

        texts: list[Any] = [self._about(doubt), _("What the shop sent is tried again as it is, by what is known now.")]
        return self.step(request, act, title=self._titled(_("Try again"), doubt), texts=texts, submit=_("Try again"), back=page_of(doubt))  # fmt: skip

    @action(description=_("Mend and send"), url_path="mend", icon="build")
    def mend(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        doubt = self._asked(request, object_id, "mend")

        def act(said: Any) -> str:
            body = json.dumps(said.cleaned_data["body"], ensure_ascii=False).encode()
            send_mended(doubt=doubt, body=body, by=cast(User, request.user), at=timezone.now())
            return str(_("It was accepted as you mended it."))

        def form(data: Any = None, files: Any = None) -> forms.Form:
            return Mending(data, files, initial={"body": doubt.event.body})

        texts: list[Any] = [
            self._about(doubt),
            _("Change what is wrong. If it is still refused, nothing changes, and you see why."),
        ]
        return self.step(
            request, act, title=self._titled(_("Mend and send"), doubt), texts=texts, submit=_("Send"), back=page_of(doubt), form=form
        )  # fmt: skip

    @action(description=_("It counts"), url_path="keep", icon="check")
    def keep(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        doubt = self._asked(request, object_id, "keep")

        def act(_form: Any) -> str:
            keep_refund(doubt=doubt, by=cast(User, request.user), at=timezone.now())
            return str(_("It stays as it is."))

        texts: list[Any] = [self._about(doubt), _("It is of the sale that it was applied to. Nothing changes.")]
        return self.step(request, act, title=self._titled(_("It counts"), doubt), texts=texts, submit=_("It counts"), back=page_of(doubt))  # fmt: skip

    @action(description=_("Leave out"), url_path="dismiss", icon="block")
    def dismiss(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        doubt = self._asked(request, object_id, "dismiss")

        def act(said: Any) -> str:
            by, reason = cast(User, request.user), said.cleaned_data["reason"]
            done = dismiss_doubt(doubt=doubt, reason=reason, by=by, at=timezone.now())
            return str(_("It counts no more.") if done else _("Another person has to leave it out too."))

        texts: list[Any] = [
            self._about(doubt),
            _("It takes nothing from anybody, and what it holds is freed within a minute."),
        ]
        return self.step(
            request, act, title=self._titled(_("Leave out"), doubt), texts=texts, submit=_("Leave out"), back=page_of(doubt), form=DismissDoubt
        )  # fmt: skip

    def _about(self, doubt: Doubt) -> str:
        """What is in doubt, of how much, and why."""
        what = doubt.refund or doubt
        amount = "" if doubt.amount_minor is None else f" ({shown(doubt.amount_minor, doubt.brand.currency)})"
        return f"{what}{amount}: {self.why(doubt)}"

    def _titled(self, what: Any, doubt: Doubt) -> str:
        return f"{what}: {doubt}"
