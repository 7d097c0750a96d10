"""A small model of sections 1 to 7 of the contract, written from its text alone: fractions instead of integers, lists
instead of tables.

It knows nothing of the domains of `commissions`. What happened to an order is a `Sold`; the `Model` is told what Grove is told,
and says what must stand in the books."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.factories import NOW
from tests.support.shop_events import Event, cancelled, delivered, paid, refunded

CHINA = ZoneInfo("Asia/Shanghai")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CAP, MINIMUM, HOLD_DAYS, WINDOW = 1500, 300, 7, 30 * DAY
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
# The visitor who is the customer `both` came by these shares.
TOUCHES = [
    ("low", NOW - DAY / 2),
    ("mid", NOW - DAY / 3),
    ("low", NOW + DAY * 19 / 2),
    ("top", NOW + DAY * 41 / 2),
    ("mid", NOW + DAY * 43 / 2),
]


def end_of(period: str) -> datetime:
    year, month = map(int, period.split("-"))
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=CHINA)


def half_up(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))


def split(amount: int, weights: Sequence[int | Fraction]) -> list[int]:
    """By largest remainder: whole units first, then one each to the largest fractions, the earlier one first."""
    exact = [amount * Fraction(weight) / sum(weights) if amount else Fraction(0) for weight in weights]
    parts = [floor(one) for one in exact]
    for place in sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))[
        : amount - sum(parts)
    ]:
        parts[place] += 1
    return parts


@dataclass
class SoldLine:
    sku: str
    quantity: int
    price: int
    discount: int
    base: int = 0


@dataclass
class Version:
    """How an order stood from the moment at which the shop told it. `lines` by key."""

    reported_at: datetime
    discount: int
    lines: dict[str, SoldLine]

    @property
    def is_sound(self) -> bool:
        """Section 1: gives each line its base; a negative one is refused, and so is nothing."""
        grosses = [line.quantity * line.price for line in self.lines.values()]
        if not self.lines or self.discount > sum(grosses):
            return False
        for line, gross, part in zip(self.lines.values(), grosses, split(self.discount, grosses), strict=True):
            line.base = gross - line.discount - part
        return all(line.base >= 0 for line in self.lines.values())


@dataclass
class Sold:
    """An order, and all that ever happens to it, told or not."""

    key: str
    customer: str | None
    koc: str | None
    paid_at: datetime
    versions: list[Version]
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None
    refunds: list[tuple[datetime, dict[str, int]]] = field(default_factory=list)
    # What was found when it was answered, once: whose sale it is, in what parts, and whether the customer was new.
    parts: list[tuple[str, int]] = field(default_factory=list)
    kind: str = ""

    @property
    def hold_ends_at(self) -> datetime:
        assert self.delivered_at
        day = self.delivered_at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
        return day + (HOLD_DAYS + 1) * DAY

    def refundable(self, line: str) -> int:
        """What every version of the order can give back of a line: facts that contradict each other are another
        test's."""
        least = min(version.lines[line].base if line in version.lines else 0 for version in self.versions)
        return least - self.refunded(line)

    def refunded(self, line: str) -> int:
        return sum(back.get(line, 0) for _, back in self.refunds)

    def sku_of(self, line: str) -> str:
        return next(version.lines[line].sku for version in self.versions if line in version.lines)

    def event(self, what: str) -> Event:
        if what == "delivered":
            assert self.delivered_at
            return delivered(self.key, self.delivered_at)
        if what == "cancelled":
            assert self.cancelled_at
            return cancelled(self.key, self.cancelled_at)
        if what.startswith("R-"):
            moment, parts = self.refunds[int(what[2:])]
            return refunded(self.key, what, moment, **{f"l{line}": amount for line, amount in parts.items()})
        version = self.versions[int(what[2:])]
        lines = [
            {
                "line": key,
                "sku": line.sku,
                "quantity": line.quantity,
                "unit_price_minor": line.price,
                "discount_minor": line.discount,
            }
            for key, line in version.lines.items()
        ]
        told = paid(
            self.key,
            at=self.paid_at,
            customer={"id": self.customer} if self.customer else None,
            share=f"share-{self.koc}" if self.koc else None,
            discount_minor=version.discount,
        )
        return told | {"timestamp": version.reported_at.isoformat(), "data": told["data"] | {"lines": lines}}


def credits(attribution: str, order: Sold) -> list[tuple[str, int]]:
    """Whose sale it is, in bps: the customer's visits in the window by the policy, else the share that the shop
    named."""
    touched = [
        (koc, at) for koc, at in TOUCHES if order.customer == "both" and order.paid_at - WINDOW <= at <= order.paid_at
    ]
    if not touched:
        return [(order.koc, 10_000)] if order.koc else []
    kocs = [koc for koc, _ in touched]
    between = len(kocs) - 2
    weights: Sequence[int | Fraction] = [1] * len(kocs)
    if attribution == "first_click":
        weights = [1] + [0] * (len(kocs) - 1)
    elif attribution == "last_click":
        weights = [0] * (len(kocs) - 1) + [1]
    elif attribution == "position" and between > 0:
        weights = [40, *[Fraction(20, between)] * between, 40]
    by_koc: dict[str, int | Fraction] = {}
    for koc, weight in zip(kocs, weights, strict=True):
        by_koc[koc] = by_koc.get(koc, 0) + weight
    return [(koc, bps) for koc, bps in zip(by_koc, split(10_000, list(by_koc.values())), strict=True) if bps]


def rule_for(sku: str, customer: str) -> dict[str, Any]:
    """Section 2."""
    holding = [
        one
        for one in RULES
        if sku in one.get("skus", [sku])
        and CATEGORY[sku] in one.get("categories", [CATEGORY[sku]])
        and customer == one.get("customer", customer)
    ]
    return max(
        holding,
        key=lambda one: (
            one["priority"],
            sum(name in one for name in ("skus", "categories", "customer")),
            -RULES.index(one),
        ),
    )


def worth(order: Sold, line: SoldLine, left: int) -> dict[tuple[int, str], int]:
    """Section 3: (level, credited KOC) → amount, for a line of which `left` is not refunded."""
    rule = rule_for(line.sku, order.kind)
    fixed = "fixed_minor" in rule
    exact = (
        Fraction(rule["fixed_minor"] * line.quantity * left, line.base or 1)
        if fixed
        else Fraction(left * rule["rate_bps"], 10_000)
    )
    multiplied = [
        Fraction(1 if fixed else MULTIPLIER.get(koc, 10_000), 1 if fixed else 10_000) for koc, _ in order.parts
    ]
    bps = [part for _, part in order.parts]
    second = half_up(Fraction(left * rule["override_bps"], 10_000))
    if len(order.parts) == 1:
        firsts, seconds = [half_up(exact * multiplied[0])], [second]
    else:
        firsts = [half_up(part * times) for part, times in zip(split(half_up(exact), bps), multiplied, strict=True)]
        seconds = split(second, bps)
    seconds = [part if koc in SPONSOR else 0 for (koc, _), part in zip(order.parts, seconds, strict=True)]
    most = rule.get("cap_minor", sum(firsts) + sum(seconds))
    guard = floor(Fraction(left * CAP, 10_000))
    firsts = at_most(at_most(firsts, most), guard)
    seconds = at_most(at_most(seconds, most), guard - sum(firsts))
    kocs = [koc for koc, _ in order.parts]
    return {(1, koc): part for koc, part in zip(kocs, firsts, strict=True)} | {
        (2, koc): part for koc, part in zip(kocs, seconds, strict=True)
    }


def at_most(parts: list[int], most: int) -> list[int]:
    return split(most, parts) if sum(parts) > most else parts


@dataclass
class Earned:
    """A commission in the model: what a KOC earns of a line at a level, for the part that a KOC is credited with."""

    order: Sold
    line: str
    level: int
    credited: str
    settled: int = 0
    on_statement: bool = False

    @property
    def koc(self) -> str:
        return self.credited if self.level == 1 else SPONSOR[self.credited]


class Model:
    """What the contract says, told what Grove is told."""

    def __init__(self) -> None:
        self.attribution = "last_click"
        self.heard: set[tuple[str, str]] = set()
        self.answered: set[str] = set()
        self.applied: set[tuple[str, str]] = set()
        self.matured: set[str] = set()
        self.earned: dict[tuple[str, str, int, str], Earned] = {}
        self.carried: dict[str, int] = {}
        self.statements: list[tuple[str, str, int, int, int, int, int]] = []

    def run(self, orders: list[Sold], at: datetime) -> None:
        known = sorted(
            (order for order in orders if self.told(order, self.heard)), key=lambda order: (order.paid_at, order.key)
        )
        for order in known:
            if order.key not in self.answered:
                self.answered.add(order.key)
                before = known[: known.index(order)]
                is_new = not any(
                    other.customer == order.customer and (other.key, "cancelled") not in self.heard for other in before
                )
                order.kind = "" if order.customer is None else "new" if is_new else "returning"
                order.parts = credits(self.attribution, order)
        self.applied |= {(order, what) for order, what in self.heard if order in self.answered}
        for order in known:
            self.look_at(order)
        self.matured |= {
            order.key for order in known if (order.key, "delivered") in self.heard and order.hold_ends_at <= at
        }

    def look_at(self, order: Sold) -> None:
        for line in {line for version in self.told(order, self.applied) for line in version.lines}:
            for level, koc in [
                (level, koc) for level in (1, 2) for koc, _ in order.parts if level == 1 or koc in SPONSOR
            ]:
                self.earned.setdefault((order.key, line, level, koc), Earned(order, line, level, koc))

    def told(self, order: Sold, facts: set[tuple[str, str]]) -> list[Version]:
        """The versions of an order among some facts, the earliest first."""
        return sorted(
            (one for number, one in enumerate(order.versions) if (order.key, f"V-{number}") in facts),
            key=lambda one: one.reported_at,
        )

    def standing(self, one: Earned, before: datetime | None) -> SoldLine | None:
        """The line as it was told last, or last before a moment; before the first telling the first one holds."""
        versions = self.told(one.order, self.applied)
        past = [version for version in versions if before is None or version.reported_at < before]
        return (past[-1] if past else versions[0]).lines.get(one.line)

    def left(self, one: Earned, before: datetime | None = None) -> int:
        """What of the base was not refunded, by what was applied and, if asked, happened before a moment."""
        order, line = one.order, self.standing(one, before)
        if line is None:
            return 0
        if (
            (order.key, "cancelled") in self.applied
            and order.cancelled_at
            and (before is None or order.cancelled_at < before)
        ):
            return 0
        back = [
            parts.get(one.line, 0)
            for number, (moment, parts) in enumerate(order.refunds)
            if (order.key, f"R-{number}") in self.applied and (before is None or moment < before)
        ]
        return line.base - sum(back)

    def value(self, one: Earned, before: datetime | None = None) -> int:
        line = self.standing(one, before)
        return worth(one.order, line, self.left(one, before))[one.level, one.credited] if line else 0

    def approved_at(self, one: Earned) -> datetime | None:
        """Approved is what was worth something when the hold ended; what came to something only later is, too."""
        if one.order.key not in self.matured:
            return None
        moment = one.order.hold_ends_at
        return moment if one.on_statement or self.value(one, moment) or self.value(one) else None

    def may_have_been_more(self, one: Earned) -> bool:
        """Worth nothing now and when the hold ended, but more in between or before: whether it was approved meanwhile
        depends on when that was heard."""
        if one.on_statement or self.value(one):
            return False
        return len(self.told(one.order, self.applied)) > 1 or (one.level == 2 and self.left(one) > 0)

    def status(self, one: Earned) -> str:
        if one.on_statement:
            return "settled"
        if not self.value(one):
            return "reversed"
        return "approved" if self.approved_at(one) else "pending"

    def settle(self, period: str) -> None:
        """Section 7."""
        end = end_of(period)
        due = [one for one in self.earned.values() if (moment := self.approved_at(one)) and moment < end]
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
        for one in self.earned.values():
            kind = "debt" if one.on_statement else "approved" if self.approved_at(one) else "pending"
            found[one.koc, kind] = found.get((one.koc, kind), 0) + self.value(one) - one.settled
        for _, koc, _, _, _, net, _ in self.statements:
            found[koc, "settled"] = found.get((koc, "settled"), 0) + net
        return {owner: amount for owner, amount in found.items() if amount}


def periods() -> Iterator[str]:
    yield from (f"2026-{month:02}" for month in range(3, 10))


NEXT = dict(pairwise(periods()))


def labour_service(income: int) -> int:
    """Section 8, 劳务报酬: the tax on a month's income of one person, in the minor unit."""
    taxable = Fraction(max(0, income - 80_000)) if income <= 400_000 else Fraction(income * 80, 100)
    for limit, percent, deduction in ((2_000_000, 20, 0), (5_000_000, 30, 200_000), (None, 40, 700_000)):
        if limit is None or taxable <= limit:
            return half_up(taxable * percent / 100 - deduction)
    raise AssertionError
