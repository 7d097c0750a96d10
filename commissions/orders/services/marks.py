"""What the noun above makes of facts is marked on them here, once: credited, applied, refused, matured.

Every function is called in the transaction of the effect, by who holds the brand's book, and demands that it marks
exactly the rows that were meant: of two who process the same fact the second fails."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from commissions.orders.models import Refund
from referrals.attribution.services import keep_acquaintances


class CreditMark(NamedTuple):
    """Whom an order is credited to, why, and what was looked at for that, as JSON."""

    order: int
    credit: str
    koc: int | None
    share: int | None
    is_new: bool | None
    seen: str


MARK_ANSWERED = """
UPDATE commissions_order SET credited_at = %s, credit = answer.credit, koc_id = answer.koc, share_id = answer.share, customer_is_new = answer.is_new,
    credit_seen = answer.seen::jsonb
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::boolean[], %s::text[]) AS answer(id, credit, koc, share, is_new, seen)
WHERE commissions_order.id = answer.id AND credited_at IS NULL
"""
# An order is credited as it was first reported; later versions are applied after that, as if they had been reported
# then: so a month between two has its due.
APPLY_FIRST_VERSIONS = """
UPDATE commissions_orderversion first SET status = 'applied', answered = true
WHERE order_id = ANY(%s) AND status = 'waiting'
    AND NOT EXISTS (SELECT FROM commissions_orderversion earlier WHERE earlier.order_id = first.order_id AND earlier.reported_at < first.reported_at)
"""
# The click has come: the order names it. One of another brand is no click of this order.
FIND_CLICKS = """
UPDATE commissions_order sale SET awaited_click = NULL, given_click_id = CASE WHEN share.brand_id = sale.brand_id THEN visit.id END
FROM referrals_visit visit JOIN referrals_share share ON share.id = visit.share_id
WHERE sale.brand_id = %s AND sale.credited_at IS NULL AND sale.awaited_click = visit.id
RETURNING sale.customer_id, visit.visitor, sale.given_click_id
"""
MARK_REFUNDS = """
UPDATE commissions_refund SET status = CASE WHEN refusal_of.text = '' THEN %s ELSE %s END, refusal = refusal_of.text
FROM unnest(%s::bigint[], %s::text[]) AS refusal_of(id, text) WHERE commissions_refund.id = refusal_of.id AND status = %s
"""
LOOK_AGAIN = """
UPDATE commissions_delivery delivery SET matured = false FROM commissions_order sale
WHERE sale.id = ANY(%s) AND delivery.brand_id = sale.brand_id AND delivery.order_key = sale.key AND delivery.matured
"""


def attach_clicks(brand: Brand) -> None:
    """Give each order that waits for a click the click that has come, and keep that its customer is the visitor.
    Again, it finds nothing to do."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_CLICKS, [brand.pk])
        found = cursor.fetchall()
    keep_acquaintances((customer, visitor) for customer, visitor, click in found if customer and click)


def mark_credited(credits: Sequence[CreditMark], *, at: datetime) -> None:
    """Write on orders whom they are credited to, and that the first version of each is applied."""
    columns = [list(column) for column in zip(*credits, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(MARK_ANSWERED, [at, *columns])
        if cursor.rowcount != len(credits):
            raise AssertionError("an order was answered by somebody who did not hold the book")
        cursor.execute(APPLY_FIRST_VERSIONS, [columns[0]])


def mark_applied(*, refunds: Mapping[int, str], versions: Collection[int]) -> None:
    """Mark refunds (id → why it is refused, empty when it is applied) and versions of orders as processed."""
    status = Refund.Status
    with connection.cursor() as cursor:
        cursor.execute(
            MARK_REFUNDS, [status.APPLIED, status.REFUSED, list(refunds), list(refunds.values()), status.WAITING]
        )
        marked = cursor.rowcount
        cursor.execute(
            "UPDATE commissions_orderversion SET status = 'applied' WHERE id = ANY(%s) AND status = 'waiting'",
            [list(versions)],
        )
        if marked + cursor.rowcount != len(refunds) + len(versions):
            raise AssertionError("a change was applied by somebody who did not hold the book")


def mark_matured(deliveries: Collection[int]) -> None:
    """Mark deliveries whose hold is over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE commissions_delivery SET matured = true WHERE id = ANY(%s) AND NOT matured", [list(deliveries)]
        )
        if cursor.rowcount != len(deliveries):
            raise AssertionError("a delivery matured for somebody who did not hold the book")


def unmark_matured(orders: Collection[int]) -> None:
    """Let the approval look once more at orders that earn something again after their hold."""
    if orders:
        with connection.cursor() as cursor:
            cursor.execute(LOOK_AGAIN, [sorted(orders)])
