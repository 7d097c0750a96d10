"""Why something of the shop was refused, as staff read it."""

from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.brands.models import Brand
from foundation.texts.amounts import shown
from foundation.texts.messages import Message
from foundation.texts.moments import full_moment
from foundation.texts.translation import translated

AMOUNTS, MOMENTS = {"left"}, {"paid_at", "now"}


class RefusedRow(Protocol):
    brand: Brand
    refusal: str


class SaysWhy:
    """A page of rows with a `refusal`, which stands there as `why`."""

    @display(description=_("why"))
    def why(self, row: RefusedRow) -> str:
        return why_refused(row.refusal, row.brand)


def why_refused(text: str, brand: Brand) -> str:
    """A refusal in the language that is active: amounts in the brand's currency, times in its zone."""
    return translated(_of(text, brand))


def _of(text: Any, brand: Brand) -> Any:
    if not isinstance(text, Message):
        return text
    return Message(text.template, **{name: _part(name, part, brand) for name, part in text.parts.items()})


def _part(name: str, part: Any, brand: Brand) -> Any:
    if name in AMOUNTS and isinstance(part, int):
        return shown(part, brand.currency)
    if name in MOMENTS:
        return full_moment(datetime.fromisoformat(part), brand.timezone)
    return _of(part, brand)
