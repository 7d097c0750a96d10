"""What intake refuses."""

from foundation.files.faults import Refusal


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
    """An event that cannot be: the event is kept as refused, so that staff can see and replay it. `place` is where,
    when one field is to blame."""

    code = "refused"

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.place = place
