"""The result of a payment as a bank reports it, and whether two reports contradict each other."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from foundation.texts.messages import Message

NOT_REPORTED = (None, "")
PAID, FAILED, RETURNED = "paid", "failed", "returned"
RANKS = {"": 0, FAILED: 1, PAID: 1, RETURNED: 2}
"""What the bank gave back it had paid: the one completes the other, in either order. What failed was never paid."""


@dataclass(frozen=True, slots=True)
class Result:
    """A payment's result as far as it is reported. A field that was not reported is empty, and may be reported
    later. `reason` belongs to the status beside which it was reported."""

    status: str = ""
    amount_minor: int | None = None
    currency: str = ""
    bank_reference: str = ""
    reason: str = ""
    paid_at: datetime | None = None
    returned_at: datetime | None = None

    def contradicted_by(self, later: "Result") -> list[str]:
        """The names of the fields that differ. A field that one of the two does not report contradicts nothing, so the
        order of arrival does not matter."""
        pairs = ((field.name, getattr(self, field.name), getattr(later, field.name)) for field in fields(self))
        return [
            name
            for name, mine, theirs in pairs
            if mine not in NOT_REPORTED
            and theirs not in NOT_REPORTED
            and mine != theirs
            and self._excludes(later, name)
        ]

    def _excludes(self, later: "Result", field: str) -> bool:
        """Whether two reports that differ in a field cannot both be true: paid and given back can, each with a reason
        of its own."""
        statuses = {self.status, later.status}
        return field not in ("status", "reason") or (FAILED in statuses if field == "status" else len(statuses) == 1)

    def completed_by(self, later: "Result") -> "Result":
        """This result with its empty fields filled from a later one, and its status and reason from the one that says
        more: given back says more than paid."""
        more, less = (later, self) if RANKS[later.status] > RANKS[self.status] else (self, later)
        filled = {
            field.name: getattr(later, field.name)
            for field in fields(self)
            if getattr(self, field.name) in NOT_REPORTED
        }
        reason = more.reason or (less.reason if more.status == less.status else "")
        return replace(self, **filled | {"status": more.status, "reason": reason})

    def is_back_too_early(self, zone: ZoneInfo) -> bool:
        """Whether it was given back on a day before that of the payment. Banks often give a day without an hour."""
        if self.returned_at is None or self.paid_at is None:
            return False
        return self.returned_at.astimezone(zone).date() < self.paid_at.astimezone(zone).date()


def minor_unit(text: str, digits: int) -> int:
    """An amount in the major unit, exactly: `13.61` with 2 digits → 1361. Raises ValueError for a text that is no
    amount, or finer than the currency."""
    amount = (
        Decimal(text).scaleb(digits)
        if text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= 20
        else None
    )
    if amount is None or amount != amount.to_integral_value():
        raise ValueError(
            Message(
                "is not an amount with at most %(digits)s decimals, such as %(example)s",
                digits=digits,
                example=Decimal(1361).scaleb(-digits),
            )
        )
    return int(amount)
