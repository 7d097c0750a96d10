"""What is refused here, by name. `place` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class UnknownInvitation(Refusal, code="unknown_invite_code", place="invite_code"):
    """No active KOC of this brand has that invite code."""


class InvitationUsedUp(Refusal, code="invitation_used_up", place="invite_code"):
    """The code has brought as many people as the brand lets it, or is older than the brand lets it be."""


class MoveRefused(Refusal, code="move_refused"):
    """A KOC cannot come under that sponsor."""


class KocNotActive(Refusal, code="koc_not_active"):
    """Only an active KOC shares."""
