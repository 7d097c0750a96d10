"""What staff type as a number: amounts of money, rates, multipliers and counts, one field each."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import CHECKBOX_CLASSES, UnfoldAdminTextInputWidget

from foundation.money import units
from foundation.money.units import COUNT, MULTIPLIER, RATE, Mistyped, Unit
from foundation.texts.amounts import quantity, sign
from foundation.texts.translation import translated

MOST_MONEY = 10**15 - 1  # in the minor unit, typed at once: a column holds the sum of thousands of them
FAR = 10  # times its former value: so far off is asked once more


class NumberWidget(UnfoldAdminTextInputWidget):
    """An input with the sign of its unit beside it."""

    unit: Unit | None = None

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        before, after = sign(self.unit) if self.unit else ("", "")
        room = f"padding-left: {1.5 + 0.6 * len(before):.1f}rem" if before else ""
        room += f"padding-right: {1.5 + 0.6 * len(after):.1f}rem" if after else ""
        context["widget"] |= {"prefix": before, "suffix": after}
        context["widget"]["attrs"] |= {"style": room} if room else {}
        return context


class BoundNumber(forms.BoundField):
    field: Any

    def as_widget(self, widget: Any = None, attrs: Any = None, only_initial: bool = False) -> Any:  # noqa: FBT001, FBT002  the framework's
        (widget or self.field.widget).unit = self.field.unit_now()
        return super().as_widget(widget, attrs, only_initial)


class NumberField(forms.Field):
    """A whole number of the smallest part of a unit, typed and shown in the unit. One that is `FAR` times its former
    value, or as small a part of it, is asked once more: the second time the same value goes through."""

    widget: Any = NumberWidget
    unit: Unit | None = None

    def __init__(self, *, min_value: int | None = 0, max_value: int | None = None, **kwargs: Any) -> None:
        self.min_value, self.max_value = min_value, max_value
        self.form: Any = None
        super().__init__(**kwargs)

    def unit_of(self, form: Any) -> Unit | None:
        """The unit in a form; none while the form does not say it."""
        return self.unit

    def unit_now(self) -> Unit | None:
        return self.unit if self.form is None else self.unit_of(self.form)

    def get_bound_field(self, form: Any, field_name: str) -> BoundNumber:
        self.form = form  # a form has its own copies of its fields
        return BoundNumber(form, self, field_name)

    def to_python(self, value: Any) -> int | None:
        """Raises ValidationError, which says what is wrong. Nothing is refused while the unit is not known: the form
        misses what would say it."""
        if value in self.empty_values or (isinstance(value, str) and not value.strip()):
            return None
        if isinstance(value, int):
            return value
        unit = self.unit_now()
        if unit is None:
            return 0
        try:
            return units.typed(str(value), unit, least=self.min_value, most=self.max_value)
        except Mistyped as mistyped:
            raise ValidationError(translated(mistyped.message), code="mistyped") from None

    def prepare_value(self, value: Any) -> Any:
        unit = self.unit_now()
        return units.written(value, unit) if unit and isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        try:
            return bool(self.to_python(data) != self.to_python(initial))
        except ValidationError:
            return True

    def _clean_bound_field(self, bf: Any) -> int | None:
        if self.disabled:
            return self.to_python(bf.initial)
        number: int | None = self.clean(bf.data)
        former = bf.initial if getattr(getattr(bf.form, "instance", None), "pk", None) else None
        if number and isinstance(former, int) and former > 0 and is_far(number, [former]):
            ask_once_more(bf, number, _("It is %(former)s now."), former=former)
        return number


class MoneyField(NumberField):
    """Money in the major unit of a currency. `path` leads from the row of the form to what has the currency; what it
    begins with may be chosen in the same form."""

    def __init__(self, *, path: str = "brand", max_value: int | None = MOST_MONEY, **kwargs: Any) -> None:
        self.path = path
        super().__init__(max_value=max_value, **kwargs)

    def unit_of(self, form: Any) -> Unit | None:
        owner = chosen(form, self.path)
        return units.money(owner.currency) if owner else None


class RateField(NumberField):
    """A rate in percent, kept in bps."""

    unit = RATE


class MultiplierField(NumberField):
    """A factor such as ×1.10, kept in bps."""

    unit = MULTIPLIER


class CountField(NumberField):
    """Points, days and other whole numbers. None is too far from its former value."""

    unit = COUNT

    def _clean_bound_field(self, bf: Any) -> int | None:
        return self.to_python(bf.initial) if self.disabled else self.clean(bf.data)


def is_far(number: int, usual: Iterable[int]) -> bool:
    """Whether a number above 0 is `FAR` times the largest of some, or as small a part of the smallest."""
    known = [one for one in usual if one > 0]
    return bool(known) and number > 0 and (number >= FAR * max(known) or number * FAR <= min(known))


def ask_once_more(bf: Any, number: int, why: Any, **parts: int) -> None:
    """Refuse a number until whoever typed it says that it is right, by a checkbox beside it. `parts` of the sentence
    are numbers of the same unit."""
    name = f"{bf.html_name}_sure"
    if bf.form.data.get(name) == str(number):
        return
    unit = bf.field.unit_now()
    told = why % {part: quantity(value, unit) for part, value in parts.items()}
    raise ValidationError(
        format_html(
            '{} <label class="flex gap-2 items-center"><input type="checkbox" name="{}" value="{}" class="{}"> {}</label>',
            told,
            name,
            number,
            " ".join(CHECKBOX_CLASSES),
            gettext("Yes, %(number)s is right") % {"number": quantity(number, unit)},
        ),
        code="far",
    )


def chosen(form: Any, path: str) -> Any:
    """What a path leads to from the row that a form makes: by the form's own choice where it has one."""
    first, _dot, rest = path.partition("__")
    found = _choice(form, first) if first in form.fields else getattr(getattr(form, "instance", None), first, None)
    for step in filter(None, rest.split("__")):
        found = getattr(found, step, None)
    return found


def _choice(form: Any, name: str) -> Any:
    """What is chosen in a form, said or shown; the only choice, where there is but one."""
    made = form.__dict__.setdefault("_choices_made", {})
    if name not in made:
        made[name] = _choice_now(form, name)
    return made[name]


def _choice_now(form: Any, name: str) -> Any:
    field = form.fields[name]
    if isinstance(field, forms.models.InlineForeignKeyField):
        return field.parent_instance
    try:
        made = field.clean(form[name].data if form.is_bound else form[name].initial)
    except ValidationError:
        made = None
    if made is None and not form.is_bound and isinstance(field, forms.ModelChoiceField):
        choices: Any = field.queryset
        only = list(choices[:2])
        made = only[0] if len(only) == 1 else None
    return made


def number_field(db_field: Any, path: str) -> dict[str, Any]:
    """The form field of a number's column, as arguments of its `formfield`; nothing for what is no number, or a choice.
    `path` leads from the row to what has its currency."""
    if not isinstance(db_field, models.IntegerField) or db_field.choices:
        return {}
    least, most = connection.ops.integer_field_range(db_field.get_internal_type())
    kwargs: dict[str, Any] = {"min_value": least, "max_value": most, "widget": NumberWidget()}
    if db_field.name.endswith("_minor"):
        return kwargs | {"form_class": MoneyField, "path": path, "max_value": min(most, MOST_MONEY)}
    if db_field.name.endswith("_bps"):
        return kwargs | {"form_class": MultiplierField if "multiplier" in db_field.name else RateField}
    return kwargs | {"form_class": CountField}
