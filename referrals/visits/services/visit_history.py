"""Visits that happened before or outside Grove, from a file."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from sys import intern

from django.db import connection, transaction

from accounts.brands.models import Brand
from foundation.files.tables import Column, ImportResult, RowErrors, instant, key, parse_rows
from foundation.postgres.bulk import copy_in
from foundation.postgres.locks import lock_imports
from referrals.visits.models import Visit

COLUMNS = [Column("share", key), Column("visitor", key), Column("visited_at", instant)]
ONE_VISIT = timedelta(hours=1)
BY_KEY = "SELECT key, id FROM referrals_share WHERE brand_id = %s AND key = ANY(%s)"
BY_CODE = "SELECT code, id FROM referrals_share WHERE brand_id = %s AND code = ANY(%s)"
STORED = """
    SELECT visit.share_id, visit.visitor, visit.visited_at, visit.uncounted
    FROM referrals_visit visit
    JOIN unnest(%s::bigint[], %s::text[]) AS listed(share, visitor) ON listed.share = visit.share_id AND listed.visitor = visit.visitor"""

Pair = tuple[int, str]  # a share and somebody who opened it


@transaction.atomic
def import_visits(*, brand: Brand, lines: Iterable[str], name: str) -> ImportResult:
    """Import a file of visits, all or nothing; shares are named by key or by code. Within an hour of a counted one a
    visit is a repeat.

    Key: (share, visitor, time): the same visit again is unchanged. Waits for other imports of the brand. Raises
    BadFile."""
    lock_imports(brand)
    faults = RowErrors(name)
    rows = [
        (row, intern(share), intern(visitor), at) for row, (share, visitor, at) in parse_rows(lines, COLUMNS, faults)
    ]
    shares = _shares(brand, {share for _, share, _, _ in rows})
    for row, share, _, _ in rows:
        if share not in shares:
            faults.add(row, "no such share", "share", share)
    faults.refuse_if_any()
    visits = {(shares[share], visitor, at) for _, share, visitor, at in rows}
    stored = _stored({(share, visitor) for share, visitor, _ in visits})
    new_visits = [visit for visit in visits if visit not in stored]
    copy_in(Visit, ["share_id", "visitor", "visited_at", "uncounted"], _classified(new_visits, stored))
    return ImportResult(len(new_visits), 0, len(rows) - len(new_visits))


def _shares(brand: Brand, names: set[str]) -> dict[str, int]:
    """The brand's shares of these names; a name that is both a key and a code is the key."""
    with connection.cursor() as cursor:
        cursor.execute(BY_KEY, [brand.pk, list(names)])
        shares: dict[str, int] = dict(cursor.fetchall())
        cursor.execute(BY_CODE, [brand.pk, list(names - shares.keys())])
        return shares | dict(cursor.fetchall())


def _stored(pairs: set[Pair]) -> dict[tuple[int, str, datetime], str]:
    """Every earlier visit of these people to these shares, and whether it counted."""
    with connection.cursor() as cursor:
        cursor.execute(STORED, [[share for share, _ in pairs], [visitor for _, visitor in pairs]])
        return {(share, visitor, at): uncounted for share, visitor, at, uncounted in cursor}


def _classified(
    new_visits: list[tuple[int, str, datetime]], stored: dict[tuple[int, str, datetime], str]
) -> list[tuple[int, str, datetime, str]]:
    """The new visits in order of time, each with why it does not count. Visits that are stored already keep their
    classification."""
    rows = []
    timeline = sorted(
        [(*visit, None) for visit in new_visits] + [(*visit, uncounted) for visit, uncounted in stored.items()],
        key=itemgetter(0, 1, 2),
    )
    for _, visits in groupby(timeline, key=itemgetter(0, 1)):
        counted: datetime | None = None
        for share, visitor, at, uncounted in visits:
            new = uncounted is None
            if uncounted is None:
                uncounted = Visit.Uncounted.REPEAT if counted and at - counted < ONE_VISIT else Visit.Uncounted.NO
            if uncounted == Visit.Uncounted.NO:
                counted = at
            if new:
                rows.append((share, visitor, at, str(uncounted)))
    return rows
