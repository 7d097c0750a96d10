"""A later parcel arrives: the hold of its lines begins anew."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.failures.services import process_isolated
from commissions.earnings.models.commissions import ApprovalWithdrawal
from commissions.ledger.models import Transfer, Wallet
from commissions.ledger.services import NewTransfer, Wallets, post
from commissions.orders.services.marks import mark_looked_at

BATCH = 1_000
NEW = """
SELECT delivery.id FROM commissions_delivery delivery
JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (delivery.brand_id, delivery.shop, delivery.order_key) AND sale.credited_at IS NOT NULL
WHERE delivery.brand_id = %(brand)s AND delivery.is_new AND delivery.refusal = ''
    AND NOT EXISTS (SELECT FROM accounts_failedfact WHERE kind = 'delivery' AND fact = delivery.id AND next_try_at > %(at)s)
    AND (%(orders)s::bigint[] IS NULL OR sale.id = ANY(%(orders)s))
ORDER BY delivery.id LIMIT %(most)s
"""
# What is on a statement stays there.
TOO_SOON = """
SELECT DISTINCT ON (earned.id) earned.id, earned.koc_id, earned.amount_minor - earned.reversed_minor, later.id
FROM (SELECT * FROM commissions_delivery WHERE id = ANY(%s)) AS later
CROSS JOIN LATERAL (SELECT id FROM commissions_order WHERE (brand_id, shop, key) = (later.brand_id, later.shop, later.order_key) OFFSET 0) AS sale
CROSS JOIN LATERAL (SELECT id, key FROM commissions_orderline WHERE order_id = sale.id OFFSET 0) AS line
CROSS JOIN LATERAL (SELECT * FROM commissions_commission WHERE line_id = line.id OFFSET 0) AS earned
WHERE (later.lines = '{}' OR line.key = ANY(later.lines)) AND earned.approved_at < later.hold_ends_at AND earned.statement_id IS NULL
ORDER BY earned.id, later.hold_ends_at DESC, later.id
"""
WITHDRAW = """
UPDATE commissions_commission SET approved_at = NULL, status = CASE WHEN status = 'approved' THEN 'pending' ELSE status END
WHERE id = ANY(%s) AND approved_at IS NOT NULL
"""
LATEST = "SELECT commission_id, max(id) FROM commissions_approvalwithdrawal WHERE commission_id = ANY(%s) GROUP BY commission_id"


class Withdrawn(NamedTuple):
    """A commission that was approved too soon, what it is worth, and the delivery that began its hold anew."""

    commission: int
    koc: int
    amount_minor: int
    delivery: int


def withdraw_approvals(brand: Brand, *, at: datetime, orders: list[int] | None = None) -> int:
    """Make what was approved before the hold of a later delivery ended pending again, unless it is on a statement; returns
    how many deliveries were looked at. The caller holds the book. Key: (commission, delivery), so a second call finds
    nothing; a delivery that raises is set aside."""
    with connection.cursor() as cursor:
        cursor.execute(NEW, {"brand": brand.pk, "at": at, "orders": orders, "most": BATCH})
        parcels = [pk for (pk,) in cursor.fetchall()]
    if parcels:
        process_isolated(
            parcels,
            lambda part: _withdraw(brand, part, at=at),
            fact_of=lambda parcel: (FailedFact.Kind.DELIVERY, parcel),
            brand=brand,
            at=at,
        )
    return len(parcels)


def _withdraw(brand: Brand, parcels: Sequence[int], *, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(TOO_SOON, [list(parcels)])
        found = [Withdrawn(*row) for row in cursor.fetchall()]
        cursor.execute(WITHDRAW, [[one.commission for one in found]])
        if cursor.rowcount != len(found):
            raise AssertionError("an approval was withdrawn by a caller that did not lock the book")
    kept = ApprovalWithdrawal.objects.bulk_create(
        [
            ApprovalWithdrawal(
                commission_id=one.commission, delivery_id=one.delivery, amount_minor=one.amount_minor, withdrawn_at=at
            )
            for one in found
        ]
    )
    wallets = Wallets(brand)
    wallets.open({one.koc for one in found}, Wallet.Kind.PENDING, Wallet.Kind.APPROVED)
    pending, approved = Wallet.Kind.PENDING, Wallet.Kind.APPROVED
    reason = Transfer.Reason.APPROVAL_WITHDRAWN.value
    moves = [
        NewTransfer(wallets[one.koc, approved], wallets[one.koc, pending], one.amount_minor, reason, cause.pk)
        for one, cause in zip(found, kept, strict=True)
        if one.amount_minor
    ]
    post(moves, at=at)
    mark_looked_at(parcels)
    return len(found)


def withdrawals_of(commissions: Collection[int]) -> Mapping[int, int]:
    """commission → its latest withdrawal, of those whose approval was withdrawn: they are approved anew for that cause."""
    if not commissions:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LATEST, [list(commissions)])
        found: dict[int, Any] = dict(cursor.fetchall())
    return found
