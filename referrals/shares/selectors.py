"""The KOCs below a KOC: people per depth, and the direct invitees by name. Further down people are not named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from accounts.people.models import Koc
from referrals.tree.models import Sponsorship

RECENT = timedelta(days=30)

# One walk down, whatever the depth. It ends, since the database keeps every KOC deeper than their sponsor.
BELOW = """
WITH RECURSIVE below AS (
    SELECT place.koc_id, 1 AS depth FROM referrals_sponsorship place WHERE place.sponsor_id = %(koc)s
    UNION ALL
    SELECT place.koc_id, below.depth + 1 FROM below JOIN referrals_sponsorship place ON place.sponsor_id = below.koc_id
)"""
PEOPLE = f"{BELOW} SELECT count(*) FROM below GROUP BY depth ORDER BY depth"  # noqa: S608  constants
TEAM = f"""{BELOW}, shared AS (
    SELECT below.koc_id, count(share.id) AS shares
    FROM below JOIN referrals_share share ON share.koc_id = below.koc_id AND share.shared_at > %(since)s GROUP BY below.koc_id
)
SELECT below.depth, count(*), count(*) FILTER (WHERE koc.joined_at > %(since)s), count(shared.koc_id), COALESCE(sum(shared.shares), 0)::bigint
FROM below JOIN accounts_koc koc ON koc.id = below.koc_id LEFT JOIN shared ON shared.koc_id = below.koc_id
WHERE koc.status = 'active' GROUP BY below.depth ORDER BY below.depth
"""  # noqa: S608  constants
# The activity of the invitees of one page, and how many are below each.
ACTIVITY = """
WITH RECURSIVE below AS (
    SELECT chosen.koc AS top, chosen.koc AS koc_id FROM unnest(%(kocs)s::bigint[]) AS chosen(koc)
    UNION
    SELECT below.top, place.koc_id FROM below JOIN referrals_sponsorship place ON place.sponsor_id = below.koc_id
), people AS (
    SELECT top, count(*) - 1 AS people FROM below GROUP BY top
)
SELECT people.top, people.people, shared.shares, shared.latest
FROM people LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE shared_at > %(since)s) AS shares, max(shared_at) AS latest FROM referrals_share WHERE koc_id = people.top
) AS shared ON true
"""


@dataclass(frozen=True, slots=True)
class Layer:
    """The active KOCs at one depth below, 1 for direct invitees, and what they did in the last 30 days."""

    depth: int
    people: int
    joined: int
    sharing: int
    shares: int


@dataclass(frozen=True, slots=True)
class Activity:
    """`team`: everybody below, at any depth. `shares`: of the last 30 days."""

    team: int
    shares: int
    last_shared_at: datetime | None


def people_below(koc: Koc) -> list[int]:
    """How many KOCs of any status are at each depth below, from 1 on: those who move along with this one. A third of
    the work of `layers_below`."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"koc": koc.pk})
        return [people for (people,) in cursor.fetchall()]


def layers_below(koc: Koc, *, at: datetime) -> list[Layer]:
    """One entry per depth, in one query whatever the size."""
    with connection.cursor() as cursor:
        cursor.execute(TEAM, {"koc": koc.pk, "since": at - RECENT})
        return [Layer(*row) for row in cursor.fetchall()]


def invitees_of(koc: Koc) -> QuerySet[Koc]:
    """The active KOCs directly below."""
    return Koc.objects.filter(pk__in=Sponsorship.objects.filter(sponsor=koc).values("koc"), status=Koc.Status.ACTIVE)


def activity_of(kocs: Sequence[int], *, at: datetime) -> dict[int, Activity]:
    """koc → what they did and how many are below them, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(ACTIVITY, {"kocs": list(kocs), "since": at - RECENT})
        return {koc: Activity(team, shares, latest) for koc, team, shares, latest in cursor.fetchall()}
