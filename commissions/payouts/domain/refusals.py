"""What payouts refuse."""

from collections.abc import Collection, Sequence

from foundation.files.faults import Refusal
from foundation.texts.messages import Message


class NothingToPay(Refusal, code="nothing_to_pay"):
    """No statement is ready, has a payee and is on no batch; its message says what was left out."""


class BatchRefused(Refusal, code="batch_refused"):
    """A payout batch is not in the state for this, or not all of it can go to the bank. `faults` say why."""

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.faults = faults

    def messages(self) -> list[str]:
        shown = [*super().messages(), *self.faults[:20]]
        more = len(self.faults) - 20
        return [*shown, Message("… and %(count)s more", count=more)] if more > 0 else shown


class PayeesUnfit(BatchRefused):
    """Payees of a batch do not fit the bank's file. To find that out those of the KOCs `read` were read in full."""

    def __init__(self, message: str, faults: Sequence[str], read: Collection[int]) -> None:
        super().__init__(message, faults)
        self.read = read
