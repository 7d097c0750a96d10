"""The result of a backtest, for a person and for a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from commissions.plans.domain.rates import BPS, half_up
from commissions.plans.domain.rules import RuleTerms
from foundation.money.amounts import digits_of, major
from foundation.texts.messages import Message, joined

COLUMNS = [
    "part", "key", "name", "lines", "gmv", "actual_level1", "actual_level2", "actual", "draft_level1", "draft_level2", "draft", "difference", "cut",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    level1_minor: int = 0
    level2_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.level1_minor + self.level2_minor


@dataclass(frozen=True, slots=True)
class Cut:
    """On how many lines the draft's amounts were cut, and by how much in all."""

    lines: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class OfTier:
    """Both levels of what credits to KOCs in a tier earn. Level 2 goes to their sponsors, whatever tier those are
    in."""

    tier: str
    name: str
    parts: int
    actual: Cost
    draft: Cost


@dataclass(frozen=True, slots=True)
class OfRule:
    """A rule of the draft, by its place from 1; None is for the lines to which no rule applies."""

    place: int | None
    says: str
    lines: int
    left_minor: int
    draft: Cost


@dataclass(frozen=True, slots=True)
class OfKoc:
    key: str
    name: str
    lines: int
    actual: Cost
    draft: Cost

    @property
    def difference_minor(self) -> int:
        return self.draft.total_minor - self.actual.total_minor


@dataclass(frozen=True, slots=True)
class Backtest:
    """The orders of a span under a draft plan, compared with their actual cost. Amounts in the minor unit of one
    currency; refunds are deducted from all of them."""

    brand: str
    draft: str
    currency: str
    first_day: date
    day_after: date
    orders: int
    orders_credited: int
    orders_unanswered: int
    lines: int
    gmv_minor: int
    gmv_credited_minor: int
    actual_cost: Cost
    draft_cost: Cost
    bonuses_minor: int
    guard: Cut
    cap: Cut
    tiers: list[OfTier]
    rules: list[OfRule]
    kocs: list[OfKoc]
    """those who gain most first, those who lose most last"""

    @property
    def difference_minor(self) -> int:
        return self.draft_cost.total_minor - self.actual_cost.total_minor

    @property
    def digits(self) -> int:
        """Digits of the currency after the decimal point."""
        return int(digits_of(self.currency))

    @property
    def unit(self) -> int:
        """Minor units in a major one."""
        return int(10**self.digits)

    def share_bps(self, cost: Cost) -> int | None:
        """A cost as a share of the GMV; None when nothing was sold."""
        return half_up(cost.total_minor * BPS, self.gmv_minor) if self.gmv_minor else None

    def gainers(self, most: int | None = None) -> list[OfKoc]:
        """The KOCs who would earn more, the largest gain first."""
        return [koc for koc in self.kocs if koc.difference_minor > 0][:most]

    def losers(self, most: int | None = None) -> list[OfKoc]:
        """The KOCs who would earn less, the largest loss first."""
        return [koc for koc in reversed(self.kocs) if koc.difference_minor < 0][:most]


class Row(NamedTuple):
    """One line of the file: a total, a tier, a rule or a KOC. None is an empty cell."""

    part: str
    key: str = ""
    name: str = ""
    lines: int | None = None
    gmv_minor: int | None = None
    actual: Cost | None = None
    draft: Cost | None = None
    cut_minor: int | None = None

    @property
    def difference_minor(self) -> int | None:
        return self.draft.total_minor - self.actual.total_minor if self.draft and self.actual else None

    def amounts(self) -> Iterator[int | None]:
        """The cells from `gmv` on, in the order of COLUMNS."""
        yield self.gmv_minor
        for cost in (self.actual, self.draft):
            yield from (None, None, None) if cost is None else (cost.level1_minor, cost.level2_minor, cost.total_minor)
        yield self.difference_minor
        yield self.cut_minor


def rows(backtest: Backtest) -> Iterator[Row]:
    """The whole result, row by row: totals, tiers, rules, and every KOC who was credited or paid."""
    yield Row(
        "total",
        lines=backtest.lines,
        gmv_minor=backtest.gmv_minor,
        actual=backtest.actual_cost,
        draft=backtest.draft_cost,
    )
    yield Row("bonuses", actual=Cost(backtest.bonuses_minor))
    yield Row("guard", lines=backtest.guard.lines, cut_minor=backtest.guard.amount_minor)
    yield Row("cap", lines=backtest.cap.lines, cut_minor=backtest.cap.amount_minor)
    for tier in backtest.tiers:
        yield Row("tier", tier.tier, tier.name, tier.parts, actual=tier.actual, draft=tier.draft)
    for rule in backtest.rules:
        yield Row(
            "rule",
            "" if rule.place is None else str(rule.place),
            rule.says,
            rule.lines,
            rule.left_minor,
            draft=rule.draft,
        )
    for koc in backtest.kocs:
        yield Row("koc", koc.key, koc.name, koc.lines, actual=koc.actual, draft=koc.draft)


def described(rule: RuleTerms, digits: int) -> Message:
    """A rule in one line: `12.5% + 3%, at most 50.00, for new customers; tiers gold`. `digits` are the currency's."""
    pay: str = (
        Message("%(amount)s a piece", amount=major(rule.fixed_minor or 0, digits))
        if rule.rate_bps is None
        else percent(rule.rate_bps)
    )
    terms: list[str] = [joined(" + ", [pay, percent(rule.override_bps)]) if rule.override_bps else pay]
    if rule.cap_minor is not None:
        terms.append(Message("at most %(amount)s", amount=major(rule.cap_minor, digits)))
    if rule.customer:
        terms.append(Message("for new customers") if rule.customer == "new" else Message("for returning customers"))
    return joined("; ", [joined(", ", terms), *_conditions(rule)])


def _conditions(rule: RuleTerms) -> Iterator[Message]:
    if rule.skus:
        yield Message("skus %(keys)s", keys=", ".join(sorted(rule.skus)))
    if rule.categories:
        yield Message("categories %(keys)s", keys=", ".join(sorted(rule.categories)))
    if rule.tiers:
        yield Message("tiers %(keys)s", keys=", ".join(sorted(rule.tiers)))
    if rule.channels:
        yield Message("channels %(keys)s", keys=", ".join(sorted(rule.channels)))


def percent(bps: int) -> str:
    """1250 → `12.5%`."""
    return f"{bps / 100:g}%"
