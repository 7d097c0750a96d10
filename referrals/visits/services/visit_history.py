"""Visits that happened before or outside Grove, from a file."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection, transaction

from accounts.brands.models import Brand
from foundation.files.tables import Column, ImportResult, RowErrors, instant, key, parse_rows
from foundation.postgres.bulk import MANY, copy_in, in_parts, refresh_statistics, stage, streamed
from foundation.postgres.locks import lock_imports
from referrals.visits.models import Visit

COLUMNS = [Column("share", key), Column("visitor", key), Column("visited_at", instant)]
ONE_VISIT = timedelta(hours=1)
LISTED = "line int, share text, visitor text, visited_at timestamptz"
NAMED = """
DROP TABLE IF EXISTS pg_temp.named_visit;
CREATE TEMP TABLE named_visit ON COMMIT DROP AS
SELECT listed.line, listed.share, COALESCE(by_key.id, by_code.id) AS share_id, listed.visitor, listed.visited_at
FROM listed_visit listed
LEFT JOIN referrals_share by_key ON by_key.brand_id = %(brand)s AND by_key.key = listed.share
LEFT JOIN referrals_share by_code ON by_code.brand_id = %(brand)s AND by_code.code = listed.share;
ANALYZE named_visit"""
NO_SHARE = "SELECT line, share FROM named_visit WHERE share_id IS NULL ORDER BY line"
# What is new has no `uncounted` yet.
TIMELINE = """
SELECT share_id, visitor, visited_at, NULL AS uncounted
FROM (SELECT DISTINCT share_id, visitor, visited_at FROM named_visit) AS fresh
WHERE NOT EXISTS (
    SELECT FROM referrals_visit stored
    WHERE stored.share_id = fresh.share_id AND stored.visitor = fresh.visitor AND stored.visited_at = fresh.visited_at
)
UNION ALL
SELECT share_id, visitor, stored.visited_at, stored.uncounted
FROM referrals_visit stored JOIN (SELECT DISTINCT share_id, visitor FROM named_visit) AS pair USING (share_id, visitor)
ORDER BY share_id, visitor, visited_at"""


@transaction.atomic
def import_visits(*, brand: Brand, lines: Iterable[str], name: str) -> ImportResult:
    """Import a file of visits, all or nothing; shares are named by key or by code. Within an hour of a counted one a
    visit is a repeat.

    Key: (share, visitor, time): the same visit again is unchanged. Waits for other imports of the brand. Raises
    BadFile."""
    lock_imports(brand)
    faults = RowErrors(name)
    rows = ((row, *values) for row, values in parse_rows(lines, COLUMNS, faults))
    listed = stage("listed_visit", LISTED, ["line", "share", "visitor", "visited_at"], rows)
    with connection.cursor() as cursor:
        cursor.execute(NAMED, {"brand": brand.pk})
    for row, share in streamed(NO_SHARE, {}):
        faults.add(row, "no such share", "share", share)
    faults.refuse_if_any()
    created = 0
    for some in in_parts(_classified(streamed(TIMELINE, {}))):
        copy_in(Visit, ["share_id", "visitor", "visited_at", "uncounted"], some)
        created += len(some)
    if created >= MANY:
        refresh_statistics(Visit)
    return ImportResult(created, 0, listed - created)


def _classified(timeline: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, str, datetime, str]]:
    """The new visits of a timeline (share, visitor, time, and of a stored one why it does not count), each with why it
    does not count. Visits that are stored already keep their classification."""
    for _, visits in groupby(timeline, key=itemgetter(0, 1)):
        counted: datetime | None = None
        for share, visitor, at, uncounted in visits:
            is_new = uncounted is None
            if is_new:
                is_repeat = counted is not None and at - counted < ONE_VISIT
                uncounted = Visit.Uncounted.REPEAT if is_repeat else Visit.Uncounted.NO
            if uncounted == Visit.Uncounted.NO:
                counted = at
            if is_new:
                yield share, visitor, at, str(uncounted)
