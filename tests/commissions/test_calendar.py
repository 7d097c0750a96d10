from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.domain.calendar import hold_ends_at, month_bounds


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_the_hold_counts_whole_days_from_the_day_after_delivery_in_the_brands_zone() -> None:
    assert hold_ends_at(utc("2026-03-01T10:00:00+08:00"), rule="day_after", days=7, zone="Asia/Shanghai") == utc("2026-03-08T16:00:00Z")
    assert hold_ends_at(utc("2026-03-01T16:30:00Z"), rule="day_after", days=7, zone="Asia/Shanghai") == utc("2026-03-09T16:00:00Z")  # already the 2nd there


def test_a_rolling_hold_counts_days_of_24_hours() -> None:
    assert hold_ends_at(utc("2026-03-01T10:00:00+08:00"), rule="rolling", days=7, zone="Asia/Shanghai") == utc("2026-03-08T10:00:00+08:00")


def test_a_hold_over_a_clock_change_still_ends_at_midnight() -> None:
    assert hold_ends_at(utc("2026-03-25T12:00:00Z"), rule="day_after", days=7, zone="Europe/London") == utc("2026-04-02T00:00:00+01:00")


def test_a_month_is_half_open_and_of_the_brands_zone() -> None:
    assert month_bounds("2026-12", zone="Asia/Shanghai") == (utc("2026-11-30T16:00:00Z"), utc("2026-12-31T16:00:00Z"))


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "202601", "2026-01-01", "", "２０２６-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month"):
        month_bounds(text, zone="UTC")


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), st.integers(0, 60))  # noqa: DTZ001  the zone is drawn
def test_a_day_after_hold_is_never_shorter_than_its_days(delivered_at: datetime, days: int) -> None:
    held = hold_ends_at(delivered_at, rule="day_after", days=days, zone="Asia/Shanghai") - delivered_at
    assert timedelta(days=days) < held <= timedelta(days=days + 1)
