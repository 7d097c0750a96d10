"""Times that are typed: in the page's zone, which is said beside them."""

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

from foundation.texts.moments import page_zone


class ZonedTimeField(forms.SplitDateTimeField):
    """A day and a time of the page's zone, for a column with a time.

    A time that the clocks skip is refused; of one that they show twice, the earlier is meant. What nobody changed stays
    what it is, to the microsecond, and so does the later of two alike.
    """

    widget = UnfoldAdminSplitDateTimeWidget
    stored: datetime | None = None

    def get_bound_field(self, form: Any, field_name: str) -> forms.BoundField:
        row = getattr(form, "instance", None)
        self.stored = form.initial.get(field_name) if row is not None and row.pk else None
        return super().get_bound_field(form, field_name)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if isinstance(initial, datetime):
            initial = initial.replace(microsecond=0)  # which no form shows
        return super().has_changed(initial, data)

    def clean(self, value: Any) -> Any:
        if self.stored is not None and not self.has_changed(self.stored, value):
            return self.stored
        return super().clean(value)

    def compress(self, data_list: Any) -> datetime | None:
        if not data_list:
            return None
        day, at = data_list
        for part, message in ((day, "invalid_date"), (at, "invalid_time")):
            if part in self.empty_values:
                raise ValidationError(self.error_messages[message], code=message)
        return in_page_zone(day, at)


def in_page_zone(day: date, at: time) -> datetime:
    """The instant that the clocks of the page's zone show; the earlier of two. Raises ValidationError for one that they
    skip."""
    shown = datetime.combine(day, at)
    zone = timezone.get_current_timezone()
    instant = shown.replace(tzinfo=zone)
    try:
        exists = instant.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == shown
    except OverflowError:
        raise ValidationError(_("Enter a valid date."), code="invalid_date") from None
    if not exists:
        text = _("There is no %(time)s in %(zone)s: the clocks are put forward then.")
        raise ValidationError(text % {"time": f"{shown:%Y-%m-%d %H:%M}", "zone": page_zone()}, code="skipped")
    return instant
