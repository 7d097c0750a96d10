"""Money that is paid while it is taken back, held twice at once, or promised twice: beside each guard its trap."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import F

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.people.models import Koc
from commissions.earnings.domain.refusals import NotReviewable
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.earnings.selectors.crediting import orders_to_credit
from commissions.earnings.services import approvals, crediting, line_terms, order_changes, reviews
from commissions.earnings.services.crediting import credit_orders
from commissions.earnings.services.order_changes import apply_changes
from commissions.earnings.services.reviews import hold_commissions
from commissions.orders.models import Order
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.policies import PayPolicy
from commissions.settlement.domain.refusals import AmountChanged
from commissions.settlement.services import settlement, withdrawals
from commissions.settlement.services.settlement import settle_period
from commissions.settlement.services.withdrawals import request_withdrawal
from tests.support.concurrency import run_at_once, run_in_the_middle
from tests.support.factories import NOW, make_selling_brand, make_staff
from tests.support.shop_events import balances, delivered, paid, prove, refunded, report, send, statements

DAY = timedelta(days=1)
APRIL_2 = NOW + 32 * DAY
GUARDS = pytest.mark.parametrize("guard", ["lock", "compare-and-set", "constraint"])


@pytest.fixture
def brand(committed: None) -> Brand:
    """One order of 9900 at 10 %, approved: 990."""
    brand = make_selling_brand(policy={"min_payout_minor": 1, "withdrawals": True})
    report(brand, paid(share="code"), delivered(), at=APRIL_2)
    assert balances(brand) == {("a", "approved"): 990}
    return brand


def settle(brand: Brand) -> object:
    return settle_period(brand=brand, period="2026-03", at=APRIL_2)


def withdraw(brand: Brand) -> object:
    return request_withdrawal(koc=Koc.objects.select_related("brand").get(brand=brand), amount_minor=None, at=APRIL_2)


PAYS = pytest.mark.parametrize("pay", [settle, withdraw])


def refund(brand: Brand) -> None:
    """A third goes back, a day after the month's end."""
    send(brand, refunded(at=APRIL_2 - DAY), at=APRIL_2)


def heard(brand: Brand) -> int:
    refund(brand)
    return apply_changes(brand=brand, at=APRIL_2)


def without_the_book(monkeypatch: pytest.MonkeyPatch, *modules: Any) -> None:
    for module in modules:
        monkeypatch.setattr(module, "lock_book", lambda brand: PayPolicy.objects.get(brand=brand))


def proves(brand: Brand) -> bool:
    try:
        prove(brand)
    except AssertionError:
        return False
    return True


@PAYS
@pytest.mark.parametrize("guard", ["lock", "constraint", "none"])
def test_a_refund_that_comes_while_it_is_paid_is_a_debt(
    brand: Brand, monkeypatch: pytest.MonkeyPatch, pay: Callable[[Brand], object], guard: str
) -> None:
    """It waits for the book, and finds the commission paid. Without the lock it takes from the wallet that is being
    emptied, which the database refuses to overdraw; where something else lies in there, which is held, that is taken
    instead, and nobody owes the 330 that were paid too much."""
    if guard == "none":
        report(brand, paid("A-2", share="code"), delivered("A-2"), at=APRIL_2)
        hold_commissions(
            brand=brand,
            commissions=[Commission.objects.get(line__order__key="A-2").pk],
            reason="fraud",
            by=None,
            at=APRIL_2,
        )
    if guard != "lock":
        without_the_book(monkeypatch, order_changes)
    was_paid, was_heard = run_in_the_middle(
        monkeypatch, settlement, "_write_statements", lambda: pay(brand), lambda: heard(brand)
    )
    assert was_heard == 1
    assert isinstance(was_paid, IntegrityError) == (guard == "constraint")
    assert (
        balances(brand)
        == {
            "lock": {("a", "settled"): 990, ("a", "debt"): -330},
            "constraint": {("a", "approved"): 660},
            "none": {("a", "settled"): 990, ("a", "approved"): 660},
        }[guard]
    )
    assert proves(brand) == (guard != "none")


@pytest.mark.parametrize("guarded", [False, True])
def test_what_is_paid_while_a_refund_is_taken_in_is_without_it(
    brand: Brand, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The withdrawal waits, and is of the 660 that are left. Without the lock both take the refund in, and the first is
    stopped by its compare-and-set."""
    refund(brand)
    if not guarded:
        without_the_book(monkeypatch, crediting, approvals, order_changes, withdrawals)
    found = run_in_the_middle(
        monkeypatch,
        order_changes,
        "mark_applied",
        lambda: apply_changes(brand=brand, at=APRIL_2),
        lambda: withdraw(brand),
    )
    assert type(found[0]) is (int if guarded else AssertionError)
    assert balances(brand) == {("a", "settled"): 660}
    prove(brand)


def test_the_month_that_is_settled_while_a_refund_of_the_next_is_taken_in_is_whole(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refund is of April: March pays 990, and 330 are owed, in whatever order the two come through."""
    refund(brand)
    run_in_the_middle(
        monkeypatch,
        order_changes,
        "mark_applied",
        lambda: apply_changes(brand=brand, at=APRIL_2),
        lambda: settle(brand),
    )
    assert balances(brand) == {("a", "settled"): 990, ("a", "debt"): -330}
    prove(brand)


def test_who_saw_another_amount_is_told_when_a_refund_came_first(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    koc = Koc.objects.select_related("brand").get(brand=brand)
    refund(brand)
    ask = lambda: request_withdrawal(koc=koc, amount_minor=990, at=APRIL_2)  # noqa: E731
    _, asked = run_in_the_middle(
        monkeypatch, order_changes, "mark_applied", lambda: apply_changes(brand=brand, at=APRIL_2), ask
    )
    assert isinstance(asked, AmountChanged)
    assert (balances(brand), statements(brand)) == ({("a", "approved"): 660}, [])


@GUARDS
def test_two_people_hold_one_commission_at_once(brand: Brand, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    """Any one guard is enough. With neither lock nor compare-and-set both find it free, and the database lets one
    review be open."""
    chosen = list(Commission.objects.values_list("pk", flat=True))
    if guard != "lock":
        without_the_book(monkeypatch, reviews)
    if guard == "constraint":
        monkeypatch.setattr(reviews, "HOLDABLE", [*reviews.HOLDABLE, Commission.Status.HELD])
    people = [make_staff(brand), make_staff(brand)]
    first, second = (
        lambda who=who: hold_commissions(brand=brand, commissions=chosen, reason="fraud", by=who, at=APRIL_2)
        for who in people
    )
    held, refused = (
        run_in_the_middle(monkeypatch, reviews, "_of", first, second)
        if guard == "lock"
        else sorted(run_at_once(first, second), key=str)
    )
    assert held == 1
    assert isinstance(refused, IntegrityError if guard == "constraint" else NotReviewable)
    assert RiskReview.objects.get().opened_by in people
    prove(brand)


@GUARDS
def test_two_workers_on_the_last_of_one_budget(brand: Brand, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    """Each answers an order of its own, and each finds 300 of the 500 free. With the lock the second finds 200; with
    the compare-and-set alone, or the constraint alone, its order is set aside whole, to be credited later."""
    Campaign.objects.create(brand=brand, key="bounty", kind="bounty", starts_at=NOW, fixed_minor=300, budget_minor=500)
    send(brand, paid("B-1", share="code", at=NOW + DAY), paid("B-2", share="code", at=NOW + 2 * DAY), at=APRIL_2)
    numbers = {key: pk for pk, key in Order.objects.filter(brand=brand).values_list("pk", "key")}
    own = threading.local()
    mine = lambda brand, **options: [one for one in orders_to_credit(brand, **options) if one == numbers[own.order]]  # noqa: E731
    monkeypatch.setattr(crediting, "orders_to_credit", mine)
    if guard != "lock":
        without_the_book(monkeypatch, crediting)
    if guard == "constraint":
        take = lambda campaign, amount: Campaign.objects.filter(pk=campaign).update(  # noqa: E731
            reserved_minor=F("reserved_minor") + amount
        )
        monkeypatch.setattr(line_terms, "reserve", take)

    def answer(order: str) -> int:
        own.order = order
        return credit_orders(brand=brand, at=APRIL_2)

    found = run_in_the_middle(monkeypatch, line_terms, "accrue", lambda: answer("B-1"), lambda: answer("B-2"))
    assert found == ([1, 1] if guard == "lock" else [0, 1])
    stopped = "IntegrityError" if guard == "constraint" else "BudgetExceeded"
    failures = [error.split()[0] for error in FailedFact.objects.values_list("error", flat=True)]
    assert failures == ([] if guard == "lock" else [stopped])
    given = [300, 200] if guard == "lock" else [300]
    assert sorted(Commission.objects.filter(campaign__key="bounty").values_list("amount_minor", flat=True)) == sorted(
        given
    )
    assert Campaign.objects.get().reserved_minor == sum(given)
    prove(brand)
