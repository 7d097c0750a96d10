"""The rows of a result file as a layout reads them: of which payment, and what the bank says of it."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from commissions.payouts.domain.payout_results import FAILED, PAID, RETURNED, Result
from commissions.payouts.domain.result_files import NEEDED, ResultHead, ResultLayout, key_of, plain, words_of
from foundation.files.tables import instant
from foundation.money.units import Mistyped, money, typed
from foundation.texts.messages import Message

REFERENCE = re.compile(r"P[A-Z2-7]{12}")
NO_WORDS = frozenset({"null", "-", "--", "无"})
_TIME = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[ T]*(\d{1,2})[:：时]?(\d{2})(?:[:：分]?(\d{2})秒?)?)?"
)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ToldResult:
    """What a row says: of which payment, and its result; one that is `processing` has none yet."""

    reference: str
    result: Result


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with a cell, under which head."""

    message: str
    head: str
    value: str


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the rows of a file of a layout, for a brand's currency and in its zone."""

    layout: ResultLayout
    head: ResultHead
    currency: str
    zone: str

    def is_nothing(self, row: Sequence[str]) -> bool:
        """Whether a row is empty, or a total or a note below the payments."""
        first = next((text for cell in row if (text := plain(cell))), "")
        begins = any(first.startswith(plain(word)) for word in self.layout.rows_to_skip)
        return not first or (begins and not any(REFERENCE.search(plain(cell).upper()) for cell in row))

    def read(self, row: Sequence[str]) -> ToldResult | list[CellFault]:
        """What a row says, or what is wrong with its cells. The times and the reason that stand beside a status belong to
        it: banks fill them in on every row."""
        faults: list[CellFault] = []
        reference = self._value(row, "reference", str, "", faults)
        status = self._value(row, "status", self._status, "", faults)
        amount = self._value(row, "amount", lambda cell: typed(plain(cell), money(self.currency)), None, faults)
        currency = self._value(row, "currency", self._currency, "", faults)
        bank_reference = self._value(row, "bank_reference", _number, "", faults)
        reason = self._value(row, "reason", _reason, "", faults)
        paid_at, returned_at, done_at = (
            self._value(row, field, lambda cell: bank_time(cell, self.zone), None, faults)
            for field in ("paid_at", "returned_at", "done_at")
        )
        if returned_at and status in (PAID, FAILED):
            told = Message("only what the bank gave back has a returned_at: its status is returned")
            faults.append(CellFault(told, self.head.names["returned_at"], returned_at.isoformat()))
        if faults:
            return faults
        result = Result(amount_minor=amount, currency=currency)
        if status == PAID:
            result = replace(result, status=PAID, bank_reference=bank_reference, paid_at=paid_at or done_at)
        elif status == FAILED:
            result = replace(result, status=FAILED, bank_reference=bank_reference, reason=reason)
        elif status == RETURNED:
            result = replace(result, status=RETURNED, bank_reference=bank_reference, reason=reason)
            result = replace(result, paid_at=paid_at, returned_at=returned_at or done_at)
        return ToldResult(reference, result)

    def _value(
        self, row: Sequence[str], field: str, parse: Callable[[str], Value], default: Value, faults: list[CellFault]
    ) -> Value:
        """The value of a field, or what stands for one that the file does not have."""
        if field not in self.head.places:
            return default
        cell, head = self._reference(row) if field == "reference" else self._cell(row, field), self.head.names[field]
        try:
            if cell:
                return parse(cell)
            if field in NEEDED:
                raise ValueError(Message("is empty"))
        except Mistyped as error:
            faults.append(CellFault(error.args[0], head, cell))
        except ValueError as error:
            faults.append(CellFault(Message("%(column)s %(fault)s", column=head, fault=error.args[0]), head, cell))
        return default

    def _cell(self, row: Sequence[str], field: str) -> str:
        """The first filled cell of a field, without spaces around it."""
        cells = (row[place] if place < len(row) else "" for place in self.head.places[field])
        return next((cell.strip() for cell in cells if plain(cell)), "")

    def _reference(self, row: Sequence[str]) -> str:
        """Our reference, wherever among other text an export layout put it; else what stands in its place."""
        for place in self.head.places["reference"]:
            found = set(REFERENCE.findall(plain(row[place]).upper())) if place < len(row) else set()
            if len(found) == 1:
                return str(found.pop())
        return plain(self._cell(row, "reference")).upper()

    def _status(self, cell: str) -> str:
        words = words_of(self.layout.statuses)
        for status, of_status in words.items():
            if key_of(cell) in map(key_of, of_status):
                return status
        known = ", ".join(word for of_status in words.values() for word in of_status)
        raise ValueError(Message("must be one of %(values)s", values=known))

    def _currency(self, cell: str) -> str:
        for currency in self.layout.currencies:
            if key_of(cell) in map(key_of, currency.words):
                return currency.code
        return plain(cell).upper()[:3]


def _number(cell: str) -> str:
    """The bank's number of a payment."""
    number = plain(cell)
    if len(number) > 64:
        raise ValueError(Message("is longer than %(length)s characters", length=64))
    return "" if number.casefold() in NO_WORDS else number


def _reason(cell: str) -> str:
    return "" if key_of(cell) in NO_WORDS else " ".join(cell.split())[:200]


def bank_time(cell: str, zone: str) -> datetime:
    """A time as banks write it: `2026-04-02 10:00:00`, `20260402100000`, `2026/4/2`, `2026年4月2日`; in the brand's zone
    unless it says its own. A day stands for its midnight. Raises ValueError for anything else."""
    text = unicodedata.normalize("NFKC", cell).strip()
    matched = _TIME.fullmatch(text)
    if matched is None:
        return instant(text)
    year, month, day, month_2, day_2, hour, minute, second = matched.groups()
    try:
        return datetime(
            int(year), int(month or month_2), int(day or day_2), int(hour or 0), int(minute or 0), int(second or 0),
            tzinfo=ZoneInfo(zone),
        )  # fmt: skip
    except ValueError:
        raise ValueError(Message("is no time that a calendar has")) from None
