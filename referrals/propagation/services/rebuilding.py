"""The rows derived from shares, visits and sponsors, computed at once: to write them, or to prove the stored ones."""

from collections.abc import Iterable
from typing import LiteralString, NamedTuple

import numpy as np
from django.db import connection

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.failures.services import forget
from foundation.postgres.arrays import whole_numbers
from foundation.postgres.transactions import in_transaction
from referrals.propagation.domain.metrics import exact_sums
from referrals.propagation.services.aggregation import lock_aggregation
from referrals.tree.domain.forests import Forest, IntArray, grow, parent_positions

# While the lock is held nothing is taken off the queue, so what is not on it is the same in every statement, whatever
# is shared meanwhile.
SHARES: LiteralString = """
    SELECT share.id, COALESCE(share.parent_id, 0), COALESCE(share.root_id, share.id), share.depth::bigint
    FROM referrals_share share
    WHERE share.brand_id = %(brand)s AND NOT EXISTS (
        SELECT FROM referrals_pendingaggregate queued WHERE queued.brand_id = %(brand)s AND queued.share_id = share.id
    )"""
PLACES: LiteralString = "SELECT koc_id, COALESCE(sponsor_id, 0), root_id, depth::bigint FROM referrals_sponsorship WHERE brand_id = %(brand)s"
TABLES = """
    CREATE TEMP TABLE computed_share (share_id bigint, root_id bigint, depth int, size int) ON COMMIT DROP;
    CREATE TEMP TABLE computed_sum (root_id bigint, shares int, size_sum bigint, square_sum numeric) ON COMMIT DROP"""
NO_TABLES = """DROP TABLE IF EXISTS pg_temp.computed_share, pg_temp.computed_sum, pg_temp.computed_visit,
    pg_temp.computed_cascade, pg_temp.computed_layer, pg_temp.computed_person"""
COMPUTED = """
    ANALYZE computed_share;
    CREATE TEMP TABLE computed_visit ON COMMIT DROP AS
        SELECT share.root_id, share.depth, visit.visitor FROM computed_share share JOIN referrals_visit visit ON visit.share_id = share.share_id
        WHERE visit.uncounted = ''
            AND NOT EXISTS (SELECT FROM referrals_pendingaggregate queued WHERE queued.brand_id = {brand} AND queued.visit_id = visit.id);
    CREATE TEMP TABLE computed_person ON COMMIT DROP AS
        SELECT root_id, person, min(depth) AS depth, bool_or(shared) AS shared FROM (
            SELECT computed.root_id, koc.key AS person, computed.depth, true AS shared
            FROM computed_share computed JOIN referrals_share share ON share.id = computed.share_id JOIN accounts_koc koc ON koc.id = share.koc_id
            UNION ALL
            SELECT root_id, visitor, depth + 1, false FROM computed_visit
        ) AS met GROUP BY root_id, person;
    CREATE TEMP TABLE computed_layer ON COMMIT DROP AS
        SELECT root_id, depth, sum(shares)::int AS shares, sum(visits)::int AS visits, sum(people)::int AS people, min(at) AS first_at FROM (
            SELECT computed.root_id, computed.depth, 1 AS shares, 0 AS visits, 0 AS people, share.shared_at AS at
            FROM computed_share computed JOIN referrals_share share ON share.id = computed.share_id
            UNION ALL
            SELECT root_id, depth, 0, 1, 0, NULL FROM computed_visit
            UNION ALL
            SELECT root_id, depth, 0, 0, 1, NULL FROM computed_person
        ) AS fact GROUP BY root_id, depth;
    CREATE TEMP TABLE computed_cascade ON COMMIT DROP AS
        SELECT computed.root_id, {brand}::bigint AS brand_id, computed.shares, size_sum, square_sum,
            met.people::int AS people, met.reach::int AS reach
        FROM computed_sum computed
        JOIN (SELECT root_id, count(*) AS reach, count(*) FILTER (WHERE shared) AS people FROM computed_person GROUP BY root_id) AS met USING (root_id);
    ANALYZE computed_person; ANALYZE computed_layer; ANALYZE computed_cascade"""
MINE = "(SELECT id FROM referrals_share WHERE brand_id = {brand})"


class DerivedTable(NamedTuple):
    """A table of derived rows, the way to those of one brand, and the columns that are compared; an empty layer is not
    compared."""

    table: str
    key: str
    computed: str
    columns: str
    matters: str = "true"


DERIVED_TABLES = [
    DerivedTable("referrals_shareaggregate", "share_id", "computed_share", "share_id, size"),
    DerivedTable(
        "referrals_cascade",
        "root_id",
        "computed_cascade",
        "root_id, brand_id, shares, size_sum, square_sum, people, reach",
    ),
    DerivedTable(
        "referrals_cascadelayer",
        "root_id",
        "computed_layer",
        "root_id, depth, shares, visits, people, first_at",
        "(shares, visits, people) <> (0, 0, 0)",
    ),
    DerivedTable("referrals_cascadeperson", "root_id", "computed_person", "root_id, person, depth, shared"),
]
DIFFERENT = """
    SELECT count(*) OVER (), line::text, side FROM (
        (SELECT kept AS line, 'stands there, and is not so' AS side FROM (
            SELECT {columns} FROM {table} WHERE {key} IN {mine} AND {matters} EXCEPT ALL SELECT {columns} FROM {computed}
        ) AS kept)
        UNION ALL
        (SELECT made, 'is so, and does not stand there' FROM (
            SELECT {columns} FROM {computed} EXCEPT ALL SELECT {columns} FROM {table} WHERE {key} IN {mine} AND {matters}
        ) AS made)
    ) AS found LIMIT 5"""


class TableDifference(NamedTuple):
    """Where a derived table does not follow from its facts: how many rows differ, and the first of them."""

    table: str
    rows: int
    examples: list[str]

    def __str__(self) -> str:
        return f"{self.table}: {self.rows:,} different, such as {'; '.join(self.examples)}"


class RebuildResult(NamedTuple):
    """How much was compared or written, and where it differs."""

    shares: int
    cascades: int
    differences: list[TableDifference]


@in_transaction
def rebuild_propagation(*, brand: Brand) -> RebuildResult:
    """Compute every derived row of a brand's spread from its facts, and replace the stored rows by them; facts on the
    queue are counted too.

    Twice is the same as once. No other process aggregates meanwhile, and requests that share do not wait. Roots and
    depths of shares and sponsorships are proved, not written."""
    lock_aggregation(brand)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM referrals_pendingaggregate WHERE brand_id = %s", [brand.pk])
    forget(FailedFact.objects.filter(brand=brand, kind=FailedFact.Kind.SPREAD).values_list("kind", "fact"))
    result = _compute(brand)
    with connection.cursor() as cursor:
        for derived in DERIVED_TABLES:
            cursor.execute(_filled("DELETE FROM {table} WHERE {key} IN {mine}", derived, brand))
            cursor.execute(_filled("INSERT INTO {table} ({columns}) SELECT {columns} FROM {computed}", derived, brand))
    return result


@in_transaction
def check_propagation(*, brand: Brand) -> RebuildResult:
    """Compare every derived row of a brand's spread with what follows from the facts that are aggregated. Changes
    nothing; no other process aggregates meanwhile."""
    lock_aggregation(brand)
    result = _compute(brand)
    for derived in DERIVED_TABLES:
        with connection.cursor() as cursor:
            cursor.execute(_filled(DIFFERENT, derived, brand))
            rows = cursor.fetchall()
        if rows:
            result.differences.append(
                TableDifference(derived.table, rows[0][0], [f"{row} {side}" for _, row, side in rows])
            )
    return result


def _filled(statement: str, derived: DerivedTable, brand: Brand) -> str:
    return statement.format(
        table=derived.table,
        key=derived.key,
        computed=derived.computed,
        columns=derived.columns,
        matters=derived.matters,
        mine=MINE.format(brand=brand.pk),
    )


def _compute(brand: Brand) -> RebuildResult:
    """Fill the temporary tables with what follows from the facts, and compare the roots and depths of shares and
    sponsorships."""
    ids, parents, roots, depths = whole_numbers(SHARES, {"brand": brand.pk}, 4)
    forest = grow(parent_positions(ids, parents))
    kocs, sponsors, tops, levels = whole_numbers(PLACES, {"brand": brand.pk}, 4)
    places = grow(parent_positions(kocs, sponsors))
    differences = [
        *_strays("referrals_share", ids, roots, depths, forest),
        *_strays("referrals_sponsorship", kocs, tops, levels, places),
    ]
    with connection.cursor() as cursor:
        cursor.execute(NO_TABLES)
        cursor.execute(TABLES)
        _copy(
            "computed_share",
            zip(ids.tolist(), ids[forest.root].tolist(), forest.depth.tolist(), forest.size.tolist(), strict=True),
        )
        _copy("computed_sum", _sums(ids, forest))
        cursor.execute(COMPUTED.format(brand=brand.pk))
    return RebuildResult(len(ids), len(np.unique(forest.root)), differences)


def _sums(ids: IntArray, forest: Forest) -> Iterable[tuple[int, int, int, int]]:
    """(root, n, Σ s, Σ s²) of every cascade, the sums over all shares but the root."""
    tops, tree = np.unique(forest.root, return_inverse=True)
    below = np.where(forest.depth > 0, forest.size, 0)
    sums = [exact_sums(values, tree, len(tops)) for values in (below, below * below)]
    return zip(ids[tops].tolist(), forest.size[tops].tolist(), *sums, strict=True)


def _copy(table: LiteralString, rows: Iterable[tuple[int, ...]]) -> None:
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _strays(table: str, ids: IntArray, roots: IntArray, depths: IntArray, forest: Forest) -> list[TableDifference]:
    """Rows whose root or depth do not follow from their parents."""
    wrong = (
        np.flatnonzero((roots != ids[forest.root]) | (depths != forest.depth))
        if len(ids)
        else np.zeros(0, dtype=np.int64)
    )
    if not len(wrong):
        return []
    examples = [
        f"{ids[node]} says root {roots[node]} and depth {depths[node]}, where {ids[forest.root[node]]} and {forest.depth[node]} follow"
        for node in wrong[:5]
    ]
    return [TableDifference(table, len(wrong), examples)]
