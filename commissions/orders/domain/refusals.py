"""What intake refuses."""

from foundation.files.faults import FieldRefusal, Refusal


class MalformedEvent(FieldRefusal, code="invalid"):
    """An event of the wrong shape; nothing was kept. `place` is where, such as `data.lines.0.quantity`."""


class EventConflict(Refusal, code="idempotency_conflict"):
    """The same webhook-id came with another body."""


class EventRefused(FieldRefusal, code="refused"):
    """An event that cannot be: the event is kept as refused, so that staff can see and replay it. `place` is where,
    when one field is to blame."""


class DoubtRefused(Refusal, code="doubt_refused"):
    """A doubt cannot be decided like this, or not any more."""
