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
KNOWN = """
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
    """Take in a file of shares with their parents, all or nothing, rows in any order; a parent may also be a share that
    was imported before.

    `create_kocs` makes an active KOC of everybody who shared and is not known, joined at their first share. A share
    that is known must be what the file says: what happened is not rewritten. Key: (brand, share). Waits for other
    imports of the brand. Raises BadFile."""
    lock_imports(brand)
    faults = RowErrors(name)
    kits = dict(Kit.objects.filter(brand=brand).values_list("key", "pk"))
    kocs = dict(Koc.objects.filter(brand=brand).values_list("key", "pk"))
    listed = _read(lines, kits, None if create_kocs else kocs, faults)
    known = _known(brand, listed.values())
    fresh = [row for row in listed.values() if row.key not in known]
    _check_known(listed, known, faults)
    _check_parents(brand, listed, known, faults)
    forest = _grown(fresh, faults)
    faults.refuse_if_any()
    newcomers = _join(brand, fresh, kocs) if create_kocs else 0
    _append(brand, fresh, known, forest, kits, kocs)
    return ImportedShares(ImportResult(len(fresh), 0, len(listed) - len(fresh)), newcomers)


def _read(
    lines: Iterable[str], kits: dict[str, int], kocs: dict[str, int] | None, faults: RowErrors
) -> dict[str, ShareRow]:
    listed: dict[str, ShareRow] = {}
    for row, (share, koc, kit, channel, parent, shared_at) in parse_rows(lines, COLUMNS, faults):
        if kit not in kits:
            faults.add(row, "no such kit", "kit", kit)
        if kocs is not None and koc not in kocs:
            faults.add(row, "no such KOC", "koc", koc)
        if (first := listed.get(share)) is None:
            # koc, kit and channel repeat: interning them halves what a million rows take
            listed[share] = ShareRow(row, share, intern(koc), intern(kit), intern(channel), parent, shared_at)
        elif first.parent != parent:
            faults.add(row, f"the share has two parents, another one in row {first.row}", "parent", parent or "")
        else:
            faults.add(row, f"the share stands in row {first.row} too", "share", share)
    return listed


def _known(brand: Brand, listed: Iterable[ShareRow]) -> dict[str, ImportedShare]:
    """What was imported before of the file's shares and their parents."""
    keys = {row.key for row in listed} | {row.parent for row in listed if row.parent}
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [brand.pk, list(keys)])
        return {row[0]: ImportedShare(*row) for row in cursor}


def _check_known(listed: dict[str, ShareRow], known: dict[str, ImportedShare], faults: RowErrors) -> None:
    for before in known.values():
        row = listed.get(before.key)
        if row is None:
            continue
        for column in ("koc", "kit", "channel", "parent", "shared_at"):
            if getattr(row, column) != getattr(before, column):
                faults.add(row.row, f"the share is known with another {column}", column, getattr(row, column) or "")


def _check_parents(
    brand: Brand, listed: dict[str, ShareRow], known: dict[str, ImportedShare], faults: RowErrors
) -> None:
    """A parent exists, is of this brand and is not later than its child."""
    whole = not faults.count  # else the parent may stand in a row that could not be read
    missing: list[tuple[int, str]] = []
    for row in listed.values():
        if row.parent is None:
            continue
        parent = listed.get(row.parent) or known.get(row.parent)
        if parent is None:
            missing.append((row.row, row.parent))
        elif row.shared_at < parent.shared_at:
            faults.add(row.row, f"is earlier than its parent {row.parent}", "shared_at", row.shared_at.isoformat())
    if whole and missing:
        others = Share.objects.filter(key__in={key for _, key in missing}).exclude(brand=brand)
        faults.add_missing(missing, "parent", elsewhere=set(others.values_list("key", flat=True)))


def _grown(fresh: list[ShareRow], faults: RowErrors) -> Forest | None:
    """The forest of the new shares by themselves; what hangs under a known share is a root here. None when there is a
    circle."""
    number = {row.key: position for position, row in enumerate(fresh)}
    try:
        return grow(
            np.array([number.get(row.parent, NO_PARENT) if row.parent else NO_PARENT for row in fresh], dtype=np.int64)
        )
    except Cycle as circle:
        for row in (fresh[position] for position in circle.nodes):
            faults.add(row.row, "its parents go in a circle", "parent", row.parent or "")
        return None


def _join(brand: Brand, fresh: list[ShareRow], kocs: dict[str, int]) -> int:
    """Make KOCs of those who are none, joined when they first shared, and add them to `kocs`."""
    joined: dict[str, datetime] = {}
    for row in fresh:
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
    kocs.update((new.key, new.pk) for new in newcomers)
    return len(newcomers)


def _append(
    brand: Brand,
    fresh: list[ShareRow],
    known: dict[str, ImportedShare],
    forest: Forest | None,
    kits: dict[str, int],
    kocs: dict[str, int],
) -> None:
    if forest is None or not fresh:
        return
    pks = reserve_ids(Share, len(fresh))
    codes = fresh_codes(Share, "code", len(fresh))
    places = zip(forest.parent.tolist(), forest.root.tolist(), forest.depth.tolist(), strict=True)

    def rows() -> Iterator[tuple[object, ...]]:
        for row, pk, code, (above, top, levels) in zip(fresh, pks, codes, places, strict=True):
            anchor = known[fresh[top].parent or ""] if fresh[top].parent else None
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

    copy_in(Share, SHARE_COLUMNS, rows())
