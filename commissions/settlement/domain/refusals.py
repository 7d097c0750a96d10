"""What is refused here, by name."""

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
    """A debt is written off at most as far as it goes."""

    code = "more_than_owed"


class AlreadyAsked(Refusal):
    """One request a KOC waits at a time."""

    code = "already_asked"


class AlreadyDecided(Refusal):
    code = "already_decided"


class PeriodRefused(Refusal):
    code = "period_refused"


class NoTaxTable(PeriodRefused):
    """No table of the brand's tax method holds at the end of the period."""

    code = "no_tax_table"


class TaxTableRefused(Refusal):
    """A tax table that cannot be. Its lines are what is wrong with it."""

    code = "tax_table_refused"

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults

    def messages(self) -> list[str]:
        return self.faults


class FourEyes(Refusal):
    """Who made a batch does not approve it; who wrote a layout does not export with it; who asked for a write-off does
    not approve it."""

    code = "four_eyes"
