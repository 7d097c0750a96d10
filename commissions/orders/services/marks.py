"""Mark facts as processed, once: credited, applied, refused, matured. `commissions/earnings` calls this.

Every function is called in the transaction of the effect, by a caller that holds the lock on the brand's book, and
checks that it marks exactly the rows that were meant: of two callers that process the same fact the second fails."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from commissions.orders.models import Refund
from foundation.texts.sentences import encoded
from referrals.attribution.services import keep_acquaintances


class CreditMark(NamedTuple):
    """Whom an order is credited to, why, and the evidence for it, as JSON."""

    order: int
    credit: str
    koc: int | None
    share: int | None
    is_new: bool | None
    seen: str


MARK_CREDITED = """
UPDATE commissions_order SET credited_at = %s, credit = mark.credit, koc_id = mark.koc, share_id = mark.share, customer_is_new = mark.is_new,
    credit_seen = mark.seen::jsonb, told_again = false, gap_filled = false
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::boolean[], %s::text[]) AS mark(id, credit, koc, share, is_new, seen)
WHERE commissions_order.id = mark.id AND credited_at IS NULL
"""
# An order is credited as it was first reported; later versions are applied after that, each at the time it was
# reported: so a month between two versions is paid by the version of that month.
APPLY_FIRST_VERSIONS = """
UPDATE commissions_orderversion first SET status = 'applied', answered = true
WHERE order_id = ANY(%s) AND status = 'waiting'
    AND NOT EXISTS (SELECT FROM commissions_orderversion earlier WHERE earlier.order_id = first.order_id AND earlier.reported_at < first.reported_at)
"""
# The click is in the table: the order refers to it. A click of another brand is not attached.
ATTACH_CLICKS = """
UPDATE commissions_order sale SET awaited_click = NULL, given_click_id = CASE WHEN share.brand_id = sale.brand_id THEN visit.id END
FROM referrals_visit visit JOIN referrals_share share ON share.id = visit.share_id
WHERE sale.id = ANY(%s) AND sale.credited_at IS NULL AND sale.awaited_click = visit.id
RETURNING sale.customer_id, visit.visitor, sale.given_click_id
"""
MARK_REFUNDS = """
UPDATE commissions_refund SET status = CASE WHEN refusal_of.text = '' THEN %s ELSE %s END, refusal = refusal_of.text
FROM unnest(%s::bigint[], %s::text[]) AS refusal_of(id, text) WHERE commissions_refund.id = refusal_of.id AND status = %s
"""
MARK_REFUNDED = """
UPDATE commissions_orderline line SET refunded_minor = back.amount FROM unnest(%s::bigint[], %s::bigint[]) AS back(id, amount)
WHERE line.id = back.id AND line.refunded_minor <> back.amount
"""
# As if it had never been credited: all that was applied to it waits again.
REOPEN = """
UPDATE commissions_order SET credited_at = NULL, credit = '', koc_id = NULL, share_id = NULL, customer_is_new = NULL, credit_seen = NULL
WHERE id = ANY(%s)
"""
REOPEN_VERSIONS = "UPDATE commissions_orderversion SET status = 'waiting', answered = false WHERE order_id = ANY(%s)"
REOPEN_REFUNDS = """
UPDATE commissions_refund refund SET status = 'waiting' FROM commissions_order sale
WHERE sale.id = ANY(%s) AND (refund.brand_id, refund.shop, refund.order_key) = (sale.brand_id, sale.shop, sale.key) AND refund.status = 'applied'
"""
REOPEN_DOUBTS = """
UPDATE commissions_doubt doubt SET is_new = true FROM commissions_order sale
WHERE sale.id = ANY(%s) AND (doubt.brand_id, doubt.shop, doubt.order_key) = (sale.brand_id, sale.shop, sale.key) AND doubt.outcome = '' AND doubt.holds
"""
UNMARK_MATURED = """
UPDATE commissions_delivery delivery SET matured = false FROM commissions_order sale
WHERE sale.id = ANY(%s) AND (delivery.brand_id, delivery.shop, delivery.order_key) = (sale.brand_id, sale.shop, sale.key) AND delivery.matured
"""


def attach_clicks(orders: Collection[int]) -> None:
    """Attach to each of these orders the click that it waited for, and record that its customer is the visitor. A second
    call finds nothing to do."""
    with connection.cursor() as cursor:
        cursor.execute(ATTACH_CLICKS, [list(orders)])
        rows = cursor.fetchall()
    keep_acquaintances((customer, visitor) for customer, visitor, click in rows if customer and click)


def lock_orders(orders: Collection[int]) -> None:
    """Let nobody fill gaps of these orders until the transaction ends: they are credited by all that was told by now. In pk
    order, as the intake locks them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM commissions_order WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(orders)])


def mark_credited(credits: Sequence[CreditMark], *, at: datetime) -> None:
    """Write on orders whom they are credited to, and that the first version of each is applied."""
    columns = [list(column) for column in zip(*credits, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(MARK_CREDITED, [at, *columns])
        if cursor.rowcount != len(credits):
            raise AssertionError("an order was credited by a caller that did not lock the book")
        cursor.execute(APPLY_FIRST_VERSIONS, [columns[0]])


def mark_applied(*, refunds: Mapping[int, str], versions: Collection[int]) -> None:
    """Mark refunds (id → why it is refused, empty when it is applied) and versions of orders as processed."""
    status = Refund.Status
    with connection.cursor() as cursor:
        cursor.execute(
            MARK_REFUNDS,
            [status.APPLIED, status.REFUSED, list(refunds), list(map(encoded, refunds.values())), status.WAITING],
        )
        marked = cursor.rowcount
        cursor.execute(
            "UPDATE commissions_orderversion SET status = 'applied' WHERE id = ANY(%s) AND status = 'waiting'",
            [list(versions)],
        )
        if marked + cursor.rowcount != len(refunds) + len(versions):
            raise AssertionError("a change was applied by a caller that did not lock the book")


def mark_refunded(lines: Mapping[int, int]) -> None:
    """Write on lines how much of their base all refunds of their order took together."""
    with connection.cursor() as cursor:
        cursor.execute(MARK_REFUNDED, [list(lines), list(lines.values())])


def mark_matured(deliveries: Collection[int]) -> None:
    """Mark deliveries whose hold is over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE commissions_delivery SET matured = true WHERE id = ANY(%s) AND NOT matured", [list(deliveries)]
        )
        if cursor.rowcount != len(deliveries):
            raise AssertionError("a delivery was matured by a caller that did not lock the book")


def mark_looked_at(deliveries: Collection[int]) -> None:
    """Mark deliveries of which was seen what they change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE commissions_delivery SET is_new = false WHERE id = ANY(%s) AND is_new", [list(deliveries)]
        )
        if cursor.rowcount != len(deliveries):
            raise AssertionError("a delivery was looked at by a caller that did not lock the book")


def unmark_matured(orders: Collection[int]) -> None:
    """Queue orders for approval once more, when they earn something again after their hold."""
    if orders:
        with connection.cursor() as cursor:
            cursor.execute(UNMARK_MATURED, [sorted(orders)])


def reopen(orders: Collection[int]) -> None:
    """Let orders be credited anew: they, their versions and their refunds wait, and so does their hold."""
    with connection.cursor() as cursor:
        for statement in (REOPEN, REOPEN_VERSIONS, REOPEN_REFUNDS, REOPEN_DOUBTS):
            cursor.execute(statement, [list(orders)])
    unmark_matured(orders)


def mark_looked_at_again(orders: Collection[int]) -> None:
    """Mark orders of which was seen what filled gaps change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE commissions_order SET told_again = false, gap_filled = false WHERE id = ANY(%s)", [list(orders)]
        )
