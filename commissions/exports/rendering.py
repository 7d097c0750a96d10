"""An export as a file, CSV or XLSX: rows that stream, in an order that does not change."""

import csv
import io
import re
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from secrets import token_hex
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from typing import IO, Any, BinaryIO, NamedTuple
from zipfile import ZipFile, ZipInfo

from django.db import connection
from rustpy_xlsxwriter import FastExcel

from commissions.exports.selectors import AMOUNT, NUMBER, ExportQuery, cells_query
from commissions.settlement.models.statements import Statement
from foundation.files.exported_cells import harmless
from foundation.files.faults import Refusal
from foundation.sealing import unseal
from foundation.terminal.progress import Progress, tell

ROWS_A_BLOCK = 2_000
SHEET_ROWS = 1_048_575  # what a spreadsheet holds, beside its header


class Block(NamedTuple):
    """Some whole rows of CSV."""

    rows: int
    text: bytes


def csv_blocks(export: ExportQuery) -> Iterator[Block]:
    """The rows as RFC 4180, without the header. PostgreSQL writes them; here its line ends become CRLF, and marked
    values are replaced by public ids and unsealed names.

    The connection is busy until the last block. The rows are streamed, and the query is one statement: all rows are of
    one moment."""
    mark = f"<{token_hex(8)}>"
    copy_sql = f"COPY ({cells_query(export)}) TO STDOUT WITH (FORMAT csv)"
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(copy_sql, export.parameters | {"mark": mark}) as copy,
    ):
        rows = iter(copy)
        while block := list(islice(rows, ROWS_A_BLOCK)):
            yield Block(len(block), _with_marks_replaced(_with_crlf(block), mark.encode()))


def _with_crlf(rows: Sequence[bytes | memoryview]) -> bytes:
    """COPY ends a row with LF alone. An LF inside a cell stays as it is."""
    text = b"".join(rows)
    if text.count(b"\n") == len(rows):
        return text.replace(b"\n", b"\r\n")
    return b"".join(bytes(row[:-1]) + b"\r\n" for row in rows)


def _with_marks_replaced(text: bytes, mark: bytes) -> bytes:
    """The text with each marked value replaced: a number by the public id of that statement, a sealed text by its clear
    text."""
    if mark not in text:
        return text
    marked = re.compile(mark + rb"([\w=-]+)" + mark)
    values = list(dict.fromkeys(marked.findall(text)))
    numbers = [value for value in values if value.isdigit()]
    shown = {value: _quoted(harmless(unseal(value.decode()))).encode() for value in values if not value.isdigit()}
    shown |= {
        number: public_id.encode()
        for number, public_id in zip(numbers, Statement.public_ids_of(map(int, numbers)), strict=True)
    }
    return marked.sub(lambda match: shown[match[1]], text)


def _quoted(text: str) -> str:
    """A cell of CSV, quoted where it must be."""
    return '"' + text.replace('"', '""') + '"' if re.search(r'[",\r\n]', text) else text


def write_csv(export: ExportQuery, out: BinaryIO, *, progress: Progress | None = None) -> int:
    """RFC 4180 with a header, UTF-8; returns the number of rows. `progress` is called with the number of rows
    written."""
    out.write(",".join(export.columns).encode() + b"\r\n")
    count = 0
    for block in csv_blocks(export):
        out.write(block.text)
        count += block.rows
        tell(progress, count)
    return count


def write_xlsx(export: ExportQuery, out: BinaryIO, *, progress: Progress | None = None) -> int:
    """One sheet, amounts as numbers with the currency's digits; returns the number of rows. Raises Refusal for more
    than a sheet holds."""
    names = list(export.columns)
    count = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal count
        for block in csv_blocks(export):
            if (count := count + block.rows) > SHEET_ROWS:
                raise Refusal(f"a sheet holds {SHEET_ROWS} rows, and there are more: take csv")
            tell(progress, count)
            yield from sheet_rows(export, block)

    remaining = rows()
    first = next(remaining, dict.fromkeys(names))  # without a row there would be no header either
    amount_format = f"0.{'0' * export.digits}" if export.digits else "0"
    # By its name: written to an open file object, the whole book would go through memory
    with NamedTemporaryFile(suffix=".xlsx") as book:
        FastExcel(book.name, columns=names).format(float_format=amount_format, bold_headers=True).freeze(row=1).sheet(
            "export", chain([first], remaining)
        ).save()
        _reset_timestamps(book)
        book.seek(0)
        copyfileobj(book, out)
    return count


def sheet_rows(export: ExportQuery, block: Block) -> Iterator[dict[str, Any]]:
    """The rows of a block by column, numbers as such. A spreadsheet's amounts are doubles: exact to the cent far beyond
    any payout."""
    names = list(export.columns)
    readers: dict[str, Callable[[str], Any]] = {AMOUNT: float, NUMBER: int}
    numbers = [
        (place, readers[column.kind]) for place, column in enumerate(export.columns.values()) if column.kind in readers
    ]
    row: list[Any]
    for row in csv.reader(io.StringIO(block.text.decode(), newline="")):
        for place, read in numbers:
            if row[place]:
                row[place] = read(row[place])
        yield dict(zip(names, row, strict=True))


def _reset_timestamps(book: IO[bytes]) -> None:
    """Remove the time of writing from a workbook's properties, so that the same rows are the same bytes. The properties
    are the last parts: the sheets are not changed."""
    with ZipFile(book, "a") as parts:
        properties = [part for part in parts.infolist() if part.filename.startswith("docProps/")]
        texts = {part.filename: parts.read(part) for part in properties}
        parts.start_dir = min(part.header_offset for part in properties)
        for part in properties:
            parts.filelist.remove(part)
            del parts.NameToInfo[part.filename]
        for name, text in texts.items():
            parts.writestr(ZipInfo(name), re.sub(rb">\d{4}-\d\d-\d\dT[\d:]+Z<", b">1980-01-01T00:00:00Z<", text))


WRITERS = {"csv": write_csv, "xlsx": write_xlsx}


def write_to(
    export: ExportQuery, *, format: str, out: str | None, has_mark: bool = False, progress: Progress | None = None
) -> int:
    """Write an export to a file, or to standard output when there is none. A file is written whole or not at all; a CSV
    for a person has the mark (BOM) by which a Chinese spreadsheet reads it as UTF-8."""
    write = WRITERS[format]
    if out is None:
        return write(export, sys.stdout.buffer, progress=progress)
    unfinished = Path(f"{out}.part")
    try:
        with unfinished.open("wb") as file:
            if has_mark and format == "csv":
                file.write(BOM_UTF8)
            count = write(export, file, progress=progress)
        unfinished.replace(out)
    except OSError as error:
        raise Refusal(f"{out}: {error.strerror}") from error
    finally:
        with suppress(OSError):  # what could not be opened cannot be taken away either
            unfinished.unlink(missing_ok=True)
    return count
