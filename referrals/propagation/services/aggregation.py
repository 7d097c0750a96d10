"""Cascades, kept up to date after the shares and visits: a request that shares or opens never waits for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pglock
from django.db import connection

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.failures.services import process_isolated
from foundation.postgres.arrays import whole_numbers
from foundation.postgres.transactions import in_own_transaction
from referrals.propagation.domain.metrics import exact_sums
from referrals.propagation.models import PendingAggregate
from referrals.tree.domain.forests import IntArray, parent_positions, weights_below

BATCH = 20_000
NEXT = """
    SELECT id FROM referrals_pendingaggregate queued WHERE brand_id = %(brand)s
        AND NOT EXISTS (SELECT FROM accounts_failedfact WHERE kind = 'spread' AND fact = queued.id AND next_try_at > %(at)s)
    ORDER BY id LIMIT %(most)s"""
TAKEN = "DELETE FROM referrals_pendingaggregate WHERE id = ANY(%s) RETURNING share_id, visit_id"
# The new shares and all shares above them, each once: the size before is 0 for a new one. OFFSET 0 keeps look-ups by
# key: a planner that guesses how many rows a walk will bring reads the whole table at every level.
GROWING = """
    WITH RECURSIVE above AS (
        SELECT id, parent_id, root_id FROM referrals_share WHERE id = ANY(%(shares)s)
        UNION
        SELECT share.id, share.parent_id, share.root_id FROM above
        CROSS JOIN LATERAL (SELECT id, parent_id, root_id FROM referrals_share WHERE id = above.parent_id OFFSET 0) AS share
    )
    SELECT above.id, COALESCE(above.parent_id, 0), COALESCE(above.root_id, above.id), COALESCE(aggregate.size, 0)::bigint
    FROM above LEFT JOIN referrals_shareaggregate aggregate ON aggregate.share_id = above.id"""
SIZES = """
    INSERT INTO referrals_shareaggregate (share_id, size) SELECT * FROM unnest(%s::bigint[], %s::int[])
    ON CONFLICT (share_id) DO UPDATE SET size = EXCLUDED.size"""
CASCADES = """
    INSERT INTO referrals_cascade AS known (root_id, brand_id, shares, size_sum, square_sum, people, reach)
    SELECT root, %s, shares, size_sum, square_sum, 0, 0 FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::numeric[])
        AS grown(root, shares, size_sum, square_sum)
    ON CONFLICT (root_id) DO UPDATE SET
        shares = known.shares + EXCLUDED.shares, size_sum = known.size_sum + EXCLUDED.size_sum, square_sum = known.square_sum + EXCLUDED.square_sum"""
# A visit may be counted before its share, where that could not be.
VISITED = """
    INSERT INTO referrals_cascade (root_id, brand_id, shares, size_sum, square_sum, people, reach)
    SELECT DISTINCT COALESCE(share.root_id, share.id), share.brand_id, 0, 0, 0, 0, 0
    FROM referrals_visit visit JOIN referrals_share share ON share.id = visit.share_id WHERE visit.id = ANY(%(visits)s)
    ON CONFLICT DO NOTHING"""
LAYERS = """
    INSERT INTO referrals_cascadelayer AS known (root_id, depth, shares, visits, people, first_at)
    SELECT root, depth, sum(shares), sum(visits), 0, min(at) FROM (
        SELECT COALESCE(root_id, id) AS root, depth, 1 AS shares, 0 AS visits, shared_at AS at FROM referrals_share WHERE id = ANY(%(shares)s)
        UNION ALL
        SELECT COALESCE(share.root_id, share.id), share.depth, 0, 1, NULL
        FROM referrals_visit visit JOIN referrals_share share ON share.id = visit.share_id WHERE visit.id = ANY(%(visits)s)
    ) AS fact GROUP BY root, depth
    ON CONFLICT (root_id, depth) DO UPDATE SET
        shares = known.shares + EXCLUDED.shares, visits = known.visits + EXCLUDED.visits, first_at = LEAST(known.first_at, EXCLUDED.first_at)"""
# Every part sees what was there before the statement: `known` is as it was, also after `kept` has written.
PEOPLE = """
    WITH met AS (
        SELECT COALESCE(share.root_id, share.id) AS root, koc.key AS person, share.depth, true AS shared
        FROM referrals_share share JOIN accounts_koc koc ON koc.id = share.koc_id WHERE share.id = ANY(%(shares)s)
        UNION ALL
        SELECT COALESCE(share.root_id, share.id), visit.visitor, share.depth + 1, false
        FROM referrals_visit visit JOIN referrals_share share ON share.id = visit.share_id WHERE visit.id = ANY(%(visits)s)
    ), seen AS (
        SELECT root, person, min(depth) AS depth, bool_or(shared) AS shared FROM met GROUP BY root, person
    ), turned AS (
        SELECT seen.root, seen.person, seen.depth, known.depth AS was, seen.shared, COALESCE(known.shared, false) AS had
        FROM seen LEFT JOIN referrals_cascadeperson known ON known.root_id = seen.root AND known.person = seen.person
    ), kept AS (
        INSERT INTO referrals_cascadeperson AS known (root_id, person, depth, shared) SELECT root, person, depth, shared FROM turned
        WHERE was IS NULL OR depth < was OR (shared AND NOT had)
        ON CONFLICT (root_id, person) DO UPDATE SET depth = LEAST(known.depth, EXCLUDED.depth), shared = known.shared OR EXCLUDED.shared
    ), counted AS (
        UPDATE referrals_cascade cascade SET reach = cascade.reach + more.reach, people = cascade.people + more.people
        FROM (
            SELECT root, count(*) FILTER (WHERE was IS NULL) AS reach, count(*) FILTER (WHERE shared AND NOT had) AS people FROM turned GROUP BY root
        ) AS more WHERE cascade.root_id = more.root
    ), gone AS (
        SELECT root, depth, sum(people) AS people FROM (
            SELECT root, depth, 1 AS people FROM turned WHERE was IS NULL OR depth < was
            UNION ALL
            SELECT root, was, -1 FROM turned WHERE depth < was
        ) AS step GROUP BY root, depth
    )
    INSERT INTO referrals_cascadelayer AS known (root_id, depth, shares, visits, people, first_at)
    SELECT root, depth, 0, 0, people, NULL FROM gone
    ON CONFLICT (root_id, depth) DO UPDATE SET people = known.people + EXCLUDED.people"""


class Grown(NamedTuple):
    """The amounts that new shares add to each of their cascades, side by side."""

    roots: list[int]
    shares: list[int]
    size_sums: list[int]
    square_sums: list[int]


def aggregate_spread(*, brand: Brand, at: datetime, batches: int | None = None) -> bool:
    """Count the shares and visits of a brand that no cascade counts yet, in batches of their own transactions; False
    when some are left, after `batches` or since they were set aside.

    A fact is counted in the transaction that takes it off the queue, so once. One that raises is set aside and stays on
    the queue; the others are counted. Waits for other processes that aggregate this brand; a request that shares never
    waits."""
    queue = PendingAggregate.objects.filter(brand=brand)
    while queue.exists():
        if batches == 0:
            return False
        if not _aggregate_batch(brand, at=at):  # what is left pauses, or somebody else counted it
            return not queue.exists()
        batches = None if batches is None else batches - 1
    return True


def lock_aggregation(brand: Brand) -> None:
    """Until the transaction ends no other process aggregates facts of this brand."""
    pglock.advisory(f"aggregation {brand.pk}", xact=True).acquire()


@in_own_transaction
def _aggregate_batch(brand: Brand, *, at: datetime) -> bool:
    """Count what is next on the queue; False when all that is left pauses."""
    lock_aggregation(brand)
    with connection.cursor() as cursor:
        cursor.execute(NEXT, {"brand": brand.pk, "at": at, "most": BATCH})
        queued = [pk for (pk,) in cursor.fetchall()]
    process_isolated(
        queued,
        lambda part: _aggregate(brand, part),
        fact_of=lambda pk: (FailedFact.Kind.SPREAD, pk),
        brand=brand,
        at=at,
    )
    return bool(queued)


def _aggregate(brand: Brand, queued: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, [list(queued)])
        facts = cursor.fetchall()
    params = {"shares": [share for share, _ in facts if share], "visits": [visit for _, visit in facts if visit]}
    if params["shares"]:
        _grow(brand, params["shares"])
    with connection.cursor() as cursor:
        cursor.execute(VISITED, params)
        cursor.execute(LAYERS, params)
        cursor.execute(PEOPLE, params)


def _grow(brand: Brand, shares: list[int]) -> None:
    """Sizes and their sums: work for each share above a new one, once a batch."""
    ids, parents, roots, before = whole_numbers(GROWING, {"shares": shares}, 4)
    fresh = (before == 0).astype(np.int64)
    after = before + weights_below(parent_positions(ids, parents), fresh)
    grown = _sums(ids, roots, fresh, before, after)
    with connection.cursor() as cursor:
        cursor.execute(SIZES, [ids.tolist(), after.tolist()])
        cursor.execute(CASCADES, [brand.pk, *grown])


def _sums(ids: IntArray, roots: IntArray, fresh: IntArray, before: IntArray, after: IntArray) -> Grown:
    """By how much n, Σ s and Σ s² of each cascade grew. Σ s² grows by (s + d)² − s² for each share but the root."""
    cascades, place = np.unique(roots, return_inverse=True)
    below = ids != roots
    more = np.where(below, after - before, 0)
    squares = np.where(below, more * (after + before), 0)
    sums = [exact_sums(values, place, len(cascades)) for values in (fresh, more, squares)]
    return Grown(cascades.tolist(), *sums)
