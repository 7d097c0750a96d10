"""Rows of a CSV file, checked cell by cell: a fault names the row, the column and the value."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from foundation.files.faults import BadFile, Fault
from foundation.texts.messages import Message

LARGEST = 2**63 - 1
FARTHEST = timedelta(hours=15)  # no zone ever was farther from UTC; the database accepts less than 16 hours
MOST_KEPT = 1000  # faults; a person is shown twenty
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


def key(cell: str) -> str:
    """A brand's own key of something: at most 64 characters."""
    if len(cell) > 64:
        raise ValueError(Message("is longer than 64 characters"))
    if "\0" in cell:
        raise ValueError(Message("has a NUL character"))
    return cell


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
    header = _header(reader, faults)
    if not header:
        faults.add(1, Message("the file has no header"))
        return
    if not _header_is_good(header, columns, faults):
        return
    # A missing column reads the empty cell that is appended to every record.
    positions = [header.index(column.name) if column.name in header else len(header) for column in columns]
    parsers = [
        (position, column.parse, MISSING if column.required else column.default)
        for position, column in zip(positions, columns, strict=True)
    ]
    try:
        for row, record in _numbered(reader):
            if len(record) != len(header):
                _count_cells(row, record, header, faults)
                continue
            record.append("")
            try:
                values = [
                    parse(cell) if (cell := record[position]) else default for position, parse, default in parsers
                ]
            except ValueError:
                values = [MISSING]
            if MISSING in values:
                _explain(row, record, zip(positions, columns, strict=True), faults)
            else:
                yield row, values
    except csv.Error as error:  # the rest cannot be read
        faults.add(reader.line_num, Message("is not RFC 4180: %(error)s", error=error))


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """The records, each with the line that it begins on: a cell may have line breaks."""
    row = reader.line_num + 1
    for record in reader:
        yield row, record
        row = reader.line_num + 1


def _count_cells(row: int, record: list[str], header: list[str], faults: RowErrors) -> None:
    """An empty line is skipped; one with too few or too many cells is a fault."""
    if record:
        faults.add(
            row, Message("has %(cells)s cells, the header has %(columns)s", cells=len(record), columns=len(header))
        )


def _explain(row: int, record: list[str], columns: Iterable[tuple[int, Column]], faults: RowErrors) -> None:
    """Add what is wrong with each cell of a row that did not parse."""
    for position, column in columns:
        cell = record[position]
        try:
            if cell:
                column.parse(cell)
            elif column.required:
                raise ValueError(Message("is empty"))
        except ValueError as error:
            faults.add(row, Message("%(column)s %(fault)s", column=column.name, fault=error.args[0]), column.name, cell)


def _header_is_good(header: list[str], columns: Sequence[Column], faults: RowErrors) -> bool:
    names = {column.name for column in columns}
    for name in header:
        if name not in names:
            faults.add(1, Message("unknown column"), name, ",".join(header))
        elif header.count(name) > 1:
            faults.add(1, Message("column stands twice"), name, ",".join(header))
    for column in columns:
        if column.required and column.name not in header:
            faults.add(1, Message("column is missing"), column.name, ",".join(header))
    return not faults.count


def _header(reader: Any, faults: RowErrors) -> list[str] | None:
    try:
        record: list[str] | None = next(reader, None)
    except csv.Error as error:
        faults.add(reader.line_num, Message("is not RFC 4180: %(error)s", error=error))
        return None
    return record
