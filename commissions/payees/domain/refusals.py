"""What payees refuse."""

from foundation.files.faults import FieldRefusal, Refusal


class PayeeRefused(FieldRefusal, code="invalid"):
    """A field of a payee's record has a fault; `place` is the field. The message never repeats the value."""


class NoReasonToRead(Refusal, code="reason_required"):
    """A payee's full record was requested without a reason."""
