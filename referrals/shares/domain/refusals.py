"""What is refused here, by name. `attr` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class UnknownVia(Refusal):
    """No share of this brand has that code."""

    code = "unknown_share"
    attr = "via"
