"""Steps with many rows, chosen from a list."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access.permissions.stepping import ConfirmedActions
from accounts.brands.models import Brand
from accounts.people.models import User
from foundation.admin.pages import list_of
from foundation.texts.translation import Text


class Choosing(forms.Form):
    """What was ticked in the list comes along, so that the step is done for just that. The list's own POST only opens
    the page: it is not `sure`."""

    action = forms.CharField(widget=forms.HiddenInput)
    sure = forms.CharField(widget=forms.HiddenInput, initial="yes")

    def __init__(self, sent: QueryDict, files: Any = None, *, chosen: list[int]) -> None:
        super().__init__(sent if sent.get("sure") else None, files, initial={"action": sent.get("action")})
        self.fields[ACTION_CHECKBOX_NAME] = forms.MultipleChoiceField(
            choices=[(str(pk), str(pk)) for pk in chosen], widget=forms.MultipleHiddenInput, initial=chosen
        )

    def given(self) -> dict[str, Any]:
        """What the service is told beside the rows."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("action", "sure", ACTION_CHECKBOX_NAME)
        }


class ChosenActions(ConfirmedActions):
    """Rows with a brand, which a service takes brand by brand, under the name that they have in the plural."""

    plural: str
    plural_shown: Text
    most: int

    def summed(self, chosen: QuerySet[Any], count: int) -> str:
        """What is chosen, in a sentence."""
        return _("%(count)s %(plural)s") % {"count": f"{count:,}", "plural": self.plural_shown}

    def told(self, count: int, done: int) -> str:
        """What was done with how many."""
        return f"{done:,} {self.plural_shown}"

    def step_with(
        self,
        request: HttpRequest,
        chosen: QuerySet[Any],
        service: Callable[..., int],
        *,
        what: Text,
        texts: Sequence[Text],
        form: type[Choosing],
    ) -> HttpResponseBase | None:
        brands = dict(chosen.order_by("pk").values_list("pk", "brand")[: self.most + 1])
        if len(brands) > self.most:
            messages.error(request, _("More than %(most)s at once") % {"most": f"{self.most:,}"})
            return None

        def act(said: Choosing) -> str:
            call = partial(service, by=cast(User, request.user), at=timezone.now(), **said.given())
            done = sum(
                call(brand=brand, **{self.plural: [pk for pk, of in brands.items() if of == brand.pk]})
                for brand in Brand.objects.filter(pk__in=brands.values()).order_by("pk")
            )
            return f"{what}: {self.told(len(brands), done)}."

        return self.step(
            request, act, title=f"{what} — {self.plural_shown}", texts=[self.summed(chosen, len(brands)), *texts],
            submit=what, back=list_of(self.model), form=partial(form, chosen=list(brands)),
        )  # fmt: skip
