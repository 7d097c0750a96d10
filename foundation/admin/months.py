"""Months that are picked."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget

from foundation.money.calendar import month_before, month_bounds

YEARS = 6


def months_until(day: date, *, with_current: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    """The months up to a day, by year, the newest first: this year's, and those of five years before."""
    newest = f"{day:%Y-%m}" if with_current else month_before(day)
    year, last = int(newest[:4]), int(newest[5:])
    return [
        (f"{one}", [(f"{one}-{month:02}", f"{one}-{month:02}") for month in range(last if one == year else 12, 0, -1)])
        for one in range(year, year - YEARS, -1)
    ]


class MonthSelect(UnfoldAdminSelectWidget):
    """A select, since a month's own input is a text field in Firefox and Safari. What is chosen is offered however old
    it is."""

    with_current = False

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> Any:
        months: list[Any] = list(months_until(timezone.localdate(), with_current=self.with_current))
        offered = {month for _year, of_year in months for month, _label in of_year}
        self.choices = [*((chosen, chosen) for chosen in value if chosen and chosen not in offered), *months]
        return super().optgroups(name, value, attrs)


class MonthField(forms.CharField):
    """A month `YYYY-MM`; `with_current` offers the one that has not ended too."""

    widget = MonthSelect

    def __init__(self, *, with_current: bool = False, **kwargs: Any) -> None:
        super().__init__(max_length=7, **kwargs)
        self.widget.with_current = with_current

    def clean(self, value: Any) -> str:
        month: str = super().clean(value)
        try:
            month_bounds(month, zone="UTC")
        except ValueError:
            raise ValidationError(_("%(value)s is no month.") % {"value": month}, code="invalid") from None
        return month
