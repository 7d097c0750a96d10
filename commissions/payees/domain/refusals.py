"""What is refused here, by name."""

from foundation.files.faults import Refusal


class PayeeRefused(Refusal):
    """A field of a payee's record is not what it should be; `place` is which. The message never repeats the value."""

    code = "invalid"

    def __init__(self, message: str, place: str) -> None:
        super().__init__(message)
        self.place = place


class NoReasonToRead(Refusal):
    """Who reads a payee's full record says why."""

    code = "reason_required"
