"""Settle a period: write what each KOC is owed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.earnings.services.approvals import approve_matured
from commissions.earnings.services.facts import credit_facts
from commissions.ledger.models import Wallet
from commissions.ledger.services import Wallets, lock_book, open_wallets, post_selected
from commissions.plans.models.policies import PayPolicy
from commissions.settlement.domain.refusals import PeriodRefused
from commissions.settlement.domain.taxes import NONE, NOTHING, Withholding
from commissions.settlement.models.statements import Settlement
from commissions.settlement.selectors.incomes import table_in_force, withholder
from commissions.settlement.selectors.settlement import (
    debts_carried,
    doubtful_commissions,
    latest_settlement,
    values_changed_later,
)
from foundation.money.calendar import month_bounds
from foundation.postgres.transactions import in_transaction
from foundation.terminal.progress import Progress, tell
from foundation.texts.messages import Message

# What may be owed: commissions that were approved before the end and are on no statement yet, changed since they were
# put on one, or had another value at the end than now; and adjustments that happened before it. Held ones wait, and so
# do those of orders of which a refund or an amendment could not be applied.
COLLECT_DUE = """
CREATE TEMP TABLE due ON COMMIT DROP AS
SELECT id AS commission, NULL::bigint AS adjustment, koc_id AS koc, statement_id IS NULL AS is_new, settled_minor AS settled,
    amount_minor - reversed_minor AS current, amount_minor - reversed_minor AS value
FROM commissions_commission
WHERE brand_id = %(brand)s AND approved_at < %(end)s AND (statement_id IS NULL OR settled_minor <> amount_minor - reversed_minor)
    AND status <> 'held' AND NOT id = ANY(%(changed)s) AND NOT id = ANY(%(doubtful)s) AND (%(koc)s::bigint IS NULL OR koc_id = %(koc)s)
UNION ALL
SELECT id, NULL, koc_id, statement_id IS NULL, settled_minor, amount_minor - reversed_minor, changed.value
FROM unnest(%(changed)s::bigint[], %(values)s::bigint[]) AS changed(commission, value) JOIN commissions_commission earned ON earned.id = changed.commission
WHERE NOT id = ANY(%(doubtful)s) AND (%(koc)s::bigint IS NULL OR koc_id = %(koc)s)
UNION ALL
SELECT NULL, id, koc_id, true, 0, CASE WHEN kind = 'write_off' THEN 0 ELSE amount_minor END, amount_minor
FROM commissions_adjustment
WHERE brand_id = %(brand)s AND statement_id IS NULL AND happened_at < %(end)s AND (%(koc)s::bigint IS NULL OR koc_id = %(koc)s)
"""
# Each KOC's sums over the items that are due. `total`: the value at the end minus what earlier statements paid, which
# is what this period owes, debt included. `new_current`: the present value of the new items, which is in the approved
# wallet. `debt_in`: the debt carried in, less what was written off since: only the adjustment of a write-off has the
# present value 0.
COLLECT_OWED = """
CREATE TEMP TABLE owed ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('commissions_statement', 'id')) AS statement, sums.*
FROM (
    SELECT koc, total, new_current, is_payable, CASE WHEN is_payable THEN GREATEST(0, COALESCE(debt.amount, 0) - written_off) ELSE 0 END AS debt_in
    FROM (
        SELECT koc, sum(value - settled)::bigint AS total, COALESCE(sum(current) FILTER (WHERE is_new AND value <> 0), 0)::bigint AS new_current,
            COALESCE(sum(value) FILTER (WHERE adjustment IS NOT NULL AND current = 0), 0)::bigint AS written_off,
            sum(value - settled) >= GREATEST(1, %(min_payout)s) AS is_payable
        FROM due GROUP BY koc HAVING sum(value - settled) <> 0
    ) AS items LEFT JOIN unnest(%(indebted)s::bigint[], %(debts)s::bigint[]) AS debt(koc, amount) USING (koc)
    ORDER BY is_payable DESC, koc OFFSET 0
) AS sums
"""
WRITE_STATEMENTS = """
INSERT INTO commissions_statement (id, settlement_id, koc_id, period, currency, gross_minor, debt_in_minor, tax_method, taxable_minor, tax_minor, net_minor,
    carried_out_minor, status, on_request)
SELECT statement, %(settlement)s, koc, %(period)s, %(currency)s, CASE WHEN is_payable THEN total + debt_in ELSE 0 END, debt_in, %(tax)s,
    COALESCE(taxed.taxable, 0), COALESCE(taxed.tax, 0), CASE WHEN is_payable THEN total - COALESCE(taxed.tax, 0) ELSE 0 END,
    CASE WHEN is_payable THEN 0 ELSE total END, CASE WHEN is_payable THEN 'ready' ELSE 'carried' END, %(on_request)s
FROM owed LEFT JOIN unnest(%(taxed)s::bigint[], %(taxables)s::bigint[], %(taxes)s::bigint[]) AS taxed(koc, taxable, tax) USING (koc)
ORDER BY statement
"""
WRITE_LINES = """
INSERT INTO commissions_statementline (statement_id, commission_id, adjustment_id, amount_minor)
SELECT statement, due.commission, due.adjustment, due.value - due.settled
FROM due JOIN owed USING (koc) WHERE is_payable AND due.value <> due.settled ORDER BY due.commission, due.adjustment
"""
MARK_SETTLED = """
UPDATE commissions_commission earned
SET settled_minor = due.value, statement_id = COALESCE(earned.statement_id, owed.statement),
    status = CASE WHEN earned.status IN ('approved', 'reversed') THEN 'settled' ELSE earned.status END
FROM due JOIN owed USING (koc) WHERE earned.id = due.commission AND is_payable AND due.value <> due.settled
"""
MARK_ADJUSTED = """
UPDATE commissions_adjustment SET statement_id = owed.statement FROM due JOIN owed USING (koc) WHERE commissions_adjustment.id = due.adjustment AND is_payable
"""
# The amount of new items is in the approved wallet; any difference comes from the debt wallet, or goes to it.
WALLETS_TO_OPEN = """
SELECT koc, 'settled' FROM owed WHERE is_payable UNION ALL SELECT koc, 'debt' FROM owed WHERE is_payable AND total <> new_current
"""
TRANSFERS = """
SELECT move.source, move.target, move.amount, move.reason, statement.id
FROM owed JOIN commissions_statement statement ON statement.id = owed.statement
JOIN commissions_wallet settled ON settled.koc_id = owed.koc AND settled.kind = 'settled' AND settled.currency = %(currency)s AND settled.brand_id = %(brand)s
LEFT JOIN commissions_wallet approved
    ON approved.koc_id = owed.koc AND approved.kind = 'approved' AND approved.currency = %(currency)s AND approved.brand_id = %(brand)s
LEFT JOIN commissions_wallet debt ON debt.koc_id = owed.koc AND debt.kind = 'debt' AND debt.currency = %(currency)s AND debt.brand_id = %(brand)s
CROSS JOIN LATERAL (VALUES
    (approved.id, settled.id, new_current, 'settlement'), (debt.id, settled.id, total - new_current, 'debt_advance'),
    (settled.id, debt.id, new_current - total, 'debt_recovery'), (settled.id, %(tax)s, statement.tax_minor, 'tax')
) AS move(source, target, amount, reason)
WHERE owed.is_payable AND move.amount > 0 ORDER BY statement.id, move.reason
"""
# A hash of a million items must not go to disk in pieces.
MORE_MEMORY = "SET LOCAL work_mem = '128MB'"

# A month may be settled before it is over (what happens later in it belongs to the next); a month so far ahead is a
# typing error, and would close all months before it. Unless somebody ran the schedule for a future time (`run_due
# --at`), and commissions were approved then.
FAR_AHEAD = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class SettlementResult:
    """The totals of a settlement. `is_new` is False when the period had been settled before: nothing was changed."""

    settlement: Settlement
    statements: int
    gross_minor: int
    tax_minor: int
    net_minor: int
    carried_out_minor: int
    is_new: bool


def settle_period(*, brand: Brand, period: str, at: datetime, progress: Progress | None = None) -> SettlementResult:
    """Write a statement for each KOC who is owed at least the brand's minimum for what was approved before the month's
    end; carry the rest.

    The time when a fact happened decides: first all recorded facts are processed, and what matured by the month's end
    is approved; then each commission has its value at that end, by the refunds before it. Locks the brand's book; key
    (brand, currency, period), so a second run changes nothing and returns `is_new` False. Raises PeriodRefused for a
    text that is no month, for a month far ahead, and for a month before one that is settled: facts that arrive late
    belong to the next open period. `progress` is called after each of the three steps."""
    try:
        start, end = month_bounds(period, zone=brand.timezone)
    except ValueError as error:
        raise PeriodRefused(error.args[0]) from None
    if start > at + FAR_AHEAD and not Commission.objects.filter(brand=brand, approved_at__gte=start).exists():
        raise PeriodRefused(Message("%(period)s is more than %(days)s days ahead", period=period, days=FAR_AHEAD.days))
    if not _open_months(brand).filter(period__gte=period).exists():
        credit_facts(brand=brand, at=at)
        tell(progress, 1)
        approve_matured(brand=brand, at=min(at, end))
        tell(progress, 2)
    result = _settle(brand, period, end, at)
    if result.is_new:
        tell(progress, 3)
    return result


@in_transaction
def _settle(brand: Brand, period: str, end: datetime, at: datetime) -> SettlementResult:
    policy = lock_book(brand)
    latest = latest_settlement(brand)
    settled = _open_months(brand).filter(period=period).first()
    if settled is not None:
        return result_of(settled, is_new=False)
    if latest and latest.period > period:
        raise PeriodRefused(
            Message(
                "%(period)s cannot be settled: %(latest)s already is, and what is heard late belongs to the next open period",
                period=period,
                latest=latest.period,
            )
        )
    settled = Settlement.objects.create(
        brand=brand,
        currency=brand.currency,
        period=period,
        settled_at=at,
        tax_table=table_in_force(policy.tax, period),
    )
    write_statements(settled, latest, policy, end=end, at=at)
    return result_of(settled, is_new=True)


def _open_months(brand: Brand) -> QuerySet[Settlement]:
    return Settlement.objects.filter(brand=brand, currency=brand.currency, on_request=False, reopened_at=None)


def write_statements(
    settlement: Settlement,
    latest: Settlement | None,
    policy: PayPolicy,
    *,
    end: datetime,
    at: datetime,
    koc: int | None = None,
) -> None:
    """The statements of a settlement: what is due before `end`, of every KOC or of one. The caller holds the book.

    Items and sums stay in the database, in two temporary tables; only taxed amounts are read, since a person's tax is
    computed in Python."""
    brand = settlement.brand
    _collect_due(brand, end, koc)
    _collect_owed(policy, debts_carried(brand, latest))
    _write_statements(settlement, policy, _withholdings(settlement, koc))
    with connection.cursor() as cursor:
        for sql in (WRITE_LINES, MARK_SETTLED, MARK_ADJUSTED):
            cursor.execute(sql)
    _post_transfers(settlement, at)


def _collect_due(brand: Brand, end: datetime, koc: int | None) -> None:
    """A temporary table of the items that are due: value at the end, value now, and what earlier statements paid."""
    changed = values_changed_later(brand, end)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.due, pg_temp.owed")
        params: dict[str, Any] = {
            "brand": brand.pk,
            "end": end,
            "koc": koc,
            "changed": list(changed),
            "doubtful": doubtful_commissions(brand),
            "values": list(changed.values()),
        }
        cursor.execute(COLLECT_DUE, params)
        cursor.execute("ANALYZE due")
        if koc is None:
            cursor.execute(MORE_MEMORY)


def _collect_owed(policy: PayPolicy, debts: Mapping[int, int]) -> None:
    """A temporary table of each KOC's sums. An amount below the minimum is carried to the next period."""
    with connection.cursor() as cursor:
        cursor.execute(
            COLLECT_OWED,
            {"min_payout": policy.min_payout_minor, "indebted": list(debts), "debts": list(debts.values())},
        )
        cursor.execute("ANALYZE owed")


def _withholdings(settlement: Settlement, koc: int | None) -> list[tuple[int, Withholding]]:
    """KOC and withholding, for those with taxable income."""
    taxes = withholder(settlement.brand, settlement.tax_table, settlement.period, koc=koc)
    if taxes.method == NONE:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT koc, total FROM owed WHERE is_payable ORDER BY koc")
        withholdings = ((koc, taxes.withhold(koc, total)) for koc, total in cursor)
        return [(koc, withholding) for koc, withholding in withholdings if withholding != NOTHING]


def _write_statements(
    settlement: Settlement, policy: PayPolicy, withholdings: Sequence[tuple[int, Withholding]]
) -> None:
    params: dict[str, Any] = {
        "settlement": settlement.pk,
        "period": settlement.period,
        "currency": settlement.currency,
        "tax": policy.tax,
        "on_request": settlement.on_request,
        "taxed": [koc for koc, _ in withholdings],
        "taxables": [withholding.taxable_minor for _, withholding in withholdings],
        "taxes": [withholding.tax_minor for _, withholding in withholdings],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE_STATEMENTS, params)


def _post_transfers(settlement: Settlement, at: datetime) -> None:
    """approved → settled for new items; the rest comes from, or goes to, the debt; the tax goes to the brand's tax
    wallet."""
    brand = settlement.brand
    wallets = Wallets(brand)
    wallets.open([None], Wallet.Kind.TAX)
    open_wallets(brand, WALLETS_TO_OPEN, {})
    params = {"brand": brand.pk, "currency": settlement.currency, "tax": wallets[None, Wallet.Kind.TAX]}
    post_selected(TRANSFERS, params, at=at)


def result_of(settlement: Settlement, *, is_new: bool) -> SettlementResult:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE status <> 'carried'), COALESCE(sum(gross_minor), 0)::bigint, COALESCE(sum(tax_minor), 0)::bigint,"
            " COALESCE(sum(net_minor), 0)::bigint, COALESCE(sum(carried_out_minor), 0)::bigint FROM commissions_statement WHERE settlement_id = %s",
            [settlement.pk],
        )
        statements, gross, tax, net, carried = cursor.fetchone()
        return SettlementResult(settlement, statements, gross, tax, net, carried, is_new)
