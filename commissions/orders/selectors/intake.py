"""The rows that already exist for incoming facts: a few queries for any number of facts."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from accounts.brands.models import Brand, Shop
from accounts.people.models import Koc
from commissions.orders.domain.events import CancelledData, DeliveredData, RefundedData, UndoneData
from commissions.orders.domain.sales import Sale
from commissions.orders.models import Delivery, Doubt, Order, OrderLine, OrderVersion, Refund
from foundation.ids.codes import spellings
from referrals.coupons.domain.coupons import typed_code
from referrals.coupons.selectors import coupons_meant
from referrals.shares.models import Share
from referrals.visits.models import Visit

SAME_TIME = timedelta(minutes=1)


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
    """by code as it was typed, in upper case"""
    delivered: set[str]
    """orders of which a delivery was told, as it may be before the order is"""


# What nearly every sale refers to. Building a query set costs several times what the database takes to run it.
USUAL_ROWS = """
SELECT 'order' AS kind, key, id, digest AS text, reported_at FROM commissions_order WHERE brand_id = %(brand)s AND shop = %(shop)s AND key = ANY(%(orders)s)
UNION ALL SELECT 'customer', key, id, phone, NULL FROM accounts_customer WHERE brand_id = %(brand)s AND shop = %(shop)s AND key = ANY(%(customers)s)
UNION ALL SELECT 'product', sku, id, '', NULL FROM content_product WHERE brand_id = %(brand)s AND sku = ANY(%(products)s)
UNION ALL SELECT 'delivery', order_key, id, '', NULL FROM commissions_delivery WHERE brand_id = %(brand)s AND shop = %(shop)s AND order_key = ANY(%(orders)s)
"""
CONTESTED = """
SELECT order_key FROM commissions_doubt
WHERE brand_id = %s AND shop = %s AND order_key = ANY(%s) AND outcome = '' AND contests AND refund_id IS NULL
"""


def resolve(shop: Shop, sales: Sequence[Sale]) -> ExistingRows:
    """The shop's orders and customers, and the brand's products, KOCs, shares (by code, import key or public id) and visits that the
    sales refer to. An unknown key has no entry."""
    brand = shop.brand
    keys = {
        "orders": [sale.key for sale in sales],
        "customers": list({sale.customer.id for sale in sales if sale.customer}),
        "products": list({line.sku for sale in sales for line in sale.lines if line.sku}),
    }
    with connection.cursor() as cursor:
        cursor.execute(USUAL_ROWS, {"brand": brand.pk, "shop": shop.name, **keys})
        rows = cursor.fetchall()
    kocs = {sale.koc for sale in sales if sale.koc}
    shares = {sale.share for sale in sales if sale.share}
    clicks = {sale.click for sale in sales if sale.click}
    coupons = {typed_code(sale.coupon) for sale in sales if sale.coupon}
    return ExistingRows(
        {key: ExistingOrder(digest, reported_at) for kind, key, _, digest, reported_at in rows if kind == "order"},
        {key: (pk, phone) for kind, key, pk, phone, _ in rows if kind == "customer"},
        {sku: pk for kind, sku, pk, _, _ in rows if kind == "product"},
        dict(Koc.objects.filter(brand=brand, key__in=kocs).values_list("key", "pk")) if kocs else {},
        _shares(brand, shares) if shares else {},
        *(_clicks(brand, clicks) if clicks else ({}, {})),
        coupons_meant(brand, coupons) if coupons else {},
        {key for kind, key, _, _, _ in rows if kind == "delivery"},
    )


def _shares(brand: Brand, names: set[str]) -> dict[str, int]:
    """By code, import key or public id; else by the only code that may be meant."""
    numbers = {number: name for name in names if (number := Share.number_of(name)) is not None}
    meant = {spelling: name for name in names for spelling in reversed(spellings(name))}
    share_ids: dict[str, int] = {}
    likely: dict[str, set[int]] = {}
    for pk, code, key in Share.objects.filter(
        Q(brand=brand) & (Q(code__in=names | meant.keys()) | Q(key__in=names) | Q(pk__in=numbers))
    ).values_list("pk", "code", "key"):
        if key in names:
            share_ids.setdefault(key, pk)
        if code in names:
            share_ids[code] = pk
        if pk in numbers:
            share_ids[numbers[pk]] = pk
        if code in meant:
            likely.setdefault(meant[code], set()).add(pk)
    return {name: pks.pop() for name, pks in likely.items() if len(pks) == 1} | share_ids


def _clicks(brand: Brand, names: set[str]) -> tuple[dict[str, tuple[int, str]], dict[str, int]]:
    """The brand's visits, and the numbers of those that are in no table yet."""
    numbers = {number: name for name in names if (number := Visit.number_of(name)) is not None}
    visits = {
        pk: (visitor, owner)
        for pk, visitor, owner in Visit.objects.filter(pk__in=numbers).values_list("pk", "visitor", "share__brand")
    }
    own = {numbers[pk]: (pk, visitor) for pk, (visitor, owner) in visits.items() if owner == brand.pk}
    return own, {name: number for number, name in numbers.items() if number not in visits}


def payments(shop: Shop, keys: Sequence[str]) -> dict[str, datetime]:
    """When the orders that exist were paid."""
    return dict(Order.objects.filter(**shop.columns, key__in=keys).values_list("key", "paid_at"))


class Parcel(NamedTuple):
    """What was delivered when: some lines, or all (none named)."""

    delivered_at: datetime
    lines: frozenset[str] = frozenset()

    def is_same(self, other: "Parcel") -> bool:
        """Whether both say the same: a time that differs by less than a minute is the same time."""
        return self.lines == other.lines and abs(self.delivered_at - other.delivered_at) < SAME_TIME


def existing_deliveries(shop: Shop, keys: Sequence[str]) -> dict[str, list[Parcel]]:
    """order → what was told of it, in that order."""
    told: dict[str, list[Parcel]] = {}
    rows = Delivery.objects.filter(**shop.columns, order_key__in=keys).order_by("number")
    for key, moment, lines in rows.values_list("order_key", "delivered_at", "lines"):
        told.setdefault(key, []).append(Parcel(moment, frozenset(lines)))
    return told


def lines_of(shop: Shop, keys: Collection[str]) -> dict[str, set[str]]:
    """order → the lines that it ever had, of orders that exist."""
    lines: dict[str, set[str]] = {}
    of_shop = OrderLine.objects.filter(order__brand=shop.brand, order__shop=shop.name)
    rows = of_shop.filter(order__key__in=keys) if keys else OrderLine.objects.none()
    for order, line in rows.values_list("order__key", "key"):
        lines.setdefault(order, set()).add(line)
    return lines


class RefundParts(NamedTuple):
    """A refund, its taking back or a cancellation, as it was told; its `name` is unique within the shop."""

    order_key: str
    kind: str
    key: str
    happened_at: datetime
    lines: dict[str, int]
    unnamed_minor: int = 0
    shipping_minor: int = 0

    @property
    def name(self) -> tuple[str, str, str]:
        return self.order_key, self.kind, self.key

    def is_same(self, other: "RefundParts") -> bool:
        """Whether both say the same: a time that differs by less than a minute is the same time."""
        return self[4:] == other[4:] and abs(self.happened_at - other.happened_at) < SAME_TIME


def refund_parts(fact: RefundedData | UndoneData | CancelledData) -> RefundParts:
    kinds = Refund.Kind
    if isinstance(fact, CancelledData):
        return RefundParts(fact.order_key, kinds.CANCELLATION.value, "", fact.cancelled_at, {})
    if isinstance(fact, UndoneData):
        return RefundParts(fact.order_key, kinds.UNDONE.value, fact.key, fact.cancelled_at, {})
    return RefundParts(
        fact.order_key, kinds.REFUND.value, fact.key, fact.refunded_at, fact.named(), fact.amount_minor, fact.shipping_minor
    )  # fmt: skip


class KnownRefunds(NamedTuple):
    """What was told before: by name, and what staff said of that does not count."""

    told: dict[tuple[str, str, str], RefundParts]
    dismissed: list[RefundParts]

    def left_out(self, parts: RefundParts) -> bool:
        """Whether staff said of this that it does not count: then it does not either when it is told again."""
        return any(parts.name == one.name and parts.is_same(one) for one in self.dismissed)


def existing_refunds(shop: Shop, order_keys: Sequence[str]) -> KnownRefunds:
    """What was told of the refunds of orders. What staff mended, and sent again, is told anew."""
    refunds: dict[int, RefundParts] = {}
    live: dict[tuple[str, str, str], RefundParts] = {}
    dismissed: list[RefundParts] = []
    rows = Refund.objects.filter(**shop.columns, order_key__in=order_keys)
    is_out = Exists(Doubt.objects.filter(refund=OuterRef("pk"), outcome=Doubt.Outcome.DISMISSED))
    said = rows.values_list(
        "pk", "dismissed_at", is_out, "lines__line_key", "lines__amount_minor",
        "order_key", "kind", "key", "refunded_at", "amount_minor", "shipping_minor",
    )  # fmt: skip
    for pk, gone, out, line, amount, order, kind, key, moment, unnamed, shipping in said:
        if pk not in refunds:
            refunds[pk] = refund = RefundParts(order, kind, key, moment, {}, unnamed, shipping)
            if out:
                dismissed.append(refund)
            elif gone is None:
                live[refund.name] = refund
        if line is not None:
            refunds[pk].lines[line] = amount
    return KnownRefunds(live, dismissed)


def is_told(shop: Shop, fact: RefundedData | UndoneData | CancelledData) -> bool:
    """Whether the same refund is kept, and counts: then a doubt about it stands beside it, however often it is told."""
    parts = refund_parts(fact)
    before = existing_refunds(shop, [parts.order_key]).told.get(parts.name)
    return before is not None and before.is_same(parts)


def is_known(shop: Shop, fact: DeliveredData | RefundedData | UndoneData | CancelledData) -> bool:
    """Whether the same fact is kept."""
    if not isinstance(fact, DeliveredData):
        return is_told(shop, fact)
    parcel = Parcel(fact.delivered_at, frozenset(fact.lines or ()))
    return any(parcel.is_same(one) for one in existing_deliveries(shop, [fact.order_key]).get(fact.order_key, ()))


def contested_numbers(shop: Shop, order_keys: Collection[str]) -> set[str]:
    """The numbers under which another sale was reported, and of which staff have not said yet what it is."""
    with connection.cursor() as cursor:
        cursor.execute(CONTESTED, [shop.brand.pk, shop.name, list(order_keys)])
        return {key for (key,) in cursor.fetchall()}


def coupons_of(orders: Collection[int]) -> list[tuple[int, str, str]]:
    """(coupon, shop, number) of the orders that name a coupon of the brand."""
    named = Order.objects.filter(pk__in=orders, given_coupon__isnull=False)
    return [*named.values_list("given_coupon_id", "shop", "key")]


def existing_versions(
    orders: Sequence[int],
) -> dict[int, dict[datetime, tuple[dict[str, tuple[int | None, int, int, int, int]], int, int]]]:
    """order → when it was reported → its lines by key as (product, quantity, unit price, discount, base), its discount
    and shipping. For amended orders."""
    versions: dict[int, dict[datetime, tuple[dict[str, tuple[int | None, int, int, int, int]], int, int]]] = {}
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
