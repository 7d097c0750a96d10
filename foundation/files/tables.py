"""Rows of a CSV file, checked cell by cell: a fault names the row, the column and the value."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from foundation.files.faults import BadFile, Fault
from foundation.texts.keys import clean_key, is_empty
from foundation.texts.messages import Message

LARGEST = 2**63 - 1
FARTHEST = timedelta(hours=15)  # no zone ever was farther from UTC; the database accepts less than 16 hours
MOST_KEPT = 1000  # faults; a person is shown twenty
HEADER_WITHIN = 10  # rows below a title
MISSING = object()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file. `parse` gets a cell that is not empty and raises ValueError with what is wrong."""

    name: str
    parse: Callable[[str], Any]
    required: bool = True
    default: Any = None


@dataclass(slots=True)
class ImportResult:
    """How many rows an import created, updated and left unchanged."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "ImportResult") -> "ImportResult":
        return ImportResult(
            self.created + other.created, self.updated + other.updated, self.unchanged + other.unchanged
        )

    def __str__(self) -> str:
        return f"{self.created} created, {self.updated} updated, {self.unchanged} unchanged"


class RowErrors:
    """Collects what is wrong with a file: the faults of its first rows in full, the rest counted, so a bad million-row
    file fits in memory. In whatever order the rows are checked, the same faults are kept."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0
        self.first: list[Fault] = []
        self._last_row = 0

    def add(self, row: int, message: str, column: str = "", value: object = "") -> None:
        self.count += 1
        if len(self.first) == MOST_KEPT:
            if row >= self._last_row:
                return
            # Of the last row the fault that was added last: those of one row stay in their order.
            del self.first[max(range(MOST_KEPT), key=lambda place: (self.first[place].row, place))]
        self.first.append(Fault(row, message, column, str(value)))
        if len(self.first) == MOST_KEPT:
            self._last_row = max(fault.row for fault in self.first)

    def add_missing(self, named: Iterable[tuple[int, str]], column: str, *, elsewhere: Set[str | None]) -> None:
        """Rows that name, in a column, what the brand does not have; another one may."""
        for row, key in named:
            told = (
                Message("the %(column)s is of another brand", column=column)
                if key in elsewhere
                else Message("the %(column)s does not exist", column=column)
            )
            self.add(row, told, column, key)

    def refuse_if_any(self) -> None:
        """Raises BadFile when anything was added."""
        if self.count:
            raise BadFile(self.name, self.first, more=self.count - len(self.first))


def text(cell: str) -> str:
    if "\0" in cell:
        raise ValueError(Message("has a NUL character"))
    return cell


key = clean_key
"""A brand's own key of something: ≤ 64 characters."""


def whole_number(cell: str) -> int:
    """A whole number ≥ 0, in digits alone."""
    if not (cell.isascii() and cell.isdigit()):
        raise ValueError(Message("is not a whole number of 0 or more"))
    if len(cell) > 18 and (len(cell) > 1000 or int(cell) > LARGEST):  # Python refuses to read thousands of digits
        raise ValueError(Message("is too large"))
    return int(cell)


def small_number(cell: str) -> int:
    number = whole_number(cell)
    if number >= 2**31:
        raise ValueError(Message("is too large"))
    return number


def positive_number(cell: str) -> int:
    number = whole_number(cell)
    if not 0 < number < 2**31:
        raise ValueError(Message("must be more than 0 and less than 2^31"))
    return number


@lru_cache(maxsize=16_384)
def instant(cell: str) -> datetime:
    """An ISO 8601 time with a zone."""
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError(Message("is not an ISO 8601 time")) from None
    if moment.tzinfo is None:
        raise ValueError(Message("has no time zone"))
    if fault := unkeepable(moment):
        raise ValueError(fault)
    return moment


def unkeepable(moment: datetime) -> str:
    """Why a time with a zone cannot be stored and shown in every zone, or ''."""
    if not 1970 <= moment.year <= 9900:
        return Message("is not between the years 1970 and 9900")
    offset = moment.utcoffset()
    return Message("is more than 15 hours from UTC") if offset is not None and abs(offset) > FARTHEST else ""


def one_of(values: Iterable[str]) -> Callable[[str], str]:
    allowed = frozenset(values)

    def parse(cell: str) -> str:
        if cell not in allowed:
            raise ValueError(Message("must be one of %(values)s", values=", ".join(sorted(allowed))))
        return cell

    return parse


def parse_rows(lines: Iterable[str], columns: Sequence[Column], faults: RowErrors) -> Iterator[tuple[int, list[Any]]]:
    """The good rows as (row number, values in the order of `columns`); the faults of the others are added to `faults`.

    An optional column may be missing. Unknown, doubled and missing required columns end the reading at the header.
    """
    reader = csv.reader(lines, strict=True)
    try:
        header = _header(reader, columns, faults)
        if header:
            yield from _rows(reader, header, columns, faults)
    except csv.Error as error:  # the rest cannot be read
        faults.add(reader.line_num, Message("is not RFC 4180: %(error)s", error=error))


def _rows(
    reader: Any, header: list[str], columns: Sequence[Column], faults: RowErrors
) -> Iterator[tuple[int, list[Any]]]:
    # A missing column reads the empty cell that is appended to every record.
    positions = [header.index(column.name) if column.name in header else len(header) for column in columns]
    parsers = [
        (position, column.parse, MISSING if column.required else column.default)
        for position, column in zip(positions, columns, strict=True)
    ]
    unnamed = [place for place, name in enumerate(header) if not name]
    for row, record in _numbered(reader):
        if (len(record) != len(header) or unnamed) and not _fits(row, record, header, unnamed, faults):
            continue
        record.append("")
        try:
            values = [parse(cell) if (cell := record[position]) else default for position, parse, default in parsers]
        except ValueError:
            values = [MISSING]
        if MISSING in values:
            values = _read_closely(row, record, zip(positions, columns, strict=True), faults)
        if values:
            yield row, values


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """The records, each with the line that it begins on: a cell may have line breaks."""
    row = reader.line_num + 1
    for record in reader:
        yield row, record
        row = reader.line_num + 1


def _is_nothing(record: list[str]) -> bool:
    """Whether a record is empty through and through."""
    return all(is_empty(cell) for cell in record)


def _fits(row: int, record: list[str], header: list[str], unnamed: list[int], faults: RowErrors) -> bool:
    """Whether a record has a cell for each column, and none that has a value without a name; one too many is cut when it
    is empty. Else it is a fault, or nothing."""
    if _is_nothing(record):
        return False
    while len(record) > len(header) and is_empty(record[-1]):
        record.pop()
    if len(record) != len(header):
        faults.add(
            row, Message("has %(cells)s cells, the header has %(columns)s", cells=len(record), columns=len(header))
        )
        return False
    for place in unnamed:
        if not is_empty(record[place]):
            faults.add(row, Message("has a value in a column without a name"), f"{place + 1}", record[place])
            return False
    return True


def _read_closely(row: int, record: list[str], columns: Iterable[tuple[int, Column]], faults: RowErrors) -> list[Any]:
    """The values of a row that did not parse at once: a cell with nothing that is seen is an empty one. None of them when
    anything is wrong, which is added for each cell, or the row is empty."""
    values: list[Any] = []
    if _is_nothing(record):
        return values
    before = faults.count
    for position, column in columns:
        cell = record[position]
        try:
            if not is_empty(cell):
                values.append(column.parse(cell))
            elif column.required:
                raise ValueError(Message("is empty"))
            else:
                values.append(column.default)
        except ValueError as error:
            faults.add(row, Message("%(column)s %(fault)s", column=column.name, fault=error.args[0]), column.name, cell)
    return values if faults.count == before else []


def _header(reader: Any, columns: Sequence[Column], faults: RowErrors) -> list[str]:
    """The names of the columns, '' for one without; none when they are not good, which is added to the faults."""
    row, record = next(((row, record) for row, record in _numbered(reader) if not _is_nothing(record)), (1, []))
    header = [name.strip() for name in record]
    if not header:
        faults.add(1, Message("the file has no header"))
    elif told := _no_header(row, header, reader, columns):
        faults.add(row, told, "header", ",".join(header))
    else:
        _add_bad_names(row, header, columns, faults)
    return [] if faults.count else header


def _no_header(row: int, record: list[str], reader: Any, columns: Sequence[Column]) -> Message | None:
    """What the first row of a file is when it is no header; None when it may be one."""
    names = {column.name for column in columns}
    if record[0].lower().startswith("sep="):
        return Message("is `sep=`, which only spreadsheets know: take the line out")
    if len(record) == 1:
        for sign, parted in (
            (";", Message("is parted by `;`, not by commas")),
            ("\t", Message("is parted by tabs, not by commas")),
        ):
            if len(names.intersection(name.strip() for name in record[0].split(sign))) > 1:
                return parted
    if not names.intersection(record):
        for below, other in islice(_numbered(reader), HEADER_WITHIN):
            if len(names.intersection(name.strip() for name in other)) > 1:
                return Message("is a title; the header is row %(row)s: take out what is above it", row=below)
    return None


def _add_bad_names(row: int, header: list[str], columns: Sequence[Column], faults: RowErrors) -> None:
    names = {column.name for column in columns}
    for name in header:
        if name and name not in names:
            faults.add(row, Message("unknown column"), name, ",".join(header))
        elif name and header.count(name) > 1:
            faults.add(row, Message("column stands twice"), name, ",".join(header))
    for column in columns:
        if column.required and column.name not in header:
            faults.add(row, Message("column is missing"), column.name, ",".join(header))
