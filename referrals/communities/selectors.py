"""The members of communities, what they did and how far they reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from foundation.ids.codes import find_by_code
from referrals.communities.models import Community, CommunityMember

RECENT = timedelta(days=30)
ACTIVITY = """
WITH inside AS (
    SELECT community_id, koc_id, customer_id FROM referrals_communitymember WHERE community_id = ANY(%(communities)s) AND left_at IS NULL
), shared AS (
    SELECT inside.community_id, inside.koc_id, share.id FROM inside JOIN referrals_share share ON share.koc_id = inside.koc_id
    WHERE share.shared_at > %(since)s
), opened AS (
    SELECT shared.community_id, count(*) AS visits, count(DISTINCT visit.visitor) AS reach
    FROM shared JOIN referrals_visit visit ON visit.share_id = shared.id AND visit.uncounted = '' AND visit.visited_at > %(since)s GROUP BY shared.community_id
), sharing AS (
    SELECT community_id, count(DISTINCT koc_id) AS kocs, count(*) AS shares FROM shared GROUP BY community_id
)
SELECT inside.community_id, count(inside.koc_id), count(inside.customer_id), COALESCE(max(sharing.kocs), 0), COALESCE(max(sharing.shares), 0),
    COALESCE(max(opened.visits), 0), COALESCE(max(opened.reach), 0)
FROM inside LEFT JOIN sharing USING (community_id) LEFT JOIN opened USING (community_id) GROUP BY inside.community_id
"""


@dataclass(frozen=True, slots=True)
class CommunityActivity:
    """The current members, and the last 30 days: members who shared, shares, counted visits, and different people who
    opened them."""

    kocs: int = 0
    customers: int = 0
    sharing: int = 0
    shares: int = 0
    visits: int = 0
    reach: int = 0


def activity_in(communities: Sequence[int], *, at: datetime) -> dict[int, CommunityActivity]:
    """community → its activity, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(ACTIVITY, {"communities": list(communities), "since": at - RECENT})
        activities = {community: CommunityActivity(*counts) for community, *counts in cursor.fetchall()}
    return {community: activities.get(community, CommunityActivity()) for community in communities}


def members_of(community: Community) -> QuerySet[CommunityMember]:
    """The current members, with their names."""
    return CommunityMember.objects.filter(community=community, left_at=None).select_related("koc", "customer")


def community_behind(code: str) -> Community | None:
    """The open community whose entry code somebody pasted."""
    return find_by_code(Community.objects.select_related("leader", "brand").filter(closed_at=None), "code", code)


def community_url(community: Community) -> str:
    """The entry link."""
    return f"{settings.PUBLIC_URL}/c/{community.code}"
