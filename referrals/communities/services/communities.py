"""Communities are opened by KOCs, joined, left and closed."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.people.models import Customer, Koc
from foundation.ids.codes import fresh_codes
from foundation.postgres.transactions import in_transaction
from referrals.communities.domain.refusals import CommunityRefused, NotOfTheTeam
from referrals.communities.models import Community, CommunityMember
from referrals.tree.domain.refusals import KocNotActive
from referrals.tree.services.positions import lock_sponsors

MOST_OPEN = 50


@in_transaction
def open_community(*, leader: Koc, name: str, topic: str, kind: str, at: datetime) -> Community:
    """A community of a KOC, who is its first member. A leader's open communities have different names, and are fifty at
    most.

    Locks the leader's row, so that of two at once the second sees the first. Raises KocNotActive, CommunityRefused.
    """
    Koc.objects.select_for_update(no_key=True).get(pk=leader.pk)
    if leader.status != Koc.Status.ACTIVE:
        raise KocNotActive(_("Your membership is not active."))
    mine = Community.objects.filter(leader=leader, closed_at=None)
    if mine.filter(name=name).exists():
        raise CommunityRefused(_("You lead a community of this name already."), "name")
    if mine.count() >= MOST_OPEN:
        raise CommunityRefused(_("You lead %(most)s communities: close one first.") % {"most": MOST_OPEN})
    [code] = fresh_codes(Community, "code", 1)
    community: Community = Community.objects.create(
        brand_id=leader.brand_id, leader=leader, kind=kind, name=name, topic=topic, code=code, opened_at=at
    )
    CommunityMember.objects.create(community=community, koc=leader, joined_at=at)
    return community


@in_transaction
def join_community(*, community: Community, koc: Koc, at: datetime) -> bool:
    """A KOC of the same brand joins by the entry code. False when they are in it already. Raises CommunityRefused,
    KocNotActive."""
    return _enter(community, koc=koc, at=at)


@in_transaction
def add_to_community(*, community: Community, koc: Koc | None, at: datetime) -> bool:
    """The leader adds a KOC from below them in the referral tree. False when they are in it already.

    A KOC outside the leader's team is refused as if they did not exist. Raises NotOfTheTeam, CommunityRefused,
    KocNotActive."""
    if koc is None or community.leader_id not in lock_sponsors(koc):
        raise NotOfTheTeam(_("Nobody of your team has this id."))
    return _enter(community, koc=koc, at=at)


@in_transaction
def add_customer(*, community: Community, customer: Customer, at: datetime) -> bool:
    """Staff put a customer of the brand into a community. False when they are in it already. Raises
    CommunityRefused."""
    return _enter(community, customer=customer, at=at)


def _enter(community: Community, *, at: datetime, koc: Koc | None = None, customer: Customer | None = None) -> bool:
    if any(person.brand_id != community.brand_id for person in (koc, customer) if person):
        raise CommunityRefused(_("This community is of another brand."))
    if koc is not None and koc.status != Koc.Status.ACTIVE:
        raise KocNotActive(_("This membership is not active."))
    if Community.objects.filter(pk=community.pk, closed_at=None).select_for_update(no_key=True).first() is None:
        raise CommunityRefused(_("This community is closed."))
    try:
        with transaction.atomic():
            CommunityMember.objects.create(community=community, koc=koc, customer=customer, joined_at=at)
    except IntegrityError:
        return False
    return True


@in_transaction
def leave_community(*, community: Community, koc: Koc, at: datetime) -> bool:
    """A KOC leaves; False when they are not in it. A leader stays as long as the community is open. Raises
    CommunityRefused."""
    if koc.pk == community.leader_id:
        raise CommunityRefused(_("You lead this community: close it instead."))
    return CommunityMember.objects.filter(community=community, koc=koc, left_at=None).update(left_at=at) == 1


@in_transaction
def close_community(*, community: Community, at: datetime) -> bool:
    """Nobody can join any more; its members stay on record. False when it was closed before."""
    return Community.objects.filter(pk=community.pk, closed_at=None).update(closed_at=at) == 1
