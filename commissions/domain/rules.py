"""Which rule of a plan speaks for a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

NEW, RETURNING, GUEST = "new", "returning", ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a plan; an empty condition always holds. `id` is the row it came from, `position` its place in the plan."""

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

    def conditions(self) -> int:
        return sum(map(bool, (self.skus, self.categories, self.tiers, self.channels, self.customer)))


class Circumstances(NamedTuple):
    """What the conditions look at. `channel` is empty when no share brought the order; a guest is neither new nor returning."""

    sku: str
    category: str
    tier: str
    channel: str
    customer: str


def holds(rule: Rule, seen: Circumstances) -> bool:
    """Every condition that the rule makes is met."""
    return (
        (not rule.skus or seen.sku in rule.skus)
        and (not rule.categories or seen.category in rule.categories)
        and (not rule.tiers or seen.tier in rule.tiers)
        and (not rule.channels or seen.channel in rule.channels)
        and (not rule.customer or seen.customer == rule.customer)
    )


def winner(rules: Sequence[Rule], seen: Circumstances) -> Rule | None:
    """Of the rules that hold: the highest priority, then the most conditions, then the first in the plan."""
    return max((rule for rule in rules if holds(rule, seen)), key=lambda rule: (rule.priority, rule.conditions(), -rule.position), default=None)
