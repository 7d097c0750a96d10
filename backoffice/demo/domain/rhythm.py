"""When people do things: more in the evening and at weekends, little at night, more before the two shopping feasts."""

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

# How much happens in each hour of the day
HOURS = (
    2,
    1,
    0,
    0,
    0,
    1,
    3,
    7,
    9,
    6,
    5,
    6,
    10,
    8,
    5,
    5,
    5,
    6,
    8,
    9,
    12,
    13,
    10,
    5,
)
WEEKDAYS = (0.92, 0.9, 0.95, 0.97, 1.08, 1.15, 1.2)  # from Monday
FEASTS = ((6, 10, 18), (11, 1, 11))  # month, from day, to day
FEAST = 1.5


@dataclass(frozen=True, slots=True)
class HalfYear:
    """The time that the demo covers, half-open: from a midnight to the midnight before `at`, in the brand's zone."""

    opening: datetime
    closing: datetime

    def days(self) -> list[datetime]:
        """The midnights of its days."""
        count = (self.closing.date() - self.opening.date()).days
        return [
            datetime.combine(self.opening.date() + timedelta(days=day), time(), self.opening.tzinfo)
            for day in range(count)
        ]

    def at(self, part: float) -> datetime:
        """The moment when this part of it, 0 to 1, is over; whole seconds."""
        return self.opening + timedelta(seconds=int(part * (self.closing - self.opening).total_seconds()))

    def months(self) -> list[tuple[str, datetime]]:
        """The two last whole months as (YYYY-MM, the instant at which it ends), the earlier first."""
        second_end = datetime.combine(self.closing.date().replace(day=1), time(), self.closing.tzinfo)
        first_end = (second_end - timedelta(days=1)).replace(day=1)
        return [(f"{end - timedelta(days=1):%Y-%m}", end) for end in (first_end, second_end)]


def half_year_before(at: datetime, *, zone: str) -> HalfYear:
    """The six months that end with yesterday."""
    today = at.astimezone(ZoneInfo(zone)).date()
    year, month = (today.year, today.month - 6) if today.month > 6 else (today.year - 1, today.month + 6)
    first = today.replace(year=year, month=month, day=min(today.day, 28))
    return HalfYear(datetime.combine(first, time(), ZoneInfo(zone)), datetime.combine(today, time(), ZoneInfo(zone)))


def liveliness(day: datetime) -> float:
    """How much more than on an average day happens."""
    is_feast = any(day.month == month and first <= day.day <= last for month, first, last in FEASTS)
    return WEEKDAYS[day.weekday()] * (FEAST if is_feast else 1.0)


def within(rng: Random, day: datetime) -> datetime:
    """A moment of a day, by its lively hours."""
    [hour] = rng.choices(range(24), HOURS)
    return day + timedelta(hours=hour, seconds=rng.randrange(3600))


def awake(rng: Random, moment: datetime, hours: tuple[int, ...] = HOURS) -> datetime:
    """The moment, or a later one when people do such things, by the weights of the `hours`."""
    for _ in range(48):
        if rng.random() * 10 < hours[moment.hour]:
            break
        moment += timedelta(seconds=rng.randint(1800, 9000))
    return moment.replace(microsecond=0)


def how_many(rng: Random, mean: float) -> int:
    """A Poisson number (Knuth's method)."""
    limit, product, count = math.exp(-min(mean, 500.0)), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
