"""Times as people read them: to the minute, in a zone that is said, once on a page or beside them. The active time zone
is the page's."""

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


def moment(at: datetime | None) -> str:
    """A time in the page's zone, which its head says; a dash for none."""
    return Moment(f"{timezone.localtime(at):%Y-%m-%d %H:%M}") if at else NO_TIME


def full_moment(at: datetime | None, zone: str = "") -> str:
    """`2026-11-29 18:40 Asia/Shanghai`: for names, messages and whatever is read away from its page."""
    if at is None:
        return NO_TIME
    zone = zone or page_zone()
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"
