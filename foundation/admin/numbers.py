"""Columns and fields of rows whose values nobody reads as they are kept: money is shown in the major unit with its sign,
rates in percent, multipliers as ×1.10, and sentences in the reader's language, whatever page shows them."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any

from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest, HttpResponse

from foundation.admin.fields import number_field
from foundation.money import units
from foundation.money.units import MULTIPLIER, RATE
from foundation.texts.amounts import quantity
from foundation.texts.sentences import SentenceField
from foundation.texts.translation import translated


def currency_path(model: type[models.Model], path: str) -> str:
    """What leads from a row to its currency: its own column, or that of what `path` leads to ("pk": the row)."""
    if any(field.name == "currency" for field in model._meta.concrete_fields) or path == "pk":
        return "currency"
    return f"{path.replace('__', '.')}.currency"


def is_shown_otherwise(model: type[models.Model], name: Any) -> bool:
    """Whether a name is that of a column whose value nobody reads as it is kept."""
    if not isinstance(name, str):
        return False
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    is_number = isinstance(field, models.IntegerField) and name.endswith(("_minor", "_bps"))
    return is_number or isinstance(field, SentenceField)


@cache
def column(model: type[models.Model], name: str, path: str) -> Callable[[Any], str]:
    """A column of a list, or a field that is only shown, in the place of the value's own."""
    field: Any = model._meta.get_field(name)
    currency = attrgetter(currency_path(model, path))

    def shown(row: Any) -> str:
        value = getattr(row, name)
        if value is None or value == "":
            return "—"
        if isinstance(value, str):
            return translated(value)
        if name.endswith("_minor"):
            return quantity(value, units.money(currency(row)))
        return quantity(value, MULTIPLIER if "multiplier" in name else RATE)

    shown.__name__ = name
    shown.short_description = field.verbose_name  # type: ignore[attr-defined]  # what Django reads of a column
    shown.admin_order_field = name  # type: ignore[attr-defined]
    return shown


def for_people(model: type[models.Model], names: Iterable[Any], path: str) -> list[Any]:
    """Names of columns, with those that are shown otherwise replaced; groups of names as well."""
    return [
        for_people(model, name, path)
        if isinstance(name, list | tuple)
        else column(model, name, path)
        if is_shown_otherwise(model, name)
        else name
        for name in names
    ]


class TypedNumbers:
    """A page, or the lines of one, whose forms have the fields of `foundation.admin.fields` for all numbers."""

    def currency_owner(self) -> str:
        """What leads from a row to what has its currency."""
        raise NotImplementedError

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        made = number_field(db_field, self.currency_owner())
        return super().formfield_for_dbfield(db_field, request, **(made | kwargs))  # type: ignore[misc]  # of the page


class ShownNumbers(TypedNumbers):
    """A page that shows numbers as people read them, in its list and where it only shows them."""

    model: type[models.Model]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        names = super().get_list_display(request)  # type: ignore[misc]  # of the page
        return for_people(self.model, names, self.currency_owner())

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:  # fmt: skip
        """Only now it is known which fields are only shown."""
        _show_numbers(context["adminform"], self.model, self.currency_owner())
        for lines in context["inline_admin_formsets"]:
            if not lines.has_change_permission:
                lines.readonly_fields = [*lines.readonly_fields, *flatten_fieldsets(lines.fieldsets)]
            _show_numbers(lines, lines.opts.model, lines.opts.currency_owner())
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]  # of the page
        return answer


def _show_numbers(form: Any, model: type[models.Model], path: str) -> None:
    """Replace the numbers that a form of the admin only shows."""
    replaced = {name: column(model, name, path) for name in form.readonly_fields if is_shown_otherwise(model, name)}
    if replaced:
        form.readonly_fields = [replaced.get(name, name) for name in form.readonly_fields]
        form.fieldsets = [
            (title, options | {"fields": _replaced(options["fields"], replaced)}) for title, options in form.fieldsets
        ]


def _replaced(names: Iterable[Any], replaced: Mapping[str, Any]) -> list[Any]:
    return [_replaced(name, replaced) if isinstance(name, list | tuple) else replaced.get(name, name) for name in names]
