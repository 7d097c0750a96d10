"""How many days somebody may say that they have used a product."""

from datetime import UTC, datetime, timedelta

import pytest

from content.products.domain import MOST_DAYS_USED, days_used

EVENING = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai, 16:59 in Paris


@pytest.mark.parametrize(
    ("later", "days"),
    [
        (timedelta(0), 1),
        (timedelta(minutes=1), 1),
        (timedelta(days=1), 1),
        (timedelta(days=1, minutes=1), 2),
        (timedelta(days=28), 28),
    ],
)
def test_days_are_those_of_the_calendar_and_the_first_one_counts(later: timedelta, days: int) -> None:
    assert days_used(EVENING, EVENING + later, zone="Asia/Shanghai") == days


def test_the_calendar_is_the_brands() -> None:
    later = EVENING + timedelta(days=1, minutes=1)
    assert (days_used(EVENING, later, zone="Asia/Shanghai"), days_used(EVENING, later, zone="Europe/Paris")) == (2, 1)


@pytest.mark.parametrize("since", [None, EVENING + timedelta(seconds=1)])
def test_who_had_not_got_it_yet_has_used_it_for_no_number_of_days(since: datetime | None) -> None:
    assert days_used(since, EVENING, zone="Asia/Shanghai") is None


def test_a_text_has_room_for_four_digits() -> None:
    ages = EVENING - timedelta(days=30 * 365)
    assert days_used(ages, EVENING, zone="UTC") == MOST_DAYS_USED == 9_999
