"""An order is told again, and differently: the shop has edited it. Every version is kept; the last one told is how the
order stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from accounts.brands.models import Brand
from commissions.orders.domain.sales import Sale
from commissions.orders.models import Order, OrderLine, OrderVersion, VersionLine
from commissions.orders.selectors.intake import KnownRows, given_back, refunds_known, versions_known
from foundation.files.tables import RowErrors

Line = tuple[int, int, int, int, int]
"""(product, quantity, unit price, discount, base)"""


class Told(NamedTuple):
    """How an order stood by one telling: its lines by key, and what concerns all of them."""

    lines: dict[str, Line]
    order_discount_minor: int
    shipping_minor: int


class Amended(NamedTuple):
    """A sale that may say something else of an order that is known.

    `reported_at` is None when the shop did not say when. A file may repeat a version, not add one.
    """

    sale: Sale
    row: int
    reported_at: datetime | None
    bases: Sequence[int]
    is_file: bool


@transaction.atomic
def record_amendments(
    *, brand: Brand, sent: Sequence[Amended], known: KnownRows, faults: RowErrors, at: datetime
) -> int:
    """Keep other versions of orders, each once, and return how many were new. What follows from them is pulled with the
    refunds.

    An amendment changes lines and discounts; who bought, when, and by whose share stays, and a line stays of its
    product. It holds from when it was told; one that does not say when, or names the instant of another version, from
    now on, unless it is a version that is known. Locks the orders' rows, in pk order; the caller holds the intake."""
    orders = {
        order.key: order
        for order in Order.objects.select_for_update(of=("self",))
        .filter(brand=brand, key__in=[one.sale.key for one in sent])
        .order_by("pk")
    }
    customers = dict(
        Order.objects.filter(pk__in=[order.pk for order in orders.values()]).values_list("pk", "customer__key")
    )
    versions = versions_known([order.pk for order in orders.values()])
    refunded = given_back(refunds_known(brand, list(orders)))
    new = 0
    for one in sent:
        order = orders[one.sale.key]
        if not _is_the_same_sale(one, order, customers[order.pk], known, faults):
            continue
        history = {reported_at: Told(*parts) for reported_at, parts in versions.setdefault(order.pk, {}).items()} or {
            order.reported_at or order.paid_at: _standing(order)
        }
        told = _told(one, known)
        moment = _moment(one, told, history, at)
        if moment and one.is_file:
            faults.add(one.row, "order was reported before, and differently", "order", order.key)
        elif (
            moment is None
            or not _keeps_products(one, told, history, faults)
            or not _covers_refunds(one, told, moment, history, refunded.get(order.key, {}), faults)
        ):
            continue
        elif not faults.count:
            _write(order, history, moment, told, at)
            versions[order.pk] = {
                when: (how.lines, how.order_discount_minor, how.shipping_minor)
                for when, how in (history | {moment: told}).items()
            }
            new += 1
    return new


def _is_the_same_sale(one: Amended, order: Order, customer: str | None, known: KnownRows, faults: RowErrors) -> bool:
    sale = one.sale
    click = known.clicks.get(sale.click or "")
    buyer = sale.customer.id if sale.customer else None
    compared: list[tuple[str, object, bool]] = [
        ("paid_at", sale.paid_at.isoformat(), sale.paid_at == order.paid_at),
        ("customer", buyer, buyer == customer),
        ("koc", sale.koc, known.kocs.get(sale.koc or "") == order.given_koc_id),
        ("share", sale.share, known.shares.get(sale.share or "") == order.given_share_id),
        (
            "click",
            sale.click,
            (click[0] if click else known.awaited.get(sale.click or ""))
            == (order.given_click_id or order.awaited_click),
        ),
    ]
    for column, value, is_same in compared:
        if not is_same:
            faults.add(
                one.row,
                f"order was reported before, and differently: an amendment changes lines, not {column}",
                column,
                value or "",
            )
    return all(is_same for _, _, is_same in compared)


def _standing(order: Order) -> Told:
    """How an order stands that was told in one way until now."""
    rows = OrderLine.objects.filter(order=order).values_list(
        "key", "product_id", "quantity", "unit_price_minor", "discount_minor", "base_minor"
    )
    return Told(
        {key: (product, quantity, price, discount, base) for key, product, quantity, price, discount, base in rows},
        *_of_all(order),
    )


def _of_all(order: Order) -> tuple[int, int]:
    return order.order_discount_minor, order.shipping_minor


def _told(one: Amended, known: KnownRows) -> Told:
    lines = {
        line.key: (known.products[line.sku], line.quantity, line.unit_price_minor, line.discount_minor, base)
        for line, base in zip(one.sale.lines, one.bases, strict=True)
    }
    return Told(lines, one.sale.discount_minor, one.sale.shipping_minor)


def _moment(one: Amended, told: Told, history: dict[datetime, Told], at: datetime) -> datetime | None:
    """From when a version holds; None when it says nothing new.

    One that says at a later instant what the one before it said is kept too: a version between the two may yet be
    heard, and what was told last holds."""
    if one.reported_at is not None and one.reported_at not in history and not one.is_file:
        return one.reported_at
    if told in history.values():
        return None
    moment = at
    while moment in history:
        moment += timedelta(microseconds=1)
    return moment


def _keeps_products(one: Amended, told: Told, history: dict[datetime, Told], faults: RowErrors) -> bool:
    sold = {key: line[0] for version in history.values() for key, line in version.lines.items()}
    other = [key for key, line in told.lines.items() if sold.get(key, line[0]) != line[0]]
    for key in other:
        sku = next(line.sku for line in one.sale.lines if line.key == key)
        faults.add(one.row, f"line {key} was of another product: sell another product on another line", "sku", sku)
    return not other


def _covers_refunds(
    one: Amended,
    told: Told,
    moment: datetime,
    history: Mapping[datetime, Told],
    refunded: Mapping[str, int],
    faults: RowErrors,
) -> bool:
    """What was refunded of a line stays refunded: the line cannot come to less."""
    latest = max(history)
    if moment < latest:
        return True
    bases = {key: told.lines[key][4] if key in told.lines else 0 for key in history[latest].lines}
    short = [key for key, base in bases.items() if base < refunded.get(key, 0)]
    for key in short:
        faults.add(one.row, f"{refunded[key]} was refunded of line {key}: it cannot come to less", "line", key)
    return not short


def _write(order: Order, history: dict[datetime, Told], moment: datetime, told: Told, at: datetime) -> None:
    """Keep a version; the first time also the one that stood until now. The last one told is how the order's lines
    stand."""
    if order.digest:
        Order.objects.filter(pk=order.pk).update(digest="")
        order.digest = ""
        spoke = OrderVersion.Status.APPLIED if order.credited_at else OrderVersion.Status.WAITING
        for before, how in history.items():
            _keep(order, before, how, spoke, order.received_at, answered=order.credited_at is not None)
    _keep(order, moment, told, OrderVersion.Status.WAITING, at)
    is_latest = moment > max(history)
    if is_latest:
        order.order_discount_minor, order.shipping_minor = told.order_discount_minor, told.shipping_minor
        order.save(update_fields=["order_discount_minor", "shipping_minor"])
    _stand(order, told, is_latest=is_latest)


def _keep(
    order: Order, reported_at: datetime, how: Told, status: str, received_at: datetime, *, answered: bool = False
) -> None:
    version = OrderVersion.objects.create(
        order=order,
        reported_at=reported_at,
        order_discount_minor=how.order_discount_minor,
        shipping_minor=how.shipping_minor,
        status=status,
        received_at=received_at,
        answered=answered,
    )
    VersionLine.objects.bulk_create(
        VersionLine(
            version=version, key=key, product_id=product, quantity=quantity, unit_price_minor=price, discount_minor=discount, base_minor=base
        )
        for key, (product, quantity, price, discount, base) in how.lines.items()
    )  # fmt: skip


def _stand(order: Order, told: Told, *, is_latest: bool) -> None:
    """Bring the order's lines to what was told last. A line that went out stays as a row that sells nothing; so does
    one of an older version alone."""
    rows = {line.key: line for line in OrderLine.objects.filter(order=order)}
    for key, row in rows.items() if is_latest else ():
        _, quantity, price, discount, base = told.lines.get(key, (row.product_id, 0, row.unit_price_minor, 0, 0))
        row.quantity, row.unit_price_minor, row.discount_minor, row.base_minor = quantity, price, discount, base
    OrderLine.objects.bulk_update(rows.values(), ["quantity", "unit_price_minor", "discount_minor", "base_minor"])
    place = max(row.position for row in rows.values()) + 1
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order, position=place + number, key=key, product_id=product, unit_price_minor=price,
            quantity=quantity if is_latest else 0, discount_minor=discount if is_latest else 0, base_minor=base if is_latest else 0,
        )
        for number, (key, (product, quantity, price, discount, base)) in enumerate(item for item in told.lines.items() if item[0] not in rows)
    )  # fmt: skip
