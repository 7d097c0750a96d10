"""What went back of an order at a moment: all its refunds together, whatever their order. money.md, section 5."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from foundation.money.allocation import largest_remainder
from foundation.texts.messages import Message

CLOCK_AHEAD = timedelta(hours=1)
"""so far a shop's clock may be ahead of ours"""


CASH_ON_DELIVERY = timedelta(days=30)
"""so long before its payment an order may be delivered"""
REFUND, UNDONE, CANCELLATION = "refund", "undone", "cancellation"


class ToldRefund(NamedTuple):
    """A refund as the shop told it: how much of which lines, or an amount without lines; that one (by its key) was taken
    back; or that all of the order was cancelled."""

    id: int
    kind: str
    key: str
    happened_at: datetime
    received_at: datetime
    named: Mapping[str, int] = MappingProxyType({})
    unnamed_minor: int = 0
    is_dismissed: bool = False

    @property
    def amount_minor(self) -> int:
        return self.unnamed_minor + sum(self.named.values())


class Why(NamedTuple):
    """Why a refund does not stand, and which column and value of it are to blame."""

    text: Message
    column: str
    value: object


class Returned(NamedTuple):
    """`lines`: of each line that is goods, how much of its base went back; `refused`: refund → why it does not stand."""

    lines: dict[str, int]
    refused: dict[int, Why]


def impossible(happened_at: datetime, *, received_at: datetime, paid_at: datetime | None) -> Message | None:
    """Why money cannot have gone back at a moment: before the payment, or later than Grove's clock; None if it can."""
    if happened_at > received_at + CLOCK_AHEAD:
        return Message(
            "is later than now by more than an hour: %(now)s here. Is the time zone right?",
            now=received_at.isoformat(timespec="seconds"),
        )
    if paid_at is not None and happened_at < paid_at:
        return Message(
            "is before the payment at %(paid_at)s. Is the time zone right?",
            paid_at=paid_at.isoformat(timespec="seconds"),
        )
    return None


def too_early(delivered_at: datetime, *, paid_at: datetime) -> Message | None:
    """Why an order cannot have been delivered at a moment: more than 30 days before its payment; None if it can. Cash on
    delivery is paid after it; then the delivery counts from the payment."""
    if delivered_at >= paid_at - CASH_ON_DELIVERY:
        return None
    return Message(
        "is more than 30 days before the payment at %(paid_at)s. Is the time zone right?",
        paid_at=paid_at.isoformat(timespec="seconds"),
    )


def returned(
    goods: Mapping[str, int],
    told: Iterable[ToldRefund],
    *,
    known: Collection[str],
    paid_at: datetime,
    before: datetime | None = None,
) -> Returned:
    """R of every line, and which facts do not stand, by what happened before a moment, or by all.

    `goods`: line → base at that moment, in the order of the sale; `known`: all lines that the order ever had. Refunds
    are judged in the order of (`happened_at`, key in byte order): one stands if it fits together with those that stand
    already. They fit if what they name beyond the bases is at most one minor unit a goods line, and all that they give
    back is at most what was paid. From a cancellation on, R of every line is its base; a refund dated at or after it
    takes nothing, and is no doubt. One that was taken back counts until then. What staff dismissed is left out."""
    facts = [fact for fact in told if not fact.is_dismissed]
    odd = {fact.id: why for fact in facts if (why := _impossible(fact, paid_at)) is not None}
    certain = [fact for fact in facts if fact.id not in odd]
    gone = {fact.key for fact in certain if fact.kind == UNDONE and _happened(fact.happened_at, before)}
    cancelled_at = min((fact.happened_at for fact in certain if fact.kind == CANCELLATION), default=None)
    taken, refused = _Taken(goods), {fact.id: odd[fact.id] for fact in facts if fact.kind != REFUND and fact.id in odd}
    for fact in sorted(facts, key=lambda fact: (fact.happened_at, fact.key.encode())):
        if fact.kind != REFUND or fact.key in gone or not _happened(fact.happened_at, before):
            continue
        if cancelled_at is not None and fact.happened_at >= cancelled_at:
            continue
        why = odd.get(fact.id) or _unknown(fact, known) or taken.add(fact)
        if why is not None:
            refused[fact.id] = why
    if cancelled_at is not None and _happened(cancelled_at, before):
        return Returned(dict(goods), refused)
    return Returned(taken.lines(), refused)


class _Taken:
    """What the refunds that stand take, while others are tried."""

    def __init__(self, goods: Mapping[str, int]) -> None:
        self.goods, self.paid = goods, sum(goods.values())
        self.named: dict[str, int] = {}
        self.unnamed = self.excess = self.total = 0

    def add(self, refund: ToldRefund) -> Why | None:
        """Take what a refund names, or say why it does not fit."""
        asked = {line: amount for line, amount in refund.named.items() if line in self.goods}
        more = {line: self.named.get(line, 0) + amount for line, amount in asked.items()}
        beyond = self.excess + sum(self._beyond(line, amount) - self._beyond(line, self.named.get(line, 0)) for line, amount in more.items())  # fmt: skip
        together = self.total + sum(asked.values()) + refund.unnamed_minor
        if beyond > len(self.goods) or together > self.paid:
            return self._too_much(refund, asked)
        self.named |= more
        self.excess, self.total, self.unnamed = beyond, together, self.unnamed + refund.unnamed_minor
        return None

    def lines(self) -> dict[str, int]:
        """(1) What names a line, at most its base; (2) what was named beyond, taken in the order of the lines, all that one
        has left before the next; (3) what names none, over what is left by largest remainder."""
        lines = {line: min(base, self.named.get(line, 0)) for line, base in self.goods.items()}
        excess = self.excess
        for line, base in self.goods.items():
            taken = min(excess, base - lines[line])
            lines[line] += taken
            excess -= taken
        if self.unnamed:
            left = [base - lines[line] for line, base in self.goods.items()]
            for line, part in zip(self.goods, largest_remainder(self.unnamed, left), strict=True):
                lines[line] += part
        return lines

    def _beyond(self, line: str, amount: int) -> int:
        return max(0, amount - self.goods[line])

    def _too_much(self, refund: ToldRefund, asked: Mapping[str, int]) -> Why:
        """Which line has less left than is asked; else how much is left of all."""
        for line, amount in asked.items():
            left = max(0, self.goods[line] - self.named.get(line, 0))
            if amount > left:
                text = Message(
                    "more is refunded than was paid: %(left)s is left of line %(line)s", left=left, line=line
                )
                return Why(text, "amount_minor", refund.named[line])
        left = self.paid - self.total
        text = Message("more is refunded than was paid: %(left)s is left of the order", left=left)
        return Why(text, "amount_minor", refund.amount_minor)


def _happened(moment: datetime, before: datetime | None) -> bool:
    return before is None or moment < before


def _impossible(fact: ToldRefund, paid_at: datetime) -> Why | None:
    text = impossible(fact.happened_at, received_at=fact.received_at, paid_at=paid_at)
    column = "refunded_at" if fact.kind == REFUND else "cancelled_at"
    return None if text is None else Why(text, column, fact.happened_at.isoformat())


def _unknown(refund: ToldRefund, known: Collection[str]) -> Why | None:
    line = next((line for line in refund.named if line not in known), None)
    return None if line is None else Why(Message("the order has no line %(line)s", line=line), "line", line)
