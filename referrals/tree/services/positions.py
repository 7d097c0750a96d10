"""The positions of KOCs in a brand's referral forest, many at once. The sponsor is the truth; root and depth are
computed here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pglock
from django.db import connection
from django.db.models import Max

from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc
from foundation.files.faults import Refusal
from foundation.ids.codes import fresh_codes
from foundation.postgres.bulk import copy_in, reserve_ids
from referrals.tree.domain.forests import NO_PARENT, grow
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
MOVED = """
    UPDATE referrals_sponsorship place
    SET sponsor_id = listed.sponsor, root_id = listed.root, depth = listed.depth
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::int[]) AS listed(koc, sponsor, root, depth)
    WHERE place.koc_id = listed.koc"""

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


@dataclass(frozen=True, slots=True)
class TreePosition:
    """A KOC and its position in the tree; `pk` and `root` are 0 until it is made, `login` is the user's id."""

    key: str
    pk: int
    name: str
    tier: int
    pinned: bool
    login: int | None
    joined_at: datetime
    sponsor: str | None
    root: int = 0
    depth: int = 0


def lowest_tier(brand: Brand) -> int:
    """Where newcomers start. Raises Refusal when the brand has no tier."""
    tier = Tier.objects.filter(brand=brand).order_by("rank").first()
    if tier is None:
        raise Refusal(f"{brand.slug} has no tier")
    return tier.pk


def known_positions(brand: Brand) -> dict[str, TreePosition]:
    """Every KOC of the brand by key."""
    rows = Sponsorship.objects.filter(brand=brand).values_list(
        "koc__key",
        "koc",
        "koc__name",
        "koc__tier",
        "koc__tier_pinned",
        "koc__user",
        "koc__joined_at",
        "sponsor__key",
        "root",
        "depth",
    )
    return {row[0]: TreePosition(*row) for row in rows}


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


def rooted(positions: Iterable[TreePosition]) -> list[TreePosition]:
    """The positions with ids for the new ones and everybody's root and depth; every sponsor is among them. Raises Cycle
    with positions."""
    positions = list(positions)
    number_of = {position.key: number for number, position in enumerate(positions)}
    forest = grow(
        np.array(
            [number_of[position.sponsor] if position.sponsor else NO_PARENT for position in positions], dtype=np.int64
        )
    )
    fresh = iter(reserve_ids(Koc, sum(not position.pk for position in positions)))
    pks = [position.pk or next(fresh) for position in positions]
    rows = zip(positions, pks, forest.root.tolist(), forest.depth.tolist(), strict=True)
    return [replace(position, pk=pk, root=pks[root], depth=depth) for position, pk, root, depth in rows]


def add_kocs(
    brand: Brand, newcomers: Sequence[TreePosition], sponsors: dict[str, TreePosition], *, placed: bool = True
) -> None:
    """Append KOCs, active since they joined, at their positions. Their ids were reserved; `sponsors` holds every
    sponsor of theirs.

    Not `placed`: each a root for now, since `move_kocs` comes next and may move a sponsor first.
    """
    codes = fresh_codes(Koc, "invite_code", len(newcomers))
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
        for newcomer, code in zip(newcomers, codes, strict=True)
    )
    copy_in(Koc, KOC_COLUMNS, people)
    placements = (
        (newcomer.pk, brand.pk, *(_placement(newcomer, sponsors) if placed else (None, newcomer.pk, 0)))
        for newcomer in newcomers
    )
    copy_in(Sponsorship, ["koc_id", "brand_id", "sponsor_id", "root_id", "depth"], placements)


def move_kocs(
    brand: Brand,
    before: Sequence[TreePosition],
    after: Sequence[TreePosition],
    newcomers: Sequence[TreePosition],
    sponsors: dict[str, TreePosition],
    *,
    at: datetime,
) -> None:
    """Give KOCs their new sponsors, roots and depths; each change of sponsor is recorded with the old one and the time.
    `newcomers` have none to leave."""
    at = moment_of_move(brand, at)
    left = [
        (old.pk, _placement(old, sponsors)[0], at, "import")
        for old, new in zip(before, after, strict=True)
        if old.sponsor != new.sponsor
    ]
    copy_in(SponsorChange, ["koc_id", "sponsor_before_id", "changed_at", "reason"], left)
    moved = [(new.pk, *_placement(new, sponsors)) for new in (*after, *newcomers)]
    with connection.cursor() as cursor:  # in one statement, since the database checks whole trees when it ends
        cursor.execute(MOVED, [list(column) for column in zip(*moved, strict=True)])


def _placement(position: TreePosition, sponsors: dict[str, TreePosition]) -> tuple[int | None, int, int]:
    return sponsors[position.sponsor].pk if position.sponsor else None, position.root, position.depth
