"""What is refused here, by name. `place` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class UnknownVia(Refusal, code="unknown_share", place="via"):
    """No share of this brand has that code."""


class NotUsedYet(Refusal, code="not_used_yet"):
    """Who recommends a product has used it, where the brand asks for that."""


class ProofRefused(Refusal, code="proof_refused"):
    """A proof shows nothing, was decided already, or too many wait."""


class BadProofAddress(Refusal, code="bad_address", place="url"):
    """A post is at an address of the web."""
