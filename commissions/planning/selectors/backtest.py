"""What a backtest reads: the present credited lines of a span, their actual cost, and the names of tiers, products and
KOCs."""

from collections.abc import Collection
from datetime import date
from typing import Any, LiteralString, NamedTuple

from django.db import connection

from accounts.brands.models import Brand, Tier
from commissions.earnings.selectors.crediting import plans_of
from commissions.planning.domain.drafts import Draft
from commissions.planning.domain.report import Cost
from commissions.planning.domain.trials import Parts
from commissions.plans.models.plans import Plan
from content.products.models import Product
from foundation.money.calendar import day_starts
from foundation.postgres.arrays import whole_numbers

PAGES = 2_000  # of the staged lines at a time: some 180,000 rows


class Span(NamedTuple):
    """Orders of a brand that were paid on the days [first_day, day_after) of its zone."""

    brand: Brand
    first_day: date
    day_after: date

    def named(self) -> dict[str, Any]:
        zone = self.brand.timezone
        return {
            "brand": self.brand.pk,
            "starts": day_starts(self.first_day, zone=zone),
            "ends": day_starts(self.day_after, zone=zone),
        }


class Orders(NamedTuple):
    processed: int
    credited: int
    unprocessed: int


class Actual(NamedTuple):
    """What was actually earned, less reversals, without the bonuses of campaigns."""

    by_tier: dict[str, Cost]
    """by the tier of the credited KOC, level 2 too"""
    by_koc: dict[int, Cost]
    bonuses_minor: int
    total: Cost


ORDERS = """
SELECT count(*) FILTER (WHERE credited_at IS NOT NULL), count(*) FILTER (WHERE credited_at IS NOT NULL AND koc_id IS NOT NULL),
    count(*) FILTER (WHERE credited_at IS NULL)
FROM commissions_order WHERE brand_id = %(brand)s AND paid_at >= %(starts)s AND paid_at < %(ends)s
"""
UNCREDITED = """
SELECT COALESCE(sum(COALESCE(changed.left_minor, line.base_minor)), 0)
FROM commissions_order sale JOIN commissions_orderline line ON line.order_id = sale.id LEFT JOIN backtest_changed changed ON changed.line_id = line.id
WHERE sale.brand_id = %(brand)s AND sale.paid_at >= %(starts)s AND sale.paid_at < %(ends)s AND sale.credited_at IS NOT NULL AND sale.koc_id IS NULL
"""
ACTUAL = """
SELECT credit.tier, earned.level, earned.koc_id, earned.campaign_id IS NOT NULL, sum(earned.amount_minor - earned.reversed_minor)
FROM backtest_credit credit JOIN commissions_commission earned ON earned.credit_id = credit.credit_id
GROUP BY 1, 2, 3, 4
"""
STAGED: LiteralString = """
SELECT line_id, koc, sponsor, look, terms, base_minor, left_minor, sold FROM backtest_line WHERE ctid >= %s::tid AND ctid < %s::tid
"""


def draft_of(plan: Plan) -> Draft:
    """A plan of the database as a draft."""
    return next(
        Draft(str(plan), plan_in_force.rules) for plan_in_force in plans_of(plan.brand) if plan_in_force.id == plan.pk
    )


def orders_in(span: Span) -> Orders:
    with connection.cursor() as cursor:
        cursor.execute(ORDERS, span.named())
        return Orders(*cursor.fetchone())


def uncredited_minor(span: Span) -> int:
    """The sum left of the bases that no KOC is credited with."""
    with connection.cursor() as cursor:
        cursor.execute(UNCREDITED, span.named())
        return int(cursor.fetchone()[0])


def tiers_and_channels() -> tuple[list[str], list[str]]:
    """Every tier and every channel of the staged credits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tier, channel FROM backtest_credit")
        rows = cursor.fetchall()
    return sorted({tier for tier, _ in rows}), sorted({channel for _, channel in rows})


def staged_blocks() -> range:
    """The first page of every block of staged lines."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('backtest_line') / current_setting('block_size')::int")
        return range(0, cursor.fetchone()[0], PAGES)


def staged_parts(page: int) -> Parts:
    """The staged parts of lines of one block."""
    line, koc, sponsor, look, terms, base, left, sold = whole_numbers(STAGED, [f"({page},0)", f"({page + PAGES},0)"], 8)
    return Parts(
        line=line,
        place=sold & 16_383,
        koc=koc,
        sponsor=sponsor,
        product=look >> 24,
        tier=look >> 12 & 4095,
        channel=look >> 2 & 1023,
        customer=look & 3,
        credit_bps=terms >> 14 & 16_383,
        multiplier_bps=terms >> 28,
        total_cap_bps=terms & 16_383,
        base_minor=base,
        left_minor=left,
        quantity=sold >> 14,
    )


def actual_costs() -> Actual:
    with connection.cursor() as cursor:
        cursor.execute(ACTUAL)
        rows = cursor.fetchall()
    by_tier: dict[str, Cost] = {}
    by_koc: dict[int, Cost] = {}
    bonuses, total = 0, Cost()
    for tier, level, koc, is_bonus, amount in rows:
        if is_bonus:
            bonuses += int(amount)
        else:
            cost = Cost(int(amount), 0) if level == 1 else Cost(0, int(amount))
            total = _sum(total, cost)
            by_tier[tier] = _sum(by_tier.get(tier, Cost()), cost)
            by_koc[koc] = _sum(by_koc.get(koc, Cost()), cost)
    return Actual(by_tier, by_koc, bonuses, total)


def _sum(cost: Cost, other: Cost) -> Cost:
    return Cost(cost.level1_minor + other.level1_minor, cost.level2_minor + other.level2_minor)


def products_of(brand: Brand) -> dict[int, tuple[str, str]]:
    """product → SKU and category of today."""
    return {
        pk: (sku, category)
        for pk, sku, category in Product.objects.filter(brand=brand).values_list("pk", "sku", "category")
    }


def tier_names(brand: Brand) -> dict[str, str]:
    """Tier → name, the lowest first."""
    return dict(Tier.objects.filter(brand=brand).order_by("rank").values_list("key", "name"))


def koc_names(kocs: Collection[int]) -> dict[int, tuple[str, str]]:
    """KOC → key and name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, key, name FROM accounts_koc WHERE id = ANY(%s)", [list(kocs)])
        return {pk: (key, name) for pk, key, name in cursor.fetchall()}
