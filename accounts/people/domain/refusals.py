"""What is refused here, by name. `place` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class AlreadyMember(Refusal, code="already_member"):
    """A person is a KOC of a brand once."""


class NotDecidable(Refusal, code="not_decidable"):
    """Only an application that nobody decided yet can be approved or rejected."""
