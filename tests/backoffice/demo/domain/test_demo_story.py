"""The made-up half-year by itself: no database."""

from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from random import Random

import pytest

from backoffice.demo.domain.people import Person, payee
from backoffice.demo.domain.rhythm import HalfYear, awake, half_year_before
from backoffice.demo.domain.sales import Market, PaidSale
from backoffice.demo.domain.spread import SimulatedShare, Visited
from backoffice.demo.domain.story import Story, change_of, read_brand, read_change, tell
from commissions.payees.domain.payees import fault_of

AT = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
SEED = 2026
TEXT = resources.files("backoffice.demo.domain").joinpath("brand.yaml").read_text("utf-8")


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


def test_whoever_is_paid_has_a_record_that_would_be_taken() -> None:
    assert {fault_of(payee(number, "王小明")) for number in range(300)} == {None}
    assert payee(7, "王小明").account != payee(8, "王小明").account


def test_the_plan_changes_at_a_midnight_in_the_middle_of_the_half_year() -> None:
    half_year = half_year_before(AT, zone="Asia/Shanghai")
    text = resources.files("backoffice.demo.domain").joinpath("next_season.yaml").read_text("utf-8")
    assert (
        read_change(text, half_year).starts_at
        == change_of(half_year)
        == datetime.fromisoformat("2025-12-17T00:00:00+08:00")
    )
    assert half_year.at(0.5) == datetime.fromisoformat("2025-12-17T12:00:00+08:00")


def test_who_is_never_awake_gets_round_to_it_after_two_days_of_trying() -> None:
    """48 times half an hour to two and a half hours later."""
    later = awake(Random(SEED), AT, hours=(0,) * 24) - AT
    assert timedelta(hours=24) <= later <= timedelta(hours=120)


def test_nobody_buys_twice_within_ten_days_and_no_koc_by_a_visit() -> None:
    """One share and four visits: a buyer's of the first day, of the tenth and of the eleventh, and the KOC's own."""
    half_year = half_year_before(AT, zone="Asia/Shanghai")
    begin = half_year.opening + timedelta(hours=12)
    person = Person(
        0, "王小明", None, 0, begin, half_year.closing, keenness=0.1, following=1.0, trust=1.0, channel="moments"
    )
    share = SimulatedShare(0, 0, "serum", "moments", None, 0, 0, begin)
    visits = [Visited(0, "buyer", begin + timedelta(days=days)) for days in (1, 10, 11)] + [
        Visited(0, person.key, begin + timedelta(days=30))
    ]
    sold = market(half_year, [person], [share], visits)
    assert {one.sale.share for one in sold if one.visit} == {share.key} == {"S00001"}
    came_by = [one.visit for one in sold if one.visit]
    assert {visit.visitor for visit in came_by} == {"buyer"}
    assert came_by in ([visits[0], visits[2]], [visits[1]])  # the lot says which


def market(
    half_year: HalfYear, people: list[Person], shares: list[SimulatedShare], visits: list[Visited]
) -> list[PaidSale]:
    return Market(Random(SEED), half_year, read_brand(TEXT, at=AT)[0], people, shares, visits).run()
