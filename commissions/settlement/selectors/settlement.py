"""What a settlement reads."""

from datetime import datetime

from django.db import connection

from accounts.brands.models import Brand
from commissions.earnings.selectors.order_changes import values_before
from commissions.settlement.models.statements import Settlement, Statement

# Commissions of orders that changed after the period's end: their value at the end may differ from their value now. The
# facts are queried, not the reversals: under a cap a refund may reverse nothing when it is applied, and yet be the one
# of two that happened after the end.
CHANGED_LATER = """
SELECT sale.id FROM commissions_refund refund
JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (refund.brand_id, refund.shop, refund.order_key)
WHERE refund.brand_id = %(brand)s AND refund.status <> 'waiting' AND refund.refunded_at >= %(end)s
UNION SELECT version.order_id FROM commissions_orderversion version JOIN commissions_order sale ON sale.id = version.order_id
WHERE sale.brand_id = %(brand)s AND version.status = 'applied' AND version.reported_at >= %(end)s
UNION SELECT line.order_id FROM commissions_riskreview review
JOIN commissions_commission void ON void.id = review.commission_id JOIN commissions_orderline line ON line.id = void.line_id
WHERE void.brand_id = %(brand)s AND review.outcome = 'reversed' AND review.closed_at >= %(end)s
"""
# OFFSET 0 keeps each step to one index scan an order, whatever the statistics say.
APPROVED_BEFORE = """
SELECT earned.id FROM unnest(%s::bigint[]) AS later(sale)
CROSS JOIN LATERAL (SELECT id FROM commissions_orderline WHERE order_id = later.sale OFFSET 0) AS line
CROSS JOIN LATERAL (SELECT id, approved_at, status FROM commissions_commission WHERE line_id = line.id OFFSET 0) AS earned
WHERE earned.approved_at < %s AND earned.status <> 'held'
"""
BATCH = 2_000


def values_changed_later(brand: Brand, end: datetime) -> dict[int, int]:
    """commission → its value at a moment, for those that were approved by then and that later changes may have
    affected."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGED_LATER, {"brand": brand.pk, "end": end})
        changed = [order for (order,) in cursor.fetchall()]
        found: dict[int, int] = {}
        for start in range(0, len(changed), BATCH):
            orders = changed[start : start + BATCH]
            values = values_before(orders, end)
            cursor.execute(APPROVED_BEFORE, [orders, end])
            found |= {pk: values[pk] for (pk,) in cursor.fetchall()}
    return found


def latest_settlement(brand: Brand) -> Settlement | None:
    """The latest month that is settled."""
    return (
        Settlement.objects.filter(brand=brand, currency=brand.currency, on_request=False, reopened_at=None)
        .order_by("-period")
        .first()
    )


def settled_later(settlement: Settlement) -> Statement | None:
    """A statement on request of one of the KOCs of a settled month, written after that settlement."""
    kocs = Statement.objects.filter(settlement=settlement).values("koc")
    return (
        Statement.objects.filter(koc__in=kocs, on_request=True, settlement__gt=settlement.pk)
        .select_related("koc")
        .first()
    )


DEBTS = """
SELECT koc_id, -carried_out_minor FROM (SELECT DISTINCT ON (statement.koc_id) statement.koc_id, statement.carried_out_minor
FROM commissions_statement statement JOIN commissions_settlement settlement ON settlement.id = statement.settlement_id
WHERE settlement.brand_id = %s AND settlement.currency = %s AND statement.status <> 'void' AND (statement.on_request OR statement.settlement_id = %s)
    AND settlement.id >= %s
ORDER BY statement.koc_id, statement.id DESC) AS last WHERE carried_out_minor < 0
"""


def debts_carried(brand: Brand, latest: Settlement | None) -> dict[int, int]:
    """KOC → the debt that the last settled month carried out, if no withdrawal has deducted it since."""
    if latest is None:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(DEBTS, [brand.pk, brand.currency, latest.pk, latest.pk])
        return dict(cursor.fetchall())


DOUBTFUL = """
SELECT earned.id FROM (
    SELECT sale.id FROM accounts_failedfact failed JOIN commissions_refund refund ON refund.id = failed.fact
    JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (refund.brand_id, refund.shop, refund.order_key)
    WHERE failed.brand_id = %(brand)s AND failed.kind = 'refund'
    UNION
    SELECT version.order_id FROM accounts_failedfact failed JOIN commissions_orderversion version ON version.id = failed.fact
    WHERE failed.brand_id = %(brand)s AND failed.kind = 'amendment'
) AS sale JOIN commissions_orderline line ON line.order_id = sale.id JOIN commissions_commission earned ON earned.line_id = line.id
UNION
SELECT earned.id FROM commissions_doubt doubt
JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (doubt.brand_id, doubt.shop, doubt.order_key)
JOIN commissions_orderline line ON line.order_id = sale.id JOIN commissions_commission earned ON earned.line_id = line.id AND earned.statement_id IS NULL
WHERE doubt.brand_id = %(brand)s AND doubt.outcome = '' AND doubt.holds
"""


def doubtful_commissions(brand: Brand) -> list[int]:
    """Commissions of orders of which a refund or an amendment could not be applied, or, of what is on no statement yet, is
    in doubt: what they are worth is not known."""
    with connection.cursor() as cursor:
        cursor.execute(DOUBTFUL, {"brand": brand.pk})
        return [pk for (pk,) in cursor.fetchall()]
