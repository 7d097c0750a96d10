"""The refunds of orders as they are kept, and what is said of them together."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from accounts.brands.models import Shop
from commissions.orders.domain.refunds import ToldRefund, Why, returned
from commissions.orders.domain.sales import is_goods


class Kept(NamedTuple):
    """A refund, its taking back or a cancellation, as it is kept."""

    told: ToldRefund
    status: str
    event: int | None


REFUNDS = """
SELECT sale.id, refund.id, refund.kind, refund.key, refund.refunded_at, refund.received_at, parts.lines, parts.amounts, refund.amount_minor,
    refund.dismissed_at IS NOT NULL, refund.status, refund.event_id
FROM commissions_order sale JOIN commissions_refund refund ON (refund.brand_id, refund.shop, refund.order_key) = (sale.brand_id, sale.shop, sale.key)
LEFT JOIN LATERAL (
    SELECT array_agg(line_key ORDER BY id) AS lines, array_agg(amount_minor ORDER BY id) AS amounts FROM commissions_refundline WHERE refund_id = refund.id
) AS parts ON true
WHERE sale.id = ANY(%s) ORDER BY sale.id, refund.id
"""
LINES = """
SELECT sale.id, sale.key, sale.paid_at, line.key, line.base_minor, line.quantity, line.unit_price_minor, line.product_id IS NOT NULL
FROM commissions_order sale JOIN commissions_orderline line ON line.order_id = sale.id
WHERE sale.brand_id = %s AND sale.shop = %s AND sale.key = ANY(%s) ORDER BY sale.id, line.position, line.id
"""


def refunds_of(orders: Collection[int]) -> dict[int, list[Kept]]:
    """order → all that was told of its refunds, by number."""
    found: dict[int, list[Kept]] = {}
    with connection.cursor() as cursor:
        cursor.execute(REFUNDS, [sorted(orders)])
        for order, pk, kind, key, at, received, lines, amounts, unnamed, is_dismissed, status, event in cursor:
            named = dict(zip(lines or (), amounts or (), strict=True))
            told = ToldRefund(pk, kind, key, at, received, named, unnamed, is_dismissed)
            found.setdefault(order, []).append(Kept(told, status, event))
    return found


class RefusedRefund(NamedTuple):
    refund: int
    amount_minor: int
    why: Why


def refused_now(shop: Shop, order_keys: Collection[str]) -> dict[tuple[str, str, str], RefusedRefund]:
    """(order, kind, key) → why it does not stand, of orders that exist, by all that is kept of them."""
    lines: dict[int, dict[str, int | None]] = {}
    sales: dict[int, tuple[str, datetime]] = {}
    with connection.cursor() as cursor:
        cursor.execute(LINES, [shop.brand.pk, shop.name, sorted(order_keys)])
        for order, order_key, paid_at, key, base, quantity, price, has_product in cursor:
            sales[order] = order_key, paid_at
            lines.setdefault(order, {})[key] = base if has_product and is_goods(quantity, price) else None
    refused: dict[tuple[str, str, str], RefusedRefund] = {}
    for order, kept in (refunds_of(lines) if lines else {}).items():
        order_key, paid_at = sales[order]
        goods = {key: base for key, base in lines[order].items() if base is not None}
        told = {one.told.id: one.told for one in kept}
        for pk, why in returned(goods, told.values(), known=lines[order], paid_at=paid_at).refused.items():
            refused[order_key, told[pk].kind, told[pk].key] = RefusedRefund(pk, told[pk].amount_minor, why)
    return refused
