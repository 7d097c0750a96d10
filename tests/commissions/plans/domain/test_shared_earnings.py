"""A line that several KOCs are credited with: worked by hand, and what must hold for any line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.plans.domain.rates import CreditPart, Terms, cut, earnings, shared_earnings
from tests.support.records.terms import make_terms

PLAIN = Terms(rate_bps=1250, fixed_minor=None, override_bps=300, cap_minor=None, total_cap_bps=3000)
HALVES = [CreditPart(5000, 10_000, True), CreditPart(5000, 10_000, True)]


def share(
    parts: list[CreditPart], base: int = 9900, *, left: int | None = None, quantity: int = 1, **terms: Any
) -> tuple[list[int], list[int]]:
    return shared_earnings(
        PLAIN._replace(**terms), parts, base_minor=base, left_minor=base if left is None else left, quantity=quantity
    )


def test_the_amount_is_computed_once_and_the_earliest_touch_gets_the_odd_unit() -> None:
    """9900 at 12.5 % is 1237.5, so 1238: 619 each. At 3 % it is 297, which is odd; at 3.06 % 302.94, so 303."""
    assert share(HALVES) == ([619, 619], [149, 148])
    assert share(HALVES, override_bps=306) == ([619, 619], [152, 151])
    assert share(
        [CreditPart(3334, 10_000, True), CreditPart(3333, 10_000, True), CreditPart(3333, 10_000, True)], 8
    ) == (
        [1, 0, 0],
        [0, 0, 0],
    )


def test_each_part_is_multiplied_and_rounded_by_itself_and_an_override_is_not() -> None:
    """1238 in halves of 619: × 1.1 is 680.9, so 681; 297 in halves is 149 and 148."""
    assert share([CreditPart(5000, 11_000, True), CreditPart(5000, 10_000, True)]) == ([681, 619], [149, 148])


def test_a_part_whose_koc_has_no_sponsor_pays_nobody_a_second_level() -> None:
    """And nobody else gets it: 297 by 40 and 60 % is 118.8 and 178.2, so 119 and 178."""
    assert share([CreditPart(4000, 10_000, True), CreditPart(6000, 10_000, False)]) == ([495, 743], [119, 0])
    assert share([CreditPart(4000, 10_000, False), CreditPart(6000, 10_000, True)]) == ([495, 743], [0, 178])
    assert share([CreditPart(10_000, 10_000, False)]) == ([1238], [0])


def test_a_fixed_amount_is_split_without_multiplier() -> None:
    """3 × 85 is 255: 128 and 127, also for who stands in a tier that doubles."""
    parts = [CreditPart(5000, 20_000, True), CreditPart(5000, 5_000, True)]
    assert share(parts, rate_bps=None, fixed_minor=85, quantity=3, override_bps=0) == ([128, 127], [0, 0])
    assert share(parts, left=3300, rate_bps=None, fixed_minor=85, quantity=3, override_bps=0) == ([43, 42], [0, 0])


def test_a_cap_limits_the_sum_of_a_level_not_each_part() -> None:
    assert share(HALVES, cap_minor=1001) == ([501, 500], [149, 148])
    assert share(HALVES, cap_minor=101) == ([51, 50], [51, 50])


def test_past_the_guard_the_second_level_gives_way_first() -> None:
    """10000 at 25 % × 1.2: 3000 of a guard of 3100 leaves 100 of 500 for the second level. A guard of 2001 leaves
    nothing, and cuts the first."""
    parts = [CreditPart(5000, 12_000, True), CreditPart(5000, 12_000, True)]
    assert share(parts, 10_000, rate_bps=2500, override_bps=500, total_cap_bps=3100) == ([1500, 1500], [50, 50])
    assert share(parts, 10_001, rate_bps=2500, override_bps=500, total_cap_bps=2001) == ([1001, 1000], [0, 0])


def test_the_parts_of_the_second_level_are_cut_by_largest_remainder() -> None:
    """60 and 40 of an override of 500: 300 and 200, cut to 101: 60.6 and 40.4."""
    assert share(
        [CreditPart(6000, 10_000, True), CreditPart(4000, 10_000, True)], 10_000, rate_bps=2899, override_bps=500
    ) == (
        [1739, 1160],
        [61, 40],
    )


@pytest.mark.parametrize(
    ("parts", "most", "left"),
    [
        ([3, 4], 7, [3, 4]),
        ([3, 4], 8, [3, 4]),
        ([3, 4], 6, [3, 3]),
        ([1, 1, 1], 2, [1, 1, 0]),
        ([5, 5], 0, [0, 0]),
        ([0, 0], 0, [0, 0]),
        ([], 0, []),
    ],
)
def test_parts_are_cut_only_when_they_are_more(parts: list[int], most: int, left: list[int]) -> None:
    assert cut(parts, most) == left


@st.composite
def credited(draw: st.DrawFn) -> list[CreditPart]:
    """One to five parts whose bps sum to 10,000."""
    marks = sorted(draw(st.sets(st.integers(1, 9_999), max_size=4)))
    bps = [end - start for start, end in zip([0, *marks], [*marks, 10_000], strict=True)]
    return [CreditPart(one, draw(st.integers(0, 30_000)), draw(st.booleans())) for one in bps]


rated = make_terms(rate_bps=st.integers(0, 10_000))
fixed = make_terms(fixed_minor=st.integers(0, 10**6))
bases = st.integers(0, 300) | st.integers(0, 10**9)


@given(rated | fixed, credited(), bases, st.integers(0, 100), st.integers(1, 9))
def test_no_shared_line_costs_more_than_the_guard_nor_a_level_more_than_its_cap(
    agreed: Terms, parts: list[CreditPart], base: int, percent: int, quantity: int
) -> None:
    left = base * percent // 100
    firsts, seconds = shared_earnings(agreed, parts, base_minor=base, left_minor=left, quantity=quantity)
    assert min(firsts + seconds) >= 0
    assert (sum(firsts) + sum(seconds)) * 10_000 <= left * agreed.total_cap_bps
    assert agreed.cap_minor is None or max(sum(firsts), sum(seconds)) <= agreed.cap_minor
    assert all(part.has_sponsor or not second for part, second in zip(parts, seconds, strict=True))


@given(rated | fixed, credited(), bases, st.integers(1, 9))
def test_a_full_refund_of_a_shared_line_leaves_exactly_nothing(
    agreed: Terms, parts: list[CreditPart], base: int, quantity: int
) -> None:
    nothing = [0] * len(parts)
    assert shared_earnings(agreed, parts, base_minor=base, left_minor=0, quantity=quantity) == (nothing, nothing)


@given(rated | fixed, st.integers(0, 30_000), st.booleans(), bases, st.integers(0, 100), st.integers(1, 9))
def test_a_part_that_is_alone_earns_what_a_line_earns(
    agreed: Terms, multiplier: int, has_sponsor: bool, base: int, percent: int, quantity: int
) -> None:
    left = base * percent // 100
    firsts, seconds = shared_earnings(
        agreed, [CreditPart(10_000, multiplier, has_sponsor)], base_minor=base, left_minor=left, quantity=quantity
    )
    first, second = earnings(agreed, multiplier_bps=multiplier, base_minor=base, left_minor=left, quantity=quantity)
    assert (firsts, seconds) == ([first], [second if has_sponsor else 0])


@given(rated | fixed, credited(), bases, st.integers(1, 9))
def test_parts_without_multipliers_sum_to_what_one_koc_alone_would_earn(
    agreed: Terms, parts: list[CreditPart], base: int, quantity: int
) -> None:
    """Nothing is lost or made by sharing."""
    plain = [part._replace(multiplier_bps=10_000, has_sponsor=True) for part in parts]
    firsts, seconds = shared_earnings(agreed, plain, base_minor=base, left_minor=base, quantity=quantity)
    assert (sum(firsts), sum(seconds)) == earnings(
        agreed, multiplier_bps=10_000, base_minor=base, left_minor=base, quantity=quantity
    )
