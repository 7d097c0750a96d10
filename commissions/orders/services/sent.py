"""What was sent, with the row that it came from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from commissions.orders.domain.sales import Sale

Fact = TypeVar("Fact")


class SentSale(NamedTuple):
    """A sale, the row that each of its lines came from, and when the shop reported it, if it gave a time."""

    sale: Sale
    rows: Sequence[int]
    reported_at: datetime | None = None


class Sent(NamedTuple, Generic[Fact]):
    """A fact and the row that it came from."""

    fact: Fact
    row: int
