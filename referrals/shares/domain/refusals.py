"""What is refused here, by name. `place` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class UnknownVia(Refusal, code="unknown_share", place="via"):
    """No share of this brand has that code."""
