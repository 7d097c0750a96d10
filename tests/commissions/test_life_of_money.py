"""What becomes of money once it is earned: held, reversed, settled, withdrawn, reopened, in any interleaving, against a model of its own.

Orders are as simple as can be here, one line at one rate: what happens to orders is what `test_life` is about.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts.models import Brand, Koc
from commissions.domain.refusals import NothingToWithdraw, NotReviewable, PeriodRefused
from commissions.models import Commission, Statement
from commissions.services import answers, approvals, changes
from commissions.services.clock import run_due
from commissions.services.reopening import reopen_period
from commissions.services.reviews import hold_commissions, release_commissions, reverse_commissions
from commissions.services.settlement import settle_period
from commissions.services.withdrawals import request_withdrawal
from tests.commissions.contract_model import CHINA, DAY, HOLD_DAYS, NEXT, end_of, half_up, labour_service
from tests.factories import NOW, make_brand, make_kit, make_koc, make_payee, make_plan, make_product, make_share, make_user
from tests.shop import balances, delivered, paid, prove, refunded, send

RATE, MINIMUM = Fraction(1250, 10_000), 500
PERSON = {"a": "one", "b": "one", "c": "two"}


@dataclass
class Sold:
    """An order of one line and its commission. What is `told` counts from the next run on."""

    key: str
    koc: str
    base: int
    paid_at: datetime
    delivered_at: datetime | None = None
    refunds: list[tuple[datetime, int]] = field(default_factory=list)
    known: list[tuple[datetime, int]] = field(default_factory=list)
    is_earned: bool = False
    is_matured: bool = False
    is_held: bool = False
    void_from: datetime | None = None
    lines: list[tuple[int, int]] = field(default_factory=list)
    """(settlement, amount) on statements that are in force"""

    @property
    def hold_ends_at(self) -> datetime:
        assert self.delivered_at
        day = self.delivered_at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
        return day + (HOLD_DAYS + 1) * DAY

    def run(self, at: datetime) -> None:
        self.is_earned, self.known = True, list(self.refunds)
        self.is_matured |= self.delivered_at is not None and self.hold_ends_at <= at

    def value(self, before: datetime | None = None) -> int:
        if not self.is_earned or (self.void_from is not None and (before is None or self.void_from < before)):
            return 0
        return half_up((self.base - sum(amount for moment, amount in self.known if before is None or moment < before)) * RATE)

    @property
    def settled(self) -> int:
        return sum(amount for _, amount in self.lines)


class Owed(NamedTuple):
    """A statement of the model."""

    settlement: int
    on_request: bool
    period: str
    koc: str
    gross: int
    debt: int
    tax: int
    net: int
    carried: int


class Model:
    """Sections 4, 5, 7 and 8 of the contract, for orders of one line."""

    def __init__(self) -> None:
        self.orders: list[Sold] = []
        self.statements: list[Owed] = []
        self.void: list[Owed] = []
        self.months: list[tuple[int, str]] = []
        self.numbers = count()

    def run(self, at: datetime) -> None:
        for order in self.orders:
            order.run(at)

    def owed(self, koc: str, end: datetime) -> int:
        return sum(order.value(end) - order.settled for order in self.due(koc, end))

    def due(self, koc: str, end: datetime) -> list[Sold]:
        """What is held waits."""
        return [order for order in self.orders if order.koc == koc and order.is_matured and order.hold_ends_at < end and not order.is_held]

    def debt(self, koc: str) -> int:
        """What the latest month said that is owed, unless the KOC was paid since."""
        latest = self.months[-1][0] if self.months else -1
        since = [one for one in self.statements if one.koc == koc and (one.settlement == latest or (one.on_request and one.settlement > latest))]
        return max(0, -since[-1].carried) if since and self.months else 0

    def tax(self, koc: str, period: str, income: int) -> int:
        others = [one for one in self.statements if PERSON[one.koc] == PERSON[koc] and one.period == period]
        return max(0, labour_service(income + sum(one.net + one.tax for one in others)) - sum(one.tax for one in others))

    def settle(self, period: str) -> None:
        number = next(self.numbers)
        for koc in PERSON:
            self.write(number, koc, period, end_of(period), on_request=False)
        self.months.append((number, period))

    def write(self, number: int, koc: str, period: str, end: datetime, *, on_request: bool) -> None:
        total = self.owed(koc, end)
        if total >= MINIMUM:
            debt, tax = self.debt(koc), self.tax(koc, period, total)
            self.statements.append(Owed(number, on_request, period, koc, total + debt, debt, tax, total - tax, 0))
            for order in self.due(koc, end):
                order.lines += [(number, change)] if (change := order.value(end) - order.settled) else []
        elif total:
            self.statements.append(Owed(number, on_request, period, koc, 0, 0, 0, 0, total))

    def can_be_reopened(self) -> bool:
        latest = self.months[-1][0]
        kocs = {one.koc for one in self.statements if one.settlement == latest}
        return not any(one.on_request and one.settlement > latest and one.koc in kocs for one in self.statements)

    def reopen(self) -> None:
        latest, _ = self.months.pop()
        self.void += [one for one in self.statements if one.settlement == latest]
        self.statements = [one for one in self.statements if one.settlement != latest]
        for order in self.orders:
            order.lines = [line for line in order.lines if line[0] != latest]

    def balances(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for order in self.orders:
            kind = "debt" if order.lines else "approved" if order.is_matured else "pending"
            found[order.koc, kind] = found.get((order.koc, kind), 0) + order.value() - order.settled
        for one in self.statements:
            found[one.koc, "settled"] = found.get((one.koc, "settled"), 0) + one.net
        return {owner: amount for owner, amount in found.items() if amount}


def make_shop() -> Brand:
    brand = make_brand(policy={"min_payout_minor": MINIMUM, "withdrawals": True, "tax": "cn_labour_service"})
    make_product(brand)
    make_plan(brand, rules=[{"rate_bps": 1250}])
    for key, id_number in zip(PERSON, ("11010519491231002X", "11010519491231002X", "440524188001010014"), strict=True):
        koc = make_koc(brand, key, user=make_user())
        make_payee(koc.user, id_number)
        make_share(koc, make_kit(brand), key=key)
    return brand


# Few different days, so that much falls together; before and after the ends of months, and before and after they are settled.
days = st.sampled_from([0, 1, 5, 9, 20, 21, 30, 33, 40]).map(lambda number: number * DAY)
prices = st.sampled_from([3, 3_000, 9_900, 80_000, 700_000, 2_500_000, 6_000_000])


class LifeOfMoney(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.undone = ExitStack()
        self.undone.enter_context(transaction.atomic())
        self.brand = make_shop()
        self.model = Model()
        self.clock = NOW

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.close()

    @property
    def period(self) -> str:
        return NEXT.get(self.model.months[-1][1], "") if self.model.months else "2026-03"

    @rule(koc=st.sampled_from(sorted(PERSON)), price=prices, ago=days, delivery=st.none() | days)
    def an_order_is_paid(self, koc: str, price: int, ago: timedelta, delivery: timedelta | None) -> None:
        """Heard today, whenever it was."""
        order = Sold(f"A-{len(self.model.orders):03}", koc, price, max(NOW, self.clock - ago))
        self.model.orders.append(order)
        send(self.brand, paid(order.key, ("1", "S1", 1, price), share=koc, at=order.paid_at), at=self.clock)
        if delivery is not None:
            self.deliver(order, order.paid_at + delivery)

    @precondition(lambda self: any(order.delivered_at is None for order in self.model.orders))
    @rule(which=st.integers(0, 99), ago=days)
    def an_order_is_delivered(self, which: int, ago: timedelta) -> None:
        waiting = [order for order in self.model.orders if order.delivered_at is None]
        order = waiting[which % len(waiting)]
        self.deliver(order, max(order.paid_at, self.clock - ago))

    def deliver(self, order: Sold, at: datetime) -> None:
        order.delivered_at = at
        send(self.brand, delivered(order.key, at), at=self.clock)

    @precondition(lambda self: self.model.orders)
    @rule(which=st.integers(0, 99), ago=days, percent=st.sampled_from([1, 40, 99, 100]))
    def an_order_is_refunded(self, which: int, ago: timedelta, percent: int) -> None:
        order = self.model.orders[which % len(self.model.orders)]
        left = order.base - sum(amount for _, amount in order.refunds)
        if amount := -(-left * percent // 100):
            moment = max(order.paid_at, self.clock - ago)
            send(self.brand, refunded(order.key, f"R-{len(order.refunds)}", moment, l1=amount), at=self.clock)
            order.refunds.append((moment, amount))

    @rule(by=st.sampled_from([0, 5, 10, 31]))
    def the_clock_runs(self, by: int) -> None:
        self.clock += by * DAY
        run_due(brand=self.brand, at=self.clock)
        self.model.run(self.clock)

    @precondition(lambda self: self.period and end_of(self.period) < self.clock + 60 * DAY)
    @rule()
    def the_next_month_is_settled(self) -> None:
        period = self.period
        self.model.run(min(self.clock, end_of(period)))
        assert settle_period(brand=self.brand, period=period, at=self.clock).is_new
        self.model.settle(period)
        assert not settle_period(brand=self.brand, period=period, at=self.clock).is_new

    @precondition(lambda self: self.model.months)
    @rule()
    def the_latest_month_is_reopened(self) -> None:
        def reopen() -> None:
            reopen_period(brand=self.brand, period=self.model.months[-1][1], because="to see", by=None, at=self.clock)

        if self.model.can_be_reopened():
            reopen()
            self.model.reopen()
        else:
            with pytest.raises(PeriodRefused):
                reopen()

    @rule(koc=st.sampled_from(sorted(PERSON)))
    def somebody_asks_for_their_money(self, koc: str) -> None:
        self.model.run(self.clock)
        owed = self.model.owed(koc, self.clock)

        def ask() -> None:
            request_withdrawal(koc=Koc.objects.select_related("brand").get(brand=self.brand, key=koc), amount_minor=owed, at=self.clock)

        if owed >= MINIMUM:
            ask()
            self.model.write(next(self.model.numbers), koc, f"{self.clock.astimezone(CHINA):%Y-%m}", self.clock, on_request=True)
        else:
            with pytest.raises(NothingToWithdraw):
                ask()

    def chosen(self, which: list[int]) -> tuple[list[Sold], dict[str, Any]]:
        """Some commissions, and how a service is told of them."""
        found = dict(Commission.objects.filter(brand=self.brand).order_by("pk").values_list("line__order__key", "pk"))
        keys = sorted({sorted(found)[place % len(found)] for place in which}) if found else []
        return [order for order in self.model.orders if order.key in keys], {"brand": self.brand, "commissions": [found[key] for key in keys], "by": None}

    @rule(which=st.lists(st.integers(0, 99), min_size=1, max_size=2))
    def commissions_are_held(self, which: list[int]) -> None:
        orders, named = self.chosen(which)
        if all(order.value() and not order.is_held and not order.lines for order in orders):
            hold_commissions(**named, reason="fraud", at=self.clock)
            for order in orders:
                order.is_held = True
        else:
            with pytest.raises(NotReviewable):
                hold_commissions(**named, reason="fraud", at=self.clock)

    @rule(which=st.lists(st.integers(0, 99), min_size=1, max_size=2))
    def commissions_are_released(self, which: list[int]) -> None:
        orders, named = self.chosen(which)
        if all(order.is_held for order in orders):
            release_commissions(**named, at=self.clock)
            for order in orders:
                order.is_held = False
        else:
            with pytest.raises(NotReviewable):
                release_commissions(**named, at=self.clock)

    @rule(which=st.lists(st.integers(0, 99), min_size=1, max_size=2))
    def commissions_are_reversed(self, which: list[int]) -> None:
        """What is on no statement was never earned; what is becomes a debt from now on."""
        orders, named = self.chosen(which)
        if all(order.value() for order in orders):
            reverse_commissions(**named, reason="fraud", at=self.clock)
            for order in orders:
                order.is_held, order.void_from = False, self.clock if order.lines else order.paid_at
        else:
            with pytest.raises(NotReviewable):
                reverse_commissions(**named, reason="fraud", at=self.clock)

    @invariant()
    def the_ledger_proves(self) -> None:
        prove(self.brand)

    @invariant()
    def wallets_and_statements_are_the_models(self) -> None:
        assert balances(self.brand) == self.model.balances()
        columns = ("period", "koc__key", "gross_minor", "debt_in_minor", "tax_minor", "net_minor", "carried_out_minor")
        rows = Statement.objects.filter(koc__brand=self.brand)
        assert sorted(rows.exclude(status="void").values_list("on_request", *columns)) == sorted(one[1:] for one in self.model.statements)
        assert sorted(rows.filter(status="void").values_list("on_request", *columns)) == sorted(one[1:] for one in self.model.void)

    @invariant()
    def commissions_are_the_models(self) -> None:
        rows = Commission.objects.filter(brand=self.brand).values_list("line__order__key", "amount_minor", "reversed_minor", "settled_minor", "status")
        found = {order: (amount - back, settled, status == "held") for order, amount, back, settled, status in rows}
        said = {order.key: (order.value(), order.settled, order.is_held) for order in self.model.orders if order.key in found}
        assert found == said
        assert not any(order.value() for order in self.model.orders if order.key not in found)


@pytest.mark.django_db
def test_the_money_is_where_the_model_says_whatever_becomes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in (answers, changes, approvals):
        monkeypatch.setattr(service, "BATCH", 3)
    run_state_machine_as_test(LifeOfMoney, settings=settings(max_examples=30, stateful_step_count=30, deadline=None, derandomize=True, database=None))
