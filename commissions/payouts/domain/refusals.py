"""What payouts refuse."""

from collections.abc import Sequence

from foundation.files.faults import Refusal


class NothingToPay(Refusal):
    """No statement is ready, has a payee and is on no batch; its message says what was left out."""

    code = "nothing_to_pay"


class BatchRefused(Refusal):
    """A payout batch is not in the state for this, or not all of it can go to the bank. `faults` say why."""

    code = "batch_refused"

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.faults = faults

    def messages(self) -> list[str]:
        shown = [str(self), *self.faults[:20]]
        return [*shown, f"… and {len(self.faults) - 20} more"] if len(self.faults) > 20 else shown
