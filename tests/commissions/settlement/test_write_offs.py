"""Each order of 9900 earns `a` 1361. Refunding a third of a settled one leaves a debt of 453."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.ledger.models import Transfer, Wallet
from commissions.payouts.services.reopening import reopen_period
from commissions.settlement.domain.refusals import AlreadyAsked, AlreadyDecided, FourEyes, MoreThanOwed
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.statements import StatementLine
from commissions.settlement.models.write_offs import WriteOff
from commissions.settlement.selectors.debts import debt_of
from commissions.settlement.services.settlement import settle_period
from commissions.settlement.services.write_offs import approve_write_off, ask_write_off, refuse_write_off
from foundation.files.faults import Refusal
from tests.support.database import assert_refused_by_database
from tests.support.factories import NOW, make_selling_brand, make_user
from tests.support.shop_events import balances, delivered, paid, prove, refunded, report, statements

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 12, 1, tzinfo=UTC)
APRIL_5, APRIL_20, MAY_5, MAY_20 = (datetime(2026, month, day, tzinfo=UTC) for month in (4, 5) for day in (5, 20))


@pytest.fixture
def brand() -> Brand:
    """Settled until April, where `a` was left with a debt of 453."""
    brand = make_selling_brand(rate_bps=1250, policy={"min_payout_minor": 500})
    brand.tiers.update(multiplier_bps=11_000)
    sell(brand, "A-1", NOW)
    settle(brand, "2026-03")
    report(brand, refunded("A-1", "R-1", APRIL_5), at=LATE)
    settle(brand, "2026-04")
    assert statements(brand)[1] == ("2026-04", "a", 0, 0, 0, 0, -453)
    return brand


@pytest.fixture
def ann() -> User:
    return make_user(is_staff=True)


@pytest.fixture
def bob() -> User:
    return make_user(is_staff=True)


def sell(brand: Brand, order: str, at: datetime) -> None:
    report(brand, paid(order, share="code", at=at), delivered(order, at), at=LATE)


def settle(brand: Brand, period: str) -> None:
    settle_period(brand=brand, period=period, at=LATE)
    prove(brand)


def ask(by: User, amount_minor: int = 453, *, at: datetime = MAY_5) -> WriteOff:
    return ask_write_off(koc=Koc.objects.get(key="a"), amount_minor=amount_minor, reason="客诉补偿", by=by, at=at)


def forgive(ann: User, bob: User, amount_minor: int = 453, *, at: datetime = MAY_5) -> WriteOff:
    done = approve_write_off(write_off=ask(ann, amount_minor, at=at), by=bob, at=at)
    prove(done.brand)
    return done


def book_of(brand: Brand) -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (WriteOff, Adjustment, Wallet)] + [
        Transfer.objects.count()
    ]


def refused(brand: Brand, why: type[Refusal], call: Any) -> None:
    before = book_of(brand)
    with pytest.raises(why):
        call()
    assert book_of(brand) == before


def test_two_people_forgive_a_debt_and_the_next_statement_takes_nothing_off(brand: Brand, ann: User, bob: User) -> None:
    asked = ask(ann)
    assert balances(brand) == {("a", "settled"): 1361, ("a", "debt"): -453}
    done = approve_write_off(write_off=asked, by=bob, at=MAY_5)
    prove(brand)
    assert balances(brand) == {("a", "settled"): 1361}
    assert (done.status, done.asked_by, done.decided_by, done.decided_at) == ("approved", ann, bob, MAY_5)
    moved = Transfer.objects.get(reason="write_off")
    assert (moved.source.kind, moved.source.koc, moved.target.kind, moved.amount_minor, moved.cause_id) == (
        "write_offs",
        None,
        "debt",
        453,
        done.adjustment_id,
    )
    sell(brand, "A-2", MAY_5)
    settle(brand, "2026-05")
    assert statements(brand)[2] == ("2026-05", "a", 1361, 0, 0, 1361, 0)
    assert sorted(StatementLine.objects.filter(statement__period="2026-05").values_list("amount_minor", flat=True)) == [
        -453,
        453,
        1361,
    ]
    assert balances(brand) == {("a", "settled"): 2722}


def test_what_is_not_forgiven_is_still_taken_off(brand: Brand, ann: User, bob: User) -> None:
    forgive(ann, bob, 200)
    assert balances(brand)["a", "debt"] == -253
    sell(brand, "A-2", MAY_5)
    settle(brand, "2026-05")
    assert statements(brand)[2] == ("2026-05", "a", 1361, 253, 0, 1108, 0)
    assert balances(brand) == {("a", "settled"): 1361 + 1108}


def test_a_debt_that_is_forgiven_whole_stays_forgiven_while_nothing_is_earned(
    brand: Brand, ann: User, bob: User
) -> None:
    forgive(ann, bob)
    for period in ("2026-05", "2026-06"):
        settle(brand, period)
    assert len(statements(brand)) == 2
    sell(brand, "A-2", datetime(2026, 7, 1, 12, tzinfo=UTC))
    settle(brand, "2026-07")
    assert statements(brand)[2] == ("2026-07", "a", 1361, 0, 0, 1361, 0)


def test_a_debt_forgiven_after_the_months_end_is_first_taken_off_and_then_given_back(
    brand: Brand, ann: User, bob: User
) -> None:
    """May looks at its end: there the debt stood. June has the write-off."""
    sell(brand, "A-2", MAY_5)
    forgive(ann, bob, at=datetime(2026, 6, 3, tzinfo=UTC))
    settle(brand, "2026-05")
    assert statements(brand)[2] == ("2026-05", "a", 1361, 453, 0, 908, 0)
    settle(brand, "2026-06")
    assert statements(brand)[3] == ("2026-06", "a", 0, 0, 0, 0, 453)  # below the minimum of 5.00
    sell(brand, "A-3", datetime(2026, 7, 1, 12, tzinfo=UTC))
    settle(brand, "2026-07")
    assert statements(brand)[4] == ("2026-07", "a", 1814, 0, 0, 1814, 0)
    assert balances(brand) == {("a", "settled"): 1361 + 908 + 1814}


def test_a_write_off_on_a_statement_that_is_reopened_is_open_again(brand: Brand, ann: User, bob: User) -> None:
    forgive(ann, bob)
    sell(brand, "A-2", MAY_5)
    settle(brand, "2026-05")
    before = statements(brand)
    reopen_period(brand=brand, period="2026-05", because="recount", by=ann, at=LATE)
    prove(brand)
    assert balances(brand) == {("a", "settled"): 1361, ("a", "approved"): 1361}
    settle(brand, "2026-05")
    assert statements(brand)[3] == before[2] == ("2026-05", "a", 1361, 0, 0, 1361, 0)


def test_never_more_than_is_owed(brand: Brand, ann: User, bob: User) -> None:
    for amount in (454, 0, -1):
        refused(brand, MoreThanOwed, lambda amount=amount: ask(ann, amount))
    asked = ask(ann)
    sell(brand, "A-2", MAY_5)
    settle(brand, "2026-05")  # takes the debt off before anybody approved
    refused(brand, MoreThanOwed, lambda: approve_write_off(write_off=asked, by=bob, at=MAY_20))
    assert refuse_write_off(write_off=asked, by=bob, at=MAY_20).status == "refused"


def test_two_requests_do_not_forgive_more_than_the_debt(brand: Brand, ann: User, bob: User) -> None:
    forgive(ann, bob, 300)
    refused(brand, MoreThanOwed, lambda: ask(ann, 154))
    forgive(ann, bob, 153)
    refused(brand, MoreThanOwed, lambda: ask(ann, 1))
    assert debt_of(Koc.objects.get(key="a")) == 0


def test_who_asked_does_not_approve(brand: Brand, ann: User) -> None:
    asked = ask(ann)
    refused(brand, FourEyes, lambda: approve_write_off(write_off=asked, by=ann, at=MAY_5))
    adjustment = Adjustment.objects.create(
        brand=brand, koc=Koc.objects.get(key="a"), kind="write_off", amount_minor=453, happened_at=MAY_5
    )
    with pytest.raises(IntegrityError, match="write_off_is_approved_by_another"), transaction.atomic():
        WriteOff.objects.update(status="approved", decided_by=ann, decided_at=MAY_5, adjustment=adjustment)


def test_a_request_is_decided_once(brand: Brand, ann: User, bob: User) -> None:
    done = forgive(ann, bob, 100)
    refused(brand, AlreadyDecided, lambda: approve_write_off(write_off=done, by=bob, at=MAY_20))
    refused(brand, AlreadyDecided, lambda: refuse_write_off(write_off=done, by=bob, at=MAY_20))
    no = refuse_write_off(write_off=ask(ann, 100), by=ann, at=MAY_20)  # who asked may take it back
    refused(brand, AlreadyDecided, lambda: approve_write_off(write_off=no, by=bob, at=MAY_20))
    assert balances(brand)["a", "debt"] == -353


def test_one_request_waits_at_a_time(brand: Brand, ann: User, bob: User) -> None:
    asked = ask(ann, 100)
    refused(brand, AlreadyAsked, lambda: ask(bob, 100))
    refuse_write_off(write_off=asked, by=bob, at=MAY_5)
    ask(bob, 100)
    assert WriteOff.objects.count() == 2


def test_the_database_keeps_requests_and_what_was_decided(brand: Brand, ann: User, bob: User) -> None:
    forgive(ann, bob, 100)
    before = book_of(brand)
    for statement in (
        "DELETE FROM commissions_writeoff",
        "UPDATE commissions_writeoff SET amount_minor = 1",
        "UPDATE commissions_writeoff SET status = 'refused'",
    ):
        assert_refused_by_database(statement)
    assert book_of(brand) == before
