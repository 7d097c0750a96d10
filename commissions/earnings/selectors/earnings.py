"""What a KOC earned."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, QuerySet

from accounts.brands.selectors import shown_number_of
from accounts.people.models import Koc, User
from commissions.earnings.models.commissions import Commission
from foundation.postgres.saved_queries import SavedQuery

ORDERS_TO_PROCESS = """
SELECT DISTINCT sale.id
FROM commissions_commission earned JOIN commissions_orderline line ON line.id = earned.line_id JOIN commissions_order sale ON sale.id = line.order_id
WHERE earned.koc_id = %s AND (
    EXISTS (SELECT FROM commissions_refund WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND status = 'waiting')
    OR EXISTS (SELECT FROM commissions_orderversion WHERE order_id = sale.id AND status = 'waiting')
    OR EXISTS (SELECT FROM commissions_doubt WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND is_new)
    OR EXISTS (SELECT FROM commissions_delivery WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND NOT matured AND refusal = '')
    OR sale.told_again
)
ORDER BY sale.id
"""


def orders_to_process(koc: Koc) -> list[int]:
    """The orders that a KOC has a commission of, and of which something is reported that is not processed yet."""
    with connection.cursor() as cursor:
        cursor.execute(ORDERS_TO_PROCESS, [koc.pk])
        return [order for (order,) in cursor.fetchall()]


def with_lines(commissions: QuerySet[Commission]) -> QuerySet[Commission]:
    """Commissions with what they were earned for, in one query."""
    return commissions.select_related("brand", "line__order", "line__product", "credit__former")


def commissions_of(user: User) -> QuerySet[Any]:
    """All commissions of all memberships of a user."""
    return Commission.objects.filter(koc__user=user)


class ListedCommission(NamedTuple):
    """What a list says of a commission."""

    pk: int
    order: str
    line_key: str
    sku: str
    product: str
    level: int
    status: str
    amount_minor: int
    reversed_minor: int
    currency: str
    paid_at: datetime
    made_at: datetime
    approved_at: datetime | None


def listed_commissions(commissions: QuerySet[Commission]) -> QuerySet[Any, Any]:
    """Commissions as `ListedCommission`."""
    return commissions.annotate(
        order=shown_number_of("line__order__"),
        line_key=F("line__key"),
        sku=F("line__product__sku"),
        product=F("line__product__name"),
        currency=F("brand__currency"),
        paid_at=F("line__order__paid_at"),
    ).values_list(*ListedCommission._fields, named=True)


_NEWEST = SavedQuery(
    lambda koc, user, size: listed_commissions(Commission.objects.filter(koc=koc, koc__user=user)).order_by(
        "-made_at", "-pk"
    )[:size],
    koc=int,
    user=int,
)


def newest_commissions(koc: int, *, user: int, size: int) -> list[ListedCommission]:
    """The newest commissions of a membership, if it is that user's."""
    return [ListedCommission(*row) for row in _NEWEST.rows(koc=koc, user=user, size=size)]
