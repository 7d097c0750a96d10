"""Joining a brand's programme, perhaps under somebody who invited."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import AlreadyMember
from accounts.models import Brand, Koc, User
from accounts.services.codes import fresh_codes
from referrals.domain.refusals import InvitationUsedUp, KocNotActive, UnknownInvitation
from referrals.models import InvitationPolicy, Sponsorship
from referrals.selectors.invitations import invitation_of

PLACE_OF_CODE = """
SELECT place.* FROM referrals_sponsorship place JOIN accounts_koc koc ON koc.id = place.koc_id
WHERE koc.brand_id = %s AND koc.invite_code = %s AND koc.status = 'active'"""
TOGETHER, ONE_BY_ONE = " FOR SHARE OF place", " FOR UPDATE OF place"


@transaction.atomic
def join_brand(*, user: User, brand: Brand, invite_code: str, answers: dict[str, Any], at: datetime) -> Koc:
    """Make a user a KOC of a brand, in its lowest tier: active at once or applied, as the brand decides; under the KOC whose invite code it is.

    Joining costs nothing and needs no purchase. Locks the user's row, so that of two at once the second finds the first one's membership, then the
    sponsor's place in the forest. Raises AlreadyMember, UnknownInvitation, InvitationUsedUp.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if Koc.objects.filter(brand=brand, user=user).exists():
        raise AlreadyMember(_("You are a member of this brand already."))
    above = _place_above(brand, invite_code, at) if invite_code else None
    [code] = fresh_codes(Koc, "invite_code", 1)
    at_once = brand.approval == Brand.Approval.AUTO
    koc: Koc = Koc.objects.create(
        brand=brand,
        user=user,
        key=code,
        name=user.name or f"KOC {code[-4:]}",
        status=Koc.Status.ACTIVE if at_once else Koc.Status.APPLIED,
        tier=brand.tiers.order_by("rank")[0],
        invite_code=code,
        answers=answers,
        joined_at=at,
        approved_at=at if at_once else None,
    )
    root_id, depth = (above.root_id, above.depth + 1) if above else (koc.pk, 0)
    Sponsorship.objects.create(koc=koc, brand=brand, sponsor_id=above.koc_id if above else None, root_id=root_id, depth=depth)
    return koc


@transaction.atomic
def draw_invite_code(*, koc: Koc, at: datetime) -> Koc:
    """Give a KOC a fresh invite code; the old one is no longer known. Raises KocNotActive."""
    if koc.status != Koc.Status.ACTIVE:
        raise KocNotActive(_("Your membership is not active."))
    [koc.invite_code] = fresh_codes(Koc, "invite_code", 1)
    Koc.objects.filter(pk=koc.pk).update(invite_code=koc.invite_code)
    Sponsorship.objects.filter(koc=koc).update(code_drawn_at=at)
    return koc


def _place_above(brand: Brand, invite_code: str, at: datetime) -> Sponsorship:
    """The place of the KOC whose code it is, locked: any number of people join under one sponsor at once, but nobody moves the sponsor meanwhile.

    Where a code brings only so many, one joins after the other: of two at once one has the last place.
    """
    limits = InvitationPolicy.objects.filter(brand=brand).first() or InvitationPolicy(brand=brand)
    lock = TOGETHER if limits.most_people is None else ONE_BY_ONE
    place: Sponsorship | None = next(iter(Sponsorship.objects.raw(PLACE_OF_CODE + lock, [brand.pk, invite_code])), None)
    if place is None:
        raise UnknownInvitation(_("Nobody of this brand has this invite code."))
    invitation = invitation_of(place, limits)
    if invitation.expires_at and invitation.expires_at <= at:
        raise InvitationUsedUp(_("This invite code has expired. Ask for a new one."))
    if invitation.left(at) == 0:
        raise InvitationUsedUp(_("This invite code has brought as many people as it may."))
    return place
