"""What settlement refuses."""

from foundation.files.faults import Refusal


class WithdrawalsOff(Refusal, code="withdrawals_off"):
    """The brand does not pay on request."""


class NothingToWithdraw(Refusal, code="nothing_to_withdraw"):
    """Less is approved than the brand pays on request."""


class AmountChanged(Refusal, code="amount_changed", place="amount_minor"):
    """What can be withdrawn is no longer what the KOC saw."""


class MoreThanOwed(Refusal, code="more_than_owed"):
    """No more of a debt can be written off than is owed."""


class AlreadyAsked(Refusal, code="already_asked"):
    """A KOC has at most one open request."""


class AlreadyDecided(Refusal, code="already_decided"):
    """What was asked for is decided once."""


class PeriodRefused(Refusal, code="period_refused"):
    """It is no month, or one that cannot be settled, reopened or reported as things stand."""


class NoTaxTable(PeriodRefused, code="no_tax_table"):
    """No table of the brand's tax method is in force at the end of the period."""


class TaxTableRefused(Refusal, code="tax_table_refused"):
    """A tax table with faults; `faults` lists them."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults

    def messages(self) -> list[str]:
        return self.faults


class FourEyes(Refusal, code="four_eyes"):
    """The maker of a batch does not approve it; the author of a layout does not export with it; whoever asked for a
    write-off does not approve it."""
