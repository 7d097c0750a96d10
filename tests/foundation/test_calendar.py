from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.money.calendar import (
    day_starts,
    hold_ends_at,
    last_day,
    last_night,
    month_after,
    month_before,
    month_bounds,
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_the_hold_counts_whole_days_from_the_day_after_delivery_in_the_brands_zone() -> None:
    assert hold_ends_at(utc("2026-03-01T10:00:00+08:00"), rule="day_after", days=7, zone="Asia/Shanghai") == utc(
        "2026-03-08T16:00:00Z"
    )
    # Already the 2nd there
    assert hold_ends_at(utc("2026-03-01T16:30:00Z"), rule="day_after", days=7, zone="Asia/Shanghai") == utc(
        "2026-03-09T16:00:00Z"
    )


def test_a_rolling_hold_counts_days_of_24_hours() -> None:
    assert hold_ends_at(utc("2026-03-01T10:00:00+08:00"), rule="rolling", days=7, zone="Asia/Shanghai") == utc(
        "2026-03-08T10:00:00+08:00"
    )


def test_a_hold_over_a_clock_change_still_ends_at_midnight() -> None:
    assert hold_ends_at(utc("2026-03-25T12:00:00Z"), rule="day_after", days=7, zone="Europe/London") == utc(
        "2026-04-02T00:00:00+01:00"
    )


def test_a_month_is_half_open_and_of_the_brands_zone() -> None:
    assert month_bounds("2026-12", zone="Asia/Shanghai") == (utc("2026-11-30T16:00:00Z"), utc("2026-12-31T16:00:00Z"))


def test_the_first_and_the_last_month_of_all_are_months() -> None:
    assert month_bounds("1970-01", zone="UTC") == (utc("1970-01-01T00:00:00Z"), utc("1970-02-01T00:00:00Z"))
    assert month_bounds("9900-12", zone="UTC") == (utc("9900-12-01T00:00:00Z"), utc("9901-01-01T00:00:00Z"))


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026-1", "202601", "2026-01-01", "", "２０２６-01", "1969-12", "9901-01"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month"):
        month_bounds(text, zone="UTC")


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), st.integers(0, 60))  # noqa: DTZ001  the zone is drawn
def test_a_day_after_hold_is_never_shorter_than_its_days(delivered_at: datetime, days: int) -> None:
    held = hold_ends_at(delivered_at, rule="day_after", days=days, zone="Asia/Shanghai") - delivered_at
    assert timedelta(days=days) < held <= timedelta(days=days + 1)


def test_after_december_comes_january_of_the_next_year() -> None:
    assert [month_after(month) for month in ("2026-01", "2026-09", "2026-11", "2026-12")] == [
        "2026-02", "2026-10", "2026-12", "2027-01",
    ]  # fmt: skip


def test_the_last_day_of_a_month_knows_leap_years() -> None:
    assert [last_day(month) for month in ("2026-02", "2028-02", "2026-11", "2026-12")] == [
        date(2026, 2, 28), date(2028, 2, 29), date(2026, 11, 30), date(2026, 12, 31),
    ]  # fmt: skip


def test_the_night_is_at_three_in_the_brands_zone_and_it_is_the_one_that_was() -> None:
    assert last_night(utc("2026-03-01T03:00:00+08:00"), zone="Asia/Shanghai") == utc("2026-03-01T03:00:00+08:00")
    assert last_night(utc("2026-03-01T02:59:59+08:00"), zone="Asia/Shanghai") == utc("2026-02-28T03:00:00+08:00")
    # Already the 1st there
    assert last_night(utc("2026-02-28T23:00:00Z"), zone="Asia/Shanghai") == utc("2026-03-01T03:00:00+08:00")


def test_a_day_starts_at_midnight_in_the_brands_zone() -> None:
    assert day_starts(date(2026, 3, 1), zone="Asia/Shanghai") == utc("2026-02-28T16:00:00Z")


def test_the_month_before_a_day_is_the_one_that_had_ended() -> None:
    days = [date(2027, 1, 31), date(2027, 3, 1), date(2027, 3, 31)]
    assert [month_before(day) for day in days] == ["2026-12", "2027-02", "2027-02"]
