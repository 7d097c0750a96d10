"""What settlement refuses."""

from foundation.files.faults import Refusal


class WithdrawalsOff(Refusal):
    """The brand does not pay on request."""

    code = "withdrawals_off"


class NothingToWithdraw(Refusal):
    code = "nothing_to_withdraw"


class AmountChanged(Refusal):
    """What can be withdrawn is no longer what the KOC saw."""

    code = "amount_changed"
    attr = "amount_minor"


class MoreThanOwed(Refusal):
    """No more of a debt can be written off than is owed."""

    code = "more_than_owed"


class AlreadyAsked(Refusal):
    """A KOC has at most one open request."""

    code = "already_asked"


class AlreadyDecided(Refusal):
    code = "already_decided"


class PeriodRefused(Refusal):
    code = "period_refused"


class NoTaxTable(PeriodRefused):
    """No table of the brand's tax method is in force at the end of the period."""

    code = "no_tax_table"


class TaxTableRefused(Refusal):
    """A tax table with faults; `faults` lists them."""

    code = "tax_table_refused"

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults

    def messages(self) -> list[str]:
        return self.faults


class FourEyes(Refusal):
    """The maker of a batch does not approve it; the author of a layout does not export with it; whoever asked for a
    write-off does not approve it."""

    code = "four_eyes"
