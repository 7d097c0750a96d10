"""What a campaign pays on top: worked by hand, and what must hold for any bonus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.plans.domain.bonuses import Bonus, fit, tiered_amount, worth

NO_OWN_BASE = Bonus(100, 100, from_minor=0, steps=[[0, 10_000]])
LADDER = [[0, 100], [10_000, 200], [20_000, 500]]


@pytest.mark.parametrize(
    ("base", "earned"),
    [
        (0, 0),
        (49, 0),
        (50, 1),
        (9_999, 100),
        (10_000, 100),
        (10_001, 100),
        (10_025, 101),
        (15_000, 200),
        (20_000, 300),
        (20_010, 301),
        (29_900, 795),
    ],
)
def test_each_part_of_a_months_base_earns_the_rate_of_its_own_step(base: int, earned: int) -> None:
    """10000 at 1 % is 100; the next 10000 at 2 % are 200; above that 5 %. 10,025 is 100.5 and goes up; 29,900 is 300
    and 495."""
    assert tiered_amount(LADDER, base) == earned


def test_below_the_first_mark_nothing_is_earned_and_a_step_may_pay_less_than_the_one_below() -> None:
    assert tiered_amount([[5_000, 1_000]], 5_000) == 0
    assert tiered_amount([[5_000, 1_000]], 5_010) == 1
    assert tiered_amount([[0, 1_000], [1_000, 100]], 3_000) == 120
    assert tiered_amount([], 3_000) == 0


def test_a_fixed_bonus_shrinks_with_its_line_and_is_never_more_than_was_granted() -> None:
    """600 for a base of 10000; a budget that had 450 left granted so much, and half of the line is worth 300 all the
    same."""
    whole = Bonus(base_minor=10_000, granted_minor=600, fixed_minor=600)
    assert [worth(whole, left) for left in (10_000, 7_500, 5_000, 1, 0)] == [600, 450, 300, 0, 0]
    assert [worth(whole._replace(granted_minor=450), left) for left in (10_000, 7_500, 5_000, 0)] == [450, 450, 300, 0]
    assert worth(whole._replace(fixed_minor=601, granted_minor=601), 7_500) == 451  # 450.75


def test_a_bonus_on_steps_keeps_its_place_in_the_month() -> None:
    """From 4000 a line of 9900 climbs to 13900: 60 at 1 % and 78 at 2 %. Half of it, 4950, climbs to 8950: 49.5 on the
    first step."""
    bonus = Bonus(base_minor=9_900, granted_minor=138, own_base_minor=9_900, from_minor=4_000, steps=LADDER)
    assert [worth(bonus, left) for left in (9_900, 4_950, 0)] == [138, 50, 0]


def test_of_a_shared_line_a_koc_climbs_with_their_own_part() -> None:
    """4000 of 10000: from 8000 to 12000 they earn 20 and 40; with a quarter of the line left 1000, to 9000: 10."""
    bonus = Bonus(base_minor=10_000, granted_minor=60, own_base_minor=4_000, from_minor=8_000, steps=LADDER)
    assert [worth(bonus, left) for left in (10_000, 2_500, 0)] == [60, 10, 0]
    assert worth(bonus._replace(granted_minor=50), 10_000) == 50


@pytest.mark.parametrize(
    "bonus",
    [
        Bonus(0, 100, fixed_minor=100),
        Bonus(0, 100, own_base_minor=0, from_minor=0, steps=LADDER),
        Bonus(100, 100),
        NO_OWN_BASE,
    ],
)
def test_a_bonus_on_nothing_is_nothing(bonus: Bonus) -> None:
    assert worth(bonus, 100) == 0


@pytest.mark.parametrize(
    ("amounts", "room", "fitted"),
    [
        ([3, 4], 9, [3, 4]),
        ([3, 4], 7, [3, 4]),
        ([3, 4], 5, [3, 2]),
        ([3, 4], 2, [2, 0]),
        ([3, 4], 0, [0, 0]),
        ([3, 4], -5, [0, 0]),
        ([], 5, []),
    ],
)
def test_bonuses_take_the_room_that_is_left_the_first_one_first(
    amounts: list[int], room: int, fitted: list[int]
) -> None:
    assert fit(amounts, room) == fitted


ladders = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 10_000)), min_size=1, max_size=5, unique_by=lambda step: step[0]
).map(sorted)
amounts = st.integers(0, 10**7)


@given(ladders, amounts, amounts)
def test_more_never_earns_less_and_climbing_twice_is_climbing_once(
    steps: list[list[int]], base: int, more: int
) -> None:
    assert tiered_amount(steps, base) <= tiered_amount(steps, base + more)
    assert tiered_amount(steps, base + more) * 10_000 <= (base + more) * max(rate for _, rate in steps) + 5_000


@given(ladders, amounts, amounts.filter(bool), amounts, st.integers(0, 100))
def test_what_is_left_of_a_bonus_is_between_nothing_and_what_was_granted(
    steps: list[list[int]], start: int, base: int, granted: int, percent: int
) -> None:
    for bonus in (
        Bonus(base, granted, fixed_minor=granted),
        Bonus(base, granted, own_base_minor=base, from_minor=start, steps=steps),
    ):
        assert 0 <= worth(bonus, base * percent // 100) <= worth(bonus, base) <= granted
        assert worth(bonus, 0) == 0
