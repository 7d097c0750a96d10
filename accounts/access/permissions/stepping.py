"""Steps: pages that say what will happen, and then do it."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.access.permissions.brand_time import enter_zone_of_form
from accounts.access.permissions.staff import ReadOnlyAdmin
from accounts.brands.models import Brand
from foundation.files.faults import Refusal
from foundation.texts.translation import Text, translated_messages


class OfBrand(forms.Form):
    """A question about one of some brands."""

    brand = forms.ModelChoiceField(
        queryset=Brand.objects.none(), empty_label=None, label=_("brand"), widget=UnfoldAdminSelectWidget
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
        act: Callable[[Any], Text | HttpResponseBase],
        *,
        title: Text,
        texts: Sequence[Text],
        submit: Text,
        back: str,
        form: Callable[..., forms.Form] = forms.Form,
    ) -> HttpResponseBase:
        """`form` is called with what was sent, and `act` with the form once it is valid. What `act` gives is said on
        the page `back`, unless it is an answer of its own."""
        enter_zone_of_form(request)
        asked = form(request.POST, request.FILES) if request.method == "POST" else form()
        faults: list[str] = []
        if asked.is_valid():
            try:
                done = act(asked)
            except Refusal as refusal:
                faults = translated_messages(refusal)
            else:
                return done if isinstance(done, HttpResponseBase) else self._said(request, done, back)
        context = {"title": title, "texts": texts, "submit": submit, "back": back, "form": asked, "faults": faults}
        return TemplateResponse(
            request, "accounts/step.html", self.admin_site.each_context(request) | context | {"opts": self.opts}
        )

    def _said(self, request: HttpRequest, done: Text, back: str) -> HttpResponseRedirect:
        messages.success(request, done)
        return HttpResponseRedirect(back)

    def found(self, request: HttpRequest, object_id: str) -> Any:
        """The row, if it is of one's own brands."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row
