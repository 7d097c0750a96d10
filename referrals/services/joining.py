"""Joining a brand's programme, perhaps under somebody who invited."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import AlreadyMember
from accounts.models import Brand, Koc, User
from accounts.services.codes import fresh_codes
from referrals.domain.refusals import UnknownInvitation
from referrals.models import Sponsorship


@transaction.atomic
def join_brand(*, user: User, brand: Brand, invite_code: str, answers: dict[str, Any], at: datetime) -> Koc:
    """Make a user a KOC of a brand, in its lowest tier: active at once or applied, as the brand decides; under the KOC whose invite code it is.

    Joining costs nothing and needs no purchase. Locks the user's row, so that of two at once the second finds the first one's membership, then the
    sponsor's place in the forest. Raises AlreadyMember, UnknownInvitation.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if Koc.objects.filter(brand=brand, user=user).exists():
        raise AlreadyMember(_("You are a member of this brand already."))
    sponsor = _sponsor(brand, invite_code)
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
    _place(koc, sponsor)
    return koc


def _sponsor(brand: Brand, invite_code: str) -> Koc | None:
    if not invite_code:
        return None
    sponsor: Koc | None = Koc.objects.filter(brand=brand, invite_code=invite_code, status=Koc.Status.ACTIVE).first()
    if sponsor is None:
        raise UnknownInvitation(_("Nobody of this brand has this invite code."))
    return sponsor


def _place(koc: Koc, sponsor: Koc | None) -> None:
    above = Sponsorship.objects.select_for_update().get(koc=sponsor) if sponsor else None
    root_id, depth = (above.root_id, above.depth + 1) if above else (koc.pk, 0)
    Sponsorship.objects.create(koc=koc, brand_id=koc.brand_id, sponsor=sponsor, root_id=root_id, depth=depth)
