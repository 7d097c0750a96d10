"""The shop reports an order again with other contents: it has edited the order. Every version is kept; the one reported
last is the order's current content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from accounts.brands.models import Shop
from commissions.orders.domain.sales import Sale
from commissions.orders.models import Order, OrderLine, OrderVersion, VersionLine
from commissions.orders.selectors.intake import SAME_TIME, ExistingRows, existing_versions
from commissions.orders.services.gaps import fill_gaps, write_filled
from foundation.files.faults import Fault
from foundation.files.tables import RowErrors
from foundation.postgres.bulk import copy_in, copy_in_numbered
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message

SOLD = ["quantity", "unit_price_minor", "discount_minor", "base_minor"]
OF_THE_SALE = {"paid_at", "customer"}
"""where these differ, it is another sale of the same number"""
Line = tuple[int | None, int, int, int, int]
"""(product, quantity, unit price, discount, base)"""


class OrderContent(NamedTuple):
    """What one version of an order contains: its lines by key, and the amounts of the order as a whole."""

    lines: dict[str, Line]
    order_discount_minor: int
    shipping_minor: int


class Amendment(NamedTuple):
    """A sale that may change an order that was reported before.

    `reported_at` is None when the shop did not say when. A file may repeat a version, not add one.
    """

    sale: Sale
    row: int
    reported_at: datetime | None
    bases: Sequence[int]
    is_file: bool


@dataclass(slots=True)
class AmendedOrder:
    """An order while amendments of it are read: every version by the time of its report, and the lines in their order,
    as the version reported last has them. The `fresh` versions are to be written."""

    order: Order
    history: dict[datetime, OrderContent]
    lines: dict[str, Line]
    fresh: list[datetime] = field(default_factory=list)

    def amend(self, reported_at: datetime, content: OrderContent) -> None:
        """Add a version. A line that was dropped stays, with quantity 0; so does a line that only an older version
        has."""
        is_latest = reported_at > max(self.history)
        if is_latest:
            self.lines |= {key: content.lines.get(key, _unsold(line)) for key, line in self.lines.items()}
            self.order.order_discount_minor, self.order.shipping_minor = content[1:]
        added = {key: line for key, line in content.lines.items() if key not in self.lines}
        self.lines |= added if is_latest else {key: _unsold(line) for key, line in added.items()}
        self.history[reported_at] = content
        self.fresh.append(reported_at)


def _unsold(line: Line) -> Line:
    product, _, price, _, _ = line
    return product, 0, price, 0, 0


@in_transaction
def record_amendments(
    *,
    shop: Shop,
    amendments: Sequence[Amendment],
    existing: ExistingRows,
    customers: Mapping[str, int],
    faults: RowErrors,
    at: datetime,
) -> int:
    """Keep other versions of orders, each once, and fill what the orders left open; returns how many versions and gaps were
    new. Their effects on commissions are computed later, together with those of the refunds.

    An amendment changes lines and discounts; buyer, time and share stay the same once they are told, and so does the product
    of a line. `customers` are the rows of the buyers by key. It
    takes effect when it was reported; one without a time, or with the time of another version, takes effect now, unless
    its content equals a version that is kept. Locks the orders' rows, in pk order; the caller holds the intake."""
    orders = _lock_orders(shop, [amendment.sale.key for amendment in amendments])
    filled: dict[int, Order] = {}
    for amendment in amendments:
        amended = orders[amendment.sale.key]
        if not _is_the_same_sale(amendment, amended.order, existing, faults):
            continue
        if not amendment.is_file and fill_gaps(amended.order, amendment.sale, existing, customers):
            filled[amended.order.pk] = amended.order
        _amend(amended, amendment, existing, faults, at)
    if faults.count:
        return 0
    changed = [amended for amended in orders.values() if amended.fresh]
    if filled:
        write_filled(list(filled.values()))
    if changed:
        _write_versions(changed, at)
        _write_orders(changed)
    return len(filled) + sum(len(amended.fresh) for amended in changed)


def _amend(
    amended: AmendedOrder, amendment: Amendment, existing: ExistingRows, faults: RowErrors, at: datetime
) -> None:
    """Add what was told as a version of the order, if it is one."""
    content = _content(amendment, existing)
    effective_at = _effective_at(amendment, content, amended.history, at)
    if effective_at and amendment.is_file:
        faults.add(amendment.row, Message("order was reported before, and differently"), "order", amended.order.key)
    elif effective_at and _keeps_products(amendment, content, amended.history, faults) and not faults.count:
        amended.amend(effective_at, content)


def _lock_orders(shop: Shop, keys: Sequence[str]) -> dict[str, AmendedOrder]:
    orders = list(
        Order.objects.select_for_update(of=("self",))
        .select_related("customer")
        .filter(**shop.columns, key__in=keys)
        .order_by("pk")
    )
    versions = existing_versions([order.pk for order in orders])
    lines: dict[int, dict[str, Line]] = {order.pk: {} for order in orders}
    rows = OrderLine.objects.filter(order__in=orders).order_by("order", "position")
    for order, key, product, *sold in rows.values_list("order", "key", "product", *SOLD):
        quantity, price, discount, base = sold
        lines[order][key] = product, quantity, price, discount, base
    return {
        order.key: AmendedOrder(
            order,
            {moment: OrderContent(*parts) for moment, parts in versions.get(order.pk, {}).items()}
            or {_first_reported_at(order): _current_content(order, lines[order.pk])},
            lines[order.pk],
        )
        for order in orders
    }


def _first_reported_at(order: Order) -> datetime:
    return order.reported_at or order.paid_at


def _current_content(order: Order, lines: dict[str, Line]) -> OrderContent:
    """The content of an order that was reported in one version until now."""
    return OrderContent(dict(lines), order.order_discount_minor, order.shipping_minor)


def _is_the_same_sale(amendment: Amendment, order: Order, existing: ExistingRows, faults: RowErrors) -> bool:
    """What is left open contradicts nothing, neither now nor, but in a file, before; a time that differs by less than a minute
    is the same time."""
    sale = amendment.sale
    click = existing.clicks.get(sale.click or "")
    buyer = sale.customer.id if sale.customer else None

    def is_same(said: object, before: object) -> bool:
        return said == before or (before is None and not amendment.is_file)

    compared: list[tuple[str, object, bool]] = [
        ("paid_at", sale.paid_at.isoformat(), abs(sale.paid_at - order.paid_at) < SAME_TIME),
        ("customer", buyer, is_same(buyer, order.customer.key if order.customer else None)),
        ("koc", sale.koc, is_same(existing.kocs.get(sale.koc or ""), order.given_koc_id)),
        ("share", sale.share, is_same(existing.shares.get(sale.share or ""), order.given_share_id)),
        (
            "click",
            sale.click,
            is_same(
                click[0] if click else existing.awaited.get(sale.click or ""),
                order.given_click_id or order.awaited_click,
            ),
        ),
    ]
    for column, value, agrees in compared:
        if value and not agrees:
            faults.add(
                amendment.row,
                _contradiction(column),
                column,
                value,
            )
    return all(agrees or not value for _, value, agrees in compared)


def _contradiction(column: str) -> Message:
    return Message("order was reported before, and differently: an amendment changes lines, not %(column)s", column=column)  # fmt: skip


def is_of_another_sale(fault: Fault) -> bool:
    """Whether a sale was refused because another one has its number."""
    return fault.column in OF_THE_SALE and fault.message == _contradiction(fault.column)


def _content(amendment: Amendment, existing: ExistingRows) -> OrderContent:
    lines = {
        line.key: (
            existing.products.get(line.sku or ""),
            line.quantity,
            line.unit_price_minor,
            line.discount_minor,
            base,
        )
        for line, base in zip(amendment.sale.lines, amendment.bases, strict=True)
    }
    return OrderContent(lines, amendment.sale.discount_minor, amendment.sale.shipping_minor)


def _effective_at(
    amendment: Amendment, content: OrderContent, history: dict[datetime, OrderContent], at: datetime
) -> datetime | None:
    """When a version takes effect; None when its content is not new.

    One that repeats, at a later instant, the content of the version before it is kept too: a version between the two
    may still arrive, and the one reported last counts."""
    if amendment.reported_at is not None and amendment.reported_at not in history and not amendment.is_file:
        return amendment.reported_at
    if content in history.values():
        return None
    effective_at = at
    while effective_at in history:
        effective_at += timedelta(microseconds=1)
    return effective_at


def _keeps_products(
    amendment: Amendment, content: OrderContent, history: dict[datetime, OrderContent], faults: RowErrors
) -> bool:
    sold = {key: line[0] for version in history.values() for key, line in version.lines.items()}
    other = [key for key, line in content.lines.items() if sold.get(key, line[0]) != line[0]]
    for key in other:
        sku = next(line.sku for line in amendment.sale.lines if line.key == key)
        faults.add(
            amendment.row,
            Message("line %(key)s was of another product: sell another product on another line", key=key),
            "sku",
            sku,
        )
    return not other


def _write_versions(changed: Sequence[AmendedOrder], at: datetime) -> None:
    """Keep the new versions; of an order that is amended for the first time also the one that was current until now."""
    contents: list[OrderContent] = []
    rows: list[tuple[object, ...]] = []
    for amended in changed:
        order = amended.order
        is_credited = order.credited_at is not None
        status = OrderVersion.Status.APPLIED if is_credited else OrderVersion.Status.WAITING
        versions = [(moment, OrderVersion.Status.WAITING, at, False) for moment in amended.fresh]
        if order.digest:
            versions.insert(0, (_first_reported_at(order), status, order.received_at, is_credited))
        for moment, state, received_at, answered in versions:
            content = amended.history[moment]
            contents.append(content)
            rows.append(
                (
                    order.pk,
                    moment,
                    content.order_discount_minor,
                    content.shipping_minor,
                    state.value,
                    received_at,
                    answered,
                )
            )
    ids = copy_in_numbered(
        OrderVersion,
        ["order_id", "reported_at", "order_discount_minor", "shipping_minor", "status", "received_at", "answered"],
        rows,
    )
    copy_in(
        VersionLine,
        ["version_id", "key", "product_id", *SOLD],
        ((pk, key, *line) for pk, content in zip(ids, contents, strict=True) for key, line in content.lines.items()),
    )


def _write_orders(changed: Sequence[AmendedOrder]) -> None:
    """The orders and their lines follow the version reported last."""
    orders = [amended.order for amended in changed]
    for order in orders:
        order.digest = ""
    Order.objects.bulk_update(orders, ["digest", "order_discount_minor", "shipping_minor"], batch_size=1000)
    OrderLine.objects.bulk_create(
        [
            OrderLine(
                order=amended.order, position=position, key=key, product_id=product, quantity=quantity,
                unit_price_minor=price, discount_minor=discount, base_minor=base,
            )
            for amended in changed
            for position, (key, (product, quantity, price, discount, base)) in enumerate(amended.lines.items())
        ],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["order", "key"],
        update_fields=SOLD,
    )  # fmt: skip
