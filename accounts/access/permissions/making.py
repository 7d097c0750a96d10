"""Rows that a form makes by a service, and that nobody edits afterwards."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.access.permissions.staff import ReadOnlyAdmin
from foundation.files.faults import Refusal
from foundation.texts.translation import translated_messages


class CreateOnlyAdmin(ReadOnlyAdmin):
    """`make` calls the service with what the form says. What is refused is said above the form, which keeps what was
    filled in."""

    def make(self, request: HttpRequest, form: Any) -> Model:
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        vars(obj).update(vars(self.make(request, form)))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except Refusal as refusal:
            messages.error(request, " ".join(translated_messages(refusal)))
            filled = {name: value for name, value in request.POST.items() if not name.startswith(("csrf", "_"))}
            return HttpResponseRedirect(f"{request.path}?{urlencode(filled)}")
        return answer
