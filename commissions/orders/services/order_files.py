"""A file of order lines: the shop's history."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction

from accounts.brands.domain.shops import MAIN
from accounts.brands.models import Brand, Shop
from accounts.people.models import Customer
from commissions.orders.domain.events import CancelledData, DeliveredData, RefundedData, UndoneData
from commissions.orders.domain.sales import Buyer, Sale, SoldLine
from commissions.orders.models import Delivery, Order, OrderLine
from commissions.orders.services import intake
from commissions.orders.services.deliveries import record_deliveries
from commissions.orders.services.sent import Sent, SentSale
from foundation.files.tables import (
    Column,
    ImportResult,
    RowErrors,
    instant,
    key,
    parse_rows,
    positive_number,
    whole_number,
)
from foundation.postgres.bulk import refresh_statistics
from foundation.texts.messages import Message

ORDERS_AT_ONCE = 2_000
COLUMNS = [
    Column("shop", key, required=False, default=MAIN),
    Column("order", key),
    Column("line", key),
    Column("paid_at", instant),
    Column("customer", key, required=False),
    Column("sku", key),
    Column("quantity", positive_number),
    Column("unit_price_minor", whole_number),
    Column("discount_minor", whole_number, required=False, default=0),
    Column("order_discount_minor", whole_number, required=False, default=0),
    Column("share", key, required=False),
    Column("coupon", key, required=False),
    Column("koc", key, required=False),
    Column("delivered_at", instant, required=False),
    Column("cancelled_at", instant, required=False),
]
(
    SHOP,
    ORDER,
    LINE,
    PAID_AT,
    CUSTOMER,
    SKU,
    QUANTITY,
    PRICE,
    DISCOUNT,
    ORDER_DISCOUNT,
    SHARE,
    COUPON,
    KOC,
    DELIVERED,
    CANCELLED,
) = range(len(COLUMNS))
ORDER_COLUMNS = (PAID_AT, CUSTOMER, ORDER_DISCOUNT, SHARE, COUPON, KOC, DELIVERED, CANCELLED)
order_values = itemgetter(*ORDER_COLUMNS)
of_one_order = itemgetter(SHOP, ORDER)
line_values = itemgetter(LINE, SKU, QUANTITY, PRICE, DISCOUNT)

Rows = list[tuple[int, list[Any]]]


@transaction.atomic
def import_orders(*, brand: Brand, lines: Iterable[str], name: str, at: datetime) -> ImportResult:
    """Ingest a CSV file of order lines, all or nothing; a delivery or a cancellation may be added to an order that
    exists.

    Raises BadFile. Holds the brand's intake; an order that is unchanged and was delivered or cancelled since counts as
    updated."""
    intake.hold_intake_alone(brand)
    faults = RowErrors(name)
    tally = ImportResult()
    chunk: list[Rows] = []
    for rows in _orders(lines, faults):
        chunk.append(rows)
        if len(chunk) >= ORDERS_AT_ONCE:
            tally += _record(brand, chunk, faults, at)
            chunk = []
    tally += _record(brand, chunk, faults, at)
    faults.refuse_if_any()
    if tally.created >= ORDERS_AT_ONCE:
        refresh_statistics(Order, OrderLine, Delivery, Customer)
    return tally


def _orders(lines: Iterable[str], faults: RowErrors) -> Iterator[Rows]:
    """The rows of one order after another. Rows of one order that are not adjacent, or differ about the order, are
    faults."""
    seen: set[str | tuple[str, str]] = set()  # the shop that nearly all have takes no memory
    for (shop, order), group in groupby(
        parse_rows(lines, COLUMNS, faults), key=lambda numbered: of_one_order(numbered[1])
    ):
        rows = list(group)
        if (name := order if shop == MAIN else (shop, order)) in seen:
            faults.add(rows[0][0], Message("the rows of an order do not stand together"), "order", order)
            continue
        seen.add(name)
        first = rows[0][1]
        expected = order_values(first)
        for row, values in rows:
            if order_values(values) != expected:
                for column in (column for column in ORDER_COLUMNS if values[column] != first[column]):
                    faults.add(
                        row, Message("differs from the first row of the order"), COLUMNS[column].name, values[column]
                    )
        yield rows


def _record(brand: Brand, chunk: list[Rows], faults: RowErrors, at: datetime) -> ImportResult:
    by_shop: dict[str, list[Rows]] = {}
    for rows in chunk:
        by_shop.setdefault(rows[0][1][SHOP], []).append(rows)
    return sum((_record_of(Shop(brand, name), part, faults, at) for name, part in by_shop.items()), ImportResult())


def _record_of(shop: Shop, chunk: list[Rows], faults: RowErrors, at: datetime) -> ImportResult:
    sent = [_sale(shop.brand, rows) for rows in chunk]
    created = intake.record_sales(shop=shop, sent=sent, faults=faults, is_file=True, at=at).new
    delivered = [
        Sent(DeliveredData(first[ORDER], first[DELIVERED]), row) for (row, first), *_ in chunk if first[DELIVERED]
    ]
    cancelled: list[Sent[RefundedData | UndoneData | CancelledData]] = [
        Sent(CancelledData(first[ORDER], first[CANCELLED]), row) for (row, first), *_ in chunk if first[CANCELLED]
    ]
    touched = {order for order, _ in record_deliveries(shop=shop, sent=delivered, faults=faults, at=at)}
    touched |= {
        order for order, _ in intake.record_refunds(shop=shop, sent=cancelled, faults=faults, is_file=True, at=at)
    }
    updated = len(touched - created)
    return ImportResult(len(created), updated, len(sent) - len(created) - updated)


def _sale(brand: Brand, rows: Rows) -> SentSale:
    first = rows[0][1]
    sale = Sale(
        key=first[ORDER],
        paid_at=first[PAID_AT],
        currency=brand.currency,
        customer=Buyer(first[CUSTOMER]) if first[CUSTOMER] else None,
        share=first[SHARE],
        coupon=first[COUPON],
        koc=first[KOC],
        discount_minor=first[ORDER_DISCOUNT],
        lines=[_line(*line_values(values)) for _, values in rows],
    )
    return SentSale(sale, [row for row, _ in rows])


def _line(key: str, sku: str, quantity: int, unit_price_minor: int, discount_minor: int) -> SoldLine:
    return SoldLine(
        key=key, sku=sku, quantity=quantity, unit_price_minor=unit_price_minor, discount_minor=discount_minor
    )
