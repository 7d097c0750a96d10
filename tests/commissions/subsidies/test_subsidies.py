"""A brand grants 50,000 yuan for a KOC's own and 50,000 to hand on: 5,000,000 and 5,000,000 of the minor unit."""

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.access.domain.refusals import IdempotencyConflict
from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.earnings.domain.refusals import BudgetExceeded
from commissions.ledger.models import Transfer
from commissions.payouts.services.reopening import reopen_period
from commissions.plans.models.policies import PayPolicy
from commissions.settlement.models.statements import Statement
from commissions.settlement.services.settlement import settle_period
from commissions.settlement.services.withdrawals import request_withdrawal
from commissions.subsidies.domain.refusals import (
    MayNotPassOn,
    OnlyJoined,
    RecipientNotActive,
    SubsidyRefused,
    UnknownRecipient,
)
from commissions.subsidies.models import Allocation, Subsidy
from commissions.subsidies.selectors.subsidies import given_soon_after_joining
from commissions.subsidies.services.subsidies import allocate
from referrals.tree.domain.refusals import KocNotActive
from referrals.tree.models import Sponsorship
from tests.support.factories import NOW, make_brand, make_koc, make_plan, make_product, make_share
from tests.support.shop_events import balances, paid, prove, report, statements
from tests.support.subsidies import DAY, JUNE, assert_refused, find_koc, grant, hand_on

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 12, 1, tzinfo=UTC)


def test_of_a_grant_the_own_part_is_income_and_the_rest_a_budget(brand: Brand, staff: User) -> None:
    subsidy = grant(brand, staff)
    prove(brand)
    assert balances(brand) == {("lead", "approved"): 5_000_000, ("lead", "subsidy"): 5_000_000}
    assert (subsidy.left_minor, subsidy.granted_by, subsidy.parent) == (5_000_000, staff, None)
    assert dict(Transfer.objects.values_list("reason", "amount_minor")) == {"subsidy": 5_000_000, "grant": 5_000_000}


@pytest.mark.parametrize(
    ("own", "budget", "found"), [(700, 0, {("lead", "approved"): 700}), (0, 900, {("lead", "subsidy"): 900})]
)
def test_a_grant_may_be_of_either_part_alone(
    brand: Brand, staff: User, own: int, budget: int, found: dict[Any, int]
) -> None:
    grant(brand, staff, own_minor=own, hand_on_minor=budget)
    prove(brand)
    assert balances(brand) == found


def test_the_same_request_grants_once(brand: Brand, staff: User) -> None:
    first, again = grant(brand, staff, key="form-1"), grant(brand, staff, key="form-1", at=NOW + DAY)
    assert first == again
    assert Subsidy.objects.count() == 1
    assert_refused(brand, IdempotencyConflict, lambda: grant(brand, staff, key="form-1", own_minor=1))
    assert grant(brand, staff, key="form-2") != first
    assert balances(brand)["lead", "subsidy"] == 10_000_000


def test_a_grant_that_makes_no_sense_is_refused(brand: Brand, staff: User) -> None:
    for terms in (
        {"own_minor": 0, "hand_on_minor": 0}, {"own_minor": -1}, {"hand_on_minor": -1}, {"expires_at": NOW}, {"koc": make_koc(make_brand())},
    ):  # fmt: skip
        assert_refused(brand, SubsidyRefused, lambda terms=terms: grant(brand, staff, **terms))
    assert_refused(brand, OnlyJoined, lambda: grant(brand, staff, koc=find_koc(brand, "idle")))
    Koc.objects.filter(key="lead").update(status="rejected")
    assert_refused(brand, KocNotActive, lambda: grant(brand, staff))


def test_a_koc_hands_on_to_anybody_below_in_any_split(brand: Brand, staff: User) -> None:
    subsidy = grant(brand, staff)
    hand_on(subsidy, "mid", 1_200_000)
    hand_on(subsidy, "low", 300_000)
    last = hand_on(subsidy, "low", 3_500_000)
    assert balances(brand) == {
        ("lead", "approved"): 5_000_000,
        ("mid", "approved"): 1_200_000,
        ("low", "approved"): 3_800_000,
    }
    assert (last.subsidy.allocated_minor, last.subsidy.left_minor) == (5_000_000, 0)
    assert list(Allocation.objects.order_by("pk").values_list("to__key", "amount_minor", "kind")) == [
        ("mid", 1_200_000, "money"), ("low", 300_000, "money"), ("low", 3_500_000, "money"),
    ]  # fmt: skip


def test_never_more_than_what_is_left(brand: Brand, staff: User) -> None:
    subsidy = grant(brand, staff, hand_on_minor=100)
    hand_on(subsidy, "mid", 60)
    for amount in (41, 5_000_000, 0, -1):
        assert_refused(brand, BudgetExceeded, lambda amount=amount: hand_on(subsidy, "mid", amount))
    hand_on(subsidy, "mid", 40)
    assert_refused(brand, BudgetExceeded, lambda: hand_on(subsidy, "mid", 1))


def test_only_inside_ones_own_tree(brand: Brand, staff: User) -> None:
    """Upwards, aside, oneself, another brand's and nobody are all the same: unknown."""
    subsidy = grant(brand, staff, koc=find_koc(brand, "mid"), own_minor=0)
    other = make_brand()
    stranger = make_koc(other)
    make_share(stranger)
    for to in (find_koc(brand, "lead"), find_koc(brand, "side"), find_koc(brand, "mid"), stranger, None):
        assert_refused(
            brand,
            UnknownRecipient,
            lambda to=to: allocate(subsidy=subsidy, to=to, amount_minor=1, note="", as_right=False, at=NOW + DAY),
        )
    hand_on(subsidy, "low", 1)


def test_who_moved_out_of_the_tree_is_out_of_reach(brand: Brand, staff: User) -> None:
    subsidy = grant(brand, staff)
    hand_on(subsidy, "low", 1)
    Sponsorship.objects.filter(koc__key="low").update(
        sponsor=find_koc(brand, "side"), root=find_koc(brand, "side"), depth=1
    )
    assert_refused(brand, UnknownRecipient, lambda: hand_on(subsidy, "low", 1))


def test_somebody_who_has_only_joined_gets_nothing(brand: Brand, staff: User) -> None:
    subsidy = grant(brand, staff, may_pass_on=True)
    for as_right in (False, True):
        assert_refused(brand, OnlyJoined, lambda as_right=as_right: hand_on(subsidy, "idle", 1, as_right=as_right))
    make_share(find_koc(brand, "idle"))
    hand_on(subsidy, "idle", 1)


def test_a_credited_order_is_as_good_as_a_share(brand: Brand, staff: User) -> None:
    make_product(brand)
    make_plan(brand, rules=[{"rate_bps": 1000}])
    subsidy = grant(brand, staff)
    assert_refused(brand, OnlyJoined, lambda: hand_on(subsidy, "idle", 1))
    report(brand, paid(koc="idle"))
    hand_on(subsidy, "idle", 1)


def test_who_is_not_active_neither_gives_nor_gets(brand: Brand, staff: User) -> None:
    subsidy = grant(brand, staff)
    Koc.objects.filter(key="low").update(status="rejected")
    assert_refused(brand, RecipientNotActive, lambda: hand_on(subsidy, "low", 1))
    Koc.objects.filter(key="mid").update(status="rejected")
    Koc.objects.filter(key="low").update(status="active")
    hand_on(subsidy, "low", 1)  # below somebody who left is still below
    Koc.objects.filter(key="lead").update(status="rejected")
    assert_refused(brand, KocNotActive, lambda: hand_on(subsidy, "low", 1))


def test_a_right_is_handed_on_only_if_the_brand_allows_it(brand: Brand, staff: User) -> None:
    plain = grant(brand, staff)
    assert_refused(brand, MayNotPassOn, lambda: hand_on(plain, "mid", 1, as_right=True))


def test_a_right_can_be_handed_on_in_turn(brand: Brand, staff: User) -> None:
    subsidy = grant(brand, staff, own_minor=0, may_pass_on=True)
    child = hand_on(subsidy, "mid", 2_000_000, as_right=True).child
    assert child
    assert balances(brand) == {("lead", "subsidy"): 3_000_000, ("mid", "subsidy"): 2_000_000}
    assert (child.parent, child.koc.key, child.hand_on_minor, child.own_minor, child.expires_at, child.granted_by) == (
        subsidy, "mid", 2_000_000, 0, JUNE, None,
    )  # fmt: skip
    hand_on(child, "low", 500_000)
    grandchild = hand_on(child, "low", 400_000, as_right=True).child
    assert grandchild
    assert balances(brand) == {
        ("lead", "subsidy"): 3_000_000, ("mid", "subsidy"): 1_100_000, ("low", "approved"): 500_000, ("low", "subsidy"): 400_000,
    }  # fmt: skip
    assert_refused(brand, UnknownRecipient, lambda: hand_on(child, "lead", 1))
    assert_refused(brand, BudgetExceeded, lambda: hand_on(child, "low", 1_100_001))


def test_income_of_a_subsidy_is_on_the_statement_after_tax(brand: Brand, staff: User) -> None:
    """3,000.00 handed on → (3000 − 800) × 20 % = 440.00; 50,000.00 of one's own → 40,000.00 taxable × 30 % − 2000 =
    10,000.00."""
    subsidy = grant(brand, staff)
    hand_on(subsidy, "low", 300_000)
    settle_period(brand=brand, period="2026-03", at=LATE)
    prove(brand)
    assert statements(brand) == [
        ("2026-03", "lead", 5_000_000, 0, 1_000_000, 4_000_000, 0),
        ("2026-03", "low", 300_000, 0, 44_000, 256_000, 0),
    ]
    assert balances(brand) == {
        ("lead", "settled"): 4_000_000,
        ("lead", "subsidy"): 4_700_000,
        ("low", "settled"): 256_000,
    }
    lines = Statement.objects.get(koc__key="low").lines.all()
    assert [(line.commission, line.adjustment and line.adjustment.kind, line.amount_minor) for line in lines] == [
        (None, "allocation", 300_000)
    ]


def test_reopened_and_settled_again_it_is_the_same_statement(brand: Brand, staff: User) -> None:
    hand_on(grant(brand, staff), "low", 300_000)
    settle_period(brand=brand, period="2026-03", at=LATE)
    first = statements(brand)
    reopen_period(brand=brand, period="2026-03", because="recount", by=staff, at=LATE)
    prove(brand)
    assert balances(brand) == {
        ("lead", "approved"): 5_000_000,
        ("lead", "subsidy"): 4_700_000,
        ("low", "approved"): 300_000,
    }
    settle_period(brand=brand, period="2026-03", at=LATE)
    prove(brand)
    assert statements(brand) == sorted(first * 2)


def test_what_was_handed_on_can_be_withdrawn(brand: Brand, staff: User) -> None:
    PayPolicy.objects.filter(brand=brand).update(withdrawals=True)
    hand_on(grant(brand, staff), "low", 300_000)
    statement = request_withdrawal(koc=find_koc(brand, "low"), amount_minor=None, at=NOW + 2 * DAY)
    prove(brand)
    assert (statement.gross_minor, statement.tax_minor, statement.net_minor) == (300_000, 44_000, 256_000)


def test_an_allocation_of_april_is_on_the_statement_of_april(brand: Brand, staff: User) -> None:
    subsidy = grant(brand, staff, own_minor=0)
    hand_on(subsidy, "low", 70_000, at=datetime(2026, 4, 1, tzinfo=UTC))
    for period in ("2026-03", "2026-04", "2026-05"):
        settle_period(brand=brand, period=period, at=LATE)
        prove(brand)
    assert statements(brand) == [("2026-04", "low", 70_000, 0, 0, 70_000, 0)]


def test_a_small_allocation_is_carried_until_it_reaches_the_minimum(brand: Brand, staff: User) -> None:
    subsidy = grant(brand, staff, own_minor=0)
    hand_on(subsidy, "low", 999)
    settle_period(brand=brand, period="2026-03", at=LATE)
    hand_on(subsidy, "low", 1, at=datetime(2026, 4, 1, tzinfo=UTC))
    settle_period(brand=brand, period="2026-04", at=LATE)
    prove(brand)
    assert statements(brand) == [("2026-03", "low", 0, 0, 0, 0, 999), ("2026-04", "low", 1000, 0, 0, 1000, 0)]


def test_what_was_given_soon_after_joining_is_listed(brand: Brand, staff: User) -> None:
    Koc.objects.filter(key__in=["lead", "mid"]).update(joined_at=NOW - 100 * DAY)
    subsidy = grant(brand, staff, may_pass_on=True)
    hand_on(subsidy, "mid", 10)
    hand_on(subsidy, "low", 20, at=NOW + 6 * DAY)
    hand_on(subsidy, "low", 30, as_right=True, at=NOW + 7 * DAY)
    assert [
        (row.giver, row.koc, row.kind, row.amount_minor, row.shares, row.orders)
        for row in given_soon_after_joining(brand, days=7)
    ] == [("lead", "low", "money", 20, 1, 0)]
    assert [(row.giver, row.koc, row.kind) for row in given_soon_after_joining(brand, days=8)] == [
        ("lead", "low", "money"),
        ("lead", "low", "right"),
    ]
    first = next(given_soon_after_joining(brand, days=101))
    assert (first.giver, first.koc, first.kind, first.amount_minor) == (None, "lead", "grant", 10_000_000)
    assert list(given_soon_after_joining(make_brand(), days=101)) == []
