"""The whole life of a brand's orders, in any interleaving, against a small model that was written from the contract alone.

The model knows nothing of `commissions.domain`: it computes with fractions what every line is worth, at any moment, from what was sold and refunded.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts.models import Brand, Tier
from commissions.models import Commission
from commissions.services import answers, approvals, changes
from commissions.services.clock import run_due
from commissions.services.settlement import settle_period
from tests.factories import NOW, make_brand, make_kit, make_koc, make_plan, make_product, make_share
from tests.shop import balances, cancelled, delivered, paid, prove, refunded, send, statements

CHINA = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
CAP, MINIMUM, HOLD_DAYS = 1500, 300, 7
# The chain: low was brought by mid, mid by top. Low stands in a tier that multiplies by 1.1.
SPONSOR, MULTIPLIER = {"low": "mid", "mid": "top"}, {"low": 11_000}
CATEGORY = {"S1": "skincare", "F1": "skincare", "G1": "gift"}
RULES: list[dict[str, Any]] = [
    {"priority": 9, "skus": ["F1"], "fixed_minor": 250, "override_bps": 300, "cap_minor": 600},
    {"priority": 5, "customer": "new", "rate_bps": 1450, "override_bps": 500},
    {"priority": 5, "customer": "new", "categories": ["gift"], "rate_bps": 800, "override_bps": 700},
    {"priority": 5, "customer": "returning", "rate_bps": 1000, "override_bps": 300, "cap_minor": 400},
    {"priority": 0, "rate_bps": 777, "override_bps": 99},
]


def end_of(period: str) -> datetime:
    year, month = map(int, period.split("-"))
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=CHINA)


def half_up(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))


def shares_of(discount: int, grosses: list[int]) -> list[int]:
    """By largest remainder: whole units first, then one each to the largest fractions, the earlier line first."""
    exact = [Fraction(discount * gross, sum(grosses)) for gross in grosses]
    parts = [floor(one) for one in exact]
    for line in sorted(range(len(parts)), key=lambda line: (parts[line] - exact[line], line))[: discount - sum(parts)]:
        parts[line] += 1
    return parts


@dataclass
class SoldLine:
    sku: str
    quantity: int
    price: int
    discount: int
    base: int = 0
    rule: dict[str, Any] | None = None


@dataclass
class Sold:
    """An order, and all that ever happens to it, told or not."""

    key: str
    customer: str | None
    koc: str | None
    paid_at: datetime
    discount: int
    lines: list[SoldLine]
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None
    refunds: list[tuple[datetime, dict[int, int]]] = field(default_factory=list)

    @property
    def hold_ends_at(self) -> datetime:
        assert self.delivered_at
        day = self.delivered_at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
        return day + (HOLD_DAYS + 1) * DAY

    def event(self, what: str) -> dict[str, Any]:
        if what == "paid":
            lines = [
                {"line": str(number), "sku": line.sku, "quantity": line.quantity, "unit_price_minor": line.price, "discount_minor": line.discount}
                for number, line in enumerate(self.lines)
            ]
            customer = {"id": self.customer} if self.customer else None
            share = f"share-{self.koc}" if self.koc else None
            return paid(self.key, at=self.paid_at) | {
                "data": paid(self.key, at=self.paid_at, customer=customer, share=share, discount_minor=self.discount)["data"] | {"lines": lines}
            }
        if what == "delivered":
            assert self.delivered_at
            return delivered(self.key, self.delivered_at)
        if what == "cancelled":
            assert self.cancelled_at
            return cancelled(self.key, self.cancelled_at)
        moment, parts = self.refunds[int(what)]
        return refunded(self.key, f"R-{what}", moment, **{f"l{line}": amount for line, amount in parts.items()})


@dataclass
class Earned:
    """A commission in the model."""

    order: Sold
    line: int
    level: int
    koc: str
    amount: int
    settled: int = 0
    on_statement: bool = False


class Model:
    """What section 1 to 7 of the contract say, told what Grove is told."""

    def __init__(self) -> None:
        self.heard: set[tuple[str, str]] = set()
        self.answered: set[str] = set()
        self.applied: set[tuple[str, str]] = set()
        self.matured: set[str] = set()
        self.earned: list[Earned] = []
        self.carried: dict[str, int] = {}
        self.statements: list[tuple[str, str, int, int, int, int, int]] = []

    def run(self, orders: list[Sold], at: datetime) -> None:
        known = sorted((order for order in orders if (order.key, "paid") in self.heard), key=lambda order: (order.paid_at, order.key))
        for order in known:
            if order.key not in self.answered:
                self.answered.add(order.key)
                self.answer(order, known)
        self.applied |= {(order, what) for order, what in self.heard if order in self.answered and what not in ("paid", "delivered")}
        self.matured |= {order.key for order in known if (order.key, "delivered") in self.heard and order.hold_ends_at <= at}

    def answer(self, order: Sold, known: list[Sold]) -> None:
        before = known[: known.index(order)]
        is_new = not any(other.customer == order.customer and (other.key, "cancelled") not in self.heard for other in before)
        customer = "" if order.customer is None else "new" if is_new else "returning"
        for number, line in enumerate(order.lines):
            holding = [
                one
                for one in RULES
                if line.sku in one.get("skus", [line.sku])
                and CATEGORY[line.sku] in one.get("categories", [CATEGORY[line.sku]])
                and customer == one.get("customer", customer)
            ]
            line.rule = max(holding, key=lambda one: (one["priority"], sum(name in one for name in ("skus", "categories", "customer")), -RULES.index(one)))
            for level, koc in ((1, order.koc), (2, SPONSOR.get(order.koc or ""))):
                amount = worth(order, number, line.base)[level - 1]
                if koc and amount:
                    self.earned.append(Earned(order, number, level, koc, amount))

    def left(self, one: Earned, before: datetime | None = None) -> int:
        """What of the base was not refunded, by what was applied and, if asked, happened before a moment."""
        order, key = one.order, one.order.key
        if (key, "cancelled") in self.applied and order.cancelled_at and (before is None or order.cancelled_at < before):
            return 0
        back = [
            parts.get(one.line, 0)
            for number, (moment, parts) in enumerate(order.refunds)
            if (key, str(number)) in self.applied and (before is None or moment < before)
        ]
        return order.lines[one.line].base - sum(back)

    def value(self, one: Earned, before: datetime | None = None) -> int:
        return worth(one.order, one.line, self.left(one, before))[one.level - 1]

    def approved_at(self, one: Earned) -> datetime | None:
        """Approved is what was worth something when the hold ended; what came to something only later is, too."""
        if one.order.key not in self.matured:
            return None
        moment = one.order.hold_ends_at
        return moment if one.on_statement or self.value(one, moment) or self.value(one) else None

    def keeps_its_history(self, one: Earned) -> bool:
        """A level 2 that is worth nothing while some base is left may have been approved before that was known: a unit may still come back under the guard."""
        return one.level == 2 and not self.value(one) and self.left(one) > 0

    def status(self, one: Earned) -> str:
        if one.on_statement:
            return "settled"
        if not self.value(one):
            return "reversed"
        return "approved" if self.approved_at(one) else "pending"

    def settle(self, period: str) -> None:
        end = end_of(period)
        due = [one for one in self.earned if (moment := self.approved_at(one)) and moment < end]
        carried: dict[str, int] = {}
        for koc in ("low", "mid", "top"):
            own = [one for one in due if one.koc == koc]
            total = sum(self.value(one, end) - one.settled for one in own)
            if total >= MINIMUM:
                debt = max(0, -self.carried.get(koc, 0))
                self.statements.append((period, koc, total + debt, debt, 0, total, 0))
                for one in own:
                    one.on_statement |= self.value(one, end) != 0
                    one.settled = self.value(one, end)
            elif total:
                self.statements.append((period, koc, 0, 0, 0, 0, total))
                carried[koc] = total
        self.carried = carried

    def balances(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for one in self.earned:
            kind = "debt" if one.on_statement else "approved" if self.approved_at(one) else "pending"
            found[one.koc, kind] = found.get((one.koc, kind), 0) + self.value(one) - one.settled
        for _, koc, _, _, _, net, _ in self.statements:
            found[koc, "settled"] = found.get((koc, "settled"), 0) + net
        return {owner: amount for owner, amount in found.items() if amount}


def worth(order: Sold, number: int, left: int) -> tuple[int, int]:
    """Section 3: both levels of a line of which `left` is not refunded."""
    line = order.lines[number]
    assert line.rule
    if "fixed_minor" in line.rule:
        level1 = half_up(Fraction(line.rule["fixed_minor"] * line.quantity * left, line.base)) if line.base else 0
    else:
        level1 = half_up(Fraction(left * line.rule["rate_bps"] * MULTIPLIER.get(order.koc or "", 10_000), 10**8))
    level2 = half_up(Fraction(left * line.rule["override_bps"], 10_000))
    level1, level2 = (min(level, line.rule.get("cap_minor", level)) for level in (level1, level2))
    guard = floor(Fraction(left * CAP, 10_000))
    level2 = max(0, min(level2, guard - level1))
    return min(level1, guard), level2


def make_shop() -> Brand:
    policy = {"paid_levels": 2, "level2_acknowledged_by": "Ann", "level2_acknowledged_at": NOW, "total_cap_bps": CAP, "min_payout_minor": MINIMUM}
    brand = make_brand(policy=policy)
    for sku, category in CATEGORY.items():
        make_product(brand, sku, category=category)
    make_plan(brand, rules=RULES)
    sprout = Tier.objects.create(brand=brand, key="sprout", name="新芽", rank=1, growth=1000, multiplier_bps=11_000)
    top = make_koc(brand, "top")
    mid = make_koc(brand, "mid", sponsor=top)
    for koc in (top, mid, make_koc(brand, "low", sponsor=mid, tier=sprout)):
        make_share(koc, make_kit(brand), key=f"share-{koc.key}")
    return brand


# Few different days, so that much falls together: the first order's hold, the end of March, refunds on both sides of these.
moments = st.sampled_from([0, 0, 1, 20, 21, 22, 30, 40]).map(lambda day: NOW + day * DAY)
later = st.sampled_from([0, 1, 3, 6, 8, 11, 25, 31, 40, 62]).map(lambda days: days * DAY)
whether_told = st.sampled_from([True, True, False])
prices = st.one_of(st.integers(1, 60), st.integers(60, 20_000))
sold_lines = st.lists(st.tuples(st.sampled_from(sorted(CATEGORY)), st.integers(1, 3), prices, st.integers(0, 30)), min_size=1, max_size=3)


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.undone = ExitStack()
        self.undone.enter_context(transaction.atomic())
        self.brand = make_shop()
        self.model = Model()
        self.orders: list[Sold] = []
        self.facts: list[tuple[Sold, str]] = []
        self.clock = NOW
        self.period = "2026-03"

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.close()

    def happens(self, order: Sold, what: str, told: bool) -> None:
        self.facts.append((order, what))
        if told:
            self.tell(order, what)

    def tell(self, *told: Any) -> None:
        order, what = told
        self.model.heard.add((order.key, what))
        send(self.brand, order.event(what), at=self.clock)

    @rule(
        customer=st.sampled_from([None, "c-1", "c-2"]),
        koc=st.sampled_from(["low", "low", "low", "mid", "mid", "top", None]),
        at=moments,
        lines=sold_lines,
        discount=st.sampled_from([0, 0, 1, 7, 100]),
        told=whether_told,
    )
    def an_order_is_paid(self, customer: str | None, koc: str | None, at: datetime, lines: list[tuple[str, int, int, int]], discount: int, told: bool) -> None:
        sold = [SoldLine(sku, quantity, price, min(less, quantity * price // 2)) for sku, quantity, price, less in lines]
        grosses = [line.quantity * line.price for line in sold]
        discount = min(discount, sum(grosses) // 3)
        for line, gross, part in zip(sold, grosses, shares_of(discount, grosses), strict=True):
            line.base = gross - line.discount - part
            if line.base < 0:  # the contract refuses it; there is nothing to model
                return
        order = Sold(f"A-{len(self.orders):03}", customer, koc, at, discount, sold)
        self.orders.append(order)
        self.happens(order, "paid", told)

    @precondition(lambda self: any(order.delivered_at is None for order in self.orders))
    @rule(which=st.integers(0, 99), after=st.sampled_from([0, 1, 2]), told=whether_told)
    def an_order_is_delivered(self, which: int, after: int, told: bool) -> None:
        waiting = [order for order in self.orders if order.delivered_at is None]
        order = waiting[which % len(waiting)]
        order.delivered_at = order.paid_at + after * DAY
        self.happens(order, "delivered", told)

    @precondition(lambda self: any(order.cancelled_at is None for order in self.orders))
    @rule(which=st.integers(0, 99), after=later, told=whether_told)
    def an_order_is_cancelled(self, which: int, after: timedelta, told: bool) -> None:
        waiting = [order for order in self.orders if order.cancelled_at is None]
        order = waiting[which % len(waiting)]
        order.cancelled_at = order.paid_at + after
        self.happens(order, "cancelled", told)

    @precondition(lambda self: self.orders)
    @rule(which=st.integers(0, 99), after=later, parts=st.lists(st.sampled_from([0, 1, 30, 50, 97, 100]), min_size=3, max_size=3), told=whether_told)
    def an_order_is_refunded(self, which: int, after: timedelta, parts: list[int], told: bool) -> None:
        order = self.orders[which % len(self.orders)]
        left = [line.base - sum(back.get(number, 0) for _, back in order.refunds) for number, line in enumerate(order.lines)]
        back = {number: amount for number, (rest, part) in enumerate(zip(left, parts, strict=False)) if (amount := -(-rest * part // 100))}
        if back:
            order.refunds.append((order.paid_at + after, back))
            self.happens(order, str(len(order.refunds) - 1), told)

    @precondition(lambda self: self.facts)
    @rule(which=st.integers(0, 999))
    def a_fact_is_told_perhaps_again(self, which: int) -> None:
        self.tell(*self.facts[which % len(self.facts)])

    @rule(days=st.sampled_from([0, 5, 30, 90]))
    def the_clock_runs(self, days: int) -> None:
        self.clock += days * DAY
        run_due(brand=self.brand, at=self.clock)
        self.model.run(self.orders, self.clock)

    @precondition(lambda self: self.period < "2026-09" and end_of(self.period) < self.clock + 90 * DAY)
    @rule()
    def the_next_month_is_settled(self) -> None:
        self.model.run(self.orders, min(self.clock, end_of(self.period)))
        assert settle_period(brand=self.brand, period=self.period, at=self.clock).is_new
        assert not settle_period(brand=self.brand, period=self.period, at=self.clock).is_new
        self.model.settle(self.period)
        self.period = f"2026-{int(self.period[5:]) + 1:02}"

    @invariant()
    def the_ledger_proves(self) -> None:
        prove(self.brand)

    @invariant()
    def wallets_and_statements_are_the_models(self) -> None:
        assert balances(self.brand) == self.model.balances()
        assert sorted(statements(self.brand)) == sorted(self.model.statements)

    @invariant()
    def commissions_are_the_models(self) -> None:
        named = ("line__order__key", "line__position", "level", "koc__key")
        rows = Commission.objects.filter(brand=self.brand).values_list(*named, "amount_minor", "reversed_minor", "settled_minor", "status", "approved_at")
        found = {(order, line, level, koc): tuple(rest) for order, line, level, koc, *rest in rows}
        assert len(found) == len(self.model.earned)
        for one in self.model.earned:
            amount, back, settled, status, approved_at = found[one.order.key, one.line, one.level, one.koc]
            assert back <= amount
            assert (amount, back, settled) == (one.amount, one.amount - self.model.value(one), one.settled)
            assert status == self.model.status(one)
            assert approved_at == self.model.approved_at(one) or self.model.keeps_its_history(one)


@pytest.mark.django_db
def test_the_books_are_the_models_whatever_happens_in_whatever_order(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in (answers, changes, approvals):
        monkeypatch.setattr(service, "BATCH", 3)
    run_state_machine_as_test(Life, settings=settings(max_examples=25, stateful_step_count=30, deadline=None, derandomize=True, database=None))
