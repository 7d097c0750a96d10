"""What is refused here, by name. `place` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class TooManyTries(Refusal, code="throttled"):
    """Somebody tried too often; `retry_after` is in whole seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = max(1, retry_after)
