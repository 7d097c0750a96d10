"""The KOCs of a brand and who sponsors whom, as the brand's own file lists them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

import numpy as np
from django.db import connection, transaction

from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc, TierChange
from foundation.files.cells import phone, up_to, with_header
from foundation.files.tables import Column, ImportResult, RowErrors, instant, key, parse_rows
from foundation.postgres.bulk import copy_in
from foundation.postgres.locks import lock_imports
from referrals.tree.domain.faults import Cycle
from referrals.tree.domain.forests import NO_PARENT, grow
from referrals.tree.services.positions import (
    TreePosition,
    add_kocs,
    known_positions,
    lock_moves,
    lock_positions,
    lowest_tier,
    move_kocs,
    rooted,
)

COLUMNS = [
    Column("koc", key),
    Column("phone", phone, required=False),
    Column("name", up_to(120)),
    Column("sponsor", key, required=False),
    Column("joined_at", instant),
    Column("tier", key, required=False),
]
NEW_USERS = """
    INSERT INTO accounts_user (phone, name, password, language, is_staff, is_active, is_superuser, created_at)
    SELECT listed.phone, listed.name, '!' || gen_random_uuid()::text, 'zh-hans', false, true, false, %s
    FROM unnest(%s::text[], %s::text[]) AS listed(phone, name)
    ORDER BY listed.phone
    ON CONFLICT (phone) DO NOTHING"""
UPDATE_KOCS = """
    UPDATE accounts_koc koc
    SET name = listed.name, tier_id = listed.tier, tier_pinned = listed.pinned, user_id = listed.login, joined_at = listed.joined_at
    FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::boolean[], %s::bigint[], %s::timestamptz[]) AS listed(id, name, tier, pinned, login, joined_at)
    WHERE koc.id = listed.id"""
imported_fields = attrgetter("name", "tier", "pinned", "login", "joined_at")


@dataclass(slots=True)
class KocRow:
    """One row of the file."""

    row: int
    key: str
    phone: str | None
    name: str
    sponsor: str | None
    joined_at: datetime
    tier: str | None


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
    tiers = {tier.key: tier.pk for tier in Tier.objects.filter(brand=brand)}
    rows = _read_rows(lines, tiers, faults)
    positions = known_positions(brand)
    if "sponsor" not in header:
        for row in rows:
            row.sponsor = positions[row.key].sponsor if row.key in positions else None
    elif any(row.key in positions and row.sponsor != positions[row.key].sponsor for row in rows):
        lock_positions(brand)
        positions = known_positions(brand)
    _check_sponsors(brand, rows, positions, faults)
    _check_circles(rows, positions, faults)
    logins = _logins(rows, positions, faults, at)
    faults.refuse_if_any()
    after = {
        position.key: position for position in rooted(_with_rows(rows, positions, tiers, logins, lowest_tier(brand)))
    }
    return _write(brand, rows, positions, after, at)


def _read_rows(lines: Iterable[str], tiers: dict[str, int], faults: RowErrors) -> list[KocRow]:
    rows: list[KocRow] = []
    keys: set[str] = set()
    phones: set[str] = set()
    for row, (koc, number, name, sponsor, joined_at, tier) in parse_rows(lines, COLUMNS, faults):
        if koc in keys:
            faults.add(row, "the KOC stands twice", "koc", koc)
        if number and number in phones:
            faults.add(row, "the phone stands twice", "phone", number)
        if tier and tier not in tiers:
            faults.add(row, "no such tier", "tier", tier)
        keys.add(koc)
        phones.add(number)
        rows.append(KocRow(row, koc, number, name, sponsor, joined_at, tier))
    return rows


def _check_sponsors(brand: Brand, rows: list[KocRow], positions: dict[str, TreePosition], faults: RowErrors) -> None:
    """A sponsor is somebody else and exists in this brand."""
    keys = {row.key for row in rows}
    all_read = not faults.count  # else the sponsor may stand in a row that could not be read
    for row in rows:
        if row.sponsor == row.key:
            faults.add(row.row, "is its own sponsor", "sponsor", row.sponsor)
    missing = [
        (row.row, row.sponsor)
        for row in rows
        if row.sponsor and row.sponsor not in keys and row.sponsor not in positions
    ]
    if all_read and missing:
        others = Koc.objects.filter(key__in={key for _, key in missing}).exclude(brand=brand)
        faults.add_missing(missing, "sponsor", elsewhere=set(others.values_list("key", flat=True)))


def _check_circles(rows: list[KocRow], positions: dict[str, TreePosition], faults: RowErrors) -> None:
    """Nobody is above themself, neither through rows of the file alone nor through existing KOCs."""
    sponsors = {key: koc.sponsor for key, koc in positions.items()} | {row.key: row.sponsor for row in rows}
    number_of = {key: number for number, key in enumerate(sponsors)}
    above = [
        number_of.get(sponsor, NO_PARENT) if sponsor and sponsor != key else NO_PARENT
        for key, sponsor in sponsors.items()
    ]
    try:
        grow(np.array(above, dtype=np.int64))
    except Cycle as circle:
        keys = list(sponsors)
        on_cycle = {keys[number] for number in circle.nodes}
        for row in rows:
            if row.key in on_cycle:
                faults.add(row.row, "its sponsors go in a circle", "sponsor", row.sponsor or "")


def _logins(rows: list[KocRow], positions: dict[str, TreePosition], faults: RowErrors, at: datetime) -> dict[str, int]:
    """The users of the file's phones, made where there were none. A phone of another KOC, or another phone of this KOC,
    is a fault."""
    names = {row.phone: row.name for row in rows if row.phone}
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(NEW_USERS, [at, list(names), list(names.values())])
        cursor.execute("SELECT phone, id FROM accounts_user WHERE phone = ANY(%s)", [list(names)])
        logins: dict[str, int] = dict(cursor.fetchall())
    owners = {position.login: position.key for position in positions.values() if position.login}
    for row in rows:
        if not row.phone:
            continue
        if owners.get(logins[row.phone], row.key) != row.key:
            faults.add(row.row, "the phone is another KOC's", "phone", row.phone)
        if row.key in positions and positions[row.key].login not in (None, logins[row.phone]):
            faults.add(row.row, "the KOC has another phone", "phone", row.phone)
    return logins


def _with_rows(
    rows: list[KocRow], positions: dict[str, TreePosition], tiers: dict[str, int], logins: dict[str, int], lowest: int
) -> list[TreePosition]:
    """Every KOC's position after the import: those of the file by their rows, the others as they are."""
    after = dict(positions)
    for row in rows:
        current = positions.get(row.key) or TreePosition(
            row.key, 0, row.name, lowest, pinned=False, login=None, joined_at=row.joined_at, sponsor=None
        )
        after[row.key] = replace(
            current,
            name=row.name,
            joined_at=row.joined_at,
            sponsor=row.sponsor,
            tier=tiers[row.tier] if row.tier else current.tier,
            pinned=bool(row.tier) or current.pinned,
            login=logins[row.phone] if row.phone else current.login,
        )
    return list(after.values())


def _write(
    brand: Brand, rows: list[KocRow], positions: dict[str, TreePosition], after: dict[str, TreePosition], at: datetime
) -> ImportResult:
    """Write what is new and what differs, and count the rows of the file."""
    newcomers = [after[row.key] for row in rows if row.key not in positions]
    old_positions = [position for position in positions.values() if position != after[position.key]]
    new_positions = [after[position.key] for position in old_positions]
    add_kocs(brand, newcomers, after, placed=not old_positions)
    if old_positions:
        move_kocs(brand, old_positions, new_positions, newcomers, after, at=at)
    changed = [
        (old, new)
        for old, new in zip(old_positions, new_positions, strict=True)
        if imported_fields(old) != imported_fields(new)
    ]
    copy_in(
        TierChange,
        ["koc_id", "tier_before_id", "changed_at"],
        [(old.pk, old.tier, at) for old, new in changed if old.tier != new.tier],
    )
    updates = [(new.pk, *imported_fields(new)) for _, new in changed]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE_KOCS, [list(column) for column in zip(*updates, strict=True)] or [[]] * 6)
    in_file = {row.key for row in rows}
    updated = sum(
        old.key in in_file and (imported_fields(old) != imported_fields(new) or old.sponsor != new.sponsor)
        for old, new in zip(old_positions, new_positions, strict=True)
    )
    return ImportResult(len(newcomers), updated, len(rows) - len(newcomers) - updated)
