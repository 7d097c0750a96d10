"""Which rule of a plan applies to a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

NEW, RETURNING, GUEST = "new", "returning", ""


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """One line of a plan; an empty condition always holds. `id` is the row it came from, `position` its place in the
    plan."""

    id: int
    position: int
    priority: int
    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    customer: str = ""
    rate_bps: int | None = None
    fixed_minor: int | None = None
    override_bps: int = 0
    cap_minor: int | None = None

    @classmethod
    def said(cls, by: Any, *, id: int, position: int) -> "RuleTerms":
        """A rule as a row or a file says it: what it asks are lists there."""
        asks = {name: frozenset(getattr(by, name)) for name in ("skus", "categories", "tiers", "channels")}
        rest = ("priority", "customer", "rate_bps", "fixed_minor", "override_bps", "cap_minor")
        said: dict[str, Any] = asks | {name: getattr(by, name) for name in rest}
        return cls(id=id, position=position, **said)

    def conditions(self) -> int:
        return sum(map(bool, (self.skus, self.categories, self.tiers, self.channels, self.customer)))


class Circumstances(NamedTuple):
    """What the conditions of rules are compared with. `tiers` and `channels` are those of all who are credited; an
    empty channel means that no share brought the order.

    A guest is neither new nor returning.
    """

    sku: str
    category: str
    tiers: frozenset[str]
    channels: frozenset[str]
    customer: str


def failing(rule: RuleTerms, circumstances: Circumstances) -> str:
    """The first condition of a rule that is not met, or ''. Where several KOCs are credited it must be met for each."""
    if rule.skus and circumstances.sku not in rule.skus:
        return "sku"
    if rule.categories and circumstances.category not in rule.categories:
        return "category"
    if rule.tiers and not circumstances.tiers <= rule.tiers:
        return "tier"
    if rule.channels and not circumstances.channels <= rule.channels:
        return "channel"
    if rule.customer and circumstances.customer != rule.customer:
        return "customer"
    return ""


def precedence(rule: RuleTerms) -> tuple[int, int, int]:
    """Of the rules that hold: the highest priority, then the most conditions, then the first in the plan."""
    return rule.priority, rule.conditions(), -rule.position


def winner(rules: Sequence[RuleTerms], circumstances: Circumstances) -> RuleTerms | None:
    """The rule that applies, if any holds."""
    return max((rule for rule in rules if not failing(rule, circumstances)), key=precedence, default=None)


def verdicts(rules: Sequence[RuleTerms], circumstances: Circumstances) -> list[str]:
    """Why each rule of a plan won or lost, in the plan's order.

    `won`, the condition that failed, or why another rule precedes it: `priority`, `conditions`, `position`.
    """
    best = winner(rules, circumstances)
    return [_verdict(rule, best, circumstances) for rule in rules]


def _verdict(rule: RuleTerms, best: RuleTerms | None, circumstances: Circumstances) -> str:
    if failed := failing(rule, circumstances):
        return failed
    if best is None or rule.position == best.position:
        return "won"
    comparison = zip(precedence(rule), precedence(best), ("priority", "conditions", "position"), strict=True)
    return next(name for own, other, name in comparison if own != other)
