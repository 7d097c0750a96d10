"""The last yuan of a subsidy, wanted twice at one moment; the same debt, forgiven twice."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.domain.refusals import BudgetExceeded
from commissions.plans.models.policies import PayPolicy
from commissions.settlement.domain.refusals import AlreadyDecided
from commissions.settlement.models.write_offs import WriteOff
from commissions.settlement.selectors.debts import debt_of
from commissions.settlement.services import write_offs
from commissions.settlement.services.write_offs import approve_write_off, ask_write_off
from commissions.subsidies.domain.refusals import SubsidyExpired
from commissions.subsidies.models import Allocation, Subsidy
from commissions.subsidies.services import subsidies
from commissions.subsidies.services.subsidies import allocate, expire_subsidies, grant_subsidy
from referrals.tree.models import Sponsorship
from referrals.tree.services import positions
from tests.support.concurrency import Rendezvous, run_at_once, run_in_the_middle
from tests.support.debts import give_debt
from tests.support.factories import NOW, make_brand, make_koc, make_share, make_user
from tests.support.shop_events import balances, prove

LATER = NOW.replace(month=4)
GUARDS = ["lock", "compare-and-set", "constraint"]


@pytest.fixture
def subsidy(committed: None) -> Subsidy:
    """100 that `lead` may hand on to `mid` and `low` below."""
    brand = make_brand()
    lead = make_koc(brand, "lead")
    mid = make_koc(brand, "mid", sponsor=lead)
    for koc in (lead, mid, make_koc(brand, "low", sponsor=mid)):
        make_share(koc)
    return grant_subsidy(
        brand=brand, koc=lead, own_minor=0, hand_on_minor=100, may_pass_on=True, expires_at=LATER, note="", by=make_user(), at=NOW
    )  # fmt: skip


def hand_on(subsidy: Subsidy, to: str, amount_minor: int) -> Allocation:
    recipient = Koc.objects.get(brand=subsidy.brand, key=to)
    return allocate(
        subsidy=Subsidy.objects.get(pk=subsidy.pk),
        to=recipient,
        amount_minor=amount_minor,
        note="",
        as_right=False,
        at=NOW,
    )


def kinds(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def unlocked(brand: Brand) -> PayPolicy:
    return PayPolicy.objects.get(brand=brand)


@pytest.mark.parametrize("guard", GUARDS)
def test_two_allocations_at_once_of_the_last_yuan(
    subsidy: Subsidy, monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    """Any one guard is enough. With neither lock nor compare-and-set both find the money there, and the database has
    the last word."""
    monkeypatch.setattr(subsidies, "lock_sponsors", Rendezvous(positions.lock_sponsors))
    if guard != "lock":
        monkeypatch.setattr(subsidies, "lock_book", unlocked)
    if guard == "constraint":
        take = lambda subsidy, amount: Subsidy.objects.filter(pk=subsidy.pk).update(  # noqa: E731
            allocated_minor=F("allocated_minor") + amount
        )
        monkeypatch.setattr(subsidies, "_take", take)
    answers = run_at_once(lambda: hand_on(subsidy, "mid", 60), lambda: hand_on(subsidy, "low", 60))
    assert kinds(answers) == ["Allocation", (IntegrityError if guard == "constraint" else BudgetExceeded).__name__]
    subsidy.refresh_from_db()
    assert (subsidy.allocated_minor, Allocation.objects.count()) == (60, 1)
    prove(subsidy.brand)


def test_ten_hands_in_one_purse_take_what_is_there_and_no_more(subsidy: Subsidy) -> None:
    answers = run_at_once(*[lambda: hand_on(subsidy, "mid", 30)] * 10)
    assert kinds(answers) == ["Allocation"] * 3 + ["BudgetExceeded"] * 7
    assert balances(subsidy.brand) == {("lead", "subsidy"): 10, ("mid", "approved"): 90}
    prove(subsidy.brand)


def test_an_allocation_beside_its_expiry_leaves_nothing_over_and_nothing_twice(subsidy: Subsidy) -> None:
    expire = lambda: expire_subsidies(brand=subsidy.brand, at=LATER)  # noqa: E731
    answers = run_at_once(expire, lambda: hand_on(subsidy, "mid", 60), expire)
    subsidy.refresh_from_db()
    handed = 60 if isinstance(answers[1], Allocation) else 0
    assert handed or isinstance(answers[1], (BudgetExceeded, SubsidyExpired))
    assert sorted([answers[0], answers[2]]) == [0, 1]
    assert (subsidy.allocated_minor, subsidy.returned_minor) == (handed, 100 - handed)
    prove(subsidy.brand)


@pytest.mark.parametrize("guarded", [False, True])
def test_the_tree_stands_still_while_somebody_hands_on(
    subsidy: Subsidy, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """`low` is moved away between the look at the tree and the payment. The places are locked, so the move waits;
    without that it goes through first."""
    brand = subsidy.brand

    def move_away() -> bool:
        with transaction.atomic():
            positions.lock_positions(brand)
            Sponsorship.objects.filter(koc__key="low").update(sponsor=None, root=F("koc"), depth=0)
        return Allocation.objects.exists()

    if not guarded:
        monkeypatch.setattr(positions, "HELD", positions.HELD.removesuffix(" FOR SHARE"))
    made, paid_when_moved = run_in_the_middle(
        monkeypatch, subsidies, "has_only_joined", lambda: hand_on(subsidy, "low", 1), move_away
    )
    assert isinstance(made, Allocation)
    assert paid_when_moved is guarded


def make_debtor(brand: Brand, amount_minor: int) -> Koc:
    koc = make_koc(brand, "debtor")
    give_debt(koc, amount_minor)
    return koc


@pytest.mark.parametrize("guard", GUARDS)
def test_two_people_approve_one_write_off_at_once(committed: None, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    koc = make_debtor(make_brand(), 200)
    asked = ask_write_off(koc=koc, amount_minor=100, reason="补偿", by=make_user(), at=NOW)
    monkeypatch.setattr(write_offs, "debt_of", Rendezvous(debt_of))
    if guard != "lock":
        monkeypatch.setattr(write_offs, "lock_book", unlocked)
    if guard == "constraint":
        decide = lambda row, status, by, at, adjustment: WriteOff.objects.filter(pk=row.pk).update(  # noqa: E731
            status=status, decided_by=by, decided_at=at, adjustment=adjustment
        )
        monkeypatch.setattr(write_offs, "_decide", decide)
    first, second = make_user(), make_user()
    answers = run_at_once(*[lambda by=by: approve_write_off(write_off=asked, by=by, at=NOW) for by in (first, second)])
    assert kinds(answers) == sorted(
        [(IntegrityError if guard == "constraint" else AlreadyDecided).__name__, "WriteOff"]
    )
    assert balances(koc.brand) == {("debtor", "debt"): -100}
