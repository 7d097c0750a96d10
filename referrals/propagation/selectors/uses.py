"""How many KOCs share the brand's kits, and whether sharers bring sharers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from content.kits.models import Kit
from referrals.propagation.domain import curves

# Which KOCs are active is known for now alone; of the past, which were approved by then.
KOCS = "FROM accounts_koc WHERE brand_id = %(brand)s AND status = 'active' AND COALESCE(approved_at, joined_at) <= %(until)s"
ACTIVE = f"SELECT count(*) {KOCS}"
USE = f"""
SELECT ({ACTIVE}), count(DISTINCT koc_id), count(DISTINCT koc_id) FILTER (WHERE times > 1) FROM (
    SELECT koc_id, kit_id, count(*) AS times FROM referrals_share
    WHERE brand_id = %(brand)s AND (%(kit)s::bigint IS NULL OR kit_id = %(kit)s) AND shared_at <= %(until)s AND koc_id IN (SELECT id {KOCS})
    GROUP BY koc_id, kit_id
) AS taken
"""  # noqa: S608  constants
# A share brought a new KOC when their first share of all came through it, soon enough.
BY_SHARES = f"""
WITH sent AS (
    SELECT id, shared_at FROM referrals_share WHERE brand_id = %(brand)s AND shared_at >= %(since)s AND shared_at < %(until)s
), begun AS (
    SELECT DISTINCT ON (koc_id) parent_id, shared_at FROM referrals_share WHERE brand_id = %(brand)s AND shared_at <= %(as_of)s ORDER BY koc_id, shared_at, id
)
SELECT ({ACTIVE}), count(*) FILTER (WHERE sent.shared_at <= %(as_of)s - %(follow)s), count(*) FILTER (WHERE sent.shared_at > %(as_of)s - %(follow)s), (
    SELECT count(*) FROM begun JOIN sent ON sent.id = begun.parent_id
    WHERE sent.shared_at <= %(as_of)s - %(follow)s AND begun.shared_at <= sent.shared_at + %(follow)s
) FROM sent
"""  # noqa: S608  constants
# An invitation counts when somebody applied through it; it brought an active KOC when they were approved, soon enough.
BY_INVITATIONS = f"""
WITH sent AS (
    SELECT koc.joined_at, koc.approved_at, koc.status FROM referrals_sponsorship place JOIN accounts_koc koc ON koc.id = place.koc_id
    WHERE place.brand_id = %(brand)s AND place.sponsor_id IS NOT NULL AND koc.joined_at >= %(since)s AND koc.joined_at < %(until)s
)
SELECT ({ACTIVE}), count(*) FILTER (WHERE joined_at <= %(as_of)s - %(follow)s), count(*) FILTER (WHERE joined_at > %(as_of)s - %(follow)s),
    count(*) FILTER (WHERE joined_at <= %(as_of)s - %(follow)s AND status = 'active' AND approved_at <= joined_at + %(follow)s) FROM sent
"""  # noqa: S608  constants


class Use(NamedTuple):
    """Active KOCs, those who shared, and those who shared the same kit at least twice."""

    active: int
    shared: int
    again: int

    @property
    def adoption(self) -> float | None:
        return self.shared / self.active if self.active else None

    @property
    def reuse(self) -> float | None:
        return self.again / self.shared if self.shared else None


@dataclass(frozen=True, slots=True)
class Growth:
    """Of a window: active KOCs, what they sent that is old enough to be judged, what is too young, and the new active
    KOCs that it brought."""

    active: int
    sent: int
    young: int
    brought: int

    @property
    def k_factor(self) -> float | None:
        return curves.k_factor(active=self.active, sent=self.sent, brought=self.brought)


def use_of(brand: Brand, *, kit: Kit | None = None, as_of: datetime) -> Use:
    """How many share a kit, or any kit, and how many do so again."""
    with connection.cursor() as cursor:
        cursor.execute(USE, {"brand": brand.pk, "kit": kit.pk if kit else None, "until": as_of})
        return Use(*cursor.fetchone())


def growth_by_shares(brand: Brand, *, since: datetime, until: datetime, follow: timedelta, as_of: datetime) -> Growth:
    """Whether shares bring new sharers. Each is watched for the same time, `follow`; one that is younger is left out,
    not counted as a failure."""
    return _growth(BY_SHARES, brand, since, until, follow, as_of)


def growth_by_invitations(
    brand: Brand, *, since: datetime, until: datetime, follow: timedelta, as_of: datetime
) -> Growth:
    """Whether invitations that were followed bring active KOCs; each is watched for the same time."""
    return _growth(BY_INVITATIONS, brand, since, until, follow, as_of)


def _growth(query: str, brand: Brand, since: datetime, until: datetime, follow: timedelta, as_of: datetime) -> Growth:
    params: dict[str, Any] = {
        "brand": brand.pk,
        "since": since,
        "until": min(until, as_of),
        "follow": follow,
        "as_of": as_of,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return Growth(*cursor.fetchone())
