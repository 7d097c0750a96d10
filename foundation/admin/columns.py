"""Columns that many tables have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext_lazy
from unfold.decorators import display

from foundation.admin.pages import link
from foundation.texts.amounts import shown
from foundation.texts.moments import full_moment, moment
from foundation.texts.translation import Text

LEADS_ELSEWHERE = "leads_elsewhere"
"""A column with this attribute holds a link already, so it cannot be the link to its own row."""


@dataclass(frozen=True)
class MomentColumn:
    """A column of times to the minute: in the page's zone, or each in the `zone` of its row, which is said beside it.

    Two of one field are equal, as Django asks of what can be sorted by.
    """

    name: str
    short_description: Text = field(compare=False)
    zone: Callable[[Any], str] | None = None

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def admin_order_field(self) -> str:
        return self.name

    def __call__(self, row: Any) -> str:
        at = attrgetter(self.name.replace("__", "."))(row)
        return moment(at) if self.zone is None else full_moment(at, self.zone(row))


def amount(
    field: str, description: Text, *, currency: str = "brand.currency", is_sorted: bool = True
) -> Callable[[Any, Any], str]:
    """An amount in the major unit. `field` holds it in the minor unit, `currency` leads from the row to its currency;
    what is not a column of the table cannot be sorted by."""

    @display(description=description, ordering=field if is_sorted else None)
    def column(self: Any, row: Any) -> str:
        value = attrgetter(field)(row)
        return "—" if value is None else shown(value, attrgetter(currency)(row))

    return column


def page(field: str, description: Text) -> Callable[[Any, Any], str]:
    """A link to the row that a field names."""

    @display(description=description)
    def column(self: Any, row: Any) -> str:
        return link(attrgetter(field)(row))

    vars(column)[LEADS_ELSEWHERE] = True
    return column


def labelled(field: str, labels: Mapping[Any, str]) -> Callable[[Any, Any], tuple[str, str]]:
    """One of some choices, each in the colour of its label."""

    @display(description=gettext_lazy(field.replace("_", " ")), ordering=field, label=labels)
    def column(self: Any, row: Any) -> tuple[str, str]:
        return getattr(row, field), getattr(row, f"get_{field}_display")()

    return column
