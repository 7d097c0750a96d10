"""Read a file of the bank's results by its layout, which is recognised by its head, or chosen."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, islice
from typing import Any, NamedTuple

from babel.numbers import get_currency_precision

from accounts.brands.models import Brand
from commissions.payouts.domain.payout_results import FAILED, RETURNED, Result, minor_unit
from commissions.payouts.domain.result_files import (
    HEAD_WITHIN,
    NEEDED,
    PROCESSING,
    ResultHead,
    ResultLayout,
    head_of_results,
    needed_heads,
    words_of,
)
from commissions.payouts.domain.result_rows import RowReader
from commissions.payouts.rendering import KnownLayout, result_layouts
from foundation.files.cells import up_to
from foundation.files.faults import Refusal
from foundation.files.tables import Column, RowErrors, instant, one_of, parse_rows, text
from foundation.money.calendar import day_starts
from foundation.texts.messages import Message

Rows = Iterator[tuple[int, str, Result]]
"""The row, the reference, the result; that of a payment which the bank still works on has no status."""


class ReadResults(NamedTuple):
    """The rows of a file in the layout of this key; `names` are the heads under which it has the fields."""

    layout: str
    names: Mapping[str, str]
    rows: Rows


@dataclass(slots=True)
class _Kept:
    """The lines of a file, of which the first can be read once more."""

    rest: Iterator[str]
    lines: list[str] = field(default_factory=list)
    keeps: bool = True

    def __iter__(self) -> Iterator[str]:
        for line in self.rest:
            if self.keeps:
                self.lines.append(line)
            yield line


def read_results(*, brand: Brand, lines: Iterable[str], layout: str, faults: RowErrors) -> ReadResults:
    """The results of a file, in the layout of this key; when none is named, in the one whose head the file has: of
    several the one that knows most of its columns, the brand's own before Grove's.

    What is wrong with the file is added to the faults, a head that no layout has as well; nothing is read then. Raises
    Refusal for a key that there is not."""
    layouts = result_layouts(brand)
    if layout and layout not in layouts:
        raise Refusal(Message("no result layout %(key)s; there are %(keys)s", key=layout, keys=", ".join(layouts)))
    if layout:
        layouts = {layout: layouts[layout]}
    kept = _Kept(iter(lines))
    reader = csv.reader(kept)
    found = _found(reader, layouts)
    if not found:
        _add_no_head(kept.lines, layouts, faults)
        return ReadResults(layout, {}, iter(()))
    if len(found) > 1:
        told = Message("is the head of several layouts: choose one of %(keys)s", keys=", ".join(found))
        faults.add(reader.line_num, told)
        return ReadResults(layout, {}, iter(()))
    ((key, head),) = found.items()
    chosen = layouts[key].layout
    if chosen.exact:
        return ReadResults(key, head.names, _exact_rows(chosen, chain(kept.lines, kept.rest), brand, faults))
    kept.keeps = False
    rows = RowReader(chosen, head, brand.currency, brand.timezone)
    return ReadResults(key, head.names, _rows(rows, reader, faults))


def _found(reader: Any, layouts: Mapping[str, KnownLayout]) -> dict[str, ResultHead]:
    """The layouts whose head the first row has that is one, and which are alike in what they know of it."""
    try:
        for number, row in enumerate(islice(reader, HEAD_WITHIN)):
            heads = {
                key: head
                for key, known in layouts.items()
                if (number == 0 or not known.layout.exact) and (head := head_of_results(known.layout, row))
            }
            if heads:
                ranks = {key: (len(head.places), layouts[key].is_own) for key, head in heads.items()}
                return {key: head for key, head in heads.items() if ranks[key] == max(ranks.values())}
    except csv.Error:
        return {}
    return {}


def _add_no_head(first: Sequence[str], layouts: Mapping[str, KnownLayout], faults: RowErrors) -> None:
    if not first:
        faults.add(1, Message("the file has no header"))
        return
    known = "; ".join(f"{key} ({', '.join(needed_heads(one.layout))})" for key, one in layouts.items())
    told = Message("no row is the head of a known layout of results: %(layouts)s", layouts=known)
    faults.add(1, told, "head", first[0].strip())


def _rows(rows: RowReader, reader: Any, faults: RowErrors) -> Rows:
    """The payments below a head; each with the line that it begins on."""
    row = reader.line_num + 1
    try:
        for record in reader:
            at, row = row, reader.line_num + 1
            if rows.is_nothing(record):
                continue
            if any(cell.strip() for cell in record[rows.head.width :]):
                told = Message(
                    "has %(cells)s cells, the header has %(columns)s", cells=len(record), columns=rows.head.width
                )
                faults.add(at, told)
                continue
            said = rows.read(record)
            if isinstance(said, list):
                for fault in said:
                    faults.add(at, fault.message, fault.head, fault.value)
            else:
                yield at, said.reference, said.result
    except csv.Error as error:  # the rest cannot be read
        faults.add(reader.line_num, Message("is not RFC 4180: %(error)s", error=error))


# A layout that is exact


def _exact_rows(layout: ResultLayout, lines: Iterable[str], brand: Brand, faults: RowErrors) -> Rows:
    """The rows of the file to the letter, times as the file has them."""
    names = {column.field: column.headers[0] for column in layout.columns}
    statuses = {word: status for status, words in words_of(layout.statuses).items() for word in words}
    parsers = _parsers(brand, statuses)
    columns = [Column(name, parsers[key], key in NEEDED, "" if key in TEXTS else None) for key, name in names.items()]
    for row, values in parse_rows(lines, columns, faults):
        cells = dict(zip(names, values, strict=True))
        status, paid_at, returned_at = statuses[cells["status"]], cells.get("paid_at"), cells.get("returned_at")
        if status == FAILED and paid_at:
            faults.add(row, Message("a payment that failed has no paid_at"), names["paid_at"], paid_at.isoformat())
        if status not in (RETURNED, PROCESSING) and returned_at:
            told = Message("only what the bank gave back has a returned_at: its status is returned")
            faults.add(row, told, names["returned_at"], returned_at.isoformat())
        result = Result(amount_minor=cells.get("amount"), currency=cells.get("currency", ""))
        if status != PROCESSING:
            said = cells.get("bank_reference", ""), cells.get("reason", "")
            result = Result(status, result.amount_minor, result.currency, *said, paid_at, returned_at)
        yield row, cells["reference"], result


TEXTS = ("currency", "bank_reference", "reason")


def _parsers(brand: Brand, statuses: Iterable[str]) -> dict[str, Callable[[str], Any]]:
    digits = get_currency_precision(brand.currency)
    return {
        "reference": lambda cell: text(cell.strip().upper()),
        "status": one_of(statuses),
        "amount": lambda cell: minor_unit(cell, digits),
        "currency": up_to(3),
        "bank_reference": up_to(64),
        "reason": up_to(200),
        "paid_at": instant,
        "returned_at": lambda cell: instant_or_day(cell, brand.timezone),
    }


def instant_or_day(cell: str, zone: str) -> datetime:
    """A time with its zone, or a day, whose midnight in the brand's zone stands for it: of what comes back banks often
    tell no more."""
    try:
        return day_starts(date.fromisoformat(cell), zone=zone)
    except ValueError:
        return instant(cell)
