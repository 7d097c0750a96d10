"""Record the bank's results of the payments of a brand's batches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from django.db import connection, transaction

from accounts.brands.models import Brand
from commissions.ledger.models import Wallet
from commissions.ledger.services import Wallets, lock_book, open_wallets, post_selected
from commissions.payouts.domain.payout_results import Result, minor_unit
from commissions.payouts.models import PayoutLine
from foundation.files.cells import up_to
from foundation.files.tables import Column, ImportResult, RowErrors, instant, one_of, parse_rows, text
from foundation.money.amounts import major
from foundation.money.calendar import day_starts
from foundation.postgres.bulk import stage, streamed
from foundation.texts.messages import Message

LISTED = """
line int, reference text, status text, amount_minor numeric, currency text, bank_reference text, reason text, paid_at text, returned_at text"""
COPIED = ["line", "reference", *(field.name for field in fields(Result))]
# All rows of a payment together, in the order of the file, each with the payment.
REPORTED = """
SELECT listed.reference, listed.line, listed.status, listed.amount_minor, listed.currency, listed.bank_reference, listed.reason, listed.paid_at,
    listed.returned_at, line.id, batch.number, batch.status, line.amount_minor, batch.currency, line.status, line.bank_reference, line.reason, line.paid_at,
    line.returned_at, line.result_at, line.result_file, line.return_told_at, line.return_file
FROM listed_result listed
LEFT JOIN (commissions_payoutline line JOIN commissions_payoutbatch batch ON batch.id = line.batch_id AND batch.brand_id = %(brand)s)
    ON line.reference = listed.reference
ORDER BY listed.reference, listed.line
"""
CELLS = len(fields(Result))
# `is_fresh`: the line waited for it. `is_back`: the money comes back now; of a line that waited it is paid first, so that
# either order of the two facts moves the same.
DECIDED = """
row int, line bigint, is_fresh boolean, is_back boolean, is_changed boolean, status text, bank_reference text, reason text, paid_at timestamptz,
returned_at timestamptz"""
DECIDED_COPIED = [
    "row",
    "line",
    "is_fresh",
    "is_back",
    "is_changed",
    "status",
    "bank_reference",
    "reason",
    "paid_at",
    "returned_at",
]
WRITE_RESULTS = """
UPDATE commissions_payoutline line
SET status = result.status, bank_reference = result.bank_reference, reason = result.reason, paid_at = result.paid_at,
    result_at = COALESCE(line.result_at, %(at)s), result_file = COALESCE(NULLIF(line.result_file, ''), %(file)s),
    returned_at = result.returned_at, return_told_at = CASE WHEN result.is_back THEN %(at)s ELSE line.return_told_at END,
    return_file = CASE WHEN result.is_back THEN %(file)s ELSE line.return_file END
FROM decided_result result
WHERE result.is_changed AND line.id = result.line
    AND line.status = CASE WHEN result.is_fresh THEN 'waiting' WHEN result.is_back THEN 'paid' ELSE result.status END
"""
FRESH_WALLETS = """
SELECT DISTINCT line.koc_id, kind
FROM decided_result result JOIN commissions_payoutline line ON line.id = result.line, unnest(ARRAY['paying', 'settled']) AS kind
WHERE result.is_fresh OR result.is_back"""
# Outer joins: a payment of which a wallet is missing is refused, not left out.
FRESH_TRANSFERS = """
SELECT CASE move.reason WHEN 'given_back' THEN %(paid_wallet)s ELSE paying.id END,
    CASE move.reason WHEN 'paid' THEN %(paid_wallet)s ELSE settled.id END, line.amount_minor, move.reason, line.id
FROM decided_result result
JOIN (VALUES (1, 'paid'), (2, 'returned'), (3, 'given_back')) AS move(place, reason)
    ON CASE move.reason WHEN 'given_back' THEN result.is_back ELSE result.is_fresh AND (move.reason = 'returned') = (result.status = 'failed') END
JOIN commissions_payoutline line ON line.id = result.line
LEFT JOIN commissions_wallet paying
    ON paying.brand_id = %(brand)s AND paying.koc_id = line.koc_id AND paying.kind = 'paying' AND paying.currency = %(currency)s
LEFT JOIN commissions_wallet settled
    ON settled.brand_id = %(brand)s AND settled.koc_id = line.koc_id AND settled.kind = 'settled' AND settled.currency = %(currency)s
ORDER BY move.place, result.row"""
PAID = """
SELECT line.statement_id FROM decided_result result JOIN commissions_payoutline line ON line.id = result.line
WHERE result.is_fresh AND result.status = 'paid'"""
PAID_BEFORE = """
SELECT line.statement_id FROM decided_result result JOIN commissions_payoutline line ON line.id = result.line
WHERE result.is_back AND NOT result.is_fresh"""
TOTALS = """
SELECT count(*) FILTER (WHERE is_changed), count(*) FILTER (WHERE NOT is_changed),
    count(*) FILTER (WHERE is_fresh AND result.status = 'paid'),
    COALESCE(sum(amount_minor) FILTER (WHERE is_fresh AND result.status = 'paid'), 0)::bigint,
    count(*) FILTER (WHERE is_fresh AND result.status = 'failed'),
    COALESCE(sum(amount_minor) FILTER (WHERE is_fresh AND result.status = 'failed'), 0)::bigint,
    count(*) FILTER (WHERE is_back), COALESCE(sum(amount_minor) FILTER (WHERE is_back), 0)::bigint,
    count(*) FILTER (WHERE is_back AND NOT is_fresh)
FROM decided_result result JOIN commissions_payoutline line ON line.id = result.line"""
PAY_STATEMENTS = f"UPDATE commissions_statement SET status = 'paid' WHERE id IN ({PAID}) AND status = 'ready'"  # noqa: S608  constants
PAY_COMMISSIONS = f"""
UPDATE commissions_commission earned SET status = 'paid' FROM commissions_statementline line
WHERE line.statement_id IN ({PAID}) AND earned.id = line.commission_id AND earned.statement_id = line.statement_id AND earned.status = 'settled'
"""  # noqa: S608  constants
FREE_STATEMENTS = f"UPDATE commissions_statement SET status = 'ready' WHERE id IN ({PAID_BEFORE}) AND status = 'paid'"  # noqa: S608  constants
FREE_COMMISSIONS = f"""
UPDATE commissions_commission earned SET status = 'settled' FROM commissions_statementline line
WHERE line.statement_id IN ({PAID_BEFORE}) AND earned.id = line.commission_id AND earned.statement_id = line.statement_id AND earned.status = 'paid'
"""  # noqa: S608  constants
CLOSE_BATCHES = """
UPDATE commissions_payoutbatch batch SET status = 'closed', closed_at = %(at)s
WHERE id IN (SELECT line.batch_id FROM decided_result result JOIN commissions_payoutline line ON line.id = result.line WHERE result.is_fresh)
    AND status = 'exported' AND NOT EXISTS (SELECT FROM commissions_payoutline line WHERE line.batch_id = batch.id AND line.status = 'waiting')
"""


class Line(NamedTuple):
    """A payment of the file, as it is in the database."""

    number: int
    batch_status: str
    amount_minor: int
    currency: str
    status: str
    bank_reference: str
    reason: str
    paid_at: datetime | None
    returned_at: datetime | None
    result_at: datetime | None
    result_file: str
    return_told_at: datetime | None
    return_file: str

    @property
    def is_decided(self) -> bool:
        return self.status in (PayoutLine.Status.PAID, PayoutLine.Status.FAILED, PayoutLine.Status.RETURNED)

    def source_of(self, field: str) -> str:
        """Who said what the line says of a field: its batch, or the file that was loaded first."""
        if field in ("amount_minor", "currency"):
            return Message("batch %(number)s", number=self.number)
        is_of_return = self.return_told_at is not None and field in ("status", "reason", "returned_at")
        file, at = (self.return_file, self.return_told_at) if is_of_return else (self.result_file, self.result_at)
        return Message("%(file)s, loaded at %(at)s UTC,", file=file, at=f"{at:%Y-%m-%d %H:%M}")

    def known(self) -> Result:
        return Result(
            status=self.status if self.is_decided else "",
            amount_minor=self.amount_minor,
            currency=self.currency,
            bank_reference=self.bank_reference,
            reason=self.reason,
            paid_at=self.paid_at,
            returned_at=self.returned_at,
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
    returned: int
    returned_minor: int


@transaction.atomic
def record_results(*, brand: Brand, lines: Iterable[str], name: str, at: datetime) -> ResultsLoaded:
    """Load a CSV file of the bank's results, all or nothing: a paid line's money moves to the brand's paid wallet, its
    statement and commissions are paid; a failed line's goes back to settled, and its statement is ready for the next
    batch. So does that of a line which the bank gives back, days after it paid or at once: it is paid and then given
    back, and keeps both facts, whichever is told first.

    Loading the same file twice, or in pieces in any order, gives the same result: a recorded result is completed, and
    never changed. A result that contradicts an earlier one is a fault, as are an unknown reference, another amount,
    another currency. Locks the brand's book; key: (paid, returned or given_back, line). Raises BadFile."""
    faults = RowErrors(name)
    stage("listed_result", LISTED, COPIED, _read(brand, lines, faults))
    lock_book(brand)
    decided = _decided(streamed(REPORTED, {"brand": brand.pk}), brand, faults)
    stage("decided_result", DECIDED, DECIDED_COPIED, decided)
    faults.refuse_if_any()
    return _record(brand, name, at)


def _read(brand: Brand, lines: Iterable[str], faults: RowErrors) -> Iterator[tuple[object, ...]]:
    """The rows of the file, with their numbers, and times as the file has them."""
    for row, (reference, status, *cells, paid_at, returned_at) in parse_rows(lines, _columns(brand), faults):
        if status == PayoutLine.Status.FAILED and paid_at:
            faults.add(row, Message("a payment that failed has no paid_at"), "paid_at", paid_at.isoformat())
        if status != PayoutLine.Status.RETURNED and returned_at:
            told = Message("only what the bank gave back has a returned_at: its status is returned")
            faults.add(row, told, "returned_at", returned_at.isoformat())
        yield row, reference, status, *cells, paid_at and paid_at.isoformat(), returned_at and returned_at.isoformat()


def _decided(
    reported: Iterable[tuple[Any, ...]], brand: Brand, faults: RowErrors
) -> Iterator[tuple[int, int, bool, bool, bool, str, str, str, datetime | None, datetime | None]]:
    """Each payment of the file once, in the columns of `decided_result`: its first row, and its result as it was
    recorded before, completed by all its rows."""
    for reference, rows in groupby(reported, key=itemgetter(0)):
        payment: tuple[Any, ...] = ()
        first, result = 0, Result()
        for _, row, *told in rows:
            more = _result(told[:CELLS])
            for field in result.contradicted_by(more):
                _add_contradiction(
                    faults, row, Message("row %(row)s of the file", row=first), field, result, more, brand.currency
                )
            first, result, payment = first or row, result.completed_by(more), tuple(told[CELLS:])
        pk, *recorded = payment
        if pk is None:
            faults.add(first, Message("is no payment of %(slug)s", slug=brand.slug), "reference", reference)
        elif _is_acceptable(line := Line(*recorded), reference, first, result, brand, faults):
            known = line.known()
            after = known.completed_by(result)
            is_back = after.status == PayoutLine.Status.RETURNED != line.status
            end = after.status, after.bank_reference, after.reason, after.paid_at, after.returned_at
            yield first, pk, not line.is_decided, is_back, after != known, *end


def _result(cells: Sequence[Any]) -> Result:
    status, amount, currency, bank_reference, reason, paid_at, returned_at = cells
    return Result(
        status,
        None if amount is None else int(amount),
        currency,
        bank_reference,
        reason,
        paid_at and datetime.fromisoformat(paid_at),
        returned_at and datetime.fromisoformat(returned_at),
    )


def _columns(brand: Brand) -> list[Column]:
    """The reference, then what a `Result` holds, in its order."""
    digits = get_currency_precision(brand.currency)
    return [
        Column("reference", lambda cell: text(cell.strip().upper())),
        Column("status", one_of(["paid", "failed", "returned"])),
        Column("amount", lambda cell: minor_unit(cell, digits), required=False),
        Column("currency", up_to(3), required=False, default=""),
        Column("bank_reference", up_to(64), required=False, default=""),
        Column("reason", up_to(200), required=False, default=""),
        Column("paid_at", instant, required=False),
        Column("returned_at", lambda cell: instant_or_day(cell, brand.timezone), required=False),
    ]


def instant_or_day(cell: str, zone: str) -> datetime:
    """A time with its zone, or a day, whose midnight in the brand's zone stands for it: of what comes back banks often
    tell no more."""
    try:
        return day_starts(date.fromisoformat(cell), zone=zone)
    except ValueError:
        return instant(cell)


def _is_acceptable(line: Line, reference: str, row: int, reported: Result, brand: Brand, faults: RowErrors) -> bool:
    """Whether a result may be recorded for a line; if not, the reasons are added to the faults."""
    if line.status == PayoutLine.Status.DROPPED:
        faults.add(
            row,
            Message("was taken out of batch %(number)s and never went to the bank", number=line.number),
            "reference",
            reference,
        )
        return False
    if line.batch_status not in ("exported", "closed"):
        faults.add(
            row, Message("is in batch %(number)s, which was not exported", number=line.number), "reference", reference
        )
        return False
    recorded = line.known()
    contradicted = recorded.contradicted_by(reported)
    for field in contradicted:
        _add_contradiction(faults, row, line.source_of(field), field, recorded, reported, line.currency)
    after = recorded.completed_by(reported)
    if not contradicted and after.is_back_too_early(ZoneInfo(brand.timezone)):
        told = Message("was given back before it was paid (%(paid_at)s)", paid_at=_cell(after.paid_at, line.currency))
        faults.add(row, told, "returned_at", _cell(after.returned_at, line.currency))
        return False
    return not contradicted


def _add_contradiction(
    faults: RowErrors, row: int, source: str, field: str, earlier: Result, reported: Result, currency: str
) -> None:
    """The fault contains both: the source and value of the earlier result, and the row and value that contradict it."""
    mine, theirs = (_cell(getattr(result, field), currency) for result in (earlier, reported))
    name = field.removesuffix("_minor")
    told = Message("%(source)s says %(name)s %(mine)s", source=source, name=name, mine=mine)
    if field == "status" and reported.status == PayoutLine.Status.FAILED:
        told = Message("%(told)s; what the bank gave back after it had paid is returned, not failed", told=told)
    faults.add(row, told, name, theirs)


def _cell(value: str | int | datetime | None, currency: str) -> str:
    if isinstance(value, int):
        return major(value, get_currency_precision(currency))
    return value.isoformat() if isinstance(value, datetime) else value or ""


def _record(brand: Brand, name: str, at: datetime) -> ResultsLoaded:
    with connection.cursor() as cursor:
        cursor.execute(TOTALS)
        changed, unchanged, *sums, paid_before = cursor.fetchone()
    loaded = ResultsLoaded(ImportResult(0, changed, unchanged), *sums)
    _write(changed, name, at)
    _post_transfers(brand, at)
    _move_statements_and_close(loaded.paid, paid_before, at)
    return loaded


def _write(changed: int, name: str, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WRITE_RESULTS, {"at": at, "file": name[-200:]})
        if cursor.rowcount != changed:
            raise AssertionError("a result was recorded by a caller that did not lock the book")


def _post_transfers(brand: Brand, at: datetime) -> None:
    """paying → the brand's paid, or back to settled; and from the brand's paid back to settled."""
    wallets = Wallets(brand)
    wallets.open([None], Wallet.Kind.PAID)
    open_wallets(brand, FRESH_WALLETS, {})
    named = {"brand": brand.pk, "currency": brand.currency, "paid_wallet": wallets[None, Wallet.Kind.PAID]}
    post_selected(FRESH_TRANSFERS, named, at=at)


def _move_statements_and_close(paid: int, paid_before: int, at: datetime) -> None:
    """Mark a paid line's statement as paid, with the commissions that were first settled on it; make it ready again
    when the bank gave the money back; close a batch without a waiting line."""
    with connection.cursor() as cursor:
        for move, count in ((PAY_STATEMENTS, paid), (FREE_STATEMENTS, paid_before)):
            cursor.execute(move)
            if cursor.rowcount != count:
                raise AssertionError("a statement was paid by a caller that did not lock the book")
        cursor.execute(PAY_COMMISSIONS)
        cursor.execute(FREE_COMMISSIONS)
        cursor.execute(CLOSE_BATCHES, {"at": at})
