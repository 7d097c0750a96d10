"""What finance takes away: rows that stream, in an order that does not change."""

import csv
import io
import re
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, NamedTuple, TextIO
from zipfile import ZipFile, ZipInfo

from babel.numbers import get_currency_precision
from django.db import connection
from rustpy_xlsxwriter import FastExcel

from accounts.domain.faults import Refusal
from accounts.models import Brand
from commissions.domain.calendar import month_bounds
from commissions.domain.cells import harmless, major, moment
from commissions.domain.refusals import PeriodRefused
from commissions.models import Settlement, Statement
from commissions.models.sealing import unseal

AMOUNT, TEXT, NUMBER, MOMENT, STATEMENT, SEALED = "amount", "text", "number", "moment", "statement", "sealed"


class Export(NamedTuple):
    """The kind of every column by its name, the query behind it, and the digits of its currency."""

    columns: dict[str, str]
    query: str
    parameters: dict[str, Any]
    digits: int


COMMISSION_COLUMNS = {
    "period": TEXT,
    "koc": TEXT,
    "koc_name": TEXT,
    "order": TEXT,
    "line": TEXT,
    "sku": TEXT,
    "level": NUMBER,
    "paid_at": MOMENT,
    "delivered_at": MOMENT,
    "approved_at": MOMENT,
    "base": AMOUNT,
    "rate_bps": NUMBER,
    "multiplier_bps": NUMBER,
    "amount": AMOUNT,
    "refunded_base": AMOUNT,
    "reversed": AMOUNT,
    "net": AMOUNT,
    "status": TEXT,
    "rule": TEXT,
    "plan": TEXT,
    "statement": STATEMENT,
}
# Level 2 has no tier multiplier: its rate is the override. A fixed amount has no rate, and neither has a campaign's bonus, whose key stands for the rule.
COMMISSIONS = """
SELECT %(period)s, koc.key, koc.name, sale.key, line.key, product.sku, earned.level, sale.paid_at, delivery.delivered_at, earned.approved_at, line.base_minor,
    CASE WHEN earned.campaign_id IS NOT NULL THEN NULL WHEN earned.level = 2 THEN answer.override_bps ELSE answer.rate_bps END,
    CASE WHEN earned.level = 2 OR earned.campaign_id IS NOT NULL THEN 10000 ELSE credit.multiplier_bps END,
    earned.amount_minor,
    CASE WHEN refunded.is_cancelled THEN line.base_minor ELSE COALESCE(refunded.amount, 0) END,
    earned.reversed_minor, earned.amount_minor - earned.reversed_minor, earned.status,
    COALESCE(campaign.key, (rule.position + 1)::text), plan.key || CASE WHEN plan.version > 1 THEN ' v' || plan.version ELSE '' END, earned.statement_id
FROM commissions_order sale
JOIN commissions_orderline line ON line.order_id = sale.id
JOIN commissions_commission earned ON earned.line_id = line.id
JOIN commissions_lineanswer answer ON answer.line_id = line.id
JOIN commissions_ordercredit credit ON credit.id = earned.credit_id
LEFT JOIN commissions_campaign campaign ON campaign.id = earned.campaign_id
LEFT JOIN commissions_rule rule ON rule.id = answer.rule_id
LEFT JOIN commissions_plan plan ON plan.id = answer.plan_id
JOIN content_product product ON product.id = line.product_id
JOIN accounts_koc koc ON koc.id = earned.koc_id
LEFT JOIN commissions_delivery delivery ON delivery.brand_id = sale.brand_id AND delivery.order_key = sale.key
LEFT JOIN LATERAL (
    SELECT bool_or(refund.kind = 'cancellation') AS is_cancelled, sum(part.amount_minor) FILTER (WHERE part.line_key = line.key)::bigint AS amount
    FROM commissions_refund refund LEFT JOIN commissions_refundline part ON part.refund_id = refund.id
    WHERE refund.brand_id = sale.brand_id AND refund.order_key = sale.key AND refund.status = 'applied'
) AS refunded ON true
WHERE sale.brand_id = %(brand)s AND sale.paid_at >= %(starts)s AND sale.paid_at < %(ends)s
ORDER BY koc.key COLLATE "C", sale.paid_at, sale.key COLLATE "C", line.position, earned.level, earned.id
"""
STATEMENT_COLUMNS = {
    "period": TEXT,
    "statement": STATEMENT,
    "koc": TEXT,
    "koc_name": TEXT,
    "payee_name": SEALED,
    "payee_account_last4": TEXT,
    "currency": TEXT,
    "gross": AMOUNT,
    "debt_in": AMOUNT,
    "tax_method": TEXT,
    "taxable": AMOUNT,
    "tax": AMOUNT,
    "net": AMOUNT,
    "carried_out": AMOUNT,
    "status": TEXT,
    "batch": TEXT,
}
# One that is carried is no statement yet: it has no number. The batch is the one that holds it; a payment that failed holds nothing.
STATEMENTS = """
SELECT statement.period, CASE WHEN statement.status <> 'carried' THEN statement.id END, koc.key, koc.name,
    payee.name_sealed, payee.account_last4, statement.currency,
    gross_minor, debt_in_minor, tax_method, taxable_minor, tax_minor, net_minor, carried_out_minor, statement.status, batch.number::text
FROM commissions_statement statement JOIN accounts_koc koc ON koc.id = statement.koc_id LEFT JOIN commissions_payee payee ON payee.user_id = koc.user_id
LEFT JOIN commissions_payoutline paying ON paying.statement_id = statement.id AND paying.status IN ('waiting', 'paid')
LEFT JOIN commissions_payoutbatch batch ON batch.id = paying.batch_id
WHERE statement.settlement_id = %(settlement)s ORDER BY koc.key COLLATE "C"
"""


def commission_export(brand: Brand, period: str) -> Export:
    """One row per commission of the orders that were paid in a month of the brand's zone, as they stand now. Raises PeriodRefused."""
    try:
        starts, ends = month_bounds(period, zone=brand.timezone)
    except ValueError as error:
        raise PeriodRefused(str(error)) from None
    return Export(
        COMMISSION_COLUMNS, COMMISSIONS, {"period": period, "brand": brand.pk, "starts": starts, "ends": ends}, get_currency_precision(brand.currency)
    )


def statement_export(brand: Brand, period: str) -> Export:
    """One row per payee of a settled period: those who are paid, and those whose amount is carried. Raises PeriodRefused when it is not settled."""
    settlement = Settlement.objects.filter(brand=brand, currency=brand.currency, period=period).first()
    if settlement is None:
        raise PeriodRefused(f"{period} is not settled for {brand.slug}")
    return Export(STATEMENT_COLUMNS, STATEMENTS, {"settlement": settlement.pk}, get_currency_precision(brand.currency))


def write_csv(export: Export, out: TextIO) -> int:
    """RFC 4180 with a header; returns the number of rows. Streams: memory does not grow with the rows."""
    writer = csv.writer(out)
    writer.writerow(export.columns)
    count = 0
    for count, row in enumerate(_cells(export, _as_text), start=1):  # noqa: B007  counted on purpose
        writer.writerow(row)
    return count


def write_xlsx(export: Export, out: BinaryIO) -> int:
    """One sheet, amounts as numbers with the currency's digits; returns the number of rows. Streams as the CSV does."""
    names = list(export.columns)
    amount_format = f"0.{'0' * export.digits}" if export.digits else "0"
    counted = _Counter()
    rows = (dict(zip(names, row, strict=True)) for row in counted.over(_cells(export, _as_number)))
    first = next(rows, dict.fromkeys(names))  # without a row there would be no header either
    with TemporaryFile() as book:
        FastExcel(book, columns=names).format(float_format=amount_format, bold_headers=True).freeze(row=1).sheet("export", chain([first], rows)).save()
        _forget_the_moment(book)
        book.seek(0)
        copyfileobj(book, out)
    return counted.count


def _forget_the_moment(book: IO[bytes]) -> None:
    """Take the moment of writing out of a workbook's properties, so that the same rows are the same bytes. They stand last: the sheets are not touched."""
    with ZipFile(book, "a") as parts:
        properties = [part for part in parts.infolist() if part.filename.startswith("docProps/")]
        texts = {part.filename: parts.read(part) for part in properties}
        parts.start_dir = min(part.header_offset for part in properties)
        for part in properties:
            parts.filelist.remove(part)
            del parts.NameToInfo[part.filename]
        for name, text in texts.items():
            parts.writestr(ZipInfo(name), re.sub(rb">\d{4}-\d\d-\d\dT[\d:]+Z<", b">1980-01-01T00:00:00Z<", text))


class _Counter:
    def __init__(self) -> None:
        self.count = 0

    def over(self, rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
        for self.count, row in enumerate(rows, start=1):
            yield row


def _as_text(amount_minor: int, digits: int) -> str:
    return major(amount_minor, digits)


def _as_number(amount_minor: int, digits: int) -> float:
    # A spreadsheet's numbers are doubles: exact to the cent far beyond any payout.
    return float(major(amount_minor, digits))


def _cells(export: Export, amount: Callable[[int, int], Any]) -> Iterator[list[Any]]:
    """The rows, cell by cell as they are shown. A statement's public id is computed once for all its rows."""
    kinds = list(export.columns.values())
    statement_id = lru_cache(maxsize=1024)(Statement.public_id_of)
    show: dict[str, Callable[[Any], Any]] = {
        AMOUNT: lambda value: amount(value, export.digits),
        TEXT: lambda value: harmless(value or ""),
        NUMBER: lambda value: "" if value is None else value,
        MOMENT: moment,
        STATEMENT: lambda value: "" if value is None else statement_id(value),
        SEALED: lambda value: "" if value is None else harmless(unseal(value)),
    }
    shown = [show[kind] for kind in kinds]
    with connection.chunked_cursor() as cursor:  # a cursor of the server: a million rows never stand in memory
        cursor.execute(export.query, export.parameters)
        for row in cursor:
            yield [show_cell(cell) for show_cell, cell in zip(shown, row, strict=True)]


def _print_csv(export: Export) -> int:
    """The same bytes as in a file: UTF-8 with CRLF, whatever the terminal speaks."""
    text = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    try:
        return write_csv(export, text)
    finally:
        text.detach()


def write_to(export: Export, *, format: str, out: str | None) -> int:
    """Write an export to a file, or to standard output when there is none. A file appears whole or not at all."""
    if out is None:
        return write_xlsx(export, sys.stdout.buffer) if format == "xlsx" else _print_csv(export)
    unfinished = Path(f"{out}.part")
    try:
        if format == "xlsx":
            with unfinished.open("wb") as binary:
                count = write_xlsx(export, binary)
        else:
            with unfinished.open("w", encoding="utf-8", newline="") as text:
                count = write_csv(export, text)
        unfinished.replace(out)
    except OSError as error:
        raise Refusal(f"{out}: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return count
