"""Subsidies of users, and their allocations."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.earnings.models.credits import OrderCredit
from commissions.subsidies.models import Allocation, Subsidy
from referrals.shares.models import Share
from referrals.tree.models import Sponsorship

LATEST = 20  # allocations that are listed with their subsidy

GIVEN_SOON = """
SELECT given.id, given.kind, giver.key, koc.id, koc.key, koc.name, given.amount, koc.joined_at, given.at,
    (SELECT count(*) FROM referrals_share WHERE koc_id = koc.id AND shared_at <= given.at),
    (SELECT count(*) FROM commissions_ordercredit credit JOIN commissions_order sale ON sale.id = credit.order_id
        WHERE credit.koc_id = koc.id AND sale.paid_at <= given.at)
FROM (
    SELECT allocation.id, allocation.kind, subsidy.koc_id AS giver, allocation.to_id AS koc, allocation.amount_minor AS amount, allocation.allocated_at AS at
    FROM commissions_allocation allocation JOIN commissions_subsidy subsidy ON subsidy.id = allocation.subsidy_id WHERE subsidy.brand_id = %(brand)s
    UNION ALL
    SELECT id, 'grant', NULL, koc_id, own_minor + hand_on_minor, granted_at FROM commissions_subsidy WHERE brand_id = %(brand)s AND parent_id IS NULL
) AS given
JOIN accounts_koc koc ON koc.id = given.koc LEFT JOIN accounts_koc giver ON giver.id = given.giver
WHERE given.at < koc.joined_at + make_interval(days => %(days)s)
ORDER BY given.at, given.kind, given.id
"""


@dataclass(frozen=True, slots=True)
class EarlyGift:
    """A grant or allocation to a KOC soon after they joined, with their shares and orders by then. `kind` is grant (by
    the brand), money or right."""

    id: int
    kind: str
    giver: str | None
    koc_id: int
    koc: str
    koc_name: str
    amount_minor: int
    joined_at: datetime
    given_at: datetime
    shares: int
    orders: int


def has_only_joined(koc: Koc) -> bool:
    """Whether a KOC has shared and sold nothing at this brand: a subsidy would then be a payment for joining."""
    return not Share.objects.filter(koc=koc).exists() and not OrderCredit.objects.filter(koc=koc).exists()


def given_soon_after_joining(brand: Brand, *, days: int) -> Iterator[EarlyGift]:
    """Every grant and allocation within this many days of its recipient's joining, the earliest first, for the legal
    review."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(GIVEN_SOON, {"brand": brand.pk, "days": days})
        for row in cursor:
            yield EarlyGift(*row)


def subsidies_of(user: User) -> QuerySet[Any]:
    """All subsidies of all memberships of a user."""
    return Subsidy.objects.filter(koc__user=user).select_related("brand", "koc")


def with_recipients(allocations: QuerySet[Any]) -> QuerySet[Any]:
    """Allocations with their recipients; `is_direct` says whether the giver invited them."""
    invited = Sponsorship.objects.filter(koc=OuterRef("to"), sponsor=OuterRef("subsidy__koc"))
    return allocations.select_related("to").annotate(is_direct=Exists(invited))


def with_allocations(subsidies: QuerySet[Any]) -> QuerySet[Any]:
    """Subsidies with their latest allocations as `latest`, in two queries."""
    latest = with_recipients(Allocation.objects.order_by("-pk"))[:LATEST]
    return subsidies.select_related("brand").prefetch_related(
        Prefetch("allocations", queryset=latest, to_attr="latest")
    )
