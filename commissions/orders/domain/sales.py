"""What a shop reports, checked for shape. Keys are the shop's own; money is in the minor unit, times carry a zone."""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.json import encode

from foundation.files.shapes import Key, OptionalKey
from foundation.money.allocation import largest_remainder
from foundation.texts.messages import Message

Text = Annotated[str, Meta(pattern=r"^[^\x00]*$")]
Amount = Annotated[int, Meta(ge=0, le=10**15)]
Instant = Annotated[datetime, Meta(tz=True)]


class Buyer(Struct, gc=False):
    id: OptionalKey
    phone: Annotated[str, Meta(max_length=32, pattern=r"^[^\x00]*$")] | None = None


class SoldLine(Struct, rename={"key": "line"}, gc=False, kw_only=True):
    """A line as it was sold. Goods are lines with a SKU and a quantity above 0. One with a negative amount is a
    discount; others (a tip, a fee, what an edit took out) are kept and earn nothing."""

    key: Key
    sku: OptionalKey | None = None
    quantity: Annotated[int, Meta(gt=-(2**31), lt=2**31)]
    unit_price_minor: Annotated[int, Meta(ge=-(10**15), le=10**15)]
    discount_minor: Amount = 0

    def __post_init__(self) -> None:
        self.sku = self.sku or None

    @property
    def gross_minor(self) -> int:
        return self.quantity * self.unit_price_minor

    @property
    def is_goods(self) -> bool:
        return self.sku is not None and is_goods(self.quantity, self.unit_price_minor)

    @property
    def given_minor(self) -> int:
        """What a line that is a discount gives off the order; 0 for any other."""
        return 0 if self.is_goods else max(0, self.discount_minor - self.gross_minor)


def is_goods(quantity: int, unit_price_minor: int) -> bool:
    """Whether a line of a product sells something, and is no discount."""
    return quantity > 0 and unit_price_minor >= 0


class Sale(Struct, rename={"key": "order"}):
    """A paid order. A buyer without an id is a guest. `koc` is the key of the KOC itself; a shop usually gives a click, a share or a coupon
    instead. `shop` is empty where it goes without saying."""

    key: Key
    paid_at: Instant
    currency: Text
    lines: Annotated[list[SoldLine], Meta(min_length=1, max_length=10_000)]
    customer: Buyer | None = None
    click: Text | None = None
    coupon: OptionalKey | None = None
    share: OptionalKey | None = None
    koc: OptionalKey | None = None
    discount_minor: Amount = 0
    shipping_minor: Amount = 0
    shop: OptionalKey | None = None

    def __post_init__(self) -> None:
        if self.customer and not self.customer.id:
            self.customer = None

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
    """The base of each line, to which rates apply: of goods gross minus their own discount minus their part of the
    order's discounts, which are summed once, negative lines among them, and spread in proportion to gross; of any other
    line 0.

    Lines 10000, 5000, 5000 with an order discount of 100 → 9950, 4975, 4975; lines 10000, −1000 → 9000, 0. Raises
    BadSale when a base would be negative or a line occurs twice."""
    if len({line.key for line in sale.lines}) != len(sale.lines):
        twice = next(i for i, line in enumerate(sale.lines) if line.key in {other.key for other in sale.lines[:i]})
        raise BadSale(Message("line stands twice in its order"), "line", sale.lines[twice].key, twice)
    gross = [line.gross_minor if line.is_goods else 0 for line in sale.lines]
    largest = max(range(len(gross)), key=lambda i: abs(sale.lines[i].gross_minor))
    if abs(sale.lines[largest].gross_minor) > 10**15:
        raise BadSale(
            Message("quantity × unit_price_minor is too large"), "quantity", sale.lines[largest].gross_minor, largest
        )
    discount = sale.discount_minor + sum(line.given_minor for line in sale.lines)
    if discount > sum(gross):
        at = next((i for i, line in enumerate(sale.lines) if line.given_minor), None)
        if at is None:
            raise BadSale(
                Message("the order's discount is more than the order"), "order_discount_minor", sale.discount_minor
            )
        raise BadSale(
            Message("the discounts are more than the order"), "unit_price_minor", sale.lines[at].unit_price_minor, at
        )
    parts = largest_remainder(discount, gross) if discount else [0] * len(gross)
    base_amounts = [
        whole - line.discount_minor - part if line.is_goods else 0
        for whole, line, part in zip(gross, sale.lines, parts, strict=True)
    ]
    for i, base in enumerate(base_amounts):
        if base < 0:
            raise BadSale(Message("discount is more than the line"), "discount_minor", sale.lines[i].discount_minor, i)
    return base_amounts
