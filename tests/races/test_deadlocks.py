"""Transactions that fail only because of each other are repeated, some times at most, and each is done once. Rows that
several services use up are locked in the order of their keys, so that one waits instead of failing."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from accounts.access.models import IdempotentAnswer
from accounts.access.services.housekeeping import forget_the_old
from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.models.commissions import Commission, Decision
from commissions.earnings.services.approvals import approve_matured
from commissions.earnings.services.crediting import credit_orders
from commissions.earnings.services.order_changes import apply_changes
from commissions.ledger.models import Wallet
from commissions.ledger.services import carry_balances
from commissions.risk.services import find_signals
from commissions.subsidies.services.subsidies import expire_subsidies
from foundation.postgres import transactions
from foundation.postgres.bulk import reserve_ids
from foundation.postgres.transactions import TRIES, in_own_transaction, in_transaction, one_transaction
from referrals.coupons.models import Coupon
from referrals.coupons.services import import_coupons
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.shares.models import Share
from tests.support.clients import Person, errors, me
from tests.support.concurrency import run_at_once, wait_for_the_others
from tests.support.database import failing
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_selling_brand, make_share, make_user
from tests.support.shop_events import paid, prove, send

LATER_DEADLOCK = "DO $$ BEGIN RAISE EXCEPTION 'too late' USING ERRCODE = '40P01'; END $$"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "MOST_PAUSE_SECONDS", 0)


@pytest.mark.parametrize("repeated", [True, False])
def test_of_two_that_deadlock_the_loser_is_repeated_and_both_are_done(committed: None, repeated: bool) -> None:
    """Each changes two rows, in opposite orders, and holds the first until the other one holds its own."""
    one, two = make_brand(name=""), make_brand(name="")

    def mark(*brands: Brand) -> None:
        for brand in brands:
            Brand.objects.filter(pk=brand.pk).update(name=Concat(F("name"), Value("+")))
            wait_for_the_others()

    service = in_transaction(mark) if repeated else transaction.atomic(mark)
    answers = run_at_once(lambda: service(one, two), lambda: service(two, one))
    failed = [type(answer) for answer in answers if answer is not None]
    assert failed == ([] if repeated else [OperationalError])
    assert set(Brand.objects.values_list("name", flat=True)) == {"++" if repeated else "+"}


def tap(person: Person, koc: Any, kit: Any) -> Any:
    body = {"koc": koc.public_id, "channel": "moments"}
    return person.send(f"kits/{kit.public_id}/shares", body, **{"Idempotency-Key": "k"})


@pytest.mark.parametrize("sqlstate", ["40P01", "40001"])
def test_a_request_is_repeated_from_the_start_and_answered_once(committed: None, sqlstate: str) -> None:
    brand = make_brand()
    koc, kit = make_koc(brand, user=make_user()), make_kit(brand)
    with failing("accounts_idempotentanswer", times=2, sqlstate=sqlstate) as tries:
        response = tap(me(koc), koc, kit)
        assert (response.status_code, tries()) == (201, 3)
    assert response.json()["code"] == Share.objects.get().code
    assert IdempotentAnswer.objects.count() == 1


def test_after_four_tries_it_is_503_and_nothing_was_done(committed: None) -> None:
    brand = make_brand()
    koc, kit = make_koc(brand, user=make_user()), make_kit(brand)
    person = me(koc)
    with failing("accounts_idempotentanswer", times=1_000) as tries:
        response = tap(person, koc, kit)
        assert tries() == TRIES == 4
    assert (response.status_code, errors(response), response["Retry-After"]) == (503, [("unavailable", None)], "5")
    assert not Share.objects.exists()
    assert tap(person, koc, kit).status_code == 201


def test_another_error_of_the_database_is_not_repeated(committed: None) -> None:
    """55P03: a lock that was not had in time. Whoever waited that long waits no longer."""
    brand = make_brand()
    koc, kit = make_koc(brand, user=make_user()), make_kit(brand)
    with failing("accounts_idempotentanswer", times=1_000, sqlstate="55P03") as tries:
        assert tap(me(koc), koc, kit).status_code == 503
        assert tries() == 1


@pytest.mark.parametrize("when", ["BEFORE INSERT", "AFTER INSERT"])
def test_orders_whose_batch_is_repeated_are_credited_once_and_by_the_same_rule(committed: None, when: str) -> None:
    """AFTER: a constraint that is looked at once the batch is written. What the batch remembered of its rows is gone
    with them."""
    brand = make_selling_brand()
    send(brand, paid("A-1", share="code"))
    with failing("commissions_commission", times=2, when=when):
        assert credit_orders(brand=brand, at=NOW) == 1
    assert Commission.objects.get().amount_minor == 990
    assert Decision.objects.count() == 1
    prove(brand)


def test_a_part_is_not_repeated_alone(committed: None) -> None:
    brand, begun = make_brand(name=""), []

    @in_transaction
    def part() -> None:
        begun.append("part")
        make_koc(brand, "k")

    @in_transaction
    def whole() -> None:
        begun.append("whole")
        part()

    with failing("accounts_koc", times=1):
        whole()
    assert begun == ["whole", "part"] * 2
    assert Koc.objects.count() == 1


def test_what_fails_after_the_commit_is_not_repeated(committed: None) -> None:
    def deadlock() -> None:
        with connection.cursor() as cursor:
            cursor.execute(LATER_DEADLOCK)

    @in_transaction
    def service() -> None:
        make_brand("lumi")
        transaction.on_commit(deadlock)

    with pytest.raises(OperationalError):
        service()
    assert Brand.objects.count() == 1


def test_a_transaction_of_its_own_refuses_to_be_a_part(committed: None) -> None:
    own = in_own_transaction(lambda: None)
    own()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        own()
    with one_transaction():
        own()


@pytest.mark.parametrize(
    "work", [credit_orders, apply_changes, approve_matured, expire_subsidies, aggregate_spread, find_signals]
)
def test_work_of_the_clock_in_batches_refuses_to_be_a_part(committed: None, work: Callable[..., object]) -> None:
    brand = make_selling_brand()
    make_share(make_koc(brand), make_kit(brand))
    with transaction.atomic(), pytest.raises((RuntimeError, ExceptionGroup), match=r"durable|search") as refused:
        work(brand=brand, at=NOW)
    errors = getattr(refused.value, "exceptions", [refused.value])
    assert {(type(error), "durable" in str(error)) for error in errors} == {(RuntimeError, True)}
    work(brand=brand, at=NOW)


def test_what_is_forgotten_in_parts_refuses_to_be_a_part(committed: None) -> None:
    with pytest.raises(ExceptionGroup) as refused, transaction.atomic():
        forget_the_old(at=NOW)
    assert {type(error) for error in refused.value.exceptions} == {RuntimeError}


# --- locked in one order: in these tables the later key lies first -------------------------------------------------


def hold_one_then_the_other(rows: list[Any]) -> None:
    with transaction.atomic():
        for row in rows:
            type(row).objects.select_for_update().get(pk=row.pk)
            wait_for_the_others()  # until the service may begin
            wait_for_the_others()  # until it waits for us


def meet(rows: list[Any], service: Callable[[], Any]) -> list[type[Any]]:
    """What two hands fail with: one that takes the rows one after the other, and a service that takes them at once."""

    def begin_when_the_first_is_held() -> None:
        wait_for_the_others()
        with transaction.atomic():
            service()

    answers = run_at_once(partial(hold_one_then_the_other, rows), begin_when_the_first_is_held)
    return [type(answer) for answer in answers if answer is not None]


@pytest.fixture
def brand(committed: None) -> Brand:
    return make_brand()


def test_coupons(brand: Brand) -> None:
    koc = make_koc(brand, "a")
    first, second = reserve_ids(Coupon, 2)
    for pk, code in ((second, "A"), (first, "B")):
        Coupon.objects.create(pk=pk, brand=brand, koc=koc, code=code, starts_at=NOW)
    coupons = list(Coupon.objects.order_by("pk"))
    lines = ["coupon,koc,starts_at", *(f"{code},a,2026-03-02T00:00:00Z" for code in "AB")]
    assert meet(coupons, lambda: import_coupons(brand=brand, lines=lines, name="coupons.csv")) == []
    assert {coupon.starts_at.day for coupon in Coupon.objects.all()} == {2}


def wallets_of(brand: Brand) -> list[Wallet]:
    for pk in reversed(reserve_ids(Wallet, 2)):
        Wallet.objects.create(pk=pk, brand=brand, koc=make_koc(brand), kind="debt", currency="CNY", balance_minor=0)
    return list(Wallet.objects.order_by("pk"))


def test_wallets(brand: Brand) -> None:
    wallets = wallets_of(brand)
    assert meet(wallets, lambda: carry_balances({wallet.pk: 1 for wallet in reversed(wallets)})) == []
    assert {wallet.balance_minor for wallet in Wallet.objects.all()} == {1}


def test_in_the_order_of_the_table_one_is_killed(brand: Brand) -> None:
    """The negative control."""
    wallets = wallets_of(brand)
    in_no_order = Wallet.objects.select_for_update().order_by()
    assert meet(wallets, lambda: list(in_no_order)) == [OperationalError]
