"""What an order earned is held while a refund or a cancellation of it is in doubt, or while nobody can say whether it is an
own purchase."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.brands.models import Brand
from commissions.orders.services.doubts import mark_doubts_seen
from referrals.attribution.selectors import credit_policy_of

NEW = """
SELECT DISTINCT sale.id FROM commissions_doubt doubt
JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (doubt.brand_id, doubt.shop, doubt.order_key) AND sale.credited_at IS NOT NULL
WHERE doubt.brand_id = %(brand)s AND doubt.is_new AND (%(orders)s::bigint[] IS NULL OR sale.id = ANY(%(orders)s)) LIMIT 1000
"""
# Of one order after another, by indexes: the planner may know nothing yet of how much there is.
EARNED_OF = """
CROSS JOIN LATERAL (SELECT id FROM commissions_orderline WHERE order_id = {sale}.id OFFSET 0) AS line
CROSS JOIN LATERAL (SELECT * FROM commissions_commission WHERE line_id = line.id OFFSET 0) AS earned
"""
OPEN_REVIEW = "SELECT id FROM commissions_riskreview WHERE commission_id = earned.id AND outcome = '' AND reason = 'doubt' OFFSET 0"
# What is on a statement is not held any more.
HOLD = f"""
WITH doubted AS MATERIALIZED (
    SELECT sale.id FROM commissions_order sale WHERE sale.id = ANY(%(orders)s)
        AND EXISTS (SELECT FROM commissions_doubt WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND outcome = '' AND holds)
), held AS (
    UPDATE commissions_commission SET status = 'held' WHERE id = ANY(ARRAY(
        SELECT earned.id FROM doubted {EARNED_OF.format(sale="doubted")}
        WHERE earned.statement_id IS NULL AND (earned.status IN ('pending', 'approved') OR earned.status = 'held' AND NOT EXISTS ({OPEN_REVIEW}))
    )) RETURNING id
)
INSERT INTO commissions_riskreview (commission_id, reason, note, opened_at, outcome) SELECT id, 'doubt', '', %(at)s, '' FROM held ORDER BY id
"""  # noqa: S608  constants
FREE = f"""
WITH certain AS MATERIALIZED (
    SELECT sale.id FROM commissions_order sale WHERE sale.id = ANY(%(orders)s)
        AND EXISTS (SELECT FROM commissions_doubt WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key))
        AND NOT EXISTS (SELECT FROM commissions_doubt WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND outcome = '' AND holds)
)
UPDATE commissions_riskreview SET outcome = 'released', closed_at = %(at)s WHERE id = ANY(ARRAY(
    SELECT review.id FROM certain {EARNED_OF.format(sale="certain")} CROSS JOIN LATERAL ({OPEN_REVIEW}) AS review
)) RETURNING commission_id
"""  # noqa: S608  constants
# Until somebody decides; what is made later of an order that was decided on follows the decision.
HOLD_UNREADABLE = f"""
WITH unreadable AS MATERIALIZED (
    SELECT sale.id FROM commissions_order sale WHERE sale.id = ANY(%(orders)s) AND sale.phone_unreadable AND NOT EXISTS (
        SELECT FROM commissions_orderline line JOIN commissions_commission earned ON earned.line_id = line.id
        JOIN commissions_riskreview review ON review.commission_id = earned.id
        WHERE line.order_id = sale.id AND review.reason = 'self_purchase' AND review.opened_by_id IS NULL AND review.outcome <> ''
    )
), held AS (
    UPDATE commissions_commission SET status = 'held' WHERE id = ANY(ARRAY(
        SELECT earned.id FROM unreadable {EARNED_OF.format(sale="unreadable")} WHERE earned.status = 'pending'
    )) RETURNING id
)
INSERT INTO commissions_riskreview (commission_id, reason, note, opened_at, outcome) SELECT id, 'self_purchase', '', %(at)s, '' FROM held ORDER BY id
"""  # noqa: S608  constants
# Back to where it was, when no other reason holds it: what happened while it was held has happened.
RELEASE = """
UPDATE commissions_commission SET status = CASE
    WHEN reversed_minor = amount_minor THEN 'reversed' WHEN approved_at IS NOT NULL THEN 'approved' ELSE 'pending' END
WHERE id = ANY(%s) AND status = 'held' AND NOT EXISTS (
    SELECT FROM commissions_riskreview WHERE commission_id = commissions_commission.id AND outcome = ''
)
"""


def orders_newly_doubted(brand: Brand, *, orders: list[int] | None = None) -> list[int]:
    """Credited orders of which a doubt was opened or closed, and not looked at since."""
    with connection.cursor() as cursor:
        cursor.execute(NEW, {"brand": brand.pk, "orders": orders})
        return [pk for (pk,) in cursor.fetchall()]


def hold_doubted(brand: Brand, orders: Sequence[int], *, at: datetime) -> None:
    """Hold what is on no statement of the orders that are in doubt, for that reason beside any other, and free what no
    reason holds any more of the others. The caller holds the book; a second call finds nothing to do."""
    if not orders:
        return
    params: dict[str, Any] = {"orders": list(orders), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(HOLD, params)
        cursor.execute(FREE, params)
        release([pk for (pk,) in cursor.fetchall()])
    mark_doubts_seen(orders)


def hold_unreadable(brand: Brand, orders: Sequence[int], *, at: datetime) -> None:
    """Hold what orders earned whose buyer's phone cannot be read, where the brand refuses own purchases and says so: nobody
    knows whether these are some. The caller holds the book; a second call finds nothing to do."""
    policy = credit_policy_of(brand)
    if orders and policy.self_purchase == "refuse" and policy.unreadable_phone == "hold":
        with connection.cursor() as cursor:
            cursor.execute(HOLD_UNREADABLE, {"orders": list(orders), "at": at})


def release(commissions: Sequence[int]) -> None:
    """Return held commissions to the state that they would have by now, if nothing holds them any more."""
    if commissions:
        with connection.cursor() as cursor:
            cursor.execute(RELEASE, [list(commissions)])
