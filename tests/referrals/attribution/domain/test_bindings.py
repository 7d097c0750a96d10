"""To whom a customer is bound, told in order of time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.attribution.domain.bindings import CLICK, ORDER, Bindings, BindingTerms, Bound

START = datetime(2026, 3, 1, tzinfo=UTC)
ANA, BEN = 1, 2


def on(day: int) -> datetime:
    return START + timedelta(days=day)


def told(terms: BindingTerms, *events: tuple[int, str, int | None]) -> list[tuple[int, int, int | None, str]]:
    """(day, cause, koc) … → (koc, since, until, because) with days from the start."""
    timeline = Bindings(terms)
    for day, cause, koc in events:
        timeline.happened(cause, koc, None, on(day))
    return [
        (one.koc, (one.since - START).days, (one.until - START).days if one.until else None, one.because)
        for one in timeline.bounds
    ]


def test_the_first_binds_for_its_days_and_the_next_who_comes_after() -> None:
    assert told(BindingTerms(90), (0, CLICK, ANA), (10, CLICK, BEN), (89, ORDER, ANA), (90, CLICK, BEN)) == [
        (ANA, 0, 90, "expired"),
        (BEN, 90, 180, "expired"),
    ]


def test_a_permanent_one_has_no_end() -> None:
    assert told(BindingTerms(None), (0, ORDER, ANA), (5000, CLICK, BEN)) == [(ANA, 0, None, "")]


@pytest.mark.parametrize(("by", "first"), [("click", (1, ANA)), ("order", (2, BEN)), ("either", (1, ANA))])
def test_a_click_or_an_order_binds_as_the_brand_says(by: str, first: tuple[int, int]) -> None:
    [(koc, since, _, _)] = told(BindingTerms(90, by), (1, CLICK, ANA), (2, ORDER, BEN))
    assert (since, koc) == first


def test_an_order_of_nobody_binds_nobody() -> None:
    assert told(BindingTerms(90), (0, ORDER, None)) == []


def test_after_the_days_of_protection_another_takes_the_customer_over() -> None:
    terms = BindingTerms(90, protect_days=30)
    assert told(terms, (0, CLICK, ANA), (29, CLICK, BEN)) == [(ANA, 0, 90, "expired")]
    assert told(terms, (0, CLICK, ANA), (30, CLICK, ANA), (31, CLICK, BEN)) == [
        (ANA, 0, 31, "snatched"),
        (BEN, 31, 121, "expired"),
    ]


def test_without_protection_the_last_who_came_has_the_customer_and_a_moment_is_no_binding() -> None:
    assert told(BindingTerms(None, protect_days=0), (0, CLICK, ANA), (0, CLICK, BEN), (3, CLICK, ANA)) == [
        (BEN, 0, 3, "snatched"),
        (ANA, 3, None, ""),
    ]


def test_a_customer_who_buys_nothing_for_long_is_released_and_any_order_puts_it_off() -> None:
    terms = BindingTerms(365, release_days=60)
    assert told(terms, (0, CLICK, ANA)) == [(ANA, 0, 60, "released")]
    assert told(terms, (0, CLICK, ANA), (50, ORDER, None), (100, ORDER, ANA)) == [(ANA, 0, 160, "released")]
    assert told(terms, (0, CLICK, ANA), (60, ORDER, BEN)) == [(ANA, 0, 60, "released"), (BEN, 60, 120, "released")]
    assert told(BindingTerms(70, release_days=60), (0, CLICK, ANA), (50, ORDER, ANA)) == [(ANA, 0, 70, "expired")]


def test_live_is_half_open() -> None:
    timeline = Bindings(BindingTerms(90))
    assert timeline.live(START) is None
    timeline.happened(CLICK, ANA, 7, START)
    assert timeline.live(on(89)) == Bound(ANA, 7, CLICK, START, on(90), "expired")
    assert timeline.live(on(90)) is None


days = st.none() | st.integers(1, 30)


@given(
    st.builds(BindingTerms, days, st.sampled_from(["click", "order", "either"]), st.none() | st.integers(0, 30), days),
    st.lists(
        st.tuples(st.integers(0, 100), st.sampled_from([CLICK, ORDER]), st.none() | st.integers(1, 3)), max_size=20
    ),
)
def test_bindings_never_overlap_and_each_began_with_somebody_who_came(
    terms: BindingTerms, events: list[tuple[int, str, int | None]]
) -> None:
    events.sort(key=lambda event: event[0])
    bounds = told(terms, *events)
    for (_, since, until, because), (_, later, _, _) in pairwise(bounds):
        assert until is not None
        assert since < until <= later
        assert because
    for koc, since, until, because in bounds:
        assert any((day, who) == (since, koc) and terms.by in ("either", cause) for day, cause, who in events)
        assert (
            (until is None)
            == (because == "")
            == (terms.days is None and terms.release_days is None and because != "snatched")
        )
