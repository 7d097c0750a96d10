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
KNOWN = """
    SELECT visit.share_id, visit.visitor, visit.visited_at, visit.uncounted
    FROM referrals_visit visit
    JOIN unnest(%s::bigint[], %s::text[]) AS listed(share, visitor) ON listed.share = visit.share_id AND listed.visitor = visit.visitor"""

Pair = tuple[int, str]  # a share and somebody who opened it


@transaction.atomic
def import_visits(*, brand: Brand, lines: Iterable[str], name: str) -> ImportResult:
    """Take in a file of visits, all or nothing; shares are named by key or by code. Within an hour of a counted one a
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
    listed = {(shares[share], visitor, at) for _, share, visitor, at in rows}
    known = _known({(share, visitor) for share, visitor, _ in listed})
    fresh = [visit for visit in listed if visit not in known]
    copy_in(Visit, ["share_id", "visitor", "visited_at", "uncounted"], _judged(fresh, known))
    return ImportResult(len(fresh), 0, len(rows) - len(fresh))


def _shares(brand: Brand, names: set[str]) -> dict[str, int]:
    """The brand's shares of these names; what is both a key and a code is the key."""
    with connection.cursor() as cursor:
        cursor.execute(BY_KEY, [brand.pk, list(names)])
        shares: dict[str, int] = dict(cursor.fetchall())
        cursor.execute(BY_CODE, [brand.pk, list(names - shares.keys())])
        return shares | dict(cursor.fetchall())


def _known(pairs: set[Pair]) -> dict[tuple[int, str, datetime], str]:
    """Every earlier visit of these people to these shares, and whether it counted."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [[share for share, _ in pairs], [visitor for _, visitor in pairs]])
        return {(share, visitor, at): uncounted for share, visitor, at, uncounted in cursor}


def _judged(
    fresh: list[tuple[int, str, datetime]], known: dict[tuple[int, str, datetime], str]
) -> list[tuple[int, str, datetime, str]]:
    """The new visits in order of time, each with why it does not count. What is known stays as it was judged."""
    judged = []
    everything = sorted(
        [(*visit, None) for visit in fresh] + [(*visit, uncounted) for visit, uncounted in known.items()],
        key=itemgetter(0, 1, 2),
    )
    for _, visits in groupby(everything, key=itemgetter(0, 1)):
        counted: datetime | None = None
        for share, visitor, at, uncounted in visits:
            new = uncounted is None
            if uncounted is None:
                uncounted = Visit.Uncounted.REPEAT if counted and at - counted < ONE_VISIT else Visit.Uncounted.NO
            if uncounted == Visit.Uncounted.NO:
                counted = at
            if new:
                judged.append((share, visitor, at, str(uncounted)))
    return judged
