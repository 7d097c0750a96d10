"""What is refused here, by name. `attr` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class AlreadyMember(Refusal):
    code = "already_member"


class NotDecidable(Refusal):
    """Only an application that nobody decided yet can be approved or rejected."""

    code = "not_decidable"
