"""What payees refuse."""

from foundation.files.faults import Refusal


class PayeeRefused(Refusal):
    """A field of a payee's record has a fault; `place` is the field. The message never repeats the value."""

    code = "invalid"

    def __init__(self, message: str, place: str) -> None:
        super().__init__(message)
        self.place = place


class NoReasonToRead(Refusal):
    """A payee's full record was requested without a reason."""

    code = "reason_required"
