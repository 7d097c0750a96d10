"""Steps: pages that say what will happen, and then do it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.access.permissions.staff import ReadOnlyAdmin
from accounts.brands.models import Brand
from foundation.files.faults import Refusal


class OfBrand(forms.Form):
    """A question about one of some brands."""

    brand = forms.ModelChoiceField(
        queryset=Brand.objects.none(), empty_label=None, label="brand 品牌", widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, brands: QuerySet[Brand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["brand"]
        choice.queryset = brands


class ConfirmedActions(ReadOnlyAdmin):
    """Pages that say what a step does, and do it when they are submitted; a refusal is shown there, and then nothing
    was changed."""

    def step(
        self,
        request: HttpRequest,
        act: Callable[[Any], str | HttpResponseBase],
        *,
        title: str,
        texts: list[str],
        submit: str,
        back: str,
        form: Callable[..., forms.Form] = forms.Form,
    ) -> HttpResponseBase:
        """`form` is called with what was sent, and `act` with the form once it is valid. What `act` gives is said on
        the page `back`, unless it is an answer of its own."""
        asked = form(request.POST, request.FILES) if request.method == "POST" else form()
        faults: list[str] = []
        if asked.is_valid():
            try:
                done = act(asked)
            except Refusal as refusal:
                faults = refusal.messages()
            else:
                return self._said(request, done, back) if isinstance(done, str) else done
        context = {"title": title, "texts": texts, "submit": submit, "back": back, "form": asked, "faults": faults}
        return TemplateResponse(
            request, "accounts/step.html", self.admin_site.each_context(request) | context | {"opts": self.opts}
        )

    def _said(self, request: HttpRequest, done: str, back: str) -> HttpResponseRedirect:
        messages.success(request, done)
        return HttpResponseRedirect(back)

    def found(self, request: HttpRequest, object_id: str) -> Any:
        """The row, if it is of one's own brands."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row
