"""What KOCs suggested, for staff who answer."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.access.permissions.staff import OnlyOwn
from accounts.access.permissions.stepping import ConfirmedActions
from accounts.people.models import User
from content.suggestions.domain import MOVES
from content.suggestions.models import Suggestion
from content.suggestions.services import answer_suggestion
from foundation.admin.columns import labelled, page
from foundation.admin.pages import page_of

Status = Suggestion.Status
STATUS_LABELS = {
    Status.NEW: "warning",
    Status.SEEN: "info",
    Status.PLANNED: "info",
    Status.ADOPTED: "success",
    Status.DECLINED: "danger",
}


class Answering(forms.Form):
    """What becomes of it, of what its state may become, and what the KOC reads."""

    status = forms.ChoiceField(label=_("becomes"), widget=UnfoldAdminSelectWidget)
    answer = forms.CharField(
        max_length=500, required=False, label=_("answer"), widget=UnfoldAdminTextareaWidget,
        help_text=_("what the KOC reads; a reason when it is declined"),
    )  # fmt: skip

    def __init__(self, *args: Any, now: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["status"]
        choice.choices = [(value, label) for value, label in Status.choices if value in MOVES[now]]


@admin.register(Suggestion)
class SuggestionAdmin(ConfirmedActions):
    list_display = ["__str__", "brand", "koc_page", "status_label", "made_at", "answered_at"]
    list_filter = ["status", ("brand", OnlyOwn)]
    search_fields = ["koc__name", "koc__key"]
    list_select_related = ["koc"]
    fields = [
        ("koc_page", "brand"),
        "text",
        ("status", "answer"),
        ("answered_by", "answered_at"),
        ("made_at", "public_id"),
    ]
    status_label = labelled("status", STATUS_LABELS)
    koc_page = page("koc", _("KOC"))
    actions_detail = ["reply"]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        row = self.get_object(request, object_id)
        return super().get_actions_detail(request, object_id) if row is not None and MOVES[row.status] else []

    @action(description=_("Answer"), url_path="reply", icon="reply")
    def reply(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        suggestion = self.found(request, object_id)

        def act(said: Answering) -> str:
            by = cast(User, request.user)
            answer_suggestion(suggestion=suggestion, by=by, at=timezone.now(), **said.cleaned_data)
            return str(_("The KOC sees the answer."))

        return self.step(
            request, act, title=_("Answer %(suggestion)s") % {"suggestion": suggestion}, texts=[suggestion.text], submit=_("Answer"),
            back=page_of(suggestion), form=lambda *given: Answering(*given, now=suggestion.status),
        )  # fmt: skip
