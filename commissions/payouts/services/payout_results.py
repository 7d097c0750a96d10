"""Record the bank's results of the payments of a brand's batches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import connection, transaction

from accounts.brands.models import Brand
from commissions.ledger.models import Wallet
from commissions.ledger.services import Wallets, lock_book, open_wallets, post_selected
from commissions.payouts.domain.payout_results import Result
from commissions.payouts.services.result_checks import Checks, Decided
from commissions.payouts.services.result_reading import ReadResults, read_results
from foundation.files.tables import ImportResult, RowErrors
from foundation.postgres.bulk import stage, streamed

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
# A `Decided` each; of a line that waited and is given back the money is paid first, so that either order of the two facts
# moves the same.
DECIDED = """
row int, line bigint, is_fresh boolean, is_back boolean, is_changed boolean, status text, bank_reference text, reason text, paid_at timestamptz,
returned_at timestamptz"""
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
SELECT count(*) FILTER (WHERE is_changed), count(*) FILTER (WHERE NOT is_changed AND result.status <> 'processing'),
    count(*) FILTER (WHERE is_fresh AND result.status = 'paid'),
    COALESCE(sum(amount_minor) FILTER (WHERE is_fresh AND result.status = 'paid'), 0)::bigint,
    count(*) FILTER (WHERE is_fresh AND result.status = 'failed'),
    COALESCE(sum(amount_minor) FILTER (WHERE is_fresh AND result.status = 'failed'), 0)::bigint,
    count(*) FILTER (WHERE is_back), COALESCE(sum(amount_minor) FILTER (WHERE is_back), 0)::bigint,
    count(*) FILTER (WHERE result.status = 'processing'), count(*) FILTER (WHERE is_back AND NOT is_fresh)
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


@dataclass(frozen=True, slots=True)
class ResultsLoaded:
    """The outcome of a file of results, read by the layout of this key: `tally` counts its payments, the rest those that
    it decided, with their sums; and those that the bank still works on, which is no result yet."""

    tally: ImportResult
    layout: str
    paid: int
    paid_minor: int
    failed: int
    failed_minor: int
    returned: int
    returned_minor: int
    processing: int


@transaction.atomic
def record_results(*, brand: Brand, lines: Iterable[str], name: str, at: datetime, layout: str = "") -> ResultsLoaded:
    """Load a CSV file of the bank's results, all or nothing, by the layout of this key or the one whose head it has: a
    paid line's money moves to the brand's paid wallet, its statement and commissions are paid; a failed line's goes
    back to settled, and its statement is ready for the next batch. So does that of a line which the bank gives back,
    days after it paid or at once: it is paid and then given back, and keeps both facts, whichever is told first.

    Loading the same file twice, or in pieces in any order, gives the same result: a recorded result is completed, and
    never changed. A result that contradicts an earlier one is a fault, as are an unknown reference, another amount,
    another currency. What the bank still works on changes nothing. Locks the brand's book; key: (paid, returned or
    given_back, line). Raises BadFile, and Refusal for a layout that there is not."""
    faults = RowErrors(name)
    read = read_results(brand=brand, lines=lines, layout=layout, faults=faults)
    stage("listed_result", LISTED, COPIED, _listed(read))
    lock_book(brand)
    decided = Checks(brand, read.names, faults).decided(streamed(REPORTED, {"brand": brand.pk}))
    stage("decided_result", DECIDED, list(Decided.__annotations__), decided)
    faults.refuse_if_any()
    return _record(brand, name, read.layout, at)


def _listed(read: ReadResults) -> Iterator[tuple[object, ...]]:
    """The rows of the file, with their numbers, and times as the file has them."""
    for row, reference, result in read.rows:
        cells = (getattr(result, field.name) for field in fields(result))
        yield row, reference, *(cell.isoformat() if isinstance(cell, datetime) else cell for cell in cells)


def _record(brand: Brand, name: str, layout: str, at: datetime) -> ResultsLoaded:
    with connection.cursor() as cursor:
        cursor.execute(TOTALS)
        changed, unchanged, *sums, paid_before = cursor.fetchone()
    loaded = ResultsLoaded(ImportResult(0, changed, unchanged), layout, *sums)
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
