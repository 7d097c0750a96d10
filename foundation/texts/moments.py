"""Times as people read them: to the minute, in a zone that the page says.

The active time zone is the page's. A row of another zone says its own.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

NO_TIME = "—"


class Moment(str):
    """A time without its zone: who shows it says the page's zone, once."""

    __slots__ = ()


def page_zone() -> str:
    """The name of the zone that is active."""
    return timezone.get_current_timezone_name()


def moment(at: datetime | None, zone: str = "") -> str:
    """A time in a zone, which is said where it is not the page's; a dash for none. Without a zone, in the page's."""
    if at is None:
        return NO_TIME
    if zone and zone != page_zone():
        return full_moment(at, zone)
    return Moment(f"{timezone.localtime(at):%Y-%m-%d %H:%M}")


def full_moment(at: datetime | None, zone: str = "") -> str:
    """`2026-11-29 18:40 Asia/Shanghai`: for texts that may be read away from their page."""
    if at is None:
        return NO_TIME
    zone = zone or page_zone()
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"
