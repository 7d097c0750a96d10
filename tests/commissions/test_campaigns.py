"""What is paid on top: within the guard, within the budget, and taken back with its sale."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Brand
from commissions.models import Campaign, Commission, MonthlyBase
from commissions.services.reviews import hold_commissions, reverse_commissions
from tests.factories import NOW, make_brand, make_kit, make_koc, make_plan, make_product, make_share
from tests.shop import balances, cancelled, delivered, paid, refunded, report

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def brand() -> Brand:
    brand = make_brand(policy={"min_payout_minor": 1})
    make_product(brand)
    make_product(brand, "S2")
    make_plan(brand, rules=[{"rate_bps": 1000}])
    make_share(make_koc(brand, "a"), make_kit(brand), code="code")
    return brand


def make_campaign(brand: Brand, kind: str, **fields: Any) -> Campaign:
    return Campaign.objects.create(brand=brand, key=kind, kind=kind, **({"starts_at": NOW - DAY, "budget_minor": 1_000_000} | fields))


def bonuses() -> list[tuple[str, str, int, int]]:
    """(order, line, amount, net) of every bonus."""
    rows = Commission.objects.exclude(campaign=None).order_by("line__order__key", "line__position")
    return [(one.line.order.key, one.line.key, one.amount_minor, one.net_minor) for one in rows.select_related("line__order")]


def reserved() -> int:
    return Campaign.objects.get().reserved_minor


def test_a_bounty_is_paid_a_piece_of_its_product_and_shrinks_with_refunds(brand: Brand) -> None:
    make_campaign(brand, "bounty", fixed_minor=300, skus=["S2"])
    report(brand, paid("A-1", ("1", "S1", 1, 9900), ("2", "S2", 2, 5000), share="code"))
    assert bonuses() == [("A-1", "2", 600, 600)]
    assert balances(brand) == {("a", "pending"): 990 + 1000 + 600}
    assert reserved() == 600
    report(brand, refunded(l2=2500))
    assert (bonuses(), reserved()) == ([("A-1", "2", 600, 450)], 450)
    report(brand, cancelled(at=NOW + 2 * DAY))
    assert (bonuses(), reserved(), balances(brand)) == ([("A-1", "2", 600, 0)], 0, {})


def test_the_first_order_of_a_new_customer_earns_a_fixed_amount_spread_over_its_lines(brand: Brand) -> None:
    make_campaign(brand, "new_customer", fixed_minor=1000)
    report(brand, paid("A-1", ("1", "S1", 1, 10_000), ("2", "S2", 1, 5_000), share="code", customer={"id": "c"}))
    report(brand, paid("A-2", share="code", customer={"id": "c"}, at=NOW + DAY), paid("A-3", share="code", at=NOW + DAY))
    assert bonuses() == [("A-1", "1", 667, 667), ("A-1", "2", 333, 333)]


def test_a_bonus_stays_under_the_guard(brand: Brand) -> None:
    """1000 at 10 % is 100; the guard leaves 200 of 30 %."""
    make_campaign(brand, "bounty", fixed_minor=900)
    report(brand, paid("A-1", ("1", "S1", 1, 1000), share="code"))
    assert bonuses() == [("A-1", "1", 200, 200)]


def test_a_budget_is_used_up_to_the_cent_and_what_is_taken_back_can_be_promised_again(brand: Brand) -> None:
    make_campaign(brand, "bounty", fixed_minor=400, budget_minor=1000)
    report(brand, *[paid(f"A-{n}", share="code", at=NOW + n * timedelta(hours=1)) for n in range(4)])
    assert bonuses() == [("A-0", "1", 400, 400), ("A-1", "1", 400, 400), ("A-2", "1", 200, 200)]
    report(brand, cancelled("A-0"))
    report(brand, paid("A-9", share="code", at=NOW + DAY))
    assert bonuses()[-1] == ("A-9", "1", 400, 400)
    assert reserved() == 1000
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.update(reserved_minor=1001)


def test_steps_are_marginal_and_counted_when_the_hold_ends(brand: Brand) -> None:
    """Steps at 0, 10000 and 20000: 1 %, 2 %, 5 %. Three orders of 9900: 99; 1 + 196 = 197; 4 + 485 = 489, each by halves up."""
    make_campaign(brand, "steps", steps=[[0, 100], [10_000, 200], [20_000, 500]])
    for number in range(3):
        report(brand, paid(f"A-{number}", share="code", at=NOW + number * DAY))
    assert bonuses() == []
    report(brand, *[delivered(f"A-{number}", NOW + number * DAY) for number in range(3)], at=NOW + 30 * DAY)
    assert bonuses() == [("A-0", "1", 99, 99), ("A-1", "1", 197, 197), ("A-2", "1", 489, 489)]
    assert MonthlyBase.objects.get().base_minor == 29_700
    assert balances(brand) == {("a", "approved"): 3 * 990 + 785}
    assert set(Commission.objects.values_list("status", "approved_at__day")) == {("approved", 8), ("approved", 9), ("approved", 10)}
    report(brand, refunded("A-1", "R-1", NOW + 31 * DAY, l1=9900), at=NOW + 31 * DAY)
    assert bonuses() == [("A-0", "1", 99, 99), ("A-1", "1", 197, 0), ("A-2", "1", 489, 489)]  # not retroactive: the third keeps its steps
    assert reserved() == 588


def test_a_new_month_starts_at_the_bottom(brand: Brand) -> None:
    make_campaign(brand, "steps", steps=[[0, 100], [5_000, 500]])
    report(brand, paid("A-1", share="code"), delivered("A-1"), at=NOW + 10 * DAY)
    report(brand, paid("A-2", share="code", at=NOW + 30 * DAY), delivered("A-2", NOW + 30 * DAY), at=NOW + 50 * DAY)
    assert bonuses() == [("A-1", "1", 295, 295), ("A-2", "1", 295, 295)]  # 50 + 245


def test_what_a_review_reverses_goes_back_to_the_budget(brand: Brand) -> None:
    make_campaign(brand, "bounty", fixed_minor=300)
    report(brand, paid(share="code"))
    chosen = list(Commission.objects.values_list("pk", flat=True))
    hold_commissions(brand=brand, commissions=chosen, reason="fraud", by=None, at=NOW)
    reverse_commissions(brand=brand, commissions=chosen, reason="fraud", by=None, at=NOW)
    assert (reserved(), balances(brand)) == (0, {})


def test_a_campaign_pays_for_its_own_time_alone(brand: Brand) -> None:
    make_campaign(brand, "bounty", fixed_minor=300, starts_at=NOW, ends_at=NOW + DAY)
    report(brand, *[paid(f"A-{n}", share="code", at=NOW + moment) for n, moment in enumerate([-timedelta(seconds=1), 0 * DAY, DAY])])
    assert bonuses() == [("A-1", "1", 300, 300)]
