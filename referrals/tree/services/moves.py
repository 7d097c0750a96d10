"""Staff bind a KOC to a sponsor, move them to another, or set them free; their whole tree moves with them."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from accounts.people.models import Koc, User
from foundation.postgres.transactions import in_transaction
from referrals.tree.domain.refusals import MoveRefused
from referrals.tree.models import SponsorChange, Sponsorship
from referrals.tree.services.positions import lock_moves, moment_of_move

# It ends, since the database keeps every KOC deeper than their sponsor.
BELOW = """
WITH RECURSIVE below AS (
    SELECT koc_id, 0 AS levels FROM referrals_sponsorship WHERE koc_id = %s
    UNION ALL
    SELECT place.koc_id, below.levels + 1 FROM below JOIN referrals_sponsorship place ON place.sponsor_id = below.koc_id
)
SELECT koc_id, levels FROM below"""
HELD = "SELECT koc_id FROM referrals_sponsorship WHERE koc_id = ANY(%s) ORDER BY koc_id FOR UPDATE"
MOVED = """
UPDATE referrals_sponsorship place
SET root_id = %(root)s, depth = %(depth)s + below.levels, sponsor_id = CASE WHEN place.koc_id = %(koc)s THEN %(sponsor)s ELSE place.sponsor_id END
FROM unnest(%(kocs)s::bigint[], %(levels)s::int[]) AS below(koc, levels) WHERE place.koc_id = below.koc"""


@in_transaction
def move_koc(*, koc: Koc, sponsor: Koc | None, reason: str, by: User, at: datetime) -> SponsorChange | None:
    """Put a KOC, with all KOCs below, under a sponsor, or under nobody; the sponsor they left, the reason and who did
    it are recorded.

    Commissions keep the sponsor of `paid_at`.

    Moves of one brand wait for each other, so that the path above the new sponsor cannot change during the check: no
    cycle of any length. The tree below is locked, so that nobody joins it meanwhile. The same sponsor again changes
    nothing and returns None. Raises MoveRefused."""
    if not reason.strip():
        raise MoveRefused(_("Say why."))
    lock_moves(koc.brand)
    place = Sponsorship.objects.get(koc=koc)
    if place.sponsor_id == (sponsor.pk if sponsor else None):
        return None
    below = _lock_below(koc)
    if sponsor:
        _check(koc, sponsor, below)
    above = Sponsorship.objects.get(koc=sponsor) if sponsor else None
    moved_at = moment_of_move(koc.brand, at)
    change: SponsorChange = SponsorChange.objects.create(
        koc=koc, sponsor_before=place.sponsor, changed_at=moved_at, reason=reason.strip(), changed_by=by
    )
    _write(koc, above, below)
    return change


def _check(koc: Koc, sponsor: Koc, below: dict[int, int]) -> None:
    if sponsor.brand_id != koc.brand_id:
        raise MoveRefused(_("The sponsor is of another brand."))
    if sponsor.pk == koc.pk:
        raise MoveRefused(_("Nobody sponsors themself."))
    if sponsor.pk in below:
        raise MoveRefused(
            _("%(sponsor)s stands below %(koc)s: they would sponsor each other in a circle.")
            % {"sponsor": sponsor, "koc": koc}
        )
    if sponsor.status != Koc.Status.ACTIVE:
        raise MoveRefused(_("The sponsor is not active."))


def _lock_below(koc: Koc) -> dict[int, int]:
    """The KOC and all KOCs below, with how many levels below: locked, so that nobody joins under them.

    A KOC who joined before the lock was taken is found by the next query.
    """
    locked: set[int] = set()
    with connection.cursor() as cursor:
        while True:
            cursor.execute(BELOW, [koc.pk])
            below: dict[int, int] = dict(cursor.fetchall())
            if locked.issuperset(below):
                return below
            cursor.execute(HELD, [list(below)])
            locked.update(below)


def _write(koc: Koc, above: Sponsorship | None, below: dict[int, int]) -> None:
    """In one statement, since the database checks the whole tree when it ends."""
    params = {
        "koc": koc.pk,
        "sponsor": above.koc_id if above else None,
        "root": above.root_id if above else koc.pk,
        "depth": above.depth + 1 if above else 0,
        "kocs": list(below),
        "levels": list(below.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVED, params)
