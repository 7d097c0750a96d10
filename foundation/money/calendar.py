"""Holds and periods: days of a brand's own zone."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from foundation.texts.messages import Message

MOST_DAYS = 3650  # that a rule may count: very many would lead to dates outside the calendar


def hold_ends_at(delivered_at: datetime, *, rule: str, days: int, zone: str) -> datetime:
    """When a commission may be approved.

    `day_after` counts whole days from the day after delivery in the brand's zone, `rolling` 24-hour days from the
    instant. Delivered 2026-03-01 10:00 +08:00, 7 days → 2026-03-09 00:00 +08:00."""
    if rule == "rolling":
        return delivered_at + timedelta(hours=24 * days)
    local = ZoneInfo(zone)
    return datetime.combine(delivered_at.astimezone(local).date() + timedelta(days=days + 1), time(), local)


def month_bounds(period: str, *, zone: str) -> tuple[datetime, datetime]:
    """The instants at which a month `YYYY-MM` begins and the next one begins, in a zone. Raises ValueError when it is
    no month."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", period) or not 1970 <= int(period[:4]) <= 9900:
        raise ValueError(Message("%(period)s is not a month (YYYY-MM)", period=period))
    year, month = int(period[:4]), int(period[5:])
    following = date(year + month // 12, month % 12 + 1, 1)
    local = ZoneInfo(zone)
    return datetime.combine(date(year, month, 1), time(), local), datetime.combine(following, time(), local)


def month_after(period: str) -> str:
    """2026-12 → 2027-01."""
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12:04}-{month % 12 + 1:02}"


def month_before(day: date) -> str:
    """The month that had ended on a day, newest: on 2027-01-31 that is 2026-12."""
    return f"{day.replace(day=1) - timedelta(days=1):%Y-%m}"


def last_day(period: str) -> date:
    """The last day of a month `YYYY-MM`."""
    year, month = int(period[:4]), int(period[5:])
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def last_night(at: datetime, *, zone: str) -> datetime:
    """The last instant up to `at` when it was three in the morning in a zone: a nightly task is due when it has not run
    since."""
    local = ZoneInfo(zone)
    today = at.astimezone(local).date()
    night = datetime.combine(today, time(3), local)
    return night if night <= at else datetime.combine(today - timedelta(days=1), time(3), local)


def day_starts(day: date, *, zone: str) -> datetime:
    """The instant at which a day begins in a zone."""
    return datetime.combine(day, time(), ZoneInfo(zone))
