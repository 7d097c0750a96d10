"""The rows that already exist for incoming facts: a few queries for any number of facts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Q

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.orders.domain.sales import Sale
from commissions.orders.models import Delivery, OrderVersion, Refund
from referrals.coupons.models import Coupon
from referrals.shares.models import Share
from referrals.visits.models import Visit


class ExistingOrder(NamedTuple):
    """An order that was reported before: the digest of its sale, and when it was reported, if the shop gave a time."""

    digest: str
    reported_at: datetime | None


class ExistingRows(NamedTuple):
    """The rows that sales refer to, by the keys that the sales use."""

    orders: dict[str, ExistingOrder]
    customers: dict[str, tuple[int, str]]
    """customer → row, phone"""
    products: dict[str, int]
    kocs: dict[str, int]
    shares: dict[str, int]
    clicks: dict[str, tuple[int, str]]
    """click id → (visit, visitor)"""
    awaited: dict[str, int]
    """click id → its number, of clicks that are in no table yet: ids cannot be forged, so these were issued and will be
    loaded"""
    coupons: dict[str, int]
    """by code in upper case"""


# What nearly every sale refers to. Building a query set costs several times what the database takes to run it.
USUAL_ROWS = """
SELECT 'order' AS kind, key, id, digest AS text, reported_at FROM commissions_order WHERE brand_id = %(brand)s AND key = ANY(%(orders)s)
UNION ALL SELECT 'customer', key, id, phone, NULL FROM accounts_customer WHERE brand_id = %(brand)s AND key = ANY(%(customers)s)
UNION ALL SELECT 'product', sku, id, '', NULL FROM content_product WHERE brand_id = %(brand)s AND sku = ANY(%(products)s)
"""


def resolve(brand: Brand, sales: Sequence[Sale]) -> ExistingRows:
    """The brand's orders, customers, products, KOCs, shares (by code, import key or public id) and visits that the
    sales refer to. An unknown key has no entry."""
    keys = {
        "orders": [sale.key for sale in sales],
        "customers": list({sale.customer.id for sale in sales if sale.customer}),
        "products": list({line.sku for sale in sales for line in sale.lines}),
    }
    with connection.cursor() as cursor:
        cursor.execute(USUAL_ROWS, {"brand": brand.pk, **keys})
        rows = cursor.fetchall()
    kocs = {sale.koc for sale in sales if sale.koc}
    shares = {sale.share for sale in sales if sale.share}
    clicks = {sale.click for sale in sales if sale.click}
    coupons = {sale.coupon.strip().upper() for sale in sales if sale.coupon}
    return ExistingRows(
        {key: ExistingOrder(digest, reported_at) for kind, key, _, digest, reported_at in rows if kind == "order"},
        {key: (pk, phone) for kind, key, pk, phone, _ in rows if kind == "customer"},
        {sku: pk for kind, sku, pk, _, _ in rows if kind == "product"},
        dict(Koc.objects.filter(brand=brand, key__in=kocs).values_list("key", "pk")) if kocs else {},
        _shares(brand, shares) if shares else {},
        *(_clicks(brand, clicks) if clicks else ({}, {})),
        dict(Coupon.objects.filter(brand=brand, code__in=coupons).values_list("code", "pk")) if coupons else {},
    )


def _shares(brand: Brand, names: set[str]) -> dict[str, int]:
    numbers = {number: name for name in names if (number := Share.number_of(name)) is not None}
    share_ids: dict[str, int] = {}
    for pk, code, key in Share.objects.filter(
        Q(brand=brand) & (Q(code__in=names) | Q(key__in=names) | Q(pk__in=numbers))
    ).values_list("pk", "code", "key"):
        if key in names:
            share_ids.setdefault(key, pk)
        if code in names:
            share_ids[code] = pk
        if pk in numbers:
            share_ids[numbers[pk]] = pk
    return share_ids


def _clicks(brand: Brand, names: set[str]) -> tuple[dict[str, tuple[int, str]], dict[str, int]]:
    """The brand's visits, and the numbers of those that are in no table yet."""
    numbers = {number: name for name in names if (number := Visit.number_of(name)) is not None}
    visits = {
        pk: (visitor, owner)
        for pk, visitor, owner in Visit.objects.filter(pk__in=numbers).values_list("pk", "visitor", "share__brand")
    }
    own = {numbers[pk]: (pk, visitor) for pk, (visitor, owner) in visits.items() if owner == brand.pk}
    return own, {name: number for number, name in numbers.items() if number not in visits}


def existing_deliveries(brand: Brand, keys: Sequence[str]) -> dict[str, datetime]:
    return dict(Delivery.objects.filter(brand=brand, order_key__in=keys).values_list("order_key", "delivered_at"))


class ExistingRefund(NamedTuple):
    """A refund that was reported: when, and how much of which line. A refused one is listed too, though it takes
    nothing off the order."""

    refunded_at: datetime
    lines: dict[str, int]
    is_refused: bool = False


def existing_refunds(brand: Brand, order_keys: Sequence[str]) -> dict[tuple[str, str], ExistingRefund]:
    """(order, refund) → when and what; the cancellation of an order has the key ''."""
    refunds: dict[tuple[str, str], ExistingRefund] = {}
    rows = Refund.objects.filter(brand=brand, order_key__in=order_keys)
    columns = ("order_key", "key", "refunded_at", "status", "lines__line_key", "lines__amount_minor")
    for order, key, moment, status, line, amount in rows.values_list(*columns):
        refund = refunds.setdefault(
            (order, key), ExistingRefund(moment, {}, is_refused=status == Refund.Status.REFUSED)
        )
        if line is not None:
            refund.lines[line] = amount
    return refunds


def refundable(
    brand: Brand, order_keys: Sequence[str], refunds: Mapping[tuple[str, str], ExistingRefund]
) -> dict[str, dict[str, int]]:
    """order → line → what is left of its base after the known refunds, for the orders that exist."""
    left: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sale.key, line.key, line.base_minor FROM commissions_order sale JOIN commissions_orderline line ON line.order_id = sale.id"
            " WHERE sale.brand_id = %s AND sale.key = ANY(%s)",
            [brand.pk, list(order_keys)],
        )
        for order, line, base in cursor:
            left.setdefault(order, {})[line] = base
    for order, refunded in refunded_amounts(refunds).items():
        for line in refunded.keys() & left.get(order, {}).keys():
            left[order][line] -= refunded[line]
    return left


def refunded_amounts(refunds: Mapping[tuple[str, str], ExistingRefund]) -> dict[str, dict[str, int]]:
    """order → line → the sum that its refunds return of it."""
    amounts: dict[str, dict[str, int]] = {}
    for (order, _), refund in refunds.items():
        for line, amount in () if refund.is_refused else refund.lines.items():
            amounts.setdefault(order, {})[line] = amounts.get(order, {}).get(line, 0) + amount
    return amounts


def existing_versions(
    orders: Sequence[int],
) -> dict[int, dict[datetime, tuple[dict[str, tuple[int, int, int, int, int]], int, int]]]:
    """order → when it was reported → its lines by key as (product, quantity, unit price, discount, base), its discount
    and shipping. For amended orders."""
    versions: dict[int, dict[datetime, tuple[dict[str, tuple[int, int, int, int, int]], int, int]]] = {}
    for version in OrderVersion.objects.filter(order__in=orders).prefetch_related("lines"):
        lines = {
            line.key: (line.product_id, line.quantity, line.unit_price_minor, line.discount_minor, line.base_minor)
            for line in version.lines.all()
        }
        versions.setdefault(version.order_id, {})[version.reported_at] = (
            lines,
            version.order_discount_minor,
            version.shipping_minor,
        )
    return versions
