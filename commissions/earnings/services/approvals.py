"""The hold ends: commissions become payable."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.failures.services import process_isolated
from commissions.earnings.selectors.order_changes import line_states
from commissions.earnings.services.parcels import withdraw_approvals, withdrawals_of
from commissions.earnings.services.tiered_bonuses import Approved, accrue_tiered_bonuses
from commissions.ledger.models import Transfer, Wallet
from commissions.ledger.services import NewTransfer, Wallets, lock_book, post
from commissions.orders.services.marks import mark_matured
from foundation.postgres.transactions import in_own_transaction

BATCH = 1_000

# An order that may be credited anew is looked at first.
DUE = """
SELECT delivery.id, delivery.hold_ends_at, sale.id
FROM commissions_delivery delivery
JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (delivery.brand_id, delivery.shop, delivery.order_key) AND sale.credited_at IS NOT NULL
    AND NOT sale.gap_filled
WHERE delivery.brand_id = %(brand)s AND NOT delivery.matured AND delivery.refusal = '' AND delivery.hold_ends_at <= %(at)s
    AND NOT EXISTS (SELECT FROM accounts_failedfact WHERE kind = 'delivery' AND fact = delivery.id AND next_try_at > %(at)s)
    AND NOT EXISTS (
        SELECT FROM accounts_failedfact failed JOIN commissions_refund refund ON refund.id = failed.fact
        WHERE failed.kind = 'refund' AND (refund.brand_id, refund.shop, refund.order_key) = (sale.brand_id, sale.shop, sale.key)
        UNION ALL
        SELECT FROM accounts_failedfact failed JOIN commissions_orderversion version ON version.id = failed.fact
        WHERE failed.kind = 'amendment' AND version.order_id = sale.id
    )
    AND (%(orders)s::bigint[] IS NULL OR sale.id = ANY(%(orders)s))
ORDER BY delivery.hold_ends_at, delivery.id LIMIT %(most)s
"""
# A line waits for the latest delivery that it is in; of several the last one approves it.
DUE_LINES = """
SELECT line.id, line.order_id, line.key, due.hold_ends_at
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS due(delivery, sale, hold_ends_at)
CROSS JOIN LATERAL (SELECT id, brand_id, shop, key FROM commissions_order WHERE id = due.sale OFFSET 0) AS sale
CROSS JOIN LATERAL (SELECT id, order_id, key FROM commissions_orderline WHERE order_id = sale.id OFFSET 0) AS line
CROSS JOIN LATERAL (
    SELECT max(hold_ends_at) AS hold_ends_at, (array_agg(id ORDER BY hold_ends_at DESC, id DESC))[1] AS latest FROM commissions_delivery
    WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND refusal = '' AND (lines = '{}' OR line.key = ANY(lines))
) AS known
WHERE known.latest = due.delivery ORDER BY due.hold_ends_at, line.id
"""
# A commission that a change took back whole after its hold had ended was approved all the same: a statement of a period
# between the two counts it.
TAKEN_BACK = """
SELECT earned.id, line.order_id, line.key, due.hold_ends_at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS due(line, hold_ends_at)
JOIN commissions_orderline line ON line.id = due.line
JOIN commissions_order sale ON sale.id = line.order_id
JOIN commissions_commission earned ON earned.line_id = line.id AND earned.approved_at IS NULL AND earned.status = 'reversed'
WHERE EXISTS (
    SELECT FROM commissions_refund WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND status = 'applied'
        AND refunded_at >= due.hold_ends_at)
    OR EXISTS (SELECT FROM commissions_orderversion WHERE order_id = sale.id AND status = 'applied' AND reported_at >= due.hold_ends_at)
"""
APPROVE = """
UPDATE commissions_commission earned
SET approved_at = due.hold_ends_at, status = CASE WHEN earned.status = 'pending' THEN 'approved' ELSE earned.status END
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS due(line, sale, hold_ends_at)
WHERE earned.line_id = due.line AND earned.approved_at IS NULL AND (earned.status IN ('pending', 'held') OR earned.id = ANY(%s))
RETURNING earned.id, earned.koc_id, earned.amount_minor - earned.reversed_minor, due.sale, due.hold_ends_at
"""


class DueDelivery(NamedTuple):
    """A delivery whose hold is over."""

    id: int
    hold_ends_at: datetime
    order: int


class DueLine(NamedTuple):
    """A line that was received, and whose hold is over."""

    id: int
    order: int
    key: str
    hold_ends_at: datetime


def approve_matured(*, brand: Brand, at: datetime) -> int:
    """Approve the commissions of every line that was received and whose hold is over at `at`; returns how many. First, what a
    later parcel holds anew is withdrawn.

    `approved_at` is the instant when the hold ended, however late this notices. Each batch is a transaction under the
    brand's book; a delivery is matured once (compare-and-set), so a second call finds nothing. One that raises is set aside;
    nothing is approved of an order of which a refund or an amendment failed, until that is applied."""
    approved = 0
    while (done := _approve_batch(brand, at=at)) is not None:
        approved += done
    return approved


def approve_matured_of(orders: list[int], *, brand: Brand, at: datetime) -> None:
    """The same for some orders alone, in the transaction of a caller who holds the book."""
    while _approve_next(brand, at=at, orders=orders) is not None:
        pass


@in_own_transaction
def _approve_batch(brand: Brand, *, at: datetime) -> int | None:
    lock_book(brand)
    return _approve_next(brand, at=at)


def _approve_next(brand: Brand, *, at: datetime, orders: list[int] | None = None) -> int | None:
    """Approve what is due next; returns how many commissions were, or None when nothing is left."""
    withdrawn = withdraw_approvals(brand, orders=orders, at=at)
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"brand": brand.pk, "at": at, "most": BATCH, "orders": orders})
        due = [DueDelivery(*row) for row in cursor.fetchall()]
    if not due:
        return 0 if withdrawn else None
    counts = process_isolated(
        due,
        lambda part: _approve(brand, part, at=at),
        fact_of=lambda delivery: (FailedFact.Kind.DELIVERY, delivery.id),
        brand=brand,
        at=at,
    )
    return sum(counts)


def _approve(brand: Brand, due: Sequence[DueDelivery], *, at: datetime) -> int:
    mark_matured([delivery.id for delivery in due])
    with connection.cursor() as cursor:
        columns: list[Any] = [list(column) for column in zip(*((one.id, one.order, one.hold_ends_at) for one in due), strict=True)]  # fmt: skip
        cursor.execute(DUE_LINES, columns)
        lines = [DueLine(*row) for row in cursor.fetchall()]
    return sum(_approve_lines(brand, part, at=at) for part in _of_one_moment_an_order(lines))


def _of_one_moment_an_order(lines: Sequence[DueLine]) -> Iterator[list[DueLine]]:
    """Lines in the order of their holds, in parts in which each order has one moment: what stood then is asked of it."""
    part: list[DueLine] = []
    moments: dict[int, datetime] = {}
    for line in lines:
        if moments.setdefault(line.order, line.hold_ends_at) != line.hold_ends_at:
            yield part
            part, moments = [], {line.order: line.hold_ends_at}
        part.append(line)
    if part:
        yield part


def _approve_lines(brand: Brand, lines: Sequence[DueLine], *, at: datetime) -> int:
    moments = [line.hold_ends_at for line in lines]
    with connection.cursor() as cursor:
        cursor.execute(TAKEN_BACK, [[line.id for line in lines], moments])
        taken_back = cursor.fetchall()
        then = line_states({order: moment for _, order, _, moment in taken_back})
        counted = [pk for pk, order, line, _ in taken_back if then[order][line].worths()[pk]]
        cursor.execute(APPROVE, [[line.id for line in lines], [line.order for line in lines], moments, counted])
        approved = cursor.fetchall()
    anew = withdrawals_of([pk for pk, *_ in approved])
    fresh = [Approved(pk, sale, moment) for pk, _, _, sale, moment in approved if pk not in anew]
    tiered = accrue_tiered_bonuses(brand=brand, approved=fresh, at=at)
    worth = [(pk, koc, net) for pk, koc, net, _, _ in approved if net] + tiered
    wallets = Wallets(brand)
    wallets.open({koc for _, koc, _ in worth}, Wallet.Kind.PENDING, Wallet.Kind.APPROVED)
    post([_new_transfer(wallets, koc, net, pk, anew.get(pk)) for pk, koc, net in sorted(worth)], at=at)
    return len(approved) + len(tiered)


def _new_transfer(wallets: Wallets, koc: int, net: int, commission: int, withdrawal: int | None) -> NewTransfer:
    """By the commission; approved anew, by the withdrawal, which names the commission and the delivery."""
    reasons = Transfer.Reason
    cause = (reasons.APPROVAL.value, commission) if withdrawal is None else (reasons.REAPPROVAL.value, withdrawal)
    return NewTransfer(wallets[koc, Wallet.Kind.PENDING], wallets[koc, Wallet.Kind.APPROVED], net, *cause)
