"""The limits of invite codes, and what is left of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.people.models import Koc
from foundation.ids.codes import find_by_code
from referrals.tree.models import InvitationPolicy, Sponsorship


@dataclass(frozen=True, slots=True)
class Invitation:
    """A KOC's code, until when it is good, and how many people it may bring at all."""

    koc: Koc
    expires_at: datetime | None
    most_people: int | None
    in_days: int | None

    def left(self, at: datetime) -> int | None:
        """How many people may still join by it; None without a limit. A KOC who was moved under this one counts like
        one who joined."""
        if self.most_people is None:
            return None
        invitees = Sponsorship.objects.filter(sponsor=self.koc)
        if self.in_days is not None:
            invitees = invitees.filter(koc__joined_at__gt=at - timedelta(days=self.in_days))
        return max(0, self.most_people - invitees.count())

    @property
    def url(self) -> str:
        return f"{settings.PUBLIC_URL}/i/{self.koc.invite_code}"


def invitation_of(place: Sponsorship, limits: InvitationPolicy) -> Invitation:
    """By the brand's limits of now."""
    koc = place.koc
    since = place.code_drawn_at or koc.approved_at or koc.joined_at
    expires_at = since + timedelta(days=limits.valid_days) if limits.valid_days else None
    return Invitation(koc, expires_at, limits.most_people, limits.in_days)


def own_invitation(koc: Koc) -> Invitation:
    """The invitation of a KOC's own code."""
    limits = InvitationPolicy.objects.filter(brand=koc.brand_id).first() or InvitationPolicy()
    return invitation_of(Sponsorship.objects.select_related("koc").get(koc=koc), limits)


def inviter(code: str) -> Koc | None:
    """The active KOC whose code somebody pasted, with the brand, whether the code is still good or not."""
    return find_by_code(Koc.objects.select_related("brand").filter(status=Koc.Status.ACTIVE), "invite_code", code)
