"""The steps of a derivation: numbers that anybody can check, and that always come to what is paid."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.explanations.domain.steps import Basis, Step, amount_of, bonus_steps, exact, level_steps, zero_because
from commissions.plans.domain.bonuses import Bonus, worth
from commissions.plans.domain.rates import CreditPart, Terms, shared_earnings
from tests.support.records.terms import make_terms as drawn_terms

PLAIN = Terms(rate_bps=1250, fixed_minor=None, override_bps=300, cap_minor=None, total_cap_bps=3000)
GUARD = {"total_cap_bps": 3000, "guard_minor": 2970, "is_cut": False}
ALONE = (CreditPart(10_000, 11_000, has_sponsor=True),)


def steps_of(
    base: int,
    *,
    level: int = 1,
    place: int = 0,
    parts: tuple[CreditPart, ...] = ALONE,
    left: int | None = None,
    quantity: int = 1,
    **terms: Any,
) -> list[Step]:
    basis = Basis(base, base if left is None else left, quantity)
    return level_steps(PLAIN._replace(**terms), parts, basis, level=level, place=place)


def values_of(steps: list[Step]) -> dict[str, Any]:
    return {step.code: dict(step.values) for step in steps}


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(136125, 100), "1361.25"), (Fraction(3, 8), "0.375"), (Fraction(297), "297"), (Fraction(0), "0"), (Fraction(100, 3), "100/3"),
     (Fraction(1, 10**8), "0.00000001"), (Fraction(7, 20), "0.35"), (Fraction(9075, 10), "907.5")],
)  # fmt: skip
def test_a_number_is_shown_as_it_is_before_rounding(value: Fraction, text: str) -> None:
    assert exact(value) == text


def test_the_worked_number_of_the_contract_step_by_step() -> None:
    """9900 × 12.5% × 1.1 = 1361.25 → 1361; the total cap of 30% leaves 2970."""
    assert steps_of(9900) == [
        ("rate", {"left_minor": 9900, "rate_bps": 1250}),
        ("multiplier", {"multiplier_bps": 11_000}),
        ("rounding", {"exact": "1361.25", "amount_minor": 1361}),
        ("guard", GUARD | {"taken_minor": 0, "room_minor": 2970, "level_minor": 1361, "amount_minor": 1361}),
    ]
    assert steps_of(9900, level=2) == [
        ("override", {"left_minor": 9900, "rate_bps": 300}),
        ("rounding", {"exact": "297", "amount_minor": 297}),
        ("guard", GUARD | {"taken_minor": 1361, "room_minor": 1609, "level_minor": 297, "amount_minor": 297}),
    ]


def test_under_the_guard_level_2_gives_way_first() -> None:
    """10000 at 25% × 1.2 is 3000, all that 30% allows: level 2 of 500 becomes 0."""
    parts = (CreditPart(10_000, 12_000, has_sponsor=True),)
    first = values_of(steps_of(10_000, parts=parts, rate_bps=2500, override_bps=500))["guard"]
    second = steps_of(10_000, parts=parts, rate_bps=2500, override_bps=500, level=2)
    assert (first["amount_minor"], first["is_cut"]) == (3000, False)
    assert second[-1].values == {
        "total_cap_bps": 3000, "guard_minor": 3000, "taken_minor": 3000, "room_minor": 0, "level_minor": 500, "amount_minor": 0, "is_cut": True,
    }  # fmt: skip
    assert zero_because(second) == "guard"


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        (steps_of(3, parts=(CreditPart(10_000, 10_000, has_sponsor=False),)), "rounding"),  # 0.375
        (steps_of(9900, rate_bps=None), "no_rule"),
        (steps_of(9900, rate_bps=0), "no_rate"),
        (steps_of(9900, left=0), "nothing_left"),
        (steps_of(9900, cap_minor=0), "cap"),
        (steps_of(9900, level=2, parts=(CreditPart(10_000, 10_000, has_sponsor=False),)), "no_level_2"),
        (steps_of(9900, level=2, override_bps=0), "no_rate"),
        (
            steps_of(
                1,
                rate_bps=None,
                fixed_minor=1,
                parts=(CreditPart(4_000, 10_000, has_sponsor=False), CreditPart(6_000, 10_000, has_sponsor=False)),
            ),
            "part",
        ),
        (steps_of(9900), ""),
        ([], "no_rule"),
    ],
)
def test_a_zero_says_where_it_came_to_nothing(steps: list[Step], why: str) -> None:
    assert zero_because(steps) == why


def test_half_a_cent_goes_up_and_less_goes_away() -> None:
    one = (CreditPart(10_000, 10_000, has_sponsor=False),)
    assert values_of(steps_of(4, parts=one))["rounding"] == {"exact": "0.5", "amount_minor": 1}
    assert values_of(steps_of(3, parts=one))["rounding"] == {"exact": "0.375", "amount_minor": 0}


def test_shared_credit_is_computed_once_split_and_multiplied() -> None:
    """9900 × 12.5% = 1237.5 → 1238, split 40 : 60 → 495 and 743; × 1.1 → 544.5 → 545, × 1 → 743. Level 2: 297 → 119
    and 178."""
    parts = (CreditPart(4_000, 11_000, has_sponsor=True), CreditPart(6_000, 10_000, has_sponsor=False))
    assert [(step.code, step.values.get("amount_minor")) for step in steps_of(9900, parts=parts)] == [
        ("rate", None), ("rounding", 1238), ("part", 495), ("multiplier", None), ("rounding", 545), ("guard", 545),
    ]  # fmt: skip
    assert amount_of(steps_of(9900, parts=parts, place=1)) == 743
    assert [(step.code, step.values.get("amount_minor")) for step in steps_of(9900, parts=parts, level=2)] == [
        ("override", None), ("rounding", 297), ("part", 119), ("guard", 119),
    ]  # fmt: skip
    assert steps_of(9900, parts=parts, level=2, place=1) == [("no_level_2", {"amount_minor": 0})]


def test_a_fixed_amount_knows_pieces_and_no_multiplier() -> None:
    steps = steps_of(1000, left=995, rate_bps=None, fixed_minor=25, quantity=4, cap_minor=90)
    assert [step.code for step in steps] == ["fixed", "rounding", "cap", "guard"]
    assert values_of(steps)["rounding"] == {"exact": "99.5", "amount_minor": 100}
    assert values_of(steps)["cap"] == {"cap_minor": 90, "level_minor": 100, "amount_minor": 90, "is_cut": True}


def test_a_bonus_is_cut_by_the_guard_then_by_the_budget() -> None:
    bonus = Bonus(base_minor=1000, granted_minor=150, fixed_minor=900)
    assert [(step.code, step.values.get("amount_minor"), step.values.get("is_cut")) for step in bonus_steps(bonus, left_minor=1000, room_minor=200)] == [
        ("bonus", None, None), ("rounding", 900, None), ("bonus_guard", 200, True), ("budget", 150, True),
    ]  # fmt: skip
    [fixed, _, room, budget] = bonus_steps(bonus, left_minor=1000, room_minor=200)
    assert (fixed.values["fixed_minor"], fixed.values["left_minor"], fixed.values["base_minor"]) == (900, 1000, 1000)
    assert (room.values["room_minor"], budget.values["granted_minor"]) == (200, 150)
    assert amount_of(bonus_steps(bonus, left_minor=1000, room_minor=None)) == 150
    assert amount_of(bonus_steps(Bonus(100, 100), left_minor=100, room_minor=None)) == 0
    assert (
        amount_of(bonus_steps(Bonus(100, 100, from_minor=0, steps=[[0, 10_000]]), left_minor=100, room_minor=None)) == 0
    )
    assert amount_of([]) == 0
    assert amount_of(bonus_steps(Bonus(0, 0, 900), left_minor=0, room_minor=0)) == 0


def test_steps_say_from_where_to_where_a_line_climbed() -> None:
    """From 9900 to 19800 over steps at 0, 10000 and 20000: 1 + 196 = 197."""
    bonus = Bonus(9900, 197, None, 9900, 9900, [[0, 100], [10_000, 200], [20_000, 500]])
    [climb, room, budget] = bonus_steps(bonus, left_minor=9900, room_minor=1980)
    assert climb == (
        "steps",
        {
            "from_minor": 9900,
            "to_minor": 19_800,
            "below_minor": 99,
            "above_minor": 296,
            "amount_minor": 197,
            "marks": [[0, 100], [10_000, 200], [20_000, 500]],
        },
    )
    assert (room.values["is_cut"], budget.values["is_cut"], budget.values["amount_minor"]) == (False, False, 197)
    assert amount_of(bonus_steps(Bonus(0, 0, None, 0, 0, [[0, 100]]), left_minor=0, room_minor=0)) == 0


terms = drawn_terms(rate_bps=st.integers(0, 10_000), most_override_bps=3_000, most_cap_minor=10**4)
fixed = st.builds(
    lambda agreed, amount: agreed._replace(rate_bps=None, fixed_minor=amount), terms, st.integers(0, 10**5)
)
no_rule = st.builds(Terms, st.none(), st.none(), st.just(0), st.none(), st.integers(0, 10_000))


@st.composite
def lines(draw: Any) -> tuple[tuple[CreditPart, ...], Basis]:
    marks = sorted(draw(st.sets(st.integers(1, 9_999), max_size=4)))
    credits = [above - below for below, above in zip([0, *marks], [*marks, 10_000], strict=True)]
    parts = tuple(CreditPart(bps, draw(st.integers(5_000, 30_000)), draw(st.booleans())) for bps in credits)
    base = draw(st.integers(0, 10**6))
    return parts, Basis(base, draw(st.integers(0, base)), draw(st.integers(1, 20)))


@given(terms | fixed | no_rule, lines())
def test_a_derivation_always_comes_to_what_is_paid(agreed: Terms, line: tuple[tuple[CreditPart, ...], Basis]) -> None:
    parts, basis = line
    base, left, quantity = basis
    paid = shared_earnings(agreed, parts, base_minor=base, left_minor=left, quantity=quantity)
    for level in (1, 2):
        steps = [level_steps(agreed, parts, basis, level=level, place=place) for place in range(len(parts))]
        expected = [
            amount if level == 1 or part.has_sponsor else 0 for amount, part in zip(paid[level - 1], parts, strict=True)
        ]
        assert [amount_of(one) for one in steps] == expected
        assert [bool(zero_because(one)) for one in steps] == [amount == 0 for amount in expected]


@given(st.integers(0, 10**5), st.integers(0, 10**5), st.integers(0, 100), st.booleans(), st.integers(0, 10**4))
def test_a_bonus_always_comes_to_what_it_is_worth(
    base: int, granted: int, percent: int, on_steps: bool, room: int
) -> None:
    marks = [[0, 100], [1_000, 300], [50_000, 1_000]]
    bonus = Bonus(base, granted, None, base // 2, 700, marks) if on_steps else Bonus(base, granted, 900)
    left = base * percent // 100
    assert amount_of(bonus_steps(bonus, left_minor=left, room_minor=None)) == worth(bonus, left)
    assert amount_of(bonus_steps(bonus, left_minor=left, room_minor=room)) == min(worth(bonus, left), room)
