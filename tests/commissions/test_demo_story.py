"""The made-up half-year by itself: no database."""

from datetime import UTC, date, datetime, time
from importlib import resources
from random import Random

import pytest

from commissions.domain.demo.story import Story, read_brand, tell

AT = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
SEED = 2026
TEXT = resources.files("commissions.domain.demo").joinpath("brand.yaml").read_text("utf-8")


def story(seed: int = SEED, at: datetime = AT) -> Story:
    return tell(Random(seed), read_brand(TEXT, at=at)[0], at=at)


def test_the_same_day_tells_the_same_story() -> None:
    assert story() == story()
    assert story().sold != story(seed=SEED + 1).sold


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 2, 28), date(2027, 8, 31), date(2028, 2, 29)])
def test_any_day_has_a_story(day: date) -> None:
    at = datetime.combine(day, time(12), UTC)
    told = story(at=at)
    half_year = told.half_year
    assert 180 <= len(half_year.days()) <= 187
    assert half_year.opening < half_year.months()[0][1] < half_year.months()[1][1] <= half_year.closing <= at
    times = [share.shared_at for share in told.shares]
    assert times == sorted(times)
    assert all(share.parent is None or told.shares[share.parent].shared_at < share.shared_at for share in told.shares)
    times += [one.sale.paid_at for one in told.sold] + [moment for moment, _ in told.follow]
    assert all(half_year.opening <= moment < half_year.closing for moment in times)
