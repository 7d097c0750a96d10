"""Section 5 of the contract for one order, written from its text alone: lists and fractions, every set of refunds tried
as it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from tests.support.life.contract_model import HOUR, half_up, split


@dataclass(frozen=True)
class Back:
    """A refund: of lines, or an amount without lines."""

    key: str
    at: datetime
    named: tuple[tuple[str, int], ...] = ()
    amount: int = 0


@dataclass
class Sale:
    """All that was ever said of an order; Grove heard of it at `heard_at`."""

    paid_at: datetime
    heard_at: datetime
    versions: list[dict[str, int]]
    """line → base, of goods alone; the one that counts stands last"""
    known: set[str]
    refunds: list[Back] = field(default_factory=list)
    undone: list[tuple[str, datetime]] = field(default_factory=list)
    cancelled: list[datetime] = field(default_factory=list)
    dismissed: set[str] = field(default_factory=set)

    @property
    def goods(self) -> dict[str, int]:
        return self.versions[-1]

    def can_be(self, at: datetime) -> bool:
        return self.paid_at <= at <= self.heard_at + HOUR

    def judge(self) -> tuple[dict[str, int], set[str]]:
        """(what is left of each line, keys of the refunds that do not stand)."""
        gone = {key for key, at in self.undone if self.can_be(at)}
        cancelled = [at for at in self.cancelled if self.can_be(at)]
        stand: list[Back] = []
        refused: set[str] = set()
        for one in sorted(self.refunds, key=lambda one: (one.at, one.key.encode())):
            if one.key in gone | self.dismissed or any(one.at >= at for at in cancelled):
                continue
            if (
                self.can_be(one.at)
                and {line for line, _ in one.named} <= self.known
                and fits(self.goods, [*stand, one])
            ):
                stand.append(one)
            else:
                refused.add(one.key)
        left = dict.fromkeys(self.goods, 0) if cancelled else self._left(stand)
        return left, refused

    def _left(self, stand: list[Back]) -> dict[str, int]:
        named = by_line(self.goods, stand)
        left = {line: base - min(base, named[line]) for line, base in self.goods.items()}
        beyond = sum(max(0, named[line] - base) for line, base in self.goods.items())
        for line in left:
            beyond, left[line] = max(0, beyond - left[line]), max(0, left[line] - beyond)
        parts = split(sum(one.amount for one in stand), list(left.values()))
        return {line: left[line] - part for line, part in zip(left, parts, strict=True)}

    def net(self, rate: Fraction) -> int:
        return sum(half_up(left * rate) for left in self.judge()[0].values())

    def doubts(self) -> set[str]:
        """The refunds that do not stand, and the withdrawals and cancellations that cannot be."""
        odd = {f"undone {key}" for key, at in self.undone if not self.can_be(at)}
        odd |= {"cancelled" for at in self.cancelled if not self.can_be(at)}
        return self.judge()[1] | (odd - self.dismissed)


def by_line(goods: Mapping[str, int], refunds: Iterable[Back]) -> dict[str, int]:
    named = dict.fromkeys(goods, 0)
    for one in refunds:
        for line, amount in one.named:
            if line in named:
                named[line] += amount
    return named


def fits(goods: Mapping[str, int], refunds: list[Back]) -> bool:
    named = by_line(goods, refunds)
    beyond = sum(max(0, named[line] - base) for line, base in goods.items())
    back = sum(named.values()) + sum(one.amount for one in refunds)
    return beyond <= len(goods) and back <= sum(goods.values())
