"""Events as a shop sends them: `{"type": "order.paid", "data": {…}}`, and how an event is parsed."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from commissions.orders.domain.sales import Amount, Instant, Sale
from foundation.files.faults import LONGEST, beginning
from foundation.files.shape_faults import fault_and_path, in_parts
from foundation.files.shapes import Key, OptionalKey, as_cleaned
from foundation.files.tables import unkeepable
from foundation.texts.keys import SpoiledKey
from foundation.texts.messages import Message


class DeliveredData(Struct, rename={"order_key": "order"}):
    """What the customer received: some lines, or all of the order (None)."""

    order_key: Key
    delivered_at: Instant
    lines: Annotated[list[Key], Meta(min_length=1, max_length=10_000)] | None = None
    shop: OptionalKey | None = None


class RefundedLine(Struct, rename={"key": "line"}):
    key: Key
    amount_minor: Amount


class RefundedData(Struct, rename={"order_key": "order", "key": "refund"}):
    """What went back: of lines, or an amount without lines, which holds no shipping."""

    order_key: Key
    key: Key
    refunded_at: Instant
    lines: Annotated[list[RefundedLine], Meta(max_length=10_000)] = []
    amount_minor: Amount = 0
    shipping_minor: Amount = 0
    shop: OptionalKey | None = None

    def named(self) -> dict[str, int]:
        """line → amount; a line that stands twice is summed, and one of which nothing went back is left out."""
        amounts: dict[str, int] = {}
        for line in self.lines:
            amounts[line.key] = amounts.get(line.key, 0) + line.amount_minor
        return {line: amount for line, amount in amounts.items() if amount}


class UndoneData(Struct, rename={"order_key": "order", "key": "refund"}):
    """The shop took a refund back."""

    order_key: Key
    key: Key
    cancelled_at: Instant
    shop: OptionalKey | None = None


class CancelledData(Struct, rename={"order_key": "order"}):
    order_key: Key
    cancelled_at: Instant
    shop: OptionalKey | None = None


class Paid(Struct, tag="order.paid", tag_field="type"):
    """`timestamp` is when the shop reported it: of several versions of an order the one reported last counts."""

    data: Sale
    timestamp: Instant | None = None


class Delivered(Struct, tag="order.delivered", tag_field="type"):
    data: DeliveredData


class Refunded(Struct, tag="order.refunded", tag_field="type"):
    data: RefundedData


class Cancelled(Struct, tag="order.cancelled", tag_field="type"):
    data: CancelledData


class Undone(Struct, tag="order.refund_cancelled", tag_field="type"):
    data: UndoneData


Event = Paid | Delivered | Refunded | Undone | Cancelled
Type = Literal["order.paid", "order.delivered", "order.refunded", "order.refund_cancelled", "order.cancelled"]
TYPES: tuple[Type, ...] = (
    "order.paid",
    "order.delivered",
    "order.refunded",
    "order.refund_cancelled",
    "order.cancelled",
)
MOMENTS: dict[type[Event], str] = {
    Paid: "paid_at",
    Delivered: "delivered_at",
    Refunded: "refunded_at",
    Undone: "cancelled_at",
    Cancelled: "cancelled_at",
}
MISSING = re.compile(r"Object missing required field `(\w+)`")
_decode: Callable[[bytes | str], Event] = msgspec.json.Decoder(Event, dec_hook=as_cleaned).decode


class BadEvent(ValueError):
    """An event of the wrong shape: `place` is where, such as `data.lines.0.quantity`."""

    def __init__(self, message: str, place: str) -> None:
        super().__init__(message)
        self.message, self.place = message, place


def read_event(body: bytes | str) -> Event:
    """One event. Unknown fields are ignored, so that a shop may send more. Raises BadEvent with the place of the first
    fault."""
    try:
        event = _decode(body)
    except msgspec.ValidationError as error:
        raise _bad(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadEvent(in_parts(str(error)), "") from None
    except RecursionError:
        raise BadEvent(Message("is nested too deeply"), "") from None
    _check_moment(event)
    if isinstance(event, Refunded):
        _check_parts(event.data)
    return event


class NamedOrder(NamedTuple):
    """What an event says that cannot be read whole: its type, and the order that it is about."""

    type: Type
    order: str


def names_an_order(parsed: Any) -> NamedOrder:
    """Of what type and about which order a parsed body is. Raises BadEvent with the place for what is no event."""
    try:
        said: _Said = msgspec.convert(parsed, _Said, dec_hook=_as_sent)
    except msgspec.ValidationError as error:
        raise _bad(error) from None
    return NamedOrder(said.type, said.data.order)


def named_shop(body: bytes) -> str | None:
    """The shop that an event says it is of; None where it says none, or cannot be read."""
    try:
        return read_event(body).data.shop or None
    except BadEvent:
        return None


def _bad(error: msgspec.ValidationError) -> BadEvent:
    fault, path = fault_and_path(error)
    if missing := MISSING.fullmatch(fault):  # a missing field has a place too: where it should be
        path = f"{path}.{missing[1]}"
    return BadEvent(beginning(fault, LONGEST), dotted(path))


def _as_sent(kind: Any, value: Any) -> str:
    """A key, also one that a spreadsheet has spoiled: the event is kept under it, so that staff see what was sent."""
    try:
        return as_cleaned(kind, value)
    except SpoiledKey as spoiled:
        return spoiled.key


class _SaidData(Struct):
    order: Key


class _Said(Struct):
    type: Type
    data: _SaidData


def _check_parts(refund: RefundedData) -> None:
    """A refund says of what it gives back: of lines, of the whole, or of shipping."""
    if refund.lines and refund.amount_minor:
        raise BadEvent(Message("give lines or an amount without lines, not both"), "data.amount_minor")
    if not refund.lines and not refund.amount_minor and not refund.shipping_minor:
        raise BadEvent(Message("gives nothing back: give lines, amount_minor or shipping_minor"), "data.lines")


def _check_moment(event: Event) -> None:
    """The same years and zones as in a file: a time outside them cannot be stored, or not be converted to every
    zone."""
    field = MOMENTS[type(event)]
    moments: list[tuple[str, datetime | None]] = [
        (f"data.{field}", getattr(event.data, field)),
        ("timestamp", getattr(event, "timestamp", None)),
    ]
    for path, moment in moments:
        if moment and (fault := unkeepable(moment)):
            raise BadEvent(fault, path)


def place_of(event: Event, column: str, value: str) -> str:
    """The path of a faulty value, such as sku S9, in the event that reported it: `data.lines.0.sku`. Empty when no
    single field is to blame."""
    if column == "order_discount_minor":
        return "data.discount_minor"
    lines = [msgspec.to_builtins(line) for line in getattr(event.data, "lines", None) or []]
    if isinstance(event, Delivered):
        return f"data.lines.{lines.index(value)}" if column == "lines" and value in lines else f"data.{column}"
    paths = [f"data.lines.{number}.{column}" for number, line in enumerate(lines) if str(line.get(column)) == value]
    if paths:
        return paths[0] if len(paths) == 1 else "data.lines"
    return f"data.{column}" if column in {field.encode_name for field in msgspec.structs.fields(event.data)} else ""


def dotted(path: str) -> str:
    """`$.data.lines[0].quantity` → `data.lines.0.quantity`."""
    return re.sub(r"\[(\w+)\]", r".\1", path).removeprefix("$").lstrip(".")
