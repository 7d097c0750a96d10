"""What campaigns give on top, and what cuts it."""

import pytest

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import MissedBonus
from commissions.plans.models.policies import PayPolicy
from tests.support.explanations import DAY, HOUR, amount, codes, make_campaign, sold, step, words
from tests.support.factories import NOW
from tests.support.shop_events import delivered, paid, refunded, report

pytestmark = pytest.mark.django_db


def test_a_bonus_says_which_campaign_and_what_cut_it(brand: Brand) -> None:
    """9900: 1361 + 297 of 2970 leaves 1312. A bounty of 2000 is cut to that; the next finds 188 of the budget of 1500;
    the last nothing."""
    make_campaign(brand, "bounty", fixed_minor=2000, budget_minor=1500)
    report(brand, *[paid(f"A-{n}", share="code", at=NOW + n * HOUR) for n in range(3)])
    first, second, third = (amount(1, f"A-{n}", campaign="bounty") for n in range(3))
    assert codes(first) == ["base", "credit", "campaign", "bonus", "rounding", "bonus_guard", "budget"]
    assert (step(first, "bonus_guard")["room_minor"], step(first, "bonus_guard")["is_cut"], first.amount_minor) == (
        1312,
        True,
        1312,
    )
    assert (step(second, "budget")["granted_minor"], step(second, "budget")["is_cut"], second.amount_minor) == (
        188,
        True,
        188,
    )
    assert (third.commission, third.zero_because) == (None, "budget")
    assert "The campaign's budget had CN¥1.88 left: cut to that." in words(second, order="A-1")
    assert "It would have been CN¥20.00, but the campaign's budget was used up." in words(third, order="A-2")
    assert list(MissedBonus.objects.values_list("amount_minor", "because")) == [(2000, "budget")]


def test_a_bonus_for_which_the_guard_leaves_nothing_is_explained(brand: Brand) -> None:
    PayPolicy.objects.update(total_cap_bps=1000)
    make_campaign(brand, "bounty", fixed_minor=2000)
    report(brand, paid(share="code"))
    assert amount(1, campaign="bounty").zero_because == "bonus_guard"
    assert "It would have been CN¥20.00, but the total cap left no room." in words(amount(1, campaign="bounty"))


def test_a_bonus_that_was_taken_back_does_not_come_back(brand: Brand) -> None:
    make_campaign(brand, "bounty", fixed_minor=300)
    report(brand, sold(("1", "S1", 1, 9900), at=NOW))
    report(brand, sold(("1", "S1", 1, 3300), at=NOW + HOUR))
    report(brand, sold(("1", "S1", 1, 9900), at=NOW + 2 * HOUR))
    bonus = amount(1, campaign="bounty")
    assert (bonus.amount_minor, bonus.net_minor, bonus.now[-1].code) == (300, 100, "not_given_back")
    assert "A bonus that was taken back does not come back: it stays at CN¥1.00." in words(bonus)


def test_steps_are_shown_from_where_to_where(brand: Brand) -> None:
    """Two orders of 9900 over steps at 0 and 10000 of 1% and 2%: 99, then 1 + 196 = 197."""
    make_campaign(brand, "steps", steps=[[0, 100], [10_000, 200]])
    report(brand, *[paid(f"A-{n}", share="code", at=NOW + n * HOUR) for n in range(2)])
    report(brand, *[delivered(f"A-{n}", NOW + n * DAY) for n in range(2)], at=NOW + 20 * DAY)
    second = amount(1, "A-1", campaign="steps")
    assert {name: step(second, "steps")[name] for name in ("from_minor", "to_minor", "below_minor", "above_minor", "amount_minor")} == {
        "from_minor": 9900, "to_minor": 19_800, "below_minor": 99, "above_minor": 296, "amount_minor": 197,
    }  # fmt: skip
    assert (
        "from CN¥99.00 to CN¥198.00. On the steps (1% ≥ CN¥0.00, 2% ≥ CN¥100.00) that is CN¥2.96 − CN¥0.99 = CN¥1.97."
        in words(second)
    )
    report(brand, refunded("A-1", "R-1", NOW + 21 * DAY, l1=9900), at=NOW + 21 * DAY)
    assert amount(1, "A-1", campaign="steps").net_minor == 0
