"""Which rule of a plan speaks for very many lines: asked once for each product and each standing of an order, then by a
bit operation."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from commissions.plans.domain.rules import Circumstances, RuleTerms, failing, standing

NONE = -1


class OrderTraits(NamedTuple):
    """What the rules look at of an order, whatever is on the line: the tiers and channels of all who are credited, and
    the customer."""

    tiers: frozenset[str]
    channels: frozenset[str]
    customer: str


class Choices:
    """The choices of one plan. The same as `winner`, since both ask `failing` and `standing`; a rule holds when its
    conditions on either side do."""

    def __init__(self, rules: Sequence[RuleTerms]) -> None:
        self.ranked = sorted(rules, key=standing, reverse=True)
        self.on_product = [replace(rule, tiers=frozenset(), channels=frozenset(), customer="") for rule in self.ranked]
        self.on_order = [replace(rule, skus=frozenset(), categories=frozenset()) for rule in self.ranked]

    def of_product(self, sku: str, category: str) -> int:
        """The rules that a product meets, as bits, the best rule the lowest."""
        return _bits(self.on_product, Circumstances(sku, category, frozenset(), frozenset(), ""))

    def of_order(self, seen: OrderTraits) -> int:
        """The rules that the standing of an order meets."""
        return _bits(self.on_order, Circumstances("", "", *seen))

    def best(self, of_product: int, of_order: int) -> int:
        """The position of the rule that speaks; NONE when none does."""
        both = of_product & of_order
        return self.positions[(both & -both).bit_length() - 1] if both else NONE

    @cached_property
    def positions(self) -> list[int]:
        return [rule.position for rule in self.ranked]


def _bits(rules: Collection[RuleTerms], seen: Circumstances) -> int:
    return sum(1 << place for place, rule in enumerate(rules) if not failing(rule, seen))
