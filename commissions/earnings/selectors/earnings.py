"""What a KOC earned."""

from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.people.models import Koc, User
from commissions.earnings.models.commissions import Commission

ORDERS_TO_PROCESS = """
SELECT DISTINCT sale.id
FROM commissions_commission earned JOIN commissions_orderline line ON line.id = earned.line_id JOIN commissions_order sale ON sale.id = line.order_id
WHERE earned.koc_id = %s AND (
    EXISTS (SELECT FROM commissions_refund WHERE brand_id = sale.brand_id AND order_key = sale.key AND status = 'waiting')
    OR EXISTS (SELECT FROM commissions_orderversion WHERE order_id = sale.id AND status = 'waiting')
    OR EXISTS (SELECT FROM commissions_delivery WHERE brand_id = sale.brand_id AND order_key = sale.key AND NOT matured)
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
    return commissions.select_related("brand", "line__order", "line__product")


def commissions_of(user: User) -> QuerySet[Any]:
    """All commissions of all memberships of a user."""
    return Commission.objects.filter(koc__user=user)
