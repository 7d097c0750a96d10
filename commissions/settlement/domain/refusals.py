"""What is refused here, by name."""

from foundation.files.faults import Refusal


class WithdrawalsOff(Refusal, code="withdrawals_off"):
    """The brand does not pay on request."""


class NothingToWithdraw(Refusal, code="nothing_to_withdraw"):
    """Less is approved than the brand pays on request."""


class AmountChanged(Refusal, code="amount_changed", place="amount_minor"):
    """What can be withdrawn is no longer what the KOC saw."""


class MoreThanOwed(Refusal, code="more_than_owed"):
    """A debt is written off at most as far as it goes."""


class AlreadyAsked(Refusal, code="already_asked"):
    """One request a KOC waits at a time."""


class AlreadyDecided(Refusal, code="already_decided"):
    """What was asked for is decided once."""


class PeriodRefused(Refusal, code="period_refused"):
    """It is no month, or one that cannot be settled, reopened or reported as things stand."""


class NoTaxTable(PeriodRefused, code="no_tax_table"):
    """No table of the brand's tax method holds at the end of the period."""


class TaxTableRefused(Refusal, code="tax_table_refused"):
    """A tax table that cannot be. Its lines are what is wrong with it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults

    def messages(self) -> list[str]:
        return self.faults


class FourEyes(Refusal, code="four_eyes"):
    """Who made a batch does not approve it; who wrote a layout does not export with it; who asked for a write-off does
    not approve it."""
