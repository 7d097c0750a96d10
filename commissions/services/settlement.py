"""A period is settled: what is each KOC owed?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

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

# What may be owed: approved before the end, and on no statement yet or changed since it was; or worth something else at the end than now.
COLLECT_DUE = """
CREATE TEMP TABLE due ON COMMIT DROP AS
SELECT id AS commission, koc_id AS koc, statement_id IS NULL AS is_new, settled_minor AS settled,
    amount_minor - reversed_minor AS current, amount_minor - reversed_minor AS value
FROM commissions_commission
WHERE brand_id = %s AND approved_at < %s AND (statement_id IS NULL OR settled_minor <> amount_minor - reversed_minor)
UNION
SELECT id, koc_id, statement_id IS NULL, settled_minor, amount_minor - reversed_minor, amount_minor - reversed_minor
FROM commissions_commission WHERE id = ANY(%s)
"""
VALUE_AT_THE_END = """
UPDATE due SET value = changed.value FROM unnest(%s::bigint[], %s::bigint[]) AS changed(commission, value)
WHERE due.commission = changed.commission
"""
OWED = """
SELECT koc, sum(value - settled)::bigint, COALESCE(sum(current) FILTER (WHERE is_new AND value <> 0), 0)::bigint
FROM due GROUP BY koc ORDER BY koc
"""
WRITE_LINES = """
INSERT INTO commissions_statementline (statement_id, commission_id, amount_minor)
SELECT chosen.statement, due.commission, due.value - due.settled
FROM due JOIN unnest(%s::bigint[], %s::bigint[]) AS chosen(statement, koc) USING (koc)
WHERE due.value <> due.settled ORDER BY due.commission
"""
MARK_SETTLED = """
UPDATE commissions_commission earned
SET settled_minor = due.value, statement_id = COALESCE(earned.statement_id, chosen.statement),
    status = CASE WHEN earned.status IN ('approved', 'reversed') THEN 'settled' ELSE earned.status END
FROM due JOIN unnest(%s::bigint[], %s::bigint[]) AS chosen(statement, koc) USING (koc)
WHERE earned.id = due.commission AND due.value <> due.settled
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
    """One KOC's sums over the commissions that are due: `new` are on no statement yet, `value` is at the period's end, `current` is now."""

    koc: int
    total: int
    """value at the end minus what earlier statements had: what this period owes, debt included"""
    new_current: int
    """what the new ones are worth now: it lies in the approved wallet"""


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
    if not Settlement.objects.filter(brand=brand, currency=brand.currency, period__gte=period).exists():
        answer_facts(brand=brand, at=at)
        approve_matured(brand=brand, at=min(at, end))
    with transaction.atomic():
        policy = lock_book(brand)
        latest = latest_settlement(brand)
        settled = Settlement.objects.filter(brand=brand, currency=brand.currency, period=period).first()
        if settled is None:
            if latest and latest.period > period:
                raise PeriodRefused(f"{period} cannot be settled: {latest.period} already is, and what is heard late belongs to the next open period")
            settled = Settlement.objects.create(brand=brand, currency=brand.currency, period=period, settled_at=at)
            _settle(settled, latest, policy, end, at)
            return _result(settled, is_new=True)
        return _result(settled, is_new=False)


def _settle(settlement: Settlement, latest: Settlement | None, policy: PayPolicy, end: datetime, at: datetime) -> None:
    brand = settlement.brand
    _collect_due(brand, end)
    debts = debts_carried(brand, latest)
    taxes = withholder(brand, policy.tax, settlement.period)
    payable: list[Payable] = []
    carried: list[tuple[int, int]] = []
    owed = list(_owed())
    ids = iter(reserve_ids(Statement, len(owed)))
    for one in owed:
        if one.total > 0 and one.total >= policy.min_payout_minor:
            payable.append(Payable(next(ids), one, debts.get(one.koc, 0), taxes.withhold(one.koc, one.total)))
        elif one.total:
            carried.append((one.koc, one.total))
    _write_statements(settlement, policy, payable, carried, ids)
    _put_on_statements(payable)
    _move(brand, payable, at)


def _collect_due(brand: Brand, end: datetime) -> None:
    """A scratch table of the commissions that are due: value at the end, value now, and what earlier statements had."""
    changed = values_before(brand, end)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS due")
        cursor.execute(COLLECT_DUE, [brand.pk, end, list(changed)])
        cursor.execute(VALUE_AT_THE_END, [list(changed), list(changed.values())])


def _owed() -> Iterator[Owed]:
    with connection.cursor() as cursor:
        cursor.execute(OWED)
        for row in cursor:
            yield Owed(*row)


def _write_statements(settlement: Settlement, policy: PayPolicy, payable: Sequence[Payable], carried: Sequence[tuple[int, int]], ids: Iterator[int]) -> None:
    same = (settlement.pk, settlement.period, settlement.currency, policy.tax)
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
        ],
        rows,
    )


def _put_on_statements(payable: Sequence[Payable]) -> None:
    """Each commission of a paid KOC goes on the statement with what it adds; it is settled once, on the first."""
    chosen = [[one.id for one in payable], [one.owed.koc for one in payable]]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_LINES, chosen)
        cursor.execute(MARK_SETTLED, chosen)


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


def _result(settlement: Settlement, *, is_new: bool) -> SettlementResult:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE status <> 'carried'), COALESCE(sum(gross_minor), 0)::bigint, COALESCE(sum(tax_minor), 0)::bigint,"
            " COALESCE(sum(net_minor), 0)::bigint, COALESCE(sum(carried_out_minor), 0)::bigint FROM commissions_statement WHERE settlement_id = %s",
            [settlement.pk],
        )
        statements, gross, tax, net, carried = cursor.fetchone()
        return SettlementResult(settlement, statements, gross, tax, net, carried, is_new)
