"""What KOCs submitted, for staff who review it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from accounts.access.permissions.staff import OnlyOwn
from accounts.access.permissions.stepping import ConfirmedActions
from accounts.people.models import User
from content.channels.selectors import channel_limits
from content.kits.admin.versions import Justifying
from content.kits.models import Channel
from content.kits.selectors.versions import CATEGORIES, in_words
from content.media.admin.choosing import shown_picture
from content.submissions.domain import CHANGES_REQUESTED, IN_REVIEW, MOVES
from content.submissions.models import Submission
from content.submissions.selectors import (
    fitting_channels,
    misfits_of_submission,
    objections_to_submission,
    sent_pictures,
)
from content.submissions.services.approving import approve_submission
from content.submissions.services.deciding import decline_submission, justify_piece, request_changes
from foundation.admin.columns import labelled, page
from foundation.admin.pages import moment, page_of, sections, table
from foundation.texts.translation import Text, translated

Status = Submission.Status
STATUS_LABELS = {
    Status.IN_REVIEW: "warning",
    Status.CHANGES_REQUESTED: "info",
    Status.APPROVED: "success",
    Status.DECLINED: "danger",
    Status.WITHDRAWN: "info",
}
STEPS = {
    IN_REVIEW: {"approve", "changes", "decline", "justify"},
    CHANGES_REQUESTED: {"decline"},
}


class ChoosingChannels(forms.Form):
    """Where it is shared: by default wherever it fits."""

    channels = forms.TypedMultipleChoiceField(
        label=_("channels"), widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text=_("where it is offered")
    )

    def __init__(self, *given: Any, fitting: Sequence[str], **named: Any) -> None:
        super().__init__(*given, **named)
        choice: Any = self.fields["channels"]
        choice.choices = [(value, label) for value, label in Channel.choices if value in channel_limits()]
        choice.initial = list(fitting)


class GivingReason(forms.Form):
    reason = forms.CharField(
        max_length=500, required=False, label=_("reason"), help_text=_("what the KOC reads"), widget=UnfoldAdminTextareaWidget
    )  # fmt: skip


@admin.register(Submission)
class SubmissionAdmin(ConfirmedActions):
    list_display = ["title", "koc_page", "brand", "status_label", "objections", "due_at", "sent_at", "number"]
    list_filter = ["status", ("brand", OnlyOwn)]
    search_fields = ["koc__name", "koc__key"]
    list_select_related = ["koc"]
    ordering = ["-status", "due_at"]  # what waits is the last by its word, and what is due first comes first
    fieldsets = sections(
        {
            None: [("koc_page", "brand"), ("status", "reason"), ("kind", "product_page"), "title", "text", "pictures"],
            _("What the review objects to"): ["findings", "justified"],
            _("Where it does not fit"): ["misfits"],
            _("What was sent before"): ["before"],
            _("Who and when"): [
                ("sent_at", "due_at"), ("decided_by", "decided_at"), ("kit_page", "number"), ("made_at", "public_id"),
                ("licence", "licence_text"),
            ],
        }
    )  # fmt: skip
    actions_detail = ["approve", "changes", "justify", "decline"]
    status_label = labelled("status", STATUS_LABELS)
    koc_page = page("koc", _("KOC"))
    product_page = page("product", _("product"))
    kit_page = page("kit", _("kit"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("koc", "brand")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        row = self.get_object(request, object_id)
        steps = STEPS.get(row.status, set()) if row is not None else set()
        found = super().get_actions_detail(request, object_id)
        return [one for one in found if one.action_name.rsplit("_", 1)[-1] in steps]

    @display(description=_("pictures"))
    def pictures(self, submission: Submission) -> SafeString | str:
        shown = [
            (shown_picture(media, width=320, style="max-height: 16rem; max-width: 100%; object-fit: contain"),)
            for media in sent_pictures(submission)
        ]
        if not shown:
            return "—"
        return format_html(
            '<div style="display: flex; flex-wrap: wrap; gap: .5rem">{}</div>', format_html_join("", "{}", shown)
        )

    @display(description=_("objections"))
    def findings(self, submission: Submission) -> SafeString | Text:
        """As the words are today; nothing more is found in what is decided."""
        if not MOVES[submission.status]:
            return "—"
        found = [in_words(objection) for objection in objections_to_submission(submission, list(channel_limits()))]
        return _listed(found) if found else _("The review objects to nothing.")

    @display(description=_("what is in the way"))
    def misfits(self, submission: Submission) -> SafeString | Text:
        if not MOVES[submission.status]:
            return "—"
        found = [translated(fault) for fault in misfits_of_submission(submission, list(channel_limits()))]
        return _listed(found) if found else _("nothing: every channel takes it")

    @display(description=_("justified"))
    def justified(self, submission: Submission) -> SafeString | str:
        rows = [
            (row.found, CATEGORIES.get(row.category, row.category), row.why, row.by, moment(row.at))
            for row in submission.justifications.select_related("by")
        ]
        return table([_("piece"), _("category"), _("why it stays"), _("by"), _("at")], rows) if rows else "—"

    @display(description=_("earlier"))
    def before(self, submission: Submission) -> SafeString | str:
        rows = [
            (row.number, moment(row.sent_at), row.title, row.text, row.reason, row.decided_by or "—")
            for row in submission.earlier.select_related("decided_by")
        ]
        heads = [_("number"), _("sent at"), _("title"), _("text"), _("what was asked for"), _("by")]
        return table(heads, rows) if rows else "—"

    @action(description=_("Approve"), url_path="approve", icon="check")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        submission = self.found(request, object_id)

        def call(said: Any) -> str:
            channels = said.cleaned_data["channels"]
            kit = approve_submission(submission=submission, channels=channels, by=_who(request), at=timezone.now())
            return str(_("%(kit)s is a kit now, which names its author.") % {"kit": kit})

        texts = [_("It becomes a kit that names its author, and its pictures are public. KOCs share it from now on.")]
        form = partial(ChoosingChannels, fitting=fitting_channels(submission))
        return self._step(request, submission, texts, _("Approve"), call, form=form)

    @action(description=_("Request changes"), url_path="changes", icon="undo")
    def changes(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._answer(request, object_id, _("Request changes"), request_changes)

    @action(description=_("Decline"), url_path="decline", icon="close")
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._answer(request, object_id, _("Decline"), decline_submission)

    @action(description=_("Justify"), url_path="justify", icon="gavel")
    def justify(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        submission = self.found(request, object_id)
        found = objections_to_submission(submission, list(channel_limits()))

        def call(said: Any) -> str:
            category, _bar, piece = said.cleaned_data["piece"].partition("|")
            justify_piece(
                submission=submission, category=category, found=piece, why=said.cleaned_data["why"], by=_who(request),
                at=timezone.now(),
            )  # fmt: skip
            return str(_("It stays for a reason, which is kept."))

        texts: list[Text] = [in_words(objection) for objection in found]
        texts = texts or [_("The review objects to nothing.")]
        return self._step(request, submission, texts, _("Justify"), call, form=partial(Justifying, objections=found))

    def _answer(
        self, request: HttpRequest, object_id: str, submit: Text, answer: Callable[..., Submission]
    ) -> HttpResponseBase:
        submission = self.found(request, object_id)

        def call(said: Any) -> str:
            reason = said.cleaned_data["reason"]
            answer(submission=submission, reason=reason, by=_who(request), at=timezone.now())
            return str(_("The KOC sees the answer."))

        return self._step(request, submission, [submission.title, submission.text], submit, call, form=GivingReason)

    def _step(
        self, request: HttpRequest, submission: Submission, texts: Sequence[Text], submit: Text, call: Callable[[Any], Text],
        *, form: Callable[..., forms.Form],
    ) -> HttpResponseBase:  # fmt: skip
        return self.step(
            request, call, title=f"{submit}: {submission}", texts=texts, submit=submit, back=page_of(submission), form=form
        )  # fmt: skip


def _who(request: HttpRequest) -> User:
    return cast(User, request.user)


def _listed(texts: Sequence[str]) -> SafeString:
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((text,) for text in texts)))
