"""The positions of KOCs in a brand's referral forest, many at once. The sponsor is the truth; root and depth
follow from it."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import pglock
from django.db import connection
from django.db.models import Max

from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc
from foundation.files.faults import Refusal
from foundation.ids.codes import fresh_codes
from foundation.postgres.bulk import copy_in, in_parts
from referrals.tree.models import SponsorChange, Sponsorship

KOC_COLUMNS = [
    "id",
    "brand_id",
    "user_id",
    "key",
    "name",
    "status",
    "tier_id",
    "tier_pinned",
    "invite_code",
    "answers",
    "joined_at",
    "approved_at",
]
# A pair that was met before ends the walk, so it ends whatever the table holds.
ABOVE = """
    WITH RECURSIVE above AS (
        SELECT koc_id, sponsor_id FROM referrals_sponsorship WHERE koc_id = %s
        UNION
        SELECT place.koc_id, place.sponsor_id FROM above JOIN referrals_sponsorship place ON place.koc_id = above.sponsor_id
    )
    SELECT koc_id FROM above"""
HELD = "SELECT koc_id, sponsor_id FROM referrals_sponsorship WHERE koc_id = ANY(%s) ORDER BY koc_id FOR SHARE"
# Counted, so that no row is sent.
LOCK_PLACES = """
    SELECT count(*) FROM (SELECT FROM referrals_sponsorship WHERE brand_id = %s ORDER BY koc_id FOR UPDATE) AS held"""


class TreePosition(NamedTuple):
    """A KOC and its position in the tree; `login` is the user's id, `sponsor` and `root` are KOCs' ids."""

    key: str
    pk: int
    name: str
    tier: int
    pinned: bool
    login: int | None
    joined_at: datetime
    sponsor: int | None
    root: int
    depth: int


def lowest_tier(brand: Brand) -> int:
    """Where newcomers start. Raises Refusal when the brand has no tier."""
    tier = Tier.objects.filter(brand=brand).order_by("rank").first()
    if tier is None:
        raise Refusal(f"{brand.slug} has no tier")
    return tier.pk


def lock_moves(brand: Brand) -> None:
    """Until the transaction ends nobody else moves a KOC of this brand: the sponsors above a KOC can be read and do not
    change."""
    pglock.advisory(f"moves {brand.pk}", xact=True).acquire()


def moment_of_move(brand: Brand, at: datetime) -> datetime:
    """When a move counts as made: not before the brand's last one. A caller that waited for the lock read the clock
    before."""
    last: datetime | None = SponsorChange.objects.filter(koc__brand=brand).aggregate(last=Max("changed_at"))["last"]
    return max(at, last or at)


def lock_positions(brand: Brand) -> None:
    """Lock every place of the brand, in order. A newcomer reads the sponsor's place under a lock, so nobody joins a
    tree that is being moved."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_PLACES, [brand.pk])


def lock_sponsors(koc: Koc) -> list[int]:
    """All KOCs above a KOC, the nearest first. Locks their places and the KOC's own, in order, so that none of them
    moves until the transaction ends."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(ABOVE, [koc.pk])
            cursor.execute(HELD, [[place for (place,) in cursor.fetchall()]])
            sponsors: dict[int, int | None] = dict(cursor.fetchall())
            here, above = koc.pk, []
            while sponsor := sponsors.get(here):
                above.append(sponsor)
                here = sponsor
            if here in sponsors or not sponsors:
                return above
            # One of them moved before the lock was taken: read again.


def add_kocs(brand: Brand, newcomers: Iterable[TreePosition], *, placed: bool = True) -> None:
    """Append KOCs, active since they joined, at their positions. Their ids were reserved; a sponsor comes before those
    whom it sponsors. Some thousands are in memory at a time.

    Not `placed`: each a root for now, since the caller places them afterwards, and may move a sponsor first."""
    for some in in_parts(newcomers):
        codes = fresh_codes(Koc, "invite_code", len(some))
        people = (
            (
                newcomer.pk,
                brand.pk,
                newcomer.login,
                newcomer.key,
                newcomer.name,
                "active",
                newcomer.tier,
                newcomer.pinned,
                code,
                "{}",
                newcomer.joined_at,
                newcomer.joined_at,
            )
            for newcomer, code in zip(some, codes, strict=True)
        )
        copy_in(Koc, KOC_COLUMNS, people)
        places = (
            (one.pk, brand.pk, *((one.sponsor, one.root, one.depth) if placed else (None, one.pk, 0))) for one in some
        )
        copy_in(Sponsorship, ["koc_id", "brand_id", "sponsor_id", "root_id", "depth"], places)
