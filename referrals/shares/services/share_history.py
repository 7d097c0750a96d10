"""Shares that happened before or outside Grove: a history of cascades from a file.

The rows go straight into a table of the transaction, and the database checks and completes them there. What Python
holds of a row are some whole numbers, so a file of a million rows needs no more than 400 MB."""

from collections.abc import Iterable, Iterator, Set
from typing import LiteralString, NamedTuple

import numpy as np
from django.db import connection, transaction

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.models import Channel, Kit
from foundation.files.tables import Column, ImportResult, RowErrors, instant, key, one_of, parse_rows
from foundation.ids.codes import fresh_codes
from foundation.postgres.arrays import whole_numbers
from foundation.postgres.bulk import MANY, ROWS_AT_ONCE, in_parts, refresh_statistics, reserve_ids, stage, streamed
from foundation.postgres.locks import lock_imports
from referrals.shares.models import Share
from referrals.tree.domain.faults import Cycle
from referrals.tree.domain.forests import IntArray, grow, grown_on, parent_positions, positions_of
from referrals.tree.services.positions import TreePosition, add_kocs, lowest_tier

COLUMNS = [
    Column("share", key),
    Column("koc", key),
    Column("kit", key),
    Column("channel", one_of(Channel.values), required=False, default=Channel.ANY.value),
    Column("parent", key, required=False),
    Column("shared_at", instant),
]
LISTED = """
id bigint DEFAULT nextval('referrals_share_id_seq'),
line int, key text, koc text, kit text, channel text, parent text, shared_at timestamptz"""
COPIED = ["line", "key", "koc", "kit", "channel", "parent", "shared_at"]
DOUBLED = "(SELECT key, min(id) AS id FROM listed_share GROUP BY key HAVING count(*) > 1) AS doubled"
AGAIN = f"""
SELECT again.line, again.key, again.parent, first.line, again.parent IS NOT DISTINCT FROM first.parent
FROM {DOUBLED}
JOIN listed_share first ON first.id = doubled.id
JOIN listed_share again ON again.key = doubled.key AND again.id > first.id
ORDER BY again.id"""  # noqa: S608  constants
FORGET_AGAIN = f"DELETE FROM listed_share again USING {DOUBLED} WHERE again.key = doubled.key AND again.id > doubled.id"  # noqa: S608  constants
NO_KOC = """
SELECT listed.line, listed.koc FROM listed_share listed
WHERE NOT EXISTS (SELECT FROM accounts_koc koc WHERE koc.brand_id = %(brand)s AND koc.key = listed.koc) ORDER BY listed.id"""
NEW_KOCS = """
SELECT listed.koc, min(listed.shared_at) FROM listed_share listed
WHERE NOT EXISTS (SELECT FROM accounts_koc koc WHERE koc.brand_id = %(brand)s AND koc.key = listed.koc)
GROUP BY listed.koc ORDER BY min(listed.id)"""
IMPORTED_OTHERWISE = """
SELECT listed.line, field.name, field.told
FROM listed_share listed
JOIN referrals_share share ON share.brand_id = %(brand)s AND share.key = listed.key
JOIN accounts_koc koc ON koc.id = share.koc_id
JOIN content_kit kit ON kit.id = share.kit_id
LEFT JOIN referrals_share parent ON parent.id = share.parent_id
CROSS JOIN LATERAL (VALUES
    ('koc', listed.koc, koc.key), ('kit', listed.kit, kit.key), ('channel', listed.channel, share.channel),
    ('parent', listed.parent, parent.key), ('shared_at', listed.shared_at::text, share.shared_at::text)
) AS field(name, told, imported)
WHERE field.told IS DISTINCT FROM field.imported
ORDER BY listed.id"""
FORGET_IMPORTED = """
DELETE FROM listed_share listed USING referrals_share share WHERE share.brand_id = %(brand)s AND share.key = listed.key"""
# A parent is in the file or was imported before; what is both is no longer listed.
BAD_PARENTS = """
SELECT listed.line, listed.parent, listed.shared_at, above.id IS NULL AND imported.id IS NULL
FROM listed_share listed
LEFT JOIN listed_share above ON above.key = listed.parent
LEFT JOIN referrals_share imported ON imported.brand_id = %(brand)s AND imported.key = listed.parent
WHERE listed.parent IS NOT NULL
    AND (above.id IS NULL AND imported.id IS NULL OR listed.shared_at < COALESCE(above.shared_at, imported.shared_at))
ORDER BY listed.id"""
NO_PARENT_HERE = """
SELECT listed.line, listed.parent, elsewhere.key
FROM listed_share listed
LEFT JOIN (SELECT DISTINCT key FROM referrals_share WHERE brand_id <> %(brand)s) AS elsewhere ON elsewhere.key = listed.parent
WHERE listed.parent IS NOT NULL AND NOT EXISTS (SELECT FROM listed_share above WHERE above.key = listed.parent)
    AND NOT EXISTS (SELECT FROM referrals_share imported WHERE imported.brand_id = %(brand)s AND imported.key = listed.parent)
ORDER BY listed.id"""
PARENTS: LiteralString = """
SELECT listed.id, COALESCE(above.id, 0) FROM listed_share listed LEFT JOIN listed_share above ON above.key = listed.parent"""
ON_IMPORTED: LiteralString = """
SELECT listed.id, parent.id, COALESCE(parent.root_id, parent.id), parent.depth::bigint + 1
FROM listed_share listed JOIN referrals_share parent ON parent.brand_id = %(brand)s AND parent.key = listed.parent"""
# Outer joins: a row for which something is missing is refused, not left out.
APPEND = """
INSERT INTO referrals_share (id, brand_id, koc_id, kit_id, channel, parent_id, root_id, depth, code, key, shared_at)
SELECT listed.id, %(brand)s, koc.id, kit.id, listed.channel, NULLIF(place.parent, 0), NULLIF(place.root, listed.id), place.depth,
    place.code, listed.key, listed.shared_at
FROM unnest(%(ids)s::bigint[], %(parents)s::bigint[], %(roots)s::bigint[], %(depths)s::int[], %(codes)s::text[]) AS place(id, parent, root, depth, code)
LEFT JOIN listed_share listed ON listed.id = place.id
LEFT JOIN accounts_koc koc ON koc.brand_id = %(brand)s AND koc.key = listed.koc
LEFT JOIN content_kit kit ON kit.brand_id = %(brand)s AND kit.key = listed.kit"""


class ImportedShares(NamedTuple):
    shares: ImportResult
    kocs_created: int


class ListedForest(NamedTuple):
    """Where the new shares stand: their ids, and the parent (0: none), root and depth of each. A root is its own."""

    ids: IntArray
    parents: IntArray
    roots: IntArray
    depths: IntArray


@transaction.atomic
def import_shares(*, brand: Brand, lines: Iterable[str], name: str, create_kocs: bool = False) -> ImportedShares:
    """Import a file of shares with their parents, all or nothing, rows in any order; a parent may also be a share that
    was imported before.

    `create_kocs` makes an active KOC of everybody who shared and is none, joined at their first share. A share that was
    imported before must equal its row: history is not rewritten. Key: (brand, share). Waits for other imports of the
    brand. Raises BadFile."""
    lock_imports(brand)
    faults = RowErrors(name)
    kits = frozenset(Kit.objects.filter(brand=brand).values_list("key", flat=True))
    stage("listed_share", LISTED, COPIED, _rows_of_kits(kits, lines, faults))
    if not create_kocs:
        for row, koc in streamed(NO_KOC, {"brand": brand.pk}):
            faults.add(row, "no such KOC", "koc", koc)
    _check_keys(brand, faults)
    imported = _execute(FORGET_IMPORTED, brand)
    _check_parents(brand, faults)
    forest = _new_forest(brand, faults)
    faults.refuse_if_any()
    newcomers = _join(brand) if create_kocs else 0
    _append(brand, forest)
    if len(forest.ids) >= MANY:
        refresh_statistics(Koc, Share)
    return ImportedShares(ImportResult(len(forest.ids), 0, imported), newcomers)


def _execute(statement: str, brand: Brand) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"brand": brand.pk})
        changed: int = cursor.rowcount
        return changed


def _rows_of_kits(kits: Set[str], lines: Iterable[str], faults: RowErrors) -> Iterator[tuple[object, ...]]:
    """The rows of the file, with their numbers. A kit that is not one of the brand's is a fault."""
    for row, values in parse_rows(lines, COLUMNS, faults):
        if values[2] not in kits:
            faults.add(row, "no such kit", "kit", values[2])
        yield row, *values


def _check_keys(brand: Brand, faults: RowErrors) -> None:
    """A share stands once in the file, and as it was imported before."""
    before = faults.count
    for row, share, parent, first, is_same in streamed(AGAIN, {"brand": brand.pk}):
        if is_same:
            faults.add(row, f"the share stands in row {first} too", "share", share)
        else:
            faults.add(row, f"the share has two parents, another one in row {first}", "parent", parent or "")
    if faults.count > before:
        _execute(FORGET_AGAIN, brand)
    for row, column, value in streamed(IMPORTED_OTHERWISE, {"brand": brand.pk}):
        faults.add(row, f"the share is known with another {column}", column, value or "")


def _check_parents(brand: Brand, faults: RowErrors) -> None:
    """A parent exists, is of this brand and is not later than its child."""
    all_read = not faults.count  # else the parent may stand in a row that could not be read
    is_missing_any = False
    for row, parent, shared_at, is_missing in streamed(BAD_PARENTS, {"brand": brand.pk}):
        is_missing_any |= is_missing
        if not is_missing:
            faults.add(row, f"is earlier than its parent {parent}", "shared_at", shared_at.isoformat())
    if all_read and is_missing_any:
        for row, parent, elsewhere in streamed(NO_PARENT_HERE, {"brand": brand.pk}):
            faults.add_missing([(row, parent)], "parent", elsewhere={elsewhere})


def _new_forest(brand: Brand, faults: RowErrors) -> ListedForest:
    """Where the listed shares stand, those below shares that were imported before included. A circle is a fault."""
    ids, parents = whole_numbers(PARENTS, {}, 2)
    try:
        forest = grow(parent_positions(ids, parents))
    except Cycle as circle:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT line, parent FROM listed_share WHERE id = ANY(%s) ORDER BY id", [ids[circle.nodes].tolist()]
            )
            for row, parent in cursor:
                faults.add(row, "its parents go in a circle", "parent", parent)
        return ListedForest(ids, parents, ids, np.zeros_like(ids))
    children, above, roots_above, depths = whole_numbers(ON_IMPORTED, {"brand": brand.pk}, 4)
    places = positions_of(children, ids)
    parents[places] = above
    return ListedForest(ids, parents, *grown_on(forest, ids, places, roots_above, depths))


def _join(brand: Brand) -> int:
    """Create the missing KOCs, joined when they first shared; returns how many."""
    count = 0
    for joined in in_parts(streamed(NEW_KOCS, {"brand": brand.pk})):
        lowest, ids = lowest_tier(brand), reserve_ids(Koc, len(joined))
        newcomers = (
            TreePosition(koc, pk, koc, lowest, pinned=False, login=None, joined_at=at, sponsor=None, root=pk, depth=0)
            for pk, (koc, at) in zip(ids, joined, strict=True)
        )
        add_kocs(brand, newcomers)
        count += len(joined)
    return count


def _append(brand: Brand, forest: ListedForest) -> None:
    """Write the shares, parents before their children."""
    in_order = np.lexsort((forest.ids, forest.depths))
    for start in range(0, len(in_order), ROWS_AT_ONCE):
        chunk = in_order[start : start + ROWS_AT_ONCE]
        ids, parents, roots, depths = (column[chunk].tolist() for column in forest)
        codes = fresh_codes(Share, "code", len(chunk))
        places = {"ids": ids, "parents": parents, "roots": roots, "depths": depths, "codes": codes}
        with connection.cursor() as cursor:
            cursor.execute(APPEND, {"brand": brand.pk, **places})
