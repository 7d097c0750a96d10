"""What a settlement looks at."""

from datetime import datetime

from django.db import connection

from accounts.models import Brand
from commissions.models import Settlement, Statement
from commissions.selectors.refunds import line_states

# Commissions of orders with refunds after the period's end: their value at the end may not be what it is now. The refunds are asked, not the
# reversals: under a cap a refund may take nothing when it is heard, and yet be the one of two that happened after the end.
STRADDLING = """
SELECT earned.id, line.order_id, line.key, earned.level
FROM (SELECT DISTINCT order_key FROM commissions_refund WHERE brand_id = %s AND status = 'applied' AND refunded_at >= %s) AS later
JOIN commissions_order sale ON sale.brand_id = %s AND sale.key = later.order_key
JOIN commissions_orderline line ON line.order_id = sale.id
JOIN commissions_commission earned ON earned.line_id = line.id
WHERE earned.approved_at < %s
"""


def values_before(brand: Brand, end: datetime) -> dict[int, int]:
    """commission → its value at a moment, for those that refunds since may have changed."""
    with connection.cursor() as cursor:
        cursor.execute(STRADDLING, [brand.pk, end, brand.pk, end])
        rows = cursor.fetchall()
    states = line_states({order: end for _, order, _, _ in rows})
    return {pk: states[order][line].worth(level) for pk, order, line, level in rows}


def latest_settlement(brand: Brand) -> Settlement | None:
    return Settlement.objects.filter(brand=brand, currency=brand.currency).order_by("-period").first()


def debts_carried(brand: Brand, before: Settlement | None) -> dict[int, int]:
    """KOC → the debt that the last settlement carried out."""
    if before is None:
        return {}
    owed = Statement.objects.filter(settlement=before, carried_out_minor__lt=0)
    return {koc: -amount for koc, amount in owed.values_list("koc", "carried_out_minor")}
