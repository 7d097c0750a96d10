"""The KOCs of a brand and who sponsors whom, as the brand's own file lists them.

The rows go straight into a table of the transaction, and the database checks and completes them there. What Python
holds are some whole numbers of each KOC that is new or moves, those below it included."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, LiteralString

from django.db import connection, transaction

from accounts.brands.models import Brand
from accounts.people.models import Koc
from foundation.files.cells import name, phone, with_header
from foundation.files.tables import Column, ImportResult, RowErrors, instant, key, parse_rows
from foundation.postgres.arrays import whole_numbers
from foundation.postgres.bulk import MANY, ROWS_AT_ONCE, refresh_statistics, stage, streamed
from foundation.postgres.locks import lock_imports
from referrals.tree.domain.faults import Cycle
from referrals.tree.domain.forests import grow, grown_on, parent_positions, positions_of
from referrals.tree.models import Sponsorship
from referrals.tree.services.positions import (
    TreePosition,
    add_kocs,
    lock_moves,
    lock_positions,
    lowest_tier,
    moment_of_move,
)

COLUMNS = [
    Column("koc", key),
    Column("phone", phone, required=False),
    Column("name", name),
    Column("sponsor", key, required=False),
    Column("joined_at", instant),
    Column("tier", key, required=False),
]
LISTED = """
id bigint DEFAULT nextval('accounts_koc_id_seq'),
line int, key text, phone text, name text, sponsor text, joined_at timestamptz, tier text"""
COPIED = ["line", "key", "phone", "name", "sponsor", "joined_at", "tier"]
SOMEBODY_MOVES = """
SELECT EXISTS (
    SELECT FROM listed_koc listed
    JOIN accounts_koc koc ON koc.brand_id = %(brand)s AND koc.key = listed.key
    JOIN referrals_sponsorship place ON place.koc_id = koc.id
    LEFT JOIN accounts_koc above ON above.id = place.sponsor_id
    WHERE listed.sponsor IS DISTINCT FROM above.key
)"""
NEW_USERS = """
    INSERT INTO accounts_user (phone, name, password, language, is_staff, is_active, is_superuser, created_at)
    SELECT listed.phone, listed.name, '!' || gen_random_uuid()::text, 'zh-hans', false, true, false, %(at)s
    FROM listed_koc listed
    WHERE listed.phone IS NOT NULL
    ORDER BY listed.phone
    ON CONFLICT (phone) DO NOTHING"""
# Each row beside what it makes of its KOC and what the KOC was before. Of a KOC that stands twice the last row counts,
# until the file is refused.
ROSTER = """
DROP TABLE IF EXISTS pg_temp.roster;
CREATE TEMP TABLE roster ON COMMIT DROP AS
WITH once AS MATERIALIZED (SELECT key, max(id) AS id, min(line) AS first, max(line) AS last FROM listed_koc GROUP BY key),
joined AS (
    SELECT COALESCE(koc.id, listed.id) AS id, koc.id IS NOT NULL AS is_known, listed.line, listed.key, listed.phone, listed.name, listed.joined_at,
        listed.tier, tier.id AS tier_told, COALESCE(tier.id, koc.tier_id) AS tier_id, tier.id IS NOT NULL OR COALESCE(koc.tier_pinned, false) AS pinned,
        login.id AS login, COALESCE(login.id, koc.user_id) AS user_id, owner.id AS owner_id,
        listed.sponsor, CASE WHEN %(tells_sponsors)s THEN COALESCE(sponsor.id, above.id) ELSE place.sponsor_id END AS sponsor_id,
        listed.line > once.first AS is_again, listed.line = once.last AS is_last, koc.name AS name_before, koc.joined_at AS joined_before,
        koc.tier_id AS tier_before, koc.tier_pinned AS pinned_before, koc.user_id AS user_before, place.sponsor_id AS sponsor_before
    FROM listed_koc listed
    JOIN once ON once.key = listed.key
    LEFT JOIN once above ON above.key = listed.sponsor
    LEFT JOIN accounts_koc koc ON koc.brand_id = %(brand)s AND koc.key = listed.key
    LEFT JOIN referrals_sponsorship place ON place.koc_id = koc.id
    LEFT JOIN accounts_koc sponsor ON sponsor.brand_id = %(brand)s AND sponsor.key = listed.sponsor
    LEFT JOIN accounts_tier tier ON tier.brand_id = %(brand)s AND tier.key = listed.tier
    LEFT JOIN accounts_user login ON login.phone = listed.phone
    LEFT JOIN accounts_koc owner ON owner.brand_id = %(brand)s AND owner.user_id = login.id
)
SELECT joined.*, is_known AND is_last AND sponsor_id IS DISTINCT FROM sponsor_before AS is_moved,
    is_known AND (name, joined_at, tier_id, pinned, user_id)
        IS DISTINCT FROM (name_before, joined_before, tier_before, pinned_before, user_before) AS is_changed
FROM joined;
ANALYZE roster"""
BAD_KEYS = """
SELECT roster.line, fault.message, fault.field, fault.told
FROM roster
LEFT JOIN (SELECT phone, min(line) AS first FROM roster WHERE phone IS NOT NULL GROUP BY phone HAVING count(*) > 1) AS doubled USING (phone)
CROSS JOIN LATERAL (VALUES
    (1, roster.is_again, 'the KOC stands twice', 'koc', roster.key),
    (2, roster.line > doubled.first, 'the phone stands twice', 'phone', roster.phone),
    (3, roster.tier IS NOT NULL AND roster.tier_told IS NULL, 'no such tier', 'tier', roster.tier)
) AS fault(place, is_so, message, field, told)
WHERE fault.is_so
ORDER BY roster.line, fault.place"""
OWN_SPONSORS = "SELECT line, 'is its own sponsor', 'sponsor', sponsor FROM roster WHERE sponsor = key ORDER BY line"
NO_SPONSOR = """
SELECT roster.line, roster.sponsor, elsewhere.key
FROM roster
LEFT JOIN (SELECT DISTINCT key FROM accounts_koc WHERE brand_id <> %(brand)s) AS elsewhere ON elsewhere.key = roster.sponsor
WHERE roster.sponsor IS NOT NULL AND roster.sponsor_id IS NULL
ORDER BY roster.line"""
IN_A_CIRCLE = """
SELECT roster.line, 'its sponsors go in a circle', 'sponsor', COALESCE(roster.sponsor, '')
FROM roster WHERE roster.key IN (SELECT key FROM roster WHERE is_last AND id = ANY(%(circle)s)) ORDER BY roster.line"""
BAD_PHONES = """
SELECT roster.line, fault.message, 'phone', roster.phone
FROM roster
CROSS JOIN LATERAL (VALUES
    (1, roster.owner_id <> roster.id, 'the phone is another KOC''s'),
    (2, roster.is_known AND roster.user_before <> roster.login, 'the KOC has another phone')
) AS fault(place, is_so, message)
WHERE fault.is_so
ORDER BY roster.line, fault.place"""
# Who gets a new place: who is new, who gets another sponsor, and everybody below one of these.
REPLACED = """
DROP TABLE IF EXISTS pg_temp.replaced_koc;
CREATE TEMP TABLE replaced_koc ON COMMIT DROP AS
WITH RECURSIVE below AS (
    SELECT place.koc_id AS id, place.sponsor_id FROM roster JOIN referrals_sponsorship place ON place.sponsor_id = roster.id WHERE roster.is_moved
    UNION
    SELECT place.koc_id, place.sponsor_id FROM below JOIN referrals_sponsorship place ON place.sponsor_id = below.id
)
SELECT id, NULLIF(sponsor_id, id) AS sponsor_id FROM roster WHERE is_last AND (is_moved OR NOT is_known)
UNION ALL
SELECT id, sponsor_id FROM below WHERE NOT EXISTS (SELECT FROM roster WHERE roster.is_moved AND roster.id = below.id);
ANALYZE replaced_koc"""
SPONSORS: LiteralString = """
SELECT listed.id, COALESCE(above.id, 0) FROM replaced_koc listed LEFT JOIN replaced_koc above ON above.id = listed.sponsor_id"""
ON_KNOWN: LiteralString = """
SELECT listed.id, place.root_id, place.depth::bigint + 1
FROM replaced_koc listed JOIN referrals_sponsorship place ON place.koc_id = listed.sponsor_id
WHERE NOT EXISTS (SELECT FROM replaced_koc above WHERE above.id = listed.sponsor_id)"""
# Sponsors before those whom they sponsor. An outer join: who has no place is refused, not left out.
NEWCOMERS = """
SELECT roster.key, roster.id, roster.name, COALESCE(roster.tier_id, %(lowest)s), roster.pinned, roster.user_id, roster.joined_at,
    roster.sponsor_id, place.root, place.depth
FROM roster LEFT JOIN new_place place ON place.id = roster.id
WHERE NOT roster.is_known
ORDER BY place.depth, roster.id"""
SPONSOR_CHANGES = """
INSERT INTO referrals_sponsorchange (koc_id, sponsor_before_id, changed_at, reason)
SELECT id, sponsor_before, %(moved_at)s, 'import' FROM roster WHERE is_moved ORDER BY id"""
# In one statement, since the database checks whole trees when it ends.
MOVE = """
UPDATE referrals_sponsorship place SET sponsor_id = replaced.sponsor_id, root_id = fresh.root, depth = fresh.depth
FROM replaced_koc replaced LEFT JOIN new_place fresh ON fresh.id = replaced.id
WHERE place.koc_id = replaced.id"""
TIER_CHANGES = """
INSERT INTO accounts_tierchange (koc_id, tier_before_id, changed_at)
SELECT id, tier_before, %(at)s FROM roster WHERE is_known AND tier_id <> tier_before ORDER BY id"""
UPDATE_KOCS = """
    UPDATE accounts_koc koc
    SET name = roster.name, tier_id = roster.tier_id, tier_pinned = roster.pinned, user_id = roster.user_id, joined_at = roster.joined_at
    FROM roster
    WHERE koc.id = roster.id AND roster.is_changed"""
TALLY = """
SELECT count(*) FILTER (WHERE NOT is_known), count(*) FILTER (WHERE is_changed OR is_moved),
    count(*) FILTER (WHERE is_known AND NOT is_changed AND NOT is_moved), COALESCE(bool_or(is_moved), false)
FROM roster"""


@transaction.atomic
def import_kocs(*, brand: Brand, lines: Iterable[str], name: str, at: datetime) -> ImportResult:
    """Import a file of KOCs with their sponsors, all or nothing, rows in any order. New ones are active since they
    joined.

    Existing ones get the file's name, time, tier (pinned) and sponsor, and what they had before is recorded as of `at`;
    their trees move with them. An empty phone or tier changes nothing, an empty sponsor means none; a file without that
    column leaves every sponsor. Key: (brand, koc). Waits for other imports and moves of the brand; locks the brand's
    places when somebody moves. Raises BadFile."""
    lock_imports(brand)
    lock_moves(brand)
    header, lines = with_header(lines)
    faults = RowErrors(name)
    stage("listed_koc", LISTED, COPIED, ((row, *values) for row, values in parse_rows(lines, COLUMNS, faults)))
    named: dict[str, Any] = {"brand": brand.pk, "at": at, "tells_sponsors": "sponsor" in header}
    if named["tells_sponsors"] and _row(SOMEBODY_MOVES, named) == (True,):
        lock_positions(brand)
    _execute(NEW_USERS, named)
    _execute(ROSTER, named)
    _check_sponsors(faults, named)
    _find_places(faults, named)
    for fault in streamed(BAD_PHONES, named):
        faults.add(*fault)
    faults.refuse_if_any()
    tally = _write(brand, named, at)
    if tally.created >= MANY:
        refresh_statistics(Koc, Sponsorship)
    return tally


def _execute(statement: str, named: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, named)


def _row(query: str, named: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, named)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def _check_sponsors(faults: RowErrors, named: dict[str, Any]) -> None:
    """Nobody stands twice, and a sponsor is somebody else and exists in this brand."""
    for fault in streamed(BAD_KEYS, named):
        faults.add(*fault)
    all_read = not faults.count  # else the sponsor may stand in a row that could not be read
    for fault in streamed(OWN_SPONSORS, named):
        faults.add(*fault)
    if all_read:
        for row, sponsor, elsewhere in streamed(NO_SPONSOR, named):
            faults.add_missing([(row, sponsor)], "sponsor", elsewhere={elsewhere})


def _find_places(faults: RowErrors, named: dict[str, Any]) -> None:
    """The root and depth of everybody who gets a new place. Nobody is above themself, neither through rows of the file
    alone nor through existing KOCs; such a circle has somebody in it who is new or moves."""
    _execute(REPLACED, named)
    ids, sponsors = whole_numbers(SPONSORS, named, 2)
    try:
        forest = grow(parent_positions(ids, sponsors))
    except Cycle as circle:
        for fault in streamed(IN_A_CIRCLE, {"circle": ids[circle.nodes].tolist()}):
            faults.add(*fault)
        return
    children, roots, depths = whole_numbers(ON_KNOWN, named, 3)
    columns = ids, *grown_on(forest, ids, positions_of(children, ids), roots, depths)

    def rows() -> Iterator[tuple[int, ...]]:
        for start in range(0, len(ids), ROWS_AT_ONCE):
            yield from zip(*(column[start : start + ROWS_AT_ONCE].tolist() for column in columns), strict=True)

    stage("new_place", "id bigint, root bigint, depth int", ["id", "root", "depth"], rows())


def _write(brand: Brand, named: dict[str, Any], at: datetime) -> ImportResult:
    """Write what is new and what differs, and count the rows of the file."""
    created, updated, unchanged, somebody_moves = _row(TALLY, named)
    newcomers = streamed(NEWCOMERS, {"lowest": lowest_tier(brand)})
    add_kocs(brand, (TreePosition(*newcomer) for newcomer in newcomers), placed=not somebody_moves)
    if somebody_moves:
        _execute(SPONSOR_CHANGES, {"moved_at": moment_of_move(brand, at)})
        _execute(MOVE, named)
    _execute(TIER_CHANGES, named)
    _execute(UPDATE_KOCS, named)
    return ImportResult(created, updated, unchanged)
