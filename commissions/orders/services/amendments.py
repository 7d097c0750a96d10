"""The shop reports an order again with other contents: it has edited the order. Every version is kept; the one reported
last is the order's current content."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from accounts.brands.models import Brand
from commissions.orders.domain.sales import Sale
from commissions.orders.models import Order, OrderLine, OrderVersion, VersionLine
from commissions.orders.selectors.intake import ExistingRows, existing_refunds, existing_versions, refunded_amounts
from foundation.files.tables import RowErrors
from foundation.postgres.transactions import in_transaction

Line = tuple[int, int, int, int, int]
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


@in_transaction
def record_amendments(
    *, brand: Brand, amendments: Sequence[Amendment], existing: ExistingRows, faults: RowErrors, at: datetime
) -> int:
    """Keep other versions of orders, each once, and return how many were new. Their effects on commissions are computed
    later, together with those of the refunds.

    An amendment changes lines and discounts; buyer, time and share stay the same, and so does the product of a line. It
    takes effect when it was reported; one without a time, or with the time of another version, takes effect now, unless
    its content equals a version that is kept. Locks the orders' rows, in pk order; the caller holds the intake."""
    orders = {
        order.key: order
        for order in Order.objects.select_for_update(of=("self",))
        .filter(brand=brand, key__in=[amendment.sale.key for amendment in amendments])
        .order_by("pk")
    }
    customers = dict(
        Order.objects.filter(pk__in=[order.pk for order in orders.values()]).values_list("pk", "customer__key")
    )
    versions = existing_versions([order.pk for order in orders.values()])
    refunded = refunded_amounts(existing_refunds(brand, list(orders)))
    new = 0
    for amendment in amendments:
        order = orders[amendment.sale.key]
        if not _is_the_same_sale(amendment, order, customers[order.pk], existing, faults):
            continue
        history = {
            version_at: OrderContent(*parts) for version_at, parts in versions.setdefault(order.pk, {}).items()
        } or {order.reported_at or order.paid_at: _current_content(order)}
        content = _content(amendment, existing)
        effective_at = _effective_at(amendment, content, history, at)
        if effective_at and amendment.is_file:
            faults.add(amendment.row, "order was reported before, and differently", "order", order.key)
        elif (
            effective_at is None
            or not _keeps_products(amendment, content, history, faults)
            or not _covers_refunds(amendment, content, effective_at, history, refunded.get(order.key, {}), faults)
        ):
            continue
        elif not faults.count:
            _write_version(order, history, effective_at, content, at)
            versions[order.pk] = {
                version_at: (version.lines, version.order_discount_minor, version.shipping_minor)
                for version_at, version in (history | {effective_at: content}).items()
            }
            new += 1
    return new


def _is_the_same_sale(
    amendment: Amendment, order: Order, customer: str | None, existing: ExistingRows, faults: RowErrors
) -> bool:
    sale = amendment.sale
    click = existing.clicks.get(sale.click or "")
    buyer = sale.customer.id if sale.customer else None
    compared: list[tuple[str, object, bool]] = [
        ("paid_at", sale.paid_at.isoformat(), sale.paid_at == order.paid_at),
        ("customer", buyer, buyer == customer),
        ("koc", sale.koc, existing.kocs.get(sale.koc or "") == order.given_koc_id),
        ("share", sale.share, existing.shares.get(sale.share or "") == order.given_share_id),
        (
            "click",
            sale.click,
            (click[0] if click else existing.awaited.get(sale.click or ""))
            == (order.given_click_id or order.awaited_click),
        ),
    ]
    for column, value, is_same in compared:
        if not is_same:
            faults.add(
                amendment.row,
                f"order was reported before, and differently: an amendment changes lines, not {column}",
                column,
                value or "",
            )
    return all(is_same for _, _, is_same in compared)


def _current_content(order: Order) -> OrderContent:
    """The content of an order that was reported in one version until now."""
    rows = OrderLine.objects.filter(order=order).values_list(
        "key", "product_id", "quantity", "unit_price_minor", "discount_minor", "base_minor"
    )
    return OrderContent(
        {key: (product, quantity, price, discount, base) for key, product, quantity, price, discount, base in rows},
        order.order_discount_minor,
        order.shipping_minor,
    )


def _content(amendment: Amendment, existing: ExistingRows) -> OrderContent:
    lines = {
        line.key: (existing.products[line.sku], line.quantity, line.unit_price_minor, line.discount_minor, base)
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
            amendment.row, f"line {key} was of another product: sell another product on another line", "sku", sku
        )
    return not other


def _covers_refunds(
    amendment: Amendment,
    content: OrderContent,
    effective_at: datetime,
    history: Mapping[datetime, OrderContent],
    refunded: Mapping[str, int],
    faults: RowErrors,
) -> bool:
    """A line cannot come to less than what was already refunded of it."""
    latest = max(history)
    if effective_at < latest:
        return True
    bases = {key: content.lines[key][4] if key in content.lines else 0 for key in history[latest].lines}
    short = [key for key, base in bases.items() if base < refunded.get(key, 0)]
    for key in short:
        faults.add(amendment.row, f"{refunded[key]} was refunded of line {key}: it cannot come to less", "line", key)
    return not short


def _write_version(
    order: Order, history: dict[datetime, OrderContent], effective_at: datetime, content: OrderContent, at: datetime
) -> None:
    """Keep a version; the first time also the version that was current until now. The order's lines follow the version
    reported last."""
    if order.digest:
        Order.objects.filter(pk=order.pk).update(digest="")
        order.digest = ""
        status = OrderVersion.Status.APPLIED if order.credited_at else OrderVersion.Status.WAITING
        for version_at, version in history.items():
            _create_version(
                order, version_at, version, status, order.received_at, is_credited=order.credited_at is not None
            )
    _create_version(order, effective_at, content, OrderVersion.Status.WAITING, at)
    is_latest = effective_at > max(history)
    if is_latest:
        order.order_discount_minor, order.shipping_minor = content.order_discount_minor, content.shipping_minor
        order.save(update_fields=["order_discount_minor", "shipping_minor"])
    _update_lines(order, content, is_latest=is_latest)


def _create_version(
    order: Order,
    reported_at: datetime,
    content: OrderContent,
    status: str,
    received_at: datetime,
    *,
    is_credited: bool = False,
) -> None:
    version = OrderVersion.objects.create(
        order=order,
        reported_at=reported_at,
        order_discount_minor=content.order_discount_minor,
        shipping_minor=content.shipping_minor,
        status=status,
        received_at=received_at,
        answered=is_credited,
    )
    VersionLine.objects.bulk_create(
        VersionLine(
            version=version, key=key, product_id=product, quantity=quantity, unit_price_minor=price, discount_minor=discount, base_minor=base
        )
        for key, (product, quantity, price, discount, base) in content.lines.items()
    )  # fmt: skip


def _update_lines(order: Order, content: OrderContent, *, is_latest: bool) -> None:
    """Update the order's lines to the version reported last. A line that was dropped stays as a row of quantity 0; so
    does a line that only an older version has."""
    rows = {line.key: line for line in OrderLine.objects.filter(order=order)}
    for key, row in rows.items() if is_latest else ():
        _, quantity, price, discount, base = content.lines.get(key, (row.product_id, 0, row.unit_price_minor, 0, 0))
        row.quantity, row.unit_price_minor, row.discount_minor, row.base_minor = quantity, price, discount, base
    OrderLine.objects.bulk_update(rows.values(), ["quantity", "unit_price_minor", "discount_minor", "base_minor"])
    place = max(row.position for row in rows.values()) + 1
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order, position=place + number, key=key, product_id=product, unit_price_minor=price,
            quantity=quantity if is_latest else 0, discount_minor=discount if is_latest else 0, base_minor=base if is_latest else 0,
        )
        for number, (key, (product, quantity, price, discount, base)) in enumerate(item for item in content.lines.items() if item[0] not in rows)
    )  # fmt: skip
