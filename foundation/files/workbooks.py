"""A sheet of an XLSX workbook, as lines of CSV: whatever reads those reads it."""

import csv
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

from foundation.files.faults import BadFile, Fault
from foundation.texts.messages import Message

MAGIC = b"PK\x03\x04"
OLD_MAGIC = b"\xd0\xcf\x11\xe0"  # XLS, and a workbook with a password
MOST_UNPACKED = 2 << 30  # bytes; a million rows of an import have a quarter of that
EXACT = 10**15  # what a spreadsheet keeps of a number are 15 digits
_ZEROS = re.compile(r"0{2,}").fullmatch


def lines_of_workbook(binary: BinaryIO, name: str) -> Iterator[str]:
    """A row a line, of the first sheet; every line is as wide as the first row that has anything.

    A whole number is written in digits, with the leading zeros of its format; one of more than 15 digits, which a
    spreadsheet does not keep, as a spreadsheet shows it: `2.02611E+15`. Raises BadFile when it cannot be read."""
    from openpyxl import load_workbook  # noqa: PLC0415  takes its time, and most files are no workbooks

    try:
        with zipfile.ZipFile(binary) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
                raise BadFile(name, [Fault(1, Message("is a workbook that is too large: save it as CSV"))])
        binary.seek(0)
        book = load_workbook(binary, read_only=True, data_only=True)
        sheet = book.worksheets[0] if book.worksheets else None
    except BadFile:
        raise
    except Exception as error:  # whatever is wrong in a ZIP or in its XML
        raise _unreadable(name) from error
    return iter(()) if sheet is None else _lines(sheet, name)


def _lines(sheet: Any, name: str) -> Iterator[str]:
    written: list[str] = []

    class Line:
        write = staticmethod(written.append)

    writer = csv.writer(Line)
    width = 0
    try:
        for cells in sheet.iter_rows():
            values = [_written(cell) for cell in cells]
            while values and not values[-1]:
                values.pop()
            width = width or len(values)
            writer.writerow(values + [""] * (width - len(values)))
            yield written.pop()
    except (ArithmeticError, LookupError, SyntaxError, TypeError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise _unreadable(name) from error


def _unreadable(name: str) -> BadFile:
    return BadFile(name, [Fault(1, Message("is not a whole XLSX workbook"))])


def _written(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        if abs(value) >= EXACT:
            return f"{value:.5E}"
        if value != int(value):
            return f"{value:.15g}"
        digits = str(int(value))
        return digits.zfill(len(cell.number_format)) if _ZEROS(cell.number_format) else digits
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return str(value)
