"""Failed checks of the ledger."""

from foundation.files.counts import counted
from foundation.files.faults import Refusal


class LedgerOff(Refusal, code="ledger_off"):
    """The ledger has faults; the messages list them."""

    def __init__(self, faults: list[str], *, count: int) -> None:
        super().__init__(counted(count, "fault"))
        self.faults = faults
        self.more = count - len(faults)

    def messages(self) -> list[str]:
        return [*self.faults, *([f"… and {self.more} more"] if self.more else []), f"ledger: {self}"]


class NotReconciled(Refusal, code="not_reconciled"):
    """Two steps between the orders and the bank differ. The differences are in the report."""

    def __init__(self, links: int, differences: int) -> None:
        super().__init__(f"reconcile: {counted(links, 'link')}, {counted(differences, 'difference')}")
