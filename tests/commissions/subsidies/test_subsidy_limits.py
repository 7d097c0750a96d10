"""How a subsidy ends, what the database refuses, and what the proof of the ledger finds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.audit.selectors.proofs import PROOFS, doubted, faults_of
from commissions.schedule import run_due
from commissions.settlement.domain.refusals import AlreadyDecided
from commissions.settlement.models.adjustments import Adjustment
from commissions.subsidies.domain.refusals import SubsidyExpired
from commissions.subsidies.models import Allocation, Subsidy
from commissions.subsidies.services.subsidies import end_subsidy, expire_subsidies
from tests.support.database import assert_refused_by_database
from tests.support.factories import NOW, make_brand, make_koc
from tests.support.shop_events import balances, prove
from tests.support.subsidies import DAY, JUNE, account_rows, assert_refused, find_koc, grant, hand_on

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 12, 1, tzinfo=UTC)


def test_what_is_left_when_it_expires_returns_to_the_brand_once(brand: Brand, staff: User) -> None:
    subsidy = grant(brand, staff, own_minor=0, may_pass_on=True)
    child = hand_on(subsidy, "mid", 2_000_000, as_right=True).child
    assert child
    hand_on(child, "low", 500_000)
    grant(brand, staff, own_minor=0, hand_on_minor=77, expires_at=None)
    assert expire_subsidies(brand=brand, at=JUNE - timedelta(seconds=1)) == 0
    assert run_due(brand=brand, at=JUNE).expired == 2
    prove(brand)
    assert balances(brand) == {("lead", "subsidy"): 77, ("low", "approved"): 500_000}
    assert list(Subsidy.objects.order_by("pk").values_list("hand_on_minor", "allocated_minor", "returned_minor")) == [
        (5_000_000, 2_000_000, 3_000_000), (2_000_000, 500_000, 1_500_000), (77, 0, 0),
    ]  # fmt: skip
    before = account_rows(brand)
    assert run_due(brand=brand, at=JUNE + DAY).expired == 0
    assert account_rows(brand) == before


def test_what_has_expired_is_not_handed_on_however_late_the_clock(brand: Brand, staff: User) -> None:
    subsidy = grant(brand, staff)
    hand_on(subsidy, "mid", 1, at=JUNE - timedelta(seconds=1))
    assert_refused(brand, SubsidyExpired, lambda: hand_on(subsidy, "mid", 1, at=JUNE))


def test_one_brands_expiry_leaves_anothers_alone(brand: Brand, staff: User) -> None:
    grant(brand, staff)
    assert expire_subsidies(brand=make_brand(), at=LATE) == 0
    assert balances(brand)["lead", "subsidy"] == 5_000_000


def test_a_brand_may_take_back_what_is_left(brand: Brand, staff: User) -> None:
    first, second = grant(brand, staff, own_minor=0, expires_at=None), grant(brand, staff, own_minor=0)
    hand_on(first, "mid", 2_000_000)
    ended = end_subsidy(subsidy=first, by=staff, at=NOW + 2 * DAY)
    prove(brand)
    assert (ended.returned_minor, ended.left_minor, ended.expires_at, ended.ended_by) == (
        3_000_000,
        0,
        NOW + 2 * DAY,
        staff,
    )
    assert balances(brand) == {("mid", "approved"): 2_000_000, ("lead", "subsidy"): 5_000_000}
    assert_refused(brand, AlreadyDecided, lambda: end_subsidy(subsidy=first, by=staff, at=NOW + 3 * DAY))
    assert_refused(brand, SubsidyExpired, lambda: hand_on(first, "mid", 1, at=NOW + 3 * DAY))
    hand_on(second, "mid", 1)


def test_the_database_keeps_what_was_granted_and_handed_on(brand: Brand, staff: User) -> None:
    subsidy = grant(brand, staff, may_pass_on=True)
    hand_on(subsidy, "mid", 10)
    hand_on(subsidy, "mid", 10, as_right=True)
    before = account_rows(brand)
    for statement in (
        "UPDATE commissions_subsidy SET allocated_minor = hand_on_minor + 1 WHERE parent_id IS NULL",
        "UPDATE commissions_subsidy SET allocated_minor = 0 WHERE parent_id IS NULL",
        "UPDATE commissions_subsidy SET hand_on_minor = hand_on_minor + 1",
        "UPDATE commissions_subsidy SET own_minor = 0 WHERE parent_id IS NULL",
        "UPDATE commissions_allocation SET amount_minor = 1",
        "DELETE FROM commissions_allocation",
        "DELETE FROM commissions_subsidy",
        "DELETE FROM commissions_adjustment",
    ):
        assert_refused_by_database(statement)
    assert account_rows(brand) == before


def test_the_database_refuses_a_subsidy_across_brands_and_an_allocation_that_gave_something_else(
    brand: Brand, staff: User
) -> None:
    subsidy = grant(brand, staff)
    other = make_koc(make_brand(), "other")
    income = Adjustment.objects.create(
        brand=brand, koc=find_koc(brand, "mid"), kind="allocation", amount_minor=5, happened_at=NOW
    )
    wrong: list[Any] = [
        lambda: Subsidy.objects.create(brand=brand, koc=other, hand_on_minor=1, granted_by=staff, granted_at=NOW),
        lambda: Adjustment.objects.create(brand=brand, koc=other, kind="subsidy", amount_minor=1, happened_at=NOW),
        *(
            lambda to=to, amount=amount: Allocation.objects.create(
                subsidy=subsidy, to=to, kind="money", amount_minor=amount, adjustment=income, allocated_at=NOW
            )
            for to, amount in [
                (find_koc(brand, "mid"), 6),
                (find_koc(brand, "low"), 5),
                (other, 5),
                (find_koc(brand, "lead"), 5),
            ]
        ),
        lambda: Allocation.objects.create(
            subsidy=subsidy,
            to=find_koc(brand, "mid"),
            kind="right",
            amount_minor=5_000_000,
            child=subsidy,
            allocated_at=NOW,
        ),
    ]
    for create in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            create()
    assert not Allocation.objects.exists()
    Allocation.objects.create(
        subsidy=subsidy, to=find_koc(brand, "mid"), kind="money", amount_minor=5, adjustment=income, allocated_at=NOW
    )


@pytest.mark.parametrize(
    ("tamper", "law"),
    [
        (
            "UPDATE commissions_subsidy SET allocated_minor = allocated_minor - 1",
            "the subsidy wallets hold what is left of the subsidies",
        ),
        (
            "UPDATE commissions_subsidy SET allocated_minor = allocated_minor - 1",
            "what a subsidy says came and went is what moved",
        ),
        (
            "UPDATE commissions_subsidy SET hand_on_minor = hand_on_minor + 1, returned_minor = 1",
            "what a subsidy says came and went is what moved",
        ),
        (
            "UPDATE commissions_adjustment SET amount_minor = 11",
            "an adjustment moved its amount once, and is on the statement that has its line",
        ),
        (
            "UPDATE commissions_adjustment SET amount_minor = 11",
            "the pending, approved and debt wallets are what the commissions and adjustments say",
        ),
    ],
)
def test_the_proof_finds_what_was_tampered_with(brand: Brand, staff: User, tamper: str, law: str) -> None:
    hand_on(grant(brand, staff), "mid", 10)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger stands in the way
        cursor.execute(tamper)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert law in {proof.law for proof in PROOFS if faults_of(brand, proof).count}
    assert law in {proof.law for proof in doubted()}
