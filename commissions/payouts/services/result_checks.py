"""What a file of results says of each payment, beside what is recorded of it: what may be recorded, and the faults."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from accounts.brands.models import Brand
from commissions.payouts.domain.payout_results import FAILED, RETURNED, Result
from commissions.payouts.domain.result_files import PROCESSING
from commissions.payouts.models import PayoutLine
from foundation.files.tables import RowErrors
from foundation.money.amounts import major
from foundation.texts.messages import Message

CELLS = len(fields(Result))


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


class Decided(NamedTuple):
    """A payment of the file: its first row, and its result with all that was recorded before. `is_fresh`: the line
    waited for it. `is_back`: the money comes back now. One that is still `processing` changes nothing."""

    row: int
    line: int
    is_fresh: bool
    is_back: bool
    is_changed: bool
    status: str
    bank_reference: str
    reason: str
    paid_at: datetime | None
    returned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Checks:
    """Compares what a file says with what is recorded. `names` are the heads under which the file has the fields."""

    brand: Brand
    names: Mapping[str, str]
    faults: RowErrors

    def decided(self, reported: Iterable[tuple[Any, ...]]) -> Iterator[Decided]:
        """Each payment of the file once: its result as it was recorded before, completed by all its rows."""
        for reference, rows in groupby(reported, key=itemgetter(0)):
            payment: tuple[Any, ...] = ()
            first, result = 0, Result()
            for _, row, *told in rows:
                more = _result(told[:CELLS])
                for field in result.contradicted_by(more):
                    self._add_contradiction(row, Message("row %(row)s of the file", row=first), field, result, more)
                first, result, payment = first or row, result.completed_by(more), tuple(told[CELLS:])
            pk, *recorded = payment
            if pk is None:
                self._add(first, Message("is no payment of %(slug)s", slug=self.brand.slug), "reference", reference)
            elif self._is_acceptable(line := Line(*recorded), reference, first, result):
                known = line.known()
                after = known.completed_by(result)
                is_fresh = bool(after.status) and not line.is_decided
                is_back = after.status == RETURNED != line.status
                end = after.bank_reference, after.reason, after.paid_at, after.returned_at
                yield Decided(first, pk, is_fresh, is_back, after != known, after.status or PROCESSING, *end)

    def _is_acceptable(self, line: Line, reference: str, row: int, reported: Result) -> bool:
        """Whether a result may be recorded for a line; if not, the reasons are added to the faults."""
        if line.status == PayoutLine.Status.DROPPED:
            told = Message("was taken out of batch %(number)s and never went to the bank", number=line.number)
            self._add(row, told, "reference", reference)
            return False
        if line.batch_status not in ("exported", "closed"):
            told = Message("is in batch %(number)s, which was not exported", number=line.number)
            self._add(row, told, "reference", reference)
            return False
        recorded = line.known()
        contradicted = recorded.contradicted_by(reported)
        for field in contradicted:
            self._add_contradiction(row, line.source_of(field), field, recorded, reported)
        after = recorded.completed_by(reported)
        if not contradicted and after.is_back_too_early(ZoneInfo(self.brand.timezone)):
            told = Message("was given back before it was paid (%(paid_at)s)", paid_at=self._cell(after.paid_at))
            self._add(row, told, "returned_at", self._cell(after.returned_at))
            return False
        return not contradicted

    def _add_contradiction(self, row: int, source: str, field: str, earlier: Result, reported: Result) -> None:
        """The fault contains both: the source and value of the earlier result, and the row and value that contradict
        it."""
        mine, theirs = (self._cell(getattr(result, field)) for result in (earlier, reported))
        name = field.removesuffix("_minor")
        told = Message("%(source)s says %(name)s %(mine)s", source=source, name=self.names.get(name, name), mine=mine)
        if field == "status" and reported.status == FAILED:
            told = Message("%(told)s; what the bank gave back after it had paid is returned, not failed", told=told)
        self._add(row, told, name, theirs)

    def _add(self, row: int, message: str, field: str, value: str) -> None:
        self.faults.add(row, message, self.names.get(field, field), value)

    def _cell(self, value: str | int | datetime | None) -> str:
        if isinstance(value, int):
            return major(value, get_currency_precision(self.brand.currency))
        return value.isoformat() if isinstance(value, datetime) else value or ""


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
