"""What is refused here, by name. `attr` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class UnknownInvitation(Refusal):
    """No active KOC of this brand has that invite code."""

    code = "unknown_invite_code"
    attr = "invite_code"


class InvitationUsedUp(Refusal):
    """The code has brought as many people as the brand lets it, or is older than the brand lets it be."""

    code = "invitation_used_up"
    attr = "invite_code"


class MoveRefused(Refusal):
    """A KOC cannot come under that sponsor."""

    code = "move_refused"


class KocNotActive(Refusal):
    """Only an active KOC shares."""

    code = "koc_not_active"
