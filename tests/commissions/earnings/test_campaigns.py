"""What is paid on top: within the total cap, within the budget, and taken back with its sale."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.earnings.services.approvals import approve_matured
from commissions.earnings.services.reviews import hold_commissions, release_commissions, reverse_commissions
from commissions.plans.models.campaigns import Campaign, MonthlyVolume
from commissions.settlement.services.settlement import settle_period
from tests.support.factories import NOW, make_koc, make_product, make_selling_brand, make_share
from tests.support.shop_events import balances, cancelled, delivered, paid, prove, refunded, report, send, statements

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def brand() -> Brand:
    brand = make_selling_brand(policy={"min_payout_minor": 1})
    make_product(brand, "S2")
    return brand


def make_campaign(brand: Brand, kind: str, **fields: Any) -> Campaign:
    return Campaign.objects.create(
        brand=brand, key=kind, kind=kind, **({"starts_at": NOW - DAY, "budget_minor": 1_000_000} | fields)
    )


def bonuses() -> list[tuple[str, str, int, int]]:
    """(order, line, amount, net) of every bonus."""
    rows = Commission.objects.exclude(campaign=None).order_by("line__order__key", "line__position", "campaign")
    return [
        (one.line.order.key, one.line.key, one.amount_minor, one.net_minor)
        for one in rows.select_related("line__order")
    ]


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
    report(
        brand, paid("A-2", share="code", customer={"id": "c"}, at=NOW + DAY), paid("A-3", share="code", at=NOW + DAY)
    )
    assert bonuses() == [("A-1", "1", 667, 667), ("A-1", "2", 333, 333)]


def test_a_bonus_stays_under_the_guard(brand: Brand) -> None:
    """1000 at 10 % is 100; the total cap leaves 200 of 30 %."""
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
    """Steps at 0, 10000 and 20000: 1 %, 2 %, 5 %. Three orders of 9900: 99; 1 + 196 = 197; 4 + 485 = 489, each by
    halves up."""
    make_campaign(brand, "steps", steps=[[0, 100], [10_000, 200], [20_000, 500]])
    for number in range(3):
        report(brand, paid(f"A-{number}", share="code", at=NOW + number * DAY))
    assert bonuses() == []
    report(brand, *[delivered(f"A-{number}", NOW + number * DAY) for number in range(3)], at=NOW + 30 * DAY)
    assert bonuses() == [("A-0", "1", 99, 99), ("A-1", "1", 197, 197), ("A-2", "1", 489, 489)]
    assert MonthlyVolume.objects.get().base_minor == 29_700
    assert balances(brand) == {("a", "approved"): 3 * 990 + 785}
    assert set(Commission.objects.values_list("status", "approved_at__day")) == {
        ("approved", 8),
        ("approved", 9),
        ("approved", 10),
    }
    report(brand, refunded("A-1", "R-1", NOW + 31 * DAY, l1=9900), at=NOW + 31 * DAY)
    # Not retroactive: the third keeps its steps
    assert bonuses() == [
        ("A-0", "1", 99, 99),
        ("A-1", "1", 197, 0),
        ("A-2", "1", 489, 489),
    ]
    assert reserved() == 588


def test_bonuses_on_steps_take_the_same_queries_for_1_order_and_for_21(brand: Brand) -> None:
    make_campaign(brand, "steps", steps=[[0, 100], [10_000, 200]])
    for n in range(21):
        make_share(make_koc(brand, f"k{n}"), code=f"code{n}")

    def queries(*numbers: int, month: int) -> int:
        start = NOW + month * 40 * DAY
        orders = [f"{month}-{number}" for number in numbers]
        sales = [paid(order, share=f"code{n}", at=start) for order, n in zip(orders, numbers, strict=True)]
        report(brand, *sales, at=start)
        send(brand, *[delivered(order, start) for order in orders], at=start)
        with CaptureQueriesContext(connection) as captured:
            approve_matured(brand=brand, at=start + 20 * DAY)
        return len(captured)

    queries(*range(21), month=0)  # opens the wallets
    assert queries(0, month=1) == queries(*range(21), month=2)
    assert [amount for _, _, amount, _ in bonuses()] == [99] * 43
    assert MonthlyVolume.objects.count() == 43
    prove(brand)


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
    report(
        brand,
        *[
            paid(f"A-{n}", share="code", at=NOW + moment)
            for n, moment in enumerate([-timedelta(seconds=1), 0 * DAY, DAY])
        ],
    )
    assert bonuses() == [("A-1", "1", 300, 300)]


@pytest.mark.parametrize("noticed", ["in time", "late"])
@pytest.mark.parametrize("taken", [4_950, 9_900])
def test_a_refund_after_the_hold_lowers_steps_alike_whether_their_hold_was_noticed_in_time_or_late(
    brand: Brand, noticed: str, taken: int
) -> None:
    """9900 climb to 50 + 245; the 4950 that are left to 49.5; nothing to nothing. The next order starts at 9900 all the
    same."""
    make_campaign(brand, "steps", steps=[[0, 100], [5_000, 500]])
    report(brand, paid("A-1", share="code"), delivered("A-1"), at=NOW + (9 * DAY if noticed == "in time" else DAY))
    report(brand, refunded("A-1", "R-1", NOW + 10 * DAY, l1=taken), at=NOW + 11 * DAY)
    report(brand, paid("A-2", share="code", at=NOW + DAY), delivered("A-2", NOW + DAY), at=NOW + 11 * DAY)
    left = 50 if taken == 4_950 else 0
    assert bonuses() == [("A-1", "1", 295, left), ("A-2", "1", 495, 495)]
    assert reserved() == left + 495
    assert balances(brand) == {("a", "approved"): (495 + 50 if left else 0) + 990 + 495}
    settle_period(brand=brand, period="2026-03", at=NOW + 35 * DAY)
    prove(brand)


def test_a_bonus_on_what_is_held_is_held_with_it(brand: Brand) -> None:
    make_campaign(brand, "steps", steps=[[0, 100]])
    report(brand, paid(share="code"))
    hold_commissions(
        brand=brand, commissions=[Commission.objects.get().pk], reason="fraud", note="one device", by=None, at=NOW
    )
    report(brand, delivered(), at=NOW + 20 * DAY)
    assert list(Commission.objects.order_by("pk").values_list("status", "amount_minor")) == [
        ("held", 990),
        ("held", 99),
    ]
    assert set(RiskReview.objects.values_list("reason", "note", "outcome")) == {("fraud", "one device", "")}
    settle_period(brand=brand, period="2026-03", at=NOW + 35 * DAY)
    assert statements(brand) == []
    release_commissions(
        brand=brand, commissions=list(Commission.objects.values_list("pk", flat=True)), by=None, at=NOW + 36 * DAY
    )
    assert balances(brand) == {("a", "approved"): 1089}
    prove(brand)


def test_a_bonus_that_an_amendment_took_back_is_not_on_a_statement_because_something_else_happened_later(
    brand: Brand,
) -> None:
    """A bounty of 3 × 100, then of one piece, then of three again: 100 is left. A refund in April does not bring the
    rest to March."""
    make_campaign(brand, "bounty", fixed_minor=100)
    for day, quantity in enumerate([3, 1, 3]):
        report(
            brand, paid("A-1", ("1", "S1", quantity, 3300), share="code") | {"timestamp": (NOW + day * DAY).isoformat()}
        )
    report(brand, delivered(), at=NOW + 20 * DAY)
    assert bonuses() == [("A-1", "1", 300, 100)]
    report(brand, refunded("A-1", "R-1", NOW + 33 * DAY, l1=1), at=NOW + 34 * DAY)
    settle_period(brand=brand, period="2026-03", at=NOW + 35 * DAY)
    assert statements(brand) == [("2026-03", "a", 1090, 0, 0, 1090, 0)]
    prove(brand)


@pytest.mark.parametrize("told", list(permutations(("hold", "april", "may"))))
def test_a_bonus_cut_to_the_budget_is_worth_at_a_months_end_what_had_happened_by_then(
    brand: Brand, told: tuple[str, ...]
) -> None:
    """8900 of 9900 are left in March, and 10 % of that is cut to 600, whatever is told of later months first."""
    make_campaign(brand, "steps", steps=[[0, 1000]], budget_minor=600)
    refunds = {"hold": (NOW + 5 * DAY, 1000), "april": (NOW + 33 * DAY, 2500), "may": (NOW + 63 * DAY, 2500)}
    report(brand, paid("A-1", share="code"), delivered("A-1"), at=NOW + 70 * DAY)
    for key in told:
        happened_at, amount = refunds[key]
        report(brand, refunded("A-1", f"R-{key}", happened_at, l1=amount), at=NOW + 70 * DAY)
    assert bonuses() == [("A-1", "1", 600, 390)]
    for period in ("2026-03", "2026-04"):
        settle_period(brand=brand, period=period, at=NOW + 70 * DAY)
        prove(brand)
    assert statements(brand)[0] == ("2026-03", "a", 890 + 600, 0, 0, 890 + 600, 0)
    assert statements(brand)[1][-1] == -250


def test_two_bonuses_on_one_line_share_what_the_guard_has_left(brand: Brand) -> None:
    """1000 at 10 % is 100; the total cap of 30 % leaves 200, and two campaigns would pay 150 each."""
    for key in ("first", "second"):
        Campaign.objects.create(
            brand=brand, key=key, kind="steps", starts_at=NOW - DAY, budget_minor=1000, steps=[[0, 1500]]
        )
    report(brand, paid("A-1", ("1", "S1", 1, 1000), share="code"), delivered(), at=NOW + 20 * DAY)
    assert bonuses() == [("A-1", "1", 150, 150), ("A-1", "1", 50, 50)]
    report(brand, refunded(l1=500), at=NOW + 21 * DAY)
    assert bonuses() == [("A-1", "1", 150, 75), ("A-1", "1", 50, 25)]
