"""What a bank says of a payment, and whether it says the same twice."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal

UNSAID = (None, "")


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of a payment's result. What nothing is known of is empty, and may be said later."""

    status: str = ""
    amount_minor: int | None = None
    currency: str = ""
    bank_reference: str = ""
    reason: str = ""
    paid_at: datetime | None = None

    def contradicted_by(self, later: "Result") -> list[str]:
        """The names of what two say differently. What one of them does not say contradicts nothing, so the order of
        hearing does not matter."""
        both = ((field.name, getattr(self, field.name), getattr(later, field.name)) for field in fields(self))
        return [name for name, mine, theirs in both if mine not in UNSAID and theirs not in UNSAID and mine != theirs]

    def completed_by(self, later: "Result") -> "Result":
        """The same with its gaps filled."""
        return replace(
            self,
            **{field.name: getattr(later, field.name) for field in fields(self) if getattr(self, field.name) in UNSAID},
        )


def minor_unit(text: str, digits: int) -> int:
    """An amount in the major unit, exactly: `13.61` with 2 digits → 1361. Raises ValueError for what is no amount, or
    finer than the currency."""
    amount = (
        Decimal(text).scaleb(digits)
        if text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= 20
        else None
    )
    if amount is None or amount != amount.to_integral_value():
        raise ValueError(f"is not an amount with at most {digits} decimals, such as {Decimal(1361).scaleb(-digits)}")
    return int(amount)
