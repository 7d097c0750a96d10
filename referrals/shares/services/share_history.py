"""Shares that happened before or outside Grove: a history of cascades from a file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import NamedTuple

import numpy as np
from django.db import connection, transaction

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.models import Channel, Kit
from foundation.files.tables import Column, ImportResult, RowErrors, instant, key, one_of, parse_rows
from foundation.ids.codes import fresh_codes
from foundation.postgres.bulk import copy_in, reserve_ids
from foundation.postgres.locks import lock_imports
from referrals.shares.models import Share
from referrals.tree.domain.faults import Cycle
from referrals.tree.domain.forests import NO_PARENT, Forest, grow
from referrals.tree.services.positions import TreePosition, add_kocs, lowest_tier, rooted

COLUMNS = [
    Column("share", key),
    Column("koc", key),
    Column("kit", key),
    Column("channel", one_of(Channel.values), required=False, default=Channel.ANY.value),
    Column("parent", key, required=False),
    Column("shared_at", instant),
]
SHARE_COLUMNS = [
    "id",
    "brand_id",
    "koc_id",
    "kit_id",
    "channel",
    "parent_id",
    "root_id",
    "depth",
    "code",
    "key",
    "shared_at",
]
IMPORTED = """
    SELECT share.key, share.id, COALESCE(share.root_id, share.id), share.depth, koc.key, kit.key, share.channel, parent.key, share.shared_at
    FROM referrals_share share
    JOIN accounts_koc koc ON koc.id = share.koc_id
    JOIN content_kit kit ON kit.id = share.kit_id
    LEFT JOIN referrals_share parent ON parent.id = share.parent_id
    WHERE share.brand_id = %s AND share.key = ANY(%s)"""


class ImportedShare(NamedTuple):
    """A share that was imported before."""

    key: str
    pk: int
    root: int
    depth: int
    koc: str
    kit: str
    channel: str
    parent: str | None
    shared_at: datetime


class ImportedShares(NamedTuple):
    shares: ImportResult
    kocs_created: int


@dataclass(slots=True)
class ShareRow:
    """One row of the file."""

    row: int
    key: str
    koc: str
    kit: str
    channel: str
    parent: str | None
    shared_at: datetime


@transaction.atomic
def import_shares(*, brand: Brand, lines: Iterable[str], name: str, create_kocs: bool = False) -> ImportedShares:
    """Import a file of shares with their parents, all or nothing, rows in any order; a parent may also be a share that
    was imported before.

    `create_kocs` makes an active KOC of everybody who shared and is none, joined at their first share. A share that was
    imported before must equal its row: history is not rewritten. Key: (brand, share). Waits for other imports of the
    brand. Raises BadFile."""
    lock_imports(brand)
    faults = RowErrors(name)
    kits = dict(Kit.objects.filter(brand=brand).values_list("key", "pk"))
    kocs = dict(Koc.objects.filter(brand=brand).values_list("key", "pk"))
    rows = _read_rows(lines, kits, None if create_kocs else kocs, faults)
    imported = _imported(brand, rows.values())
    new_rows = [row for row in rows.values() if row.key not in imported]
    _check_imported(rows, imported, faults)
    _check_parents(brand, rows, imported, faults)
    forest = _new_forest(new_rows, faults)
    faults.refuse_if_any()
    newcomers = _join(brand, new_rows, kocs) if create_kocs else 0
    _append(brand, new_rows, imported, forest, kits, kocs)
    return ImportedShares(ImportResult(len(new_rows), 0, len(rows) - len(new_rows)), newcomers)


def _read_rows(
    lines: Iterable[str], kits: dict[str, int], kocs: dict[str, int] | None, faults: RowErrors
) -> dict[str, ShareRow]:
    rows: dict[str, ShareRow] = {}
    for row, (share, koc, kit, channel, parent, shared_at) in parse_rows(lines, COLUMNS, faults):
        if kit not in kits:
            faults.add(row, "no such kit", "kit", kit)
        if kocs is not None and koc not in kocs:
            faults.add(row, "no such KOC", "koc", koc)
        if (first := rows.get(share)) is None:
            # koc, kit and channel repeat: interning them halves what a million rows take
            rows[share] = ShareRow(row, share, intern(koc), intern(kit), intern(channel), parent, shared_at)
        elif first.parent != parent:
            faults.add(row, f"the share has two parents, another one in row {first.row}", "parent", parent or "")
        else:
            faults.add(row, f"the share stands in row {first.row} too", "share", share)
    return rows


def _imported(brand: Brand, rows: Iterable[ShareRow]) -> dict[str, ImportedShare]:
    """The shares of the file and their parents that were imported before."""
    keys = {row.key for row in rows} | {row.parent for row in rows if row.parent}
    with connection.cursor() as cursor:
        cursor.execute(IMPORTED, [brand.pk, list(keys)])
        return {row[0]: ImportedShare(*row) for row in cursor}


def _check_imported(rows: dict[str, ShareRow], imported: dict[str, ImportedShare], faults: RowErrors) -> None:
    for share in imported.values():
        row = rows.get(share.key)
        if row is None:
            continue
        for column in ("koc", "kit", "channel", "parent", "shared_at"):
            if getattr(row, column) != getattr(share, column):
                faults.add(row.row, f"the share is known with another {column}", column, getattr(row, column) or "")


def _check_parents(
    brand: Brand, rows: dict[str, ShareRow], imported: dict[str, ImportedShare], faults: RowErrors
) -> None:
    """A parent exists, is of this brand and is not later than its child."""
    all_read = not faults.count  # else the parent may stand in a row that could not be read
    missing: list[tuple[int, str]] = []
    for row in rows.values():
        if row.parent is None:
            continue
        parent = rows.get(row.parent) or imported.get(row.parent)
        if parent is None:
            missing.append((row.row, row.parent))
        elif row.shared_at < parent.shared_at:
            faults.add(row.row, f"is earlier than its parent {row.parent}", "shared_at", row.shared_at.isoformat())
    if all_read and missing:
        others = Share.objects.filter(key__in={key for _, key in missing}).exclude(brand=brand)
        faults.add_missing(missing, "parent", elsewhere=set(others.values_list("key", flat=True)))


def _new_forest(new_rows: list[ShareRow], faults: RowErrors) -> Forest | None:
    """The forest of the new shares by themselves; a child of a share that was imported before is a root here. None when
    there is a circle."""
    position_of = {row.key: position for position, row in enumerate(new_rows)}
    try:
        return grow(
            np.array(
                [position_of.get(row.parent, NO_PARENT) if row.parent else NO_PARENT for row in new_rows],
                dtype=np.int64,
            )
        )
    except Cycle as circle:
        for row in (new_rows[position] for position in circle.nodes):
            faults.add(row.row, "its parents go in a circle", "parent", row.parent or "")
        return None


def _join(brand: Brand, new_rows: list[ShareRow], kocs: dict[str, int]) -> int:
    """Create the missing KOCs, joined when they first shared, and add them to `kocs`."""
    joined: dict[str, datetime] = {}
    for row in new_rows:
        if row.koc not in kocs:
            joined[row.koc] = min(row.shared_at, joined.get(row.koc, row.shared_at))
    if not joined:
        return 0
    lowest = lowest_tier(brand)
    newcomers = rooted(
        TreePosition(koc, 0, koc, lowest, pinned=False, login=None, joined_at=at, sponsor=None)
        for koc, at in joined.items()
    )
    add_kocs(brand, newcomers, {})
    kocs.update((newcomer.key, newcomer.pk) for newcomer in newcomers)
    return len(newcomers)


def _append(
    brand: Brand,
    new_rows: list[ShareRow],
    imported: dict[str, ImportedShare],
    forest: Forest | None,
    kits: dict[str, int],
    kocs: dict[str, int],
) -> None:
    if forest is None or not new_rows:
        return
    pks = reserve_ids(Share, len(new_rows))
    codes = fresh_codes(Share, "code", len(new_rows))
    positions = zip(forest.parent.tolist(), forest.root.tolist(), forest.depth.tolist(), strict=True)

    def values() -> Iterator[tuple[object, ...]]:
        for row, pk, code, (above, top, levels) in zip(new_rows, pks, codes, positions, strict=True):
            anchor = imported[new_rows[top].parent or ""] if new_rows[top].parent else None
            parent = pks[above] if above != NO_PARENT else anchor.pk if anchor else None
            root = anchor.root if anchor else pks[top] if parent else None
            depth = levels + (anchor.depth + 1 if anchor else 0)
            yield (
                pk,
                brand.pk,
                kocs[row.koc],
                kits[row.kit],
                row.channel,
                parent,
                root,
                depth,
                code,
                row.key,
                row.shared_at,
            )

    copy_in(Share, SHARE_COLUMNS, values())
