"""What is refused here, by name."""

from foundation.files.faults import FieldRefusal, Refusal


class PayeeRefused(FieldRefusal, code="invalid"):
    """A field of a payee's record is not what it should be; `place` is which. The message never repeats the value."""


class NoReasonToRead(Refusal, code="reason_required"):
    """Who reads a payee's full record says why."""
