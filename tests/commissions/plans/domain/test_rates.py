from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.plans.domain.rates import Terms, commission, earnings, half_up, level1
from foundation.money.allocation import largest_remainder
from tests.support.records.terms import make_terms

PLAIN = Terms(rate_bps=1250, fixed_minor=None, override_bps=300, cap_minor=None, total_cap_bps=3000)


def earn(
    base: int, *, left: int | None = None, quantity: int = 1, multiplier_bps: int = 10_000, **terms: Any
) -> tuple[int, int]:
    return earnings(
        PLAIN._replace(**terms),
        multiplier_bps=multiplier_bps,
        base_minor=base,
        left_minor=base if left is None else left,
        quantity=quantity,
    )


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [10000, 5000, 5000], [50, 25, 25]),
        (2, [1, 1, 1], [1, 1, 0]),
        (0, [0, 0], [0, 0]),
        (5, [0, 3], [0, 5]),
        (1, [1, 2], [0, 1]),
    ],
)
def test_an_order_discount_is_spread_by_largest_remainder(amount: int, weights: list[int], parts: list[int]) -> None:
    assert largest_remainder(amount, weights) == parts


def test_an_amount_cannot_be_spread_over_nothing() -> None:
    with pytest.raises(ValueError, match="nothing to spread"):
        largest_remainder(1, [0, 0])


@pytest.mark.parametrize(("numerator", "denominator", "whole"), [(5, 2, 3), (1, 2, 1), (3, 8, 0), (0, 7, 0), (7, 7, 1)])
def test_halves_go_up(numerator: int, denominator: int, whole: int) -> None:
    assert half_up(numerator, denominator) == whole


def test_the_worked_numbers_of_a_commission() -> None:
    assert commission(9900, rate_bps=1250, multiplier_bps=11_000) == 1361  # 1361.25
    assert commission(9900, rate_bps=300) == 297
    assert commission(4, rate_bps=1250) == 1  # 0.5
    assert commission(3, rate_bps=1250) == 0  # 0.375


def test_the_guard_takes_level_2_first() -> None:
    assert earn(10_000, rate_bps=2500, multiplier_bps=12_000, override_bps=500) == (3000, 0)
    assert earn(10_000, rate_bps=2500, override_bps=800) == (2500, 500)
    assert earn(10_000, rate_bps=4000, override_bps=500) == (3000, 0)


def test_level_2_has_no_tier_multiplier() -> None:
    assert earn(9900, multiplier_bps=20_000) == (2475, 297)


def test_the_cap_limits_one_line_at_one_level() -> None:
    assert earn(100_000, cap_minor=2000) == (2000, 2000)


def test_a_fixed_amount_is_paid_per_piece_and_scaled_by_what_is_left() -> None:
    assert earn(1000, rate_bps=None, fixed_minor=25, quantity=4, override_bps=50) == (100, 5)
    assert earn(1000, left=500, rate_bps=None, fixed_minor=25, quantity=4, override_bps=0) == (50, 0)
    assert earn(1000, left=995, rate_bps=None, fixed_minor=25, quantity=4, override_bps=0) == (100, 0)  # 99.5
    assert earn(0, rate_bps=None, fixed_minor=25, quantity=4) == (0, 0)


def test_a_line_that_was_given_away_earns_no_fixed_amount() -> None:
    """Of a base of 0 nothing can be left, and there is no share of it to take."""
    given_away = PLAIN._replace(rate_bps=None, fixed_minor=25)
    assert level1(given_away, base_minor=0, left_minor=0, quantity=4) == 0
    assert level1(given_away, base_minor=1, left_minor=1, quantity=4) == 100


def test_the_worked_refunds() -> None:
    values = [earn(9900, left=left, multiplier_bps=11_000)[0] for left in (9900, 6600, 3300, 0)]
    assert values == [1361, 908, 454, 0]
    assert [before - after for before, after in pairwise(values)] == [453, 454, 454]


bases = st.integers(0, 10**9)
terms = make_terms(rate_bps=st.integers(0, 10_000))


@given(terms, st.integers(0, 30_000), bases, st.integers(0, 100))
def test_no_line_ever_costs_more_than_the_guard(
    agreed: Terms, multiplier_bps: int, base: int, percent_left: int
) -> None:
    left = base * percent_left // 100
    level1, level2 = earnings(agreed, multiplier_bps=multiplier_bps, base_minor=base, left_minor=left, quantity=1)
    assert level1 >= 0
    assert level2 >= 0
    assert (level1 + level2) * 10_000 <= left * agreed.total_cap_bps


@given(terms, st.integers(0, 30_000), bases)
def test_a_full_refund_leaves_exactly_nothing(agreed: Terms, multiplier_bps: int, base: int) -> None:
    assert earnings(agreed, multiplier_bps=multiplier_bps, base_minor=base, left_minor=0, quantity=3) == (0, 0)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=50).filter(any))
def test_parts_sum_to_the_whole_and_miss_their_share_by_less_than_one(amount: int, weights: list[int]) -> None:
    parts = largest_remainder(amount, weights)
    assert sum(parts) == amount
    assert all(
        abs(part * sum(weights) - amount * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True)
    )
