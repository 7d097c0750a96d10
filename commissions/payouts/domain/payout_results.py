"""The result of a payment as a bank reports it, and whether two reports contradict each other."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal

from foundation.texts.messages import Message

NOT_REPORTED = (None, "")


@dataclass(frozen=True, slots=True)
class Result:
    """A payment's result as far as it is reported. A field that was not reported is empty, and may be reported
    later."""

    status: str = ""
    amount_minor: int | None = None
    currency: str = ""
    bank_reference: str = ""
    reason: str = ""
    paid_at: datetime | None = None

    def contradicted_by(self, later: "Result") -> list[str]:
        """The names of the fields that differ. A field that one of the two does not report contradicts nothing, so the
        order of arrival does not matter."""
        pairs = ((field.name, getattr(self, field.name), getattr(later, field.name)) for field in fields(self))
        return [
            name
            for name, mine, theirs in pairs
            if mine not in NOT_REPORTED and theirs not in NOT_REPORTED and mine != theirs
        ]

    def completed_by(self, later: "Result") -> "Result":
        """This result with its empty fields filled from a later one."""
        return replace(
            self,
            **{
                field.name: getattr(later, field.name)
                for field in fields(self)
                if getattr(self, field.name) in NOT_REPORTED
            },
        )


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
