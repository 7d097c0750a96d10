"""Which rule of a plan applies to each of very many lines: evaluated once for each product and once for each set of
order traits, then combined by a bit operation."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from commissions.plans.domain.rules import Circumstances, RuleTerms, failing, precedence

NONE = -1


class OrderTraits(NamedTuple):
    """What the conditions of rules read of an order, whatever is on the line: the tiers and channels of all credited
    KOCs, and the customer."""

    tiers: frozenset[str]
    channels: frozenset[str]
    customer: str


class Choices:
    """The choices of one plan. The same as `winner`, since both use `failing` and `precedence`; a rule holds when its
    conditions on the product and its conditions on the order do."""

    def __init__(self, rules: Sequence[RuleTerms]) -> None:
        self.ranked = sorted(rules, key=precedence, reverse=True)
        self.on_product = [replace(rule, tiers=frozenset(), channels=frozenset(), customer="") for rule in self.ranked]
        self.on_order = [replace(rule, skus=frozenset(), categories=frozenset()) for rule in self.ranked]

    def of_product(self, sku: str, category: str) -> int:
        """The rules that a product meets, as bits, the best rule the lowest."""
        return _bits(self.on_product, Circumstances(sku, category, frozenset(), frozenset(), ""))

    def of_order(self, traits: OrderTraits) -> int:
        """The rules that the traits of an order meet, as bits."""
        return _bits(self.on_order, Circumstances("", "", *traits))

    def best(self, of_product: int, of_order: int) -> int:
        """The position of the rule that applies; NONE when none does."""
        matching = of_product & of_order
        return self.positions[(matching & -matching).bit_length() - 1] if matching else NONE

    @cached_property
    def positions(self) -> list[int]:
        return [rule.position for rule in self.ranked]


def _bits(rules: Collection[RuleTerms], circumstances: Circumstances) -> int:
    return sum(1 << place for place, rule in enumerate(rules) if not failing(rule, circumstances))
