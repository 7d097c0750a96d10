"""A period is settled: what is each KOC owed?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from accounts.models import Brand
from accounts.services.bulk import copy_in, reserve_ids
from commissions.domain.calendar import month_bounds
from commissions.domain.refusals import PeriodRefused
from commissions.domain.taxes import Withholding
from commissions.models import PayPolicy, Settlement, Statement, Transfer, Wallet
from commissions.selectors.incomes import withholder
from commissions.selectors.settlement import debts_carried, latest_settlement, values_before
from commissions.services.approvals import approve_matured
from commissions.services.clock import answer_facts
from commissions.services.ledger import Movement, Wallets, book, lock_book

# What may be owed: commissions that were approved before the end and are on no statement yet or changed since they were, or were worth something else at the
# end than now; and adjustments that happened before it. What is held waits.
COLLECT_DUE = """
CREATE TEMP TABLE due ON COMMIT DROP AS
SELECT id AS commission, NULL::bigint AS adjustment, koc_id AS koc, statement_id IS NULL AS is_new, settled_minor AS settled,
    amount_minor - reversed_minor AS current, amount_minor - reversed_minor AS value
FROM commissions_commission
WHERE brand_id = %(brand)s AND approved_at < %(end)s AND (statement_id IS NULL OR settled_minor <> amount_minor - reversed_minor)
    AND status <> 'held' AND NOT id = ANY(%(changed)s) AND (%(koc)s::bigint IS NULL OR koc_id = %(koc)s)
UNION ALL
SELECT id, NULL, koc_id, statement_id IS NULL, settled_minor, amount_minor - reversed_minor, changed.value
FROM unnest(%(changed)s::bigint[], %(values)s::bigint[]) AS changed(commission, value) JOIN commissions_commission earned ON earned.id = changed.commission
WHERE %(koc)s::bigint IS NULL OR koc_id = %(koc)s
UNION ALL
SELECT NULL, id, koc_id, true, 0, CASE WHEN kind = 'write_off' THEN 0 ELSE amount_minor END, amount_minor
FROM commissions_adjustment
WHERE brand_id = %(brand)s AND statement_id IS NULL AND happened_at < %(end)s AND (%(koc)s::bigint IS NULL OR koc_id = %(koc)s)
"""
OWED = """
SELECT due.koc, sum(value - settled)::bigint, COALESCE(sum(current) FILTER (WHERE is_new AND value <> 0), 0)::bigint,
    COALESCE(sum(value) FILTER (WHERE adjustment.kind = 'write_off'), 0)::bigint
FROM due LEFT JOIN commissions_adjustment adjustment ON adjustment.id = due.adjustment
GROUP BY due.koc ORDER BY due.koc
"""
WRITE_LINES = """
INSERT INTO commissions_statementline (statement_id, commission_id, adjustment_id, amount_minor)
SELECT chosen.statement, due.commission, due.adjustment, due.value - due.settled
FROM due JOIN unnest(%s::bigint[], %s::bigint[]) AS chosen(statement, koc) USING (koc)
WHERE due.value <> due.settled ORDER BY due.commission, due.adjustment
"""
MARK_SETTLED = """
UPDATE commissions_commission earned
SET settled_minor = due.value, statement_id = COALESCE(earned.statement_id, chosen.statement),
    status = CASE WHEN earned.status IN ('approved', 'reversed') THEN 'settled' ELSE earned.status END
FROM due JOIN unnest(%s::bigint[], %s::bigint[]) AS chosen(statement, koc) USING (koc)
WHERE earned.id = due.commission AND due.value <> due.settled
"""
MARK_ADJUSTED = """
UPDATE commissions_adjustment SET statement_id = chosen.statement
FROM due JOIN unnest(%s::bigint[], %s::bigint[]) AS chosen(statement, koc) USING (koc)
WHERE commissions_adjustment.id = due.adjustment
"""

# A month may be settled before it is over (what comes later in it falls into the next); one so far ahead is a slip of the pen, and would close all before it.
FAR_AHEAD = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class SettlementResult:
    """What a settlement came to. `is_new` is False when the period had been settled before: nothing was changed."""

    settlement: Settlement
    statements: int
    gross_minor: int
    tax_minor: int
    net_minor: int
    carried_out_minor: int
    is_new: bool


class Owed(NamedTuple):
    """One KOC's sums over the items that are due: `new` are on no statement yet, `value` is at the period's end, `current` is now."""

    koc: int
    total: int
    """value at the end minus what earlier statements had: what this period owes, debt included"""
    new_current: int
    """what the new ones are worth now: it lies in the approved wallet"""
    written_off: int
    """debts written off since: they have filled up the debt wallet"""


class Payable(NamedTuple):
    """A statement to write: what is owed, the debt taken off, and the tax."""

    id: int
    owed: Owed
    debt_in: int
    withheld: Withholding


def settle_period(*, brand: Brand, period: str, at: datetime) -> SettlementResult:
    """Write a statement for each KOC who is owed at least the brand's minimum for what was approved before the month's end; carry the rest.

    What counts is when a thing happened: first all facts that are known are answered, and what matured by the month's end is approved; then each
    commission has its value at that end, by the refunds before it. Under the brand's book; key (brand, currency, period), so a second run changes
    nothing and says so. Raises PeriodRefused for a text that is no month, for one that lies far ahead, and for a month before one that is
    settled: what is heard late belongs to the next open period.
    """
    try:
        start, end = month_bounds(period, zone=brand.timezone)
    except ValueError as error:
        raise PeriodRefused(str(error)) from None
    if start > at + FAR_AHEAD:
        raise PeriodRefused(f"{period} is more than {FAR_AHEAD.days} days ahead")
    open_months = Settlement.objects.filter(brand=brand, currency=brand.currency, on_request=False, reopened_at=None)
    if not open_months.filter(period__gte=period).exists():
        answer_facts(brand=brand, at=at)
        approve_matured(brand=brand, at=min(at, end))
    with transaction.atomic():
        policy = lock_book(brand)
        latest = latest_settlement(brand)
        settled = open_months.filter(period=period).first()
        if settled is None:
            if latest and latest.period > period:
                raise PeriodRefused(f"{period} cannot be settled: {latest.period} already is, and what is heard late belongs to the next open period")
            settled = Settlement.objects.create(brand=brand, currency=brand.currency, period=period, settled_at=at)
            write_statements(settled, latest, policy, end=end, at=at)
            return result_of(settled, is_new=True)
        return result_of(settled, is_new=False)


def write_statements(settlement: Settlement, latest: Settlement | None, policy: PayPolicy, *, end: datetime, at: datetime, koc: int | None = None) -> None:
    """The statements of a settlement: what is due before `end`, of every KOC or of one. The caller holds the book."""
    brand = settlement.brand
    _collect_due(brand, end, koc)
    debts = debts_carried(brand, latest)
    taxes = withholder(brand, policy.tax, settlement.period, koc=koc)
    payable: list[Payable] = []
    carried: list[tuple[int, int]] = []
    owed = list(_owed())
    ids = iter(reserve_ids(Statement, len(owed)))
    for one in owed:
        if one.total > 0 and one.total >= policy.min_payout_minor:
            debt_in = max(0, debts.get(one.koc, 0) - one.written_off)
            payable.append(Payable(next(ids), one, debt_in, taxes.withhold(one.koc, one.total)))
        elif one.total:
            carried.append((one.koc, one.total))
    _write_statements(settlement, policy, payable, carried, ids)
    _put_on_statements(payable)
    _move(brand, payable, at)


def _collect_due(brand: Brand, end: datetime, koc: int | None) -> None:
    """A scratch table of the items that are due: value at the end, value now, and what earlier statements had."""
    changed = values_before(brand, end)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS due")
        named: dict[str, Any] = {"brand": brand.pk, "end": end, "koc": koc, "changed": list(changed), "values": list(changed.values())}
        cursor.execute(COLLECT_DUE, named)


def _owed() -> Iterator[Owed]:
    with connection.cursor() as cursor:
        cursor.execute(OWED)
        for row in cursor:
            yield Owed(*row)


def _write_statements(settlement: Settlement, policy: PayPolicy, payable: Sequence[Payable], carried: Sequence[tuple[int, int]], ids: Iterator[int]) -> None:
    same = (settlement.pk, settlement.period, settlement.currency, policy.tax, settlement.on_request)
    rows = [
        (
            one.id,
            one.owed.koc,
            one.owed.total + one.debt_in,
            one.debt_in,
            one.withheld.taxable_minor,
            one.withheld.tax_minor,
            one.owed.total - one.withheld.tax_minor,
            0,
            Statement.Status.READY.value,
            *same,
        )
        for one in payable
    ]
    rows += [(next(ids), koc, 0, 0, 0, 0, 0, total, Statement.Status.CARRIED.value, *same) for koc, total in carried]
    copy_in(
        Statement,
        [
            "id",
            "koc_id",
            "gross_minor",
            "debt_in_minor",
            "taxable_minor",
            "tax_minor",
            "net_minor",
            "carried_out_minor",
            "status",
            "settlement_id",
            "period",
            "currency",
            "tax_method",
            "on_request",
        ],
        rows,
    )


def _put_on_statements(payable: Sequence[Payable]) -> None:
    """Each item of a paid KOC goes on the statement with what it adds; a commission is settled once, on the first."""
    chosen = [[one.id for one in payable], [one.owed.koc for one in payable]]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_LINES, chosen)
        cursor.execute(MARK_SETTLED, chosen)
        cursor.execute(MARK_ADJUSTED, chosen)


def _move(brand: Brand, payable: Sequence[Payable], at: datetime) -> None:
    """approved → settled for what is new; the rest comes from, or goes to, the debt; the tax goes to the brand's tax wallet."""
    kind, reason = Wallet.Kind, Transfer.Reason
    wallets = Wallets(brand)
    wallets.open([None], kind.TAX)
    wallets.open({one.owed.koc for one in payable}, kind.APPROVED, kind.SETTLED, kind.DEBT)
    moves: list[Movement] = []
    for one in payable:
        approved, settled, debt = (wallets[one.owed.koc, which] for which in (kind.APPROVED, kind.SETTLED, kind.DEBT))
        rest = one.owed.total - one.owed.new_current
        moves += [
            Movement(approved, settled, one.owed.new_current, reason.SETTLEMENT.value, one.id),
            Movement(debt, settled, rest, reason.DEBT_ADVANCE.value, one.id),
            Movement(settled, debt, -rest, reason.DEBT_RECOVERY.value, one.id),
            Movement(settled, wallets[None, kind.TAX], one.withheld.tax_minor, reason.TAX.value, one.id),
        ]
    book([move for move in moves if move.amount_minor > 0], at=at)


def result_of(settlement: Settlement, *, is_new: bool) -> SettlementResult:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE status <> 'carried'), COALESCE(sum(gross_minor), 0)::bigint, COALESCE(sum(tax_minor), 0)::bigint,"
            " COALESCE(sum(net_minor), 0)::bigint, COALESCE(sum(carried_out_minor), 0)::bigint FROM commissions_statement WHERE settlement_id = %s",
            [settlement.pk],
        )
        statements, gross, tax, net, carried = cursor.fetchone()
        return SettlementResult(settlement, statements, gross, tax, net, carried, is_new)
