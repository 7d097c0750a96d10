"""What this floor refuses, by name."""

from collections.abc import Sequence

from accounts.domain.counts import counted
from accounts.domain.faults import Refusal
from commissions.domain.yaml_files import Contradiction


class MalformedEvent(Refusal):
    """An event of the wrong shape; nothing was kept. `place` is where, such as `data.lines.0.quantity`."""

    code = "invalid"

    def __init__(self, message: str, place: str) -> None:
        super().__init__(message)
        self.place = place


class EventConflict(Refusal):
    """The same webhook-id came with another body."""

    code = "idempotency_conflict"


class EventRefused(Refusal):
    """An event that cannot be: the event is kept as refused, so that staff can see and replay it. `place` is where, when one field is to blame."""

    code = "refused"

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.place = place


class BudgetExceeded(Refusal):
    """A campaign or a subsidy has not so much left."""

    code = "budget_exceeded"


class Contradicted(Refusal):
    """What is to be saved contradicts itself, or what stands already. `faults` are (what is wrong, the place inside of it)."""

    code = "contradicted"

    def __init__(self, faults: Sequence[Contradiction]) -> None:
        super().__init__("; ".join(message for message, _ in faults))
        self.faults = faults

    def lines(self) -> list[str]:
        return [message for message, _ in self.faults]


class PlanRefused(Contradicted):
    """A plan that cannot be, or one in force that would be edited."""

    code = "plan_refused"


class CampaignRefused(Contradicted):
    """A campaign that cannot be, or one in force that would be edited."""

    code = "campaign_refused"


class GuardRefused(Contradicted):
    """A guard below what a plan or a campaign that goes on promises."""

    code = "guard_refused"


class NotReviewable(Refusal):
    """A commission cannot be held, released or reversed as it stands; none of those that were chosen was."""

    code = "not_reviewable"


class WithdrawalsOff(Refusal):
    """The brand does not pay on request."""

    code = "withdrawals_off"


class NothingToWithdraw(Refusal):
    code = "nothing_to_withdraw"


class AmountChanged(Refusal):
    """What can be withdrawn is no longer what the KOC saw."""

    code = "amount_changed"
    attr = "amount_minor"


class SubsidyRefused(Refusal):
    """A grant that makes no sense: of nothing, of a negative amount, one that has expired before it begins, to a KOC of another brand."""

    code = "subsidy_refused"


class OnlyJoined(Refusal):
    """Somebody who has neither shared nor sold anything at this brand gets nothing: it would be a payment for joining."""

    code = "only_joined"


class UnknownRecipient(Refusal):
    """Nobody in the giver's own tree has that id. Who is outside of it is as unknown as who does not exist, or is another brand's."""

    code = "unknown_recipient"
    attr = "to"


class RecipientNotActive(Refusal):
    code = "recipient_not_active"


class SubsidyExpired(Refusal):
    code = "subsidy_expired"


class MayNotPassOn(Refusal):
    """The brand granted money to hand on, and not the right to hand on."""

    code = "may_not_pass_on"


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

    def lines(self) -> list[str]:
        return self.faults


class PayeeRefused(Refusal):
    """A field of a payee's record is not what it should be; `place` is which. The message never repeats the value."""

    code = "invalid"

    def __init__(self, message: str, place: str) -> None:
        super().__init__(message)
        self.place = place


class NoReasonToRead(Refusal):
    """Who reads a payee's full record says why."""

    code = "reason_required"


class Unreadable(Refusal):
    """A sealed text that no live key opens."""

    code = "unreadable"


class LedgerOff(Refusal):
    """The ledger does not prove. Its lines are the faults."""

    code = "ledger_off"

    def __init__(self, faults: list[str], *, count: int) -> None:
        super().__init__(counted(count, "fault"))
        self.faults = faults
        self.more = count - len(faults)

    def lines(self) -> list[str]:
        return [*self.faults, *([f"… and {self.more} more"] if self.more else []), f"ledger: {self}"]


class NotReconciled(Refusal):
    """Two steps between the orders and the bank do not say the same. What differs is in the report."""

    code = "not_reconciled"

    def __init__(self, links: int, differences: int) -> None:
        super().__init__(f"reconcile: {counted(links, 'link')}, {counted(differences, 'difference')}")


class NothingToPay(Refusal):
    """No statement is ready, has a payee and is on no batch; `left_out` says what there was instead."""

    code = "nothing_to_pay"


class BatchRefused(Refusal):
    """A payout batch is not in the state for this, or not all of it can go to the bank. Its lines say why."""

    code = "batch_refused"

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.faults = faults

    def lines(self) -> list[str]:
        shown = [str(self), *self.faults[:20]]
        return [*shown, f"… and {len(self.faults) - 20} more"] if len(self.faults) > 20 else shown


class FourEyes(BatchRefused):
    """Who made a batch does not approve it; who wrote a layout does not export with it; who asked for a write-off does not approve it."""

    code = "four_eyes"
