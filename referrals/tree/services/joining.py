"""Joining a brand's programme, perhaps under somebody who invited."""

import json
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounts.brands.models import Brand
from accounts.people.domain.refusals import AlreadyMember
from accounts.people.models import Koc, User
from foundation.ids.codes import drawn_code, find_by_code, fresh_codes
from foundation.postgres.transactions import in_transaction
from referrals.tree.domain.refusals import InvitationUsedUp, KocNotActive, UnknownInvitation
from referrals.tree.models import InvitationPolicy, Sponsorship
from referrals.tree.selectors.invitations import invitation_of

TOGETHER, ONE_BY_ONE = " FOR SHARE OF place", " FOR UPDATE OF place"
PLACE_OF_CODE = """
SELECT place.* FROM referrals_sponsorship place JOIN accounts_koc koc ON koc.id = place.koc_id
WHERE koc.brand_id = %(brand)s AND koc.invite_code = %(invite_code)s AND koc.status = 'active'"""
# Any number of people join under one sponsor at once, but nobody moves the sponsor meanwhile.
UNLIMITED = f"""{PLACE_OF_CODE}
    AND NOT EXISTS (
        SELECT FROM referrals_invitationpolicy policy WHERE policy.brand_id = koc.brand_id AND COALESCE(policy.most_people, policy.valid_days) IS NOT NULL
    ){TOGETHER}"""
HELD = "SELECT * FROM referrals_sponsorship WHERE koc_id = %(sponsor)s"
# Sponsor, member and place in one statement, since each further one would make others who join under the same sponsor
# wait longer.
JOINED = """
WITH above AS MATERIALIZED ({above}), joined AS (
    INSERT INTO accounts_koc (brand_id, user_id, key, name, status, tier_id, tier_pinned, invite_code, answers, joined_at, approved_at)
    SELECT %(brand)s, %(user)s, %(code)s, %(name)s, %(status)s, tier.id, false, %(code)s, %(answers)s::jsonb, %(at)s, %(approved_at)s
    FROM accounts_tier tier WHERE tier.brand_id = %(brand)s AND (%(invite_code)s = '' OR EXISTS (SELECT FROM above)) ORDER BY tier.rank LIMIT 1
    ON CONFLICT DO NOTHING RETURNING id, brand_id, tier_id
), placed AS (
    INSERT INTO referrals_sponsorship (koc_id, brand_id, sponsor_id, root_id, depth)
    SELECT joined.id, joined.brand_id, above.koc_id, COALESCE(above.root_id, joined.id), COALESCE(above.depth + 1, 0) FROM joined LEFT JOIN above ON true
)
SELECT id, tier_id FROM joined"""
DRAWS = 5


@in_transaction
def join_brand(*, user: User, brand: Brand, invite_code: str, answers: dict[str, Any], at: datetime) -> Koc:
    """Make a user a KOC of a brand, in its lowest tier: active at once or applied, as the brand decides; under the KOC
    whose invite code it is.

    Joining costs nothing and needs no purchase. Locks the sponsor's place in the forest. Key: (brand, user), a
    constraint: of two at once the second waits for the first, and is refused. Raises AlreadyMember, UnknownInvitation,
    InvitationUsedUp."""
    at_once = brand.approval == Brand.Approval.AUTO
    status = Koc.Status.ACTIVE if at_once else Koc.Status.APPLIED
    newcomer = Koc(
        brand=brand, user=user, status=status, answers=answers, joined_at=at, approved_at=at if at_once else None
    )
    sponsor, above = 0, UNLIMITED
    for _draw in range(DRAWS):
        newcomer.key = newcomer.invite_code = drawn_code()
        newcomer.name = user.name or f"KOC {newcomer.key[-4:]}"
        if _write(newcomer, JOINED.format(above=above), invite_code=invite_code, sponsor=sponsor):
            return newcomer
        _check_newcomer(user, brand)  # else the code is taken, or the invitation has limits or is unknown
        if invite_code:
            sponsor, above = _sponsor_with_room(brand, invite_code, at), HELD
    raise RuntimeError("no free invite code after five draws, or no tier")


def _write(newcomer: Koc, statement: str, *, invite_code: str, sponsor: int) -> bool:
    params = {
        "brand": newcomer.brand_id,
        "user": newcomer.user_id,
        "code": newcomer.key,
        "name": newcomer.name,
        "status": newcomer.status,
        "answers": json.dumps(newcomer.answers),
        "at": newcomer.joined_at,
        "approved_at": newcomer.approved_at,
        "invite_code": invite_code,
        "sponsor": sponsor,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        row = cursor.fetchone()
    if row:
        newcomer.pk, newcomer.tier_id = row
    return row is not None


@in_transaction
def draw_invite_code(*, koc: Koc, at: datetime) -> Koc:
    """Give a KOC a fresh invite code; the old one is no longer known. Raises KocNotActive."""
    if koc.status != Koc.Status.ACTIVE:
        raise KocNotActive(_("Your membership is not active."))
    [koc.invite_code] = fresh_codes(Koc, "invite_code", 1)
    Koc.objects.filter(pk=koc.pk).update(invite_code=koc.invite_code)
    Sponsorship.objects.filter(koc=koc).update(code_drawn_at=at)
    return koc


def _check_newcomer(user: User, brand: Brand) -> None:
    if Koc.objects.filter(brand=brand, user=user).exists():
        raise AlreadyMember(_("You are a member of this brand already."))


def _sponsor_with_room(brand: Brand, invite_code: str, at: datetime) -> int:
    """The KOC whose code somebody pasted or typed, their place locked. Where the people per code are limited, they join one after the
    other: of two at once one gets the last place."""
    limits = InvitationPolicy.objects.filter(brand=brand).first() or InvitationPolicy(brand=brand)
    lock = TOGETHER if limits.most_people is None else ONE_BY_ONE
    koc = find_by_code(Koc.objects.filter(brand=brand, status=Koc.Status.ACTIVE), "invite_code", invite_code)
    meant = {"brand": brand.pk, "invite_code": koc.invite_code if koc else invite_code}
    place: Sponsorship | None = next(iter(Sponsorship.objects.raw(PLACE_OF_CODE + lock, meant)), None)
    if place is None:
        raise UnknownInvitation(_("Nobody of this brand has this invite code."))
    invitation = invitation_of(place, limits)
    if invitation.expires_at and invitation.expires_at <= at:
        raise InvitationUsedUp(_("This invite code has expired. Ask for a new one."))
    if invitation.left(at) == 0:
        raise InvitationUsedUp(_("This invite code has brought as many people as it may."))
    return place.koc_id
