"""What a shop reports, checked for shape. Keys are the shop's own; money is in the minor unit, times carry a zone."""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.json import encode

from foundation.money.allocation import largest_remainder
from foundation.texts.messages import Message

Key = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
Text = Annotated[str, Meta(pattern=r"^[^\x00]*$")]
Amount = Annotated[int, Meta(ge=0, le=10**15)]
Instant = Annotated[datetime, Meta(tz=True)]


class Buyer(Struct, gc=False):
    id: Key
    phone: Annotated[str, Meta(max_length=32, pattern=r"^[^\x00]*$")] | None = None


class SoldLine(Struct, rename={"key": "line"}, gc=False):
    key: Key
    sku: Key
    quantity: Annotated[int, Meta(gt=0, lt=2**31)]
    unit_price_minor: Amount
    discount_minor: Amount = 0

    @property
    def gross_minor(self) -> int:
        return self.quantity * self.unit_price_minor


class Sale(Struct, rename={"key": "order"}):
    """A paid order. `koc` is the key of the KOC itself; a shop usually gives a click, a share or a coupon instead."""

    key: Key
    paid_at: Instant
    currency: Text
    lines: Annotated[list[SoldLine], Meta(min_length=1, max_length=10_000)]
    customer: Buyer | None = None
    click: Text | None = None
    coupon: Text | None = None
    share: Text | None = None
    koc: Text | None = None
    discount_minor: Amount = 0
    shipping_minor: Amount = 0

    def digest(self) -> str:
        """Distinguishes a repeated order from an amended one: what was sold, when, to whom, for how much."""
        content = (
            self.key,
            self.paid_at.astimezone(UTC).isoformat(),
            self.customer.id if self.customer else None,
            self.discount_minor,
            self.shipping_minor,
            self.click or None,
            self.coupon or None,
            self.share or None,
            self.koc or None,
            self.lines,
        )
        return blake2b(encode(content), digest_size=16).hexdigest()


class BadSale(ValueError):
    """A sale that cannot be. `line` is the index of the line, or None when it is the order; `column` and `value` say
    what is wrong."""

    def __init__(self, message: str, column: str, value: object, line: int | None = None) -> None:
        super().__init__(message)
        self.message, self.column, self.value, self.line = message, column, value, line


def bases(sale: Sale) -> list[int]:
    """The base of each line, to which rates apply: gross minus its own discount minus its part of the order's discount,
    spread in proportion to gross.

    Lines 10000, 5000, 5000 with an order discount of 100 → 9950, 4975, 4975. Raises BadSale when a base would be
    negative or a line occurs twice."""
    if len({line.key for line in sale.lines}) != len(sale.lines):
        twice = next(i for i, line in enumerate(sale.lines) if line.key in {other.key for other in sale.lines[:i]})
        raise BadSale(Message("line stands twice in its order"), "line", sale.lines[twice].key, twice)
    gross = [line.gross_minor for line in sale.lines]
    if max(gross) > 10**15:
        raise BadSale(
            Message("quantity × unit_price_minor is too large"), "quantity", max(gross), gross.index(max(gross))
        )
    if sale.discount_minor > sum(gross):
        raise BadSale(
            Message("the order's discount is more than the order"), "order_discount_minor", sale.discount_minor
        )
    parts = largest_remainder(sale.discount_minor, gross) if sale.discount_minor else [0] * len(gross)
    base_amounts = [
        whole - line.discount_minor - part for whole, line, part in zip(gross, sale.lines, parts, strict=True)
    ]
    for i, base in enumerate(base_amounts):
        if base < 0:
            raise BadSale(Message("discount is more than the line"), "discount_minor", sale.lines[i].discount_minor, i)
    return base_amounts
