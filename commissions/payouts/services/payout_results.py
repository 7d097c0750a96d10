"""Record the bank's results of the payments of a brand's batches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from babel.numbers import get_currency_precision
from django.db import connection, transaction

from accounts.brands.models import Brand
from commissions.ledger.models import Transfer, Wallet
from commissions.ledger.services import NewTransfer, Wallets, lock_book, post
from commissions.payouts.domain.payout_results import Result, minor_unit
from commissions.payouts.models import PayoutLine
from foundation.files.cells import up_to
from foundation.files.tables import Column, ImportResult, RowErrors, instant, one_of, parse_rows, text
from foundation.money.amounts import major

LINES = """
SELECT line.reference, line.id, batch.id, batch.number, batch.status, line.statement_id, line.koc_id, line.amount_minor, batch.currency,
    line.status, line.bank_reference, line.reason, line.paid_at, line.result_at, line.result_file
FROM commissions_payoutline line JOIN commissions_payoutbatch batch ON batch.id = line.batch_id
WHERE batch.brand_id = %s AND line.reference = ANY(%s)
"""
WRITE_RESULTS = """
UPDATE commissions_payoutline line
SET status = result.status, bank_reference = result.bank_reference, reason = result.reason, paid_at = result.paid_at,
    result_at = COALESCE(line.result_at, %s), result_file = COALESCE(NULLIF(line.result_file, ''), %s)
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[]) AS result(line, status, bank_reference, reason, paid_at)
WHERE line.id = result.line AND line.status IN ('waiting', result.status)
"""
PAY_STATEMENTS = "UPDATE commissions_statement SET status = 'paid' WHERE id = ANY(%s) AND status = 'ready'"
PAY_COMMISSIONS = """
UPDATE commissions_commission earned SET status = 'paid' FROM commissions_statementline line
WHERE line.statement_id = ANY(%s) AND earned.id = line.commission_id AND earned.statement_id = line.statement_id AND earned.status = 'settled'
"""
CLOSE_BATCHES = """
UPDATE commissions_payoutbatch batch SET status = 'closed', closed_at = %s
WHERE id = ANY(%s) AND status = 'exported' AND NOT EXISTS (SELECT FROM commissions_payoutline line WHERE line.batch_id = batch.id AND line.status = 'waiting')
"""


class Line(NamedTuple):
    """A payment of the file, as it is in the database."""

    pk: int
    batch: int
    number: int
    batch_status: str
    statement: int
    koc: int
    amount_minor: int
    currency: str
    status: str
    bank_reference: str
    reason: str
    paid_at: datetime | None
    result_at: datetime | None
    result_file: str

    @property
    def is_decided(self) -> bool:
        return self.status in (PayoutLine.Status.PAID, PayoutLine.Status.FAILED)

    def known(self) -> Result:
        return Result(
            status=self.status if self.is_decided else "",
            amount_minor=self.amount_minor,
            currency=self.currency,
            bank_reference=self.bank_reference,
            reason=self.reason,
            paid_at=self.paid_at,
        )


@dataclass(frozen=True, slots=True)
class ResultsLoaded:
    """The outcome of a file of results: `tally` counts its payments, the rest those that it decided, with their
    sums."""

    tally: ImportResult
    paid: int
    paid_minor: int
    failed: int
    failed_minor: int


@transaction.atomic
def record_results(*, brand: Brand, lines: Iterable[str], name: str, at: datetime) -> ResultsLoaded:
    """Load a CSV file of the bank's results, all or nothing: a paid line's money moves to the brand's paid wallet, its
    statement and commissions are paid; a failed line's goes back to settled, and its statement is ready for the next
    batch.

    Loading the same file twice, or in pieces in any order, gives the same result: a recorded result is completed, and
    never changed. A result that contradicts an earlier one is a fault, as are an unknown reference, another amount,
    another currency. Locks the brand's book; key: (paid or returned, line). Raises BadFile."""
    faults = RowErrors(name)
    results = _read(brand, lines, faults)
    lock_book(brand)
    payments = _lines(brand, list(results))
    decided: dict[int, tuple[Line, Result]] = {}
    for reference, (row, result) in results.items():
        line = payments.get(reference)
        if line is None:
            faults.add(row, f"is no payment of {brand.slug}", "reference", reference)
        elif _is_acceptable(line, reference, row, result, faults):
            decided[line.pk] = (line, line.known().completed_by(result))
    faults.refuse_if_any()
    return _record(brand, decided, name, at)


def _read(brand: Brand, lines: Iterable[str], faults: RowErrors) -> dict[str, tuple[int, Result]]:
    """reference → the row that first has it, and the result merged from all its rows."""
    results: dict[str, tuple[int, Result]] = {}
    for row, (reference, *cells) in parse_rows(lines, _columns(brand), faults):
        reported = Result(*cells)
        if reported.status == PayoutLine.Status.FAILED and reported.paid_at:
            faults.add(row, "a payment that failed has no paid_at", "paid_at", reported.paid_at.isoformat())
        first, earlier = results.get(reference, (row, Result()))
        for field in earlier.contradicted_by(reported):
            _add_contradiction(faults, row, f"row {first} of the file", field, earlier, reported, brand.currency)
        results[reference] = (first, earlier.completed_by(reported))
    return results


def _columns(brand: Brand) -> list[Column]:
    """The reference, then what a `Result` holds, in its order."""
    digits = get_currency_precision(brand.currency)
    return [
        Column("reference", lambda cell: text(cell.strip().upper())),
        Column("status", one_of(["paid", "failed"])),
        Column("amount", lambda cell: minor_unit(cell, digits), required=False),
        Column("currency", up_to(3), required=False, default=""),
        Column("bank_reference", up_to(64), required=False, default=""),
        Column("reason", up_to(200), required=False, default=""),
        Column("paid_at", instant, required=False),
    ]


def _lines(brand: Brand, references: Sequence[str]) -> dict[str, Line]:
    with connection.cursor() as cursor:
        cursor.execute(LINES, [brand.pk, list(references)])
        return {reference: Line(*rest) for reference, *rest in cursor}


def _is_acceptable(line: Line, reference: str, row: int, reported: Result, faults: RowErrors) -> bool:
    """Whether a result may be recorded for a line; if not, the reasons are added to the faults."""
    if line.status == PayoutLine.Status.DROPPED:
        faults.add(row, f"was taken out of batch {line.number} and never went to the bank", "reference", reference)
        return False
    if line.batch_status not in ("exported", "closed"):
        faults.add(row, f"is in batch {line.number}, which was not exported", "reference", reference)
        return False
    recorded = line.known()
    contradicted = recorded.contradicted_by(reported)
    for field in contradicted:
        is_fixed_by_batch = field in ("amount_minor", "currency")
        earlier = (
            f"batch {line.number}"
            if is_fixed_by_batch
            else f"{line.result_file}, loaded at {line.result_at:%Y-%m-%d %H:%M} UTC,"
        )
        _add_contradiction(faults, row, earlier, field, recorded, reported, line.currency)
    return not contradicted


def _add_contradiction(
    faults: RowErrors, row: int, source: str, field: str, earlier: Result, reported: Result, currency: str
) -> None:
    """The fault contains both: the source and value of the earlier result, and the row and value that contradict it."""
    mine, theirs = (_cell(getattr(result, field), currency) for result in (earlier, reported))
    name = field.removesuffix("_minor")
    faults.add(row, f"{source} says {name} {mine}", name, theirs)


def _cell(value: str | int | datetime, currency: str) -> str:
    if isinstance(value, int):
        return major(value, get_currency_precision(currency))
    return value.isoformat() if isinstance(value, datetime) else value


def _record(brand: Brand, decided: Mapping[int, tuple[Line, Result]], name: str, at: datetime) -> ResultsLoaded:
    changed = [(line, result) for line, result in decided.values() if line.known() != result]
    fresh = [(line, result.status) for line, result in changed if not line.is_decided]
    paid = [line for line, status in fresh if status == PayoutLine.Status.PAID]
    failed = [line for line, status in fresh if status == PayoutLine.Status.FAILED]
    _write(changed, name, at)
    _post_transfers(brand, paid, failed, at)
    _mark_paid_and_close(paid, {line.batch for line, _ in fresh}, at)
    tally = ImportResult(0, len(changed), len(decided) - len(changed))
    return ResultsLoaded(
        tally,
        len(paid),
        sum(line.amount_minor for line in paid),
        len(failed),
        sum(line.amount_minor for line in failed),
    )


def _write(changed: Sequence[tuple[Line, Result]], name: str, at: datetime) -> None:
    rows = [(line.pk, result.status, result.bank_reference, result.reason, result.paid_at) for line, result in changed]
    columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(5)]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_RESULTS, [at, name[-200:], *columns])
        if cursor.rowcount != len(changed):
            raise AssertionError("a result was recorded by a caller that did not lock the book")


def _post_transfers(brand: Brand, paid: Sequence[Line], failed: Sequence[Line], at: datetime) -> None:
    """paying → the brand's paid, or back to settled."""
    kind, reason = Wallet.Kind, Transfer.Reason
    wallets = Wallets(brand)
    wallets.open([None], kind.PAID)
    wallets.open({line.koc for line in [*paid, *failed]}, kind.PAYING, kind.SETTLED)
    transfers = [
        NewTransfer(
            wallets[line.koc, kind.PAYING], wallets[None, kind.PAID], line.amount_minor, reason.PAID.value, line.pk
        )
        for line in paid
    ]
    transfers += [
        NewTransfer(
            wallets[line.koc, kind.PAYING],
            wallets[line.koc, kind.SETTLED],
            line.amount_minor,
            reason.RETURNED.value,
            line.pk,
        )
        for line in failed
    ]
    post(transfers, at=at)


def _mark_paid_and_close(paid: Sequence[Line], batches: Iterable[int], at: datetime) -> None:
    """Mark a paid line's statement as paid, with the commissions that were first settled on it; close a batch without a
    waiting line."""
    statements = [line.statement for line in paid]
    with connection.cursor() as cursor:
        cursor.execute(PAY_STATEMENTS, [statements])
        if cursor.rowcount != len(statements):
            raise AssertionError("a statement was paid by a caller that did not lock the book")
        cursor.execute(PAY_COMMISSIONS, [statements])
        cursor.execute(CLOSE_BATCHES, [at, list(batches)])
