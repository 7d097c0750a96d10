"""Steps: pages that say what will happen, and then do it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from accounts.access.permissions.staff import ReadOnlyAdmin
from foundation.files.faults import Refusal


class ConfirmedActions(ReadOnlyAdmin):
    """Pages that say what a step does, and do it when they are submitted; a refusal is shown there, and then nothing
    was changed."""

    def step(
        self,
        request: HttpRequest,
        *,
        title: str,
        texts: list[str],
        submit: str,
        back: str,
        act: Callable[[Any], HttpResponseBase],
        form: Any = None,
    ) -> HttpResponseBase:
        faults: list[str] = []
        if request.method == "POST" and (form is None or (form.is_bound and form.is_valid())):
            try:
                return act(form)
            except Refusal as refusal:
                faults = refusal.messages()
        context = {
            "title": title,
            "texts": texts,
            "submit": submit,
            "back": back,
            "form": form or forms.Form(),
            "faults": faults,
            "opts": self.opts,
        }
        return TemplateResponse(request, "accounts/step.html", self.admin_site.each_context(request) | context)

    def found(self, request: HttpRequest, object_id: str) -> Any:
        """The row, if it is of one's own brands."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row
