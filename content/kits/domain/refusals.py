"""What is refused here, by name."""

from foundation.files.faults import Refusal


class KitEnded(Refusal, code="kit_ended"):
    """A kit that has ended is shared no more."""
