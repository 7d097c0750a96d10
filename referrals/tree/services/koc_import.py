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
RETOLD = """
    UPDATE accounts_koc koc
    SET name = listed.name, tier_id = listed.tier, tier_pinned = listed.pinned, user_id = listed.login, joined_at = listed.joined_at
    FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::boolean[], %s::bigint[], %s::timestamptz[]) AS listed(id, name, tier, pinned, login, joined_at)
    WHERE koc.id = listed.id"""
told = attrgetter("name", "tier", "pinned", "login", "joined_at")


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
    """Take in a file of KOCs with their sponsors, all or nothing, rows in any order. New ones are active since they
    joined.

    Known ones get the file's name, time, tier (pinned) and sponsor, and what they left is kept as of `at`; their trees
    move with them. An empty phone or tier leaves what is known, an empty sponsor means none; a file without that column
    leaves every sponsor. Key: (brand, koc). Waits for other imports and moves of the brand; locks the brand's places
    when somebody moves. Raises BadFile."""
    lock_imports(brand)
    lock_moves(brand)
    header, lines = with_header(lines)
    faults = RowErrors(name)
    tiers = {tier.key: tier.pk for tier in Tier.objects.filter(brand=brand)}
    listed = _read(lines, tiers, faults)
    known = known_positions(brand)
    if "sponsor" not in header:
        for row in listed:
            row.sponsor = known[row.key].sponsor if row.key in known else None
    elif any(row.key in known and row.sponsor != known[row.key].sponsor for row in listed):
        lock_positions(brand)
        known = known_positions(brand)
    _check_sponsors(brand, listed, known, faults)
    _check_circles(listed, known, faults)
    logins = _logins(listed, known, faults, at)
    faults.refuse_if_any()
    placed = {place.key: place for place in rooted(_wanted(listed, known, tiers, logins, lowest_tier(brand)))}
    return _keep(brand, listed, known, placed, at)


def _read(lines: Iterable[str], tiers: dict[str, int], faults: RowErrors) -> list[KocRow]:
    listed: list[KocRow] = []
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
        listed.append(KocRow(row, koc, number, name, sponsor, joined_at, tier))
    return listed


def _check_sponsors(brand: Brand, listed: list[KocRow], known: dict[str, TreePosition], faults: RowErrors) -> None:
    """A sponsor is somebody else and exists in this brand."""
    keys = {row.key for row in listed}
    whole = not faults.count  # else the sponsor may stand in a row that could not be read
    for row in listed:
        if row.sponsor == row.key:
            faults.add(row.row, "is its own sponsor", "sponsor", row.sponsor)
    missing = [
        (row.row, row.sponsor) for row in listed if row.sponsor and row.sponsor not in keys and row.sponsor not in known
    ]
    if whole and missing:
        others = Koc.objects.filter(key__in={key for _, key in missing}).exclude(brand=brand)
        faults.add_missing(missing, "sponsor", elsewhere=set(others.values_list("key", flat=True)))


def _check_circles(listed: list[KocRow], known: dict[str, TreePosition], faults: RowErrors) -> None:
    """Nobody is above themself, neither through rows of the file alone nor through KOCs who are known."""
    sponsors = {key: place.sponsor for key, place in known.items()} | {row.key: row.sponsor for row in listed}
    number = {key: position for position, key in enumerate(sponsors)}
    above = [
        number.get(sponsor, NO_PARENT) if sponsor and sponsor != key else NO_PARENT for key, sponsor in sponsors.items()
    ]
    try:
        grow(np.array(above, dtype=np.int64))
    except Cycle as circle:
        keys = list(sponsors)
        turning = {keys[position] for position in circle.nodes}
        for row in listed:
            if row.key in turning:
                faults.add(row.row, "its sponsors go in a circle", "sponsor", row.sponsor or "")


def _logins(listed: list[KocRow], known: dict[str, TreePosition], faults: RowErrors, at: datetime) -> dict[str, int]:
    """The users of the file's phones, made where there were none. A phone of another KOC, or another phone of this KOC,
    is a fault."""
    named = {row.phone: row.name for row in listed if row.phone}
    if not named:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(NEW_USERS, [at, list(named), list(named.values())])
        cursor.execute("SELECT phone, id FROM accounts_user WHERE phone = ANY(%s)", [list(named)])
        logins: dict[str, int] = dict(cursor.fetchall())
    owners = {place.login: place.key for place in known.values() if place.login}
    for row in listed:
        if not row.phone:
            continue
        if owners.get(logins[row.phone], row.key) != row.key:
            faults.add(row.row, "the phone is another KOC's", "phone", row.phone)
        if row.key in known and known[row.key].login not in (None, logins[row.phone]):
            faults.add(row.row, "the KOC has another phone", "phone", row.phone)
    return logins


def _wanted(
    listed: list[KocRow], known: dict[str, TreePosition], tiers: dict[str, int], logins: dict[str, int], lowest: int
) -> list[TreePosition]:
    """Everybody as they are to be: those of the file as it says, the others as they are."""
    wanted = dict(known)
    for row in listed:
        now = known.get(row.key) or TreePosition(
            row.key, 0, row.name, lowest, pinned=False, login=None, joined_at=row.joined_at, sponsor=None
        )
        wanted[row.key] = replace(
            now,
            name=row.name,
            joined_at=row.joined_at,
            sponsor=row.sponsor,
            tier=tiers[row.tier] if row.tier else now.tier,
            pinned=bool(row.tier) or now.pinned,
            login=logins[row.phone] if row.phone else now.login,
        )
    return list(wanted.values())


def _keep(
    brand: Brand, listed: list[KocRow], known: dict[str, TreePosition], placed: dict[str, TreePosition], at: datetime
) -> ImportResult:
    """Write what is new and what differs, and count the rows of the file."""
    newcomers = [placed[row.key] for row in listed if row.key not in known]
    before = [place for place in known.values() if place != placed[place.key]]
    after = [placed[place.key] for place in before]
    add_kocs(brand, newcomers, placed, placed=not before)
    if before:
        move_kocs(brand, before, after, newcomers, placed, at=at)
    retold = [(old, new) for old, new in zip(before, after, strict=True) if told(old) != told(new)]
    copy_in(
        TierChange,
        ["koc_id", "tier_before_id", "changed_at"],
        [(old.pk, old.tier, at) for old, new in retold if old.tier != new.tier],
    )
    rows = [(new.pk, *told(new)) for _, new in retold]
    with connection.cursor() as cursor:
        cursor.execute(RETOLD, [list(column) for column in zip(*rows, strict=True)] or [[]] * 6)
    in_file = {row.key for row in listed}
    updated = sum(
        old.key in in_file and (told(old) != told(new) or old.sponsor != new.sponsor)
        for old, new in zip(before, after, strict=True)
    )
    return ImportResult(len(newcomers), updated, len(listed) - len(newcomers) - updated)
