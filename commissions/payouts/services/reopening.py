"""Reopen a settled period: its statements become void, and their items are due again."""

from datetime import datetime

from django.db import connection

from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.ledger.models import Transfer, Wallet
from commissions.ledger.services import NewTransfer, Wallets, lock_book, post, post_selected
from commissions.payouts.selectors import holds_statements
from commissions.settlement.domain.refusals import PeriodRefused
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.statements import Settlement, Statement
from commissions.settlement.selectors.settlement import latest_settlement, settled_later
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message

RELEASE_COMMISSIONS = """
UPDATE commissions_commission earned
SET settled_minor = earned.settled_minor - taken.amount,
    statement_id = CASE WHEN earned.statement_id = taken.statement THEN NULL ELSE earned.statement_id END,
    status = CASE
        WHEN earned.statement_id <> taken.statement OR earned.status <> 'settled' THEN earned.status
        WHEN earned.reversed_minor = earned.amount_minor THEN 'reversed' ELSE 'approved' END
FROM (
    SELECT line.commission_id, line.statement_id, line.amount_minor FROM commissions_statementline line
    JOIN commissions_statement statement ON statement.id = line.statement_id WHERE statement.settlement_id = %s AND line.commission_id IS NOT NULL
) AS taken(commission, statement, amount)
WHERE earned.id = taken.commission
"""
REVERSE_TRANSFERS = """
SELECT transfer.target_id, transfer.source_id, transfer.amount_minor, 'reopened_' || transfer.reason, transfer.cause_id
FROM commissions_transfer transfer JOIN commissions_statement statement ON statement.id = transfer.cause_id
WHERE statement.settlement_id = %(settlement)s AND transfer.reason = ANY(%(reasons)s) ORDER BY transfer.id
"""
# Refunds since the settlement were taken from the debt wallet; items that are on no statement any more are refunded
# from the approved wallet.
APPROVED_DIFFERENCES = """
SELECT statement.koc_id, approved.balance_minor - expected.amount, statement.id
FROM commissions_statement statement
JOIN commissions_wallet approved ON approved.koc_id = statement.koc_id AND approved.kind = 'approved' AND approved.currency = statement.currency
CROSS JOIN LATERAL (
    SELECT COALESCE((SELECT sum(amount_minor - reversed_minor) FROM commissions_commission
            WHERE koc_id = statement.koc_id AND statement_id IS NULL AND approved_at IS NOT NULL), 0)::bigint
        + COALESCE((SELECT sum(amount_minor) FROM commissions_adjustment
            WHERE koc_id = statement.koc_id AND statement_id IS NULL AND kind <> 'write_off'), 0)::bigint AS amount
) AS expected
WHERE statement.settlement_id = %s AND statement.status = 'void' AND approved.balance_minor <> expected.amount ORDER BY statement.id
"""
STATEMENT_REASONS = [
    Transfer.Reason.SETTLEMENT,
    Transfer.Reason.DEBT_ADVANCE,
    Transfer.Reason.DEBT_RECOVERY,
    Transfer.Reason.TAX,
]


@in_transaction
def reopen_period(*, brand: Brand, period: str, because: str, by: User | None, at: datetime) -> Settlement:
    """Make a settled month's statements void and its items due again; every transfer is reversed by a row of its own.
    The void rows are kept.

    Locks the brand's book. Raises PeriodRefused when the period is not settled, is not the latest, when a payout batch
    holds one of its statements, when a withdrawal came after it, and without a reason."""
    lock_book(brand)
    latest = latest_settlement(brand)
    if not because.strip():
        raise PeriodRefused(Message("say why the period is reopened"))
    if (
        latest is None
        or latest.period < period
        or not Settlement.objects.filter(brand=brand, period=period, on_request=False, reopened_at=None).exists()
    ):
        raise PeriodRefused(Message("%(period)s is not settled", period=period))
    if latest.period != period:
        raise PeriodRefused(
            Message(
                "%(period)s cannot be reopened: %(later)s is settled on top of it",
                period=period,
                later=latest.period,
            )
        )
    if (later := settled_later(latest)) is not None:
        raise PeriodRefused(
            Message("%(period)s cannot be reopened: %(koc)s was paid on request since", period=period, koc=later.koc)
        )
    if holds_statements(latest):
        raise PeriodRefused(
            Message("%(period)s cannot be reopened: a payout batch holds its statements", period=period)
        )
    _release(latest, at)
    latest.reopened_at, latest.reopened_by, latest.reopened_because = at, by, because.strip()
    latest.save(update_fields=["reopened_at", "reopened_by", "reopened_because"])
    return latest


def _release(settlement: Settlement, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(RELEASE_COMMISSIONS, [settlement.pk])
    post_selected(
        REVERSE_TRANSFERS,
        {"settlement": settlement.pk, "reasons": [reason.value for reason in STATEMENT_REASONS]},
        at=at,
    )
    Adjustment.objects.filter(statement__settlement=settlement).update(statement=None)
    Statement.objects.filter(settlement=settlement).update(status=Statement.Status.VOID)
    with connection.cursor() as cursor:
        cursor.execute(APPROVED_DIFFERENCES, [settlement.pk])
        differences = cursor.fetchall()
    kind, reason = Wallet.Kind, Transfer.Reason.REOPENED_REVERSAL.value
    wallets = Wallets(settlement.brand)
    wallets.open({koc for koc, _, _ in differences}, kind.APPROVED, kind.DEBT)
    transfers = [
        (koc, (kind.APPROVED, kind.DEBT) if amount > 0 else (kind.DEBT, kind.APPROVED), abs(amount), pk)
        for koc, amount, pk in differences
    ]
    post(
        [
            NewTransfer(wallets[koc, source], wallets[koc, target], amount, reason, pk)
            for koc, (source, target), amount, pk in transfers
        ],
        at=at,
    )
