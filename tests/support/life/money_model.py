"""A small model of what becomes of money once it is earned: sections 4 to 9 of the contract and docs/money.md, for
orders of one line at one rate.

It knows nothing of the domains of `commissions`, and keeps no balances: what lies where follows from what happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from itertools import count, pairwise
from math import floor
from typing import NamedTuple

from tests.support.life.contract_model import CHINA, DAY, HOLD_DAYS, end_of, half_up, labour_service

RATE, GUARD, MINIMUM = Fraction(1250, 10_000), Fraction(3000, 10_000), 500
# a and b are two memberships of one person, who is taxed as one. b was brought by a, and c by b.
PERSON = {"a": "one", "b": "one", "c": "two"}
TREE = {"a": {"b", "c"}, "b": {"c"}, "c": set[str]()}
# What campaigns pay on top: two whole bounties and a part of a third; 1 %, and 3 % of what a KOC's month has above
# 10,000.
BOUNTY, STEPS = 90, [(0, Fraction(1, 100)), (10_000, Fraction(3, 100))]
BUDGET = {"bounty": 200, "steps": 60_000}


def climbed(base: int) -> int:
    """What a month's base earns on the steps: each part of it by its own rate."""
    marks = [*(mark for mark, _ in STEPS), max(base, STEPS[-1][0])]
    return half_up(
        sum(
            (
                max(0, min(base, end) - start) * rate
                for (start, end), (_, rate) in zip(pairwise(marks), STEPS, strict=True)
            ),
            Fraction(0),
        )
    )


@dataclass
class Sold:
    """An order of one line, and what it earned. What is told counts from the next run on."""

    key: str
    koc: str
    base: int
    paid_at: datetime
    delivered_at: datetime | None = None
    refunds: list[tuple[datetime, int]] = field(default_factory=list)
    known: list[tuple[datetime, int]] = field(default_factory=list)
    earned: dict[str, "Earned"] = field(default_factory=dict)
    answered: int | None = None
    """1, 2, 3 … in the order in which they were answered"""
    is_matured: bool = False

    @property
    def hold_ends_at(self) -> datetime:
        assert self.delivered_at
        day = self.delivered_at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
        return day + (HOLD_DAYS + 1) * DAY

    def left(self, before: datetime | None = None) -> int:
        return self.base - sum(amount for moment, amount in self.known if before is None or moment < before)


@dataclass
class Earned:
    """A commission: of the plan, of a bounty, or of steps, from where the KOC's month stood. `granted` is what guard
    and budget let a campaign promise."""

    order: Sold
    kind: str
    granted: int = 0
    start: int = 0
    is_held: bool = False
    void_from: datetime | None = None
    lines: list[tuple[int, int]] = field(default_factory=list)
    """(settlement, amount) on statements that are in force"""

    def value(self, before: datetime | None = None) -> int:
        if self.void_from is not None and (before is None or self.void_from < before):
            return 0
        left = self.order.left(before)
        if self.kind == "plan":
            return half_up(left * RATE)
        whole = (
            half_up(Fraction(BOUNTY * left, self.order.base))
            if self.kind == "bounty"
            else climbed(self.start + left) - climbed(self.start)
        )
        return min(whole, self.granted)

    @property
    def settled(self) -> int:
        return sum(amount for _, amount in self.lines)


@dataclass
class Item:
    """A fixed amount that goes on a statement once: a part of a subsidy, or a debt that was written off."""

    koc: str
    amount: int
    happened_at: datetime
    is_write_off: bool = False
    settlement: int | None = None


@dataclass
class Budget:
    """What a KOC may hand on of a subsidy."""

    koc: str
    left: int
    expires_at: datetime | None
    may_pass_on: bool

    def is_live(self, at: datetime) -> bool:
        return self.expires_at is None or self.expires_at > at


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

    @property
    def name(self) -> tuple[int, str]:
        return self.settlement, self.koc


class Model:
    """What was told and done, and what must stand in the books after it."""

    def __init__(self) -> None:
        self.orders: list[Sold] = []
        self.statements: list[Owed] = []
        self.void: list[Owed] = []
        self.months: list[tuple[int, str]] = []
        self.numbers, self.answers = count(), count(1)
        self.heights: dict[tuple[str, str], int] = {}
        """(KOC, month) → the base that went up the steps"""
        self.items: list[Item] = []
        self.budgets: list[Budget] = []
        self.at_bank: dict[tuple[int, str], str] = {}
        """statement → drafted, paying or paid, while a batch holds it"""

    def earned(self) -> Iterable[Earned]:
        return (one for order in self.orders for one in order.earned.values())

    def reserved(self, kind: str) -> int:
        """What a campaign promised, and was not taken back."""
        return sum(one.value() for one in self.earned() if one.kind == kind)

    def run(self, at: datetime) -> None:
        """Orders by payment, from what is known then; then all refunds; then what has matured, by the end of its
        hold."""
        free = BUDGET["bounty"] - self.reserved("bounty")
        for order in sorted(
            (one for one in self.orders if one.answered is None), key=lambda one: (one.paid_at, one.key)
        ):
            free -= self.answer(order, free)
        for order in self.orders:
            order.known = list(order.refunds)
        free = BUDGET["steps"] - self.reserved("steps")
        mature = [one for one in self.orders if not one.is_matured and one.delivered_at and one.hold_ends_at <= at]
        for order in sorted(mature, key=lambda one: (one.hold_ends_at, one.answered)):
            free -= self.climb(order, free)

    def answer(self, order: Sold, free: int) -> int:
        order.answered = next(self.answers)
        amount = half_up(order.base * RATE)
        granted = min(BOUNTY, floor(order.base * GUARD) - amount, free)
        order.earned = {
            kind: Earned(order, kind, worth) for kind, worth in (("plan", amount), ("bounty", granted)) if worth
        }
        return granted

    def climb(self, order: Sold, free: int) -> int:
        """Only what the plan pays, and is worth something when its hold ends, goes up; its bonus waits with it where it
        is held."""
        order.is_matured = True
        of_plan, month = order.earned.get("plan"), (order.koc, f"{order.hold_ends_at.astimezone(CHINA):%Y-%m}")
        if of_plan is None or not of_plan.value(order.hold_ends_at):
            return 0
        start, left = self.heights.get(month, 0), order.left(order.hold_ends_at)
        self.heights[month] = start + left
        granted = min(climbed(start + left) - climbed(start), free)
        if granted:
            order.earned["steps"] = Earned(order, "steps", granted, start, of_plan.is_held)
        return granted

    def owed(self, koc: str, end: datetime) -> int:
        return sum(one.value(end) - one.settled for one in self.due(koc, end)) + sum(
            item.amount for item in self.items_due(koc, end)
        )

    def due(self, koc: str, end: datetime) -> list[Earned]:
        """What is held waits."""
        return [
            one
            for one in self.earned()
            if one.order.koc == koc and one.order.is_matured and one.order.hold_ends_at < end and not one.is_held
        ]

    def items_due(self, koc: str, end: datetime) -> list[Item]:
        return [item for item in self.items if item.koc == koc and item.happened_at < end and item.settlement is None]

    def carried_debt(self, koc: str) -> int:
        """What the latest month said that is owed, unless the KOC was paid since."""
        latest = self.months[-1][0] if self.months else -1
        since = [
            one
            for one in self.statements
            if one.koc == koc and (one.settlement == latest or (one.on_request and one.settlement > latest))
        ]
        return max(0, -since[-1].carried) if since and self.months else 0

    def tax(self, koc: str, period: str, income: int) -> int:
        others = [one for one in self.statements if PERSON[one.koc] == PERSON[koc] and one.period == period]
        return max(
            0, labour_service(income + sum(one.net + one.tax for one in others)) - sum(one.tax for one in others)
        )

    def settle(self, period: str) -> None:
        number = next(self.numbers)
        for koc in PERSON:
            self.write(number, koc, period, end_of(period), on_request=False)
        self.months.append((number, period))

    def write(self, number: int, koc: str, period: str, end: datetime, *, on_request: bool) -> None:
        total = self.owed(koc, end)
        if total >= MINIMUM:
            forgiven = sum(item.amount for item in self.items_due(koc, end) if item.is_write_off)
            debt, tax = max(0, self.carried_debt(koc) - forgiven), self.tax(koc, period, total)
            self.statements.append(Owed(number, on_request, period, koc, total + debt, debt, tax, total - tax, 0))
            for one in self.due(koc, end):
                one.lines += [(number, change)] if (change := one.value(end) - one.settled) else []
            for item in self.items_due(koc, end):
                item.settlement = number
        elif total:
            self.statements.append(Owed(number, on_request, period, koc, 0, 0, 0, 0, total))

    def can_be_reopened(self) -> bool:
        latest = self.months[-1][0]
        kocs = {one.koc for one in self.statements if one.settlement == latest}
        is_in_a_batch = any(settlement == latest for settlement, _ in self.at_bank)
        return not is_in_a_batch and not any(
            one.on_request and one.settlement > latest and one.koc in kocs for one in self.statements
        )

    def reopen(self) -> None:
        latest, _ = self.months.pop()
        self.void += [one for one in self.statements if one.settlement == latest]
        self.statements = [one for one in self.statements if one.settlement != latest]
        for earned in self.earned():
            earned.lines = [line for line in earned.lines if line[0] != latest]
        for item in self.items:
            item.settlement = None if item.settlement == latest else item.settlement

    def expire(self, at: datetime) -> None:
        for budget in self.budgets:
            budget.left = budget.left if budget.is_live(at) else 0

    def payable(self) -> list[Owed]:
        return [one for one in self.statements if one.net and one.name not in self.at_bank]

    def balances(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}

        def lies(koc: str, kind: str, amount: int) -> None:
            found[koc, kind] = found.get((koc, kind), 0) + amount

        for one in self.earned():
            lies(
                one.order.koc,
                "debt" if one.lines else "approved" if one.order.is_matured else "pending",
                one.value() - one.settled,
            )
        for item in self.items:
            lies(item.koc, "debt" if item.is_write_off else "approved", item.amount if item.settlement is None else 0)
        for budget in self.budgets:
            lies(budget.koc, "subsidy", budget.left)
        for statement in self.statements:
            lies(
                statement.koc,
                {"paying": "paying", "paid": "paid"}.get(self.at_bank.get(statement.name, ""), "settled"),
                statement.net,
            )
        return {(koc, kind): amount for (koc, kind), amount in found.items() if amount and kind != "paid"}
