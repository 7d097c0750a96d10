"""What this floor refuses, by name."""

from accounts.domain.counts import counted
from accounts.domain.faults import Refusal


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


class PeriodRefused(Refusal):
    code = "period_refused"


class LedgerOff(Refusal):
    """The ledger does not prove. Its lines are the faults."""

    code = "ledger_off"

    def __init__(self, faults: list[str]) -> None:
        super().__init__(counted(len(faults), "fault"))
        self.faults = faults

    def lines(self) -> list[str]:
        return [*self.faults, f"ledger: {self}"]
