"""What this floor refuses, by name. `attr` is the field of the request that is to blame, if one is."""

from accounts.domain.faults import Refusal


class UnknownInvitation(Refusal):
    """No active KOC of this brand has that invite code."""

    code = "unknown_invite_code"
    attr = "invite_code"


class InvitationUsedUp(Refusal):
    """The code has brought as many people as the brand lets it, or is older than the brand lets it be."""

    code = "invitation_used_up"
    attr = "invite_code"


class CouponRefused(Refusal):
    """A coupon cannot be like that, or go to that customer."""

    code = "coupon_refused"


class CommunityRefused(Refusal):
    """A community cannot be like that, or does not take that person. `place` is the field to blame, if one is."""

    code = "community_refused"

    def __init__(self, message: str, place: str | None = None) -> None:
        super().__init__(message)
        self.place = place


class NotOfTheTeam(Refusal):
    """Nobody below the leader is that person, whether they exist or not."""

    code = "not_found"
    attr = "koc"


class MoveRefused(Refusal):
    """A KOC cannot come under that sponsor."""

    code = "move_refused"


class UnknownVia(Refusal):
    """No share of this brand has that code."""

    code = "unknown_share"
    attr = "via"


class KocNotActive(Refusal):
    """Only an active KOC shares."""

    code = "koc_not_active"
