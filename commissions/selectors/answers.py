"""What is needed to answer orders: a few queries a batch, whatever its size."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import Brand
from commissions.domain.rules import Rule
from commissions.models import Plan
from referrals.selectors.credit import credit_policy_of

# A shop's clock may run behind ours: a visit this much after the payment still counts, when there is none before it.
CLOCK_SKEW_MINUTES = 5


class CreditedOrder(NamedTuple):
    """An order and whom it is credited to. `is_new` is None for a guest."""

    id: int
    credit: str
    koc: int | None
    share: int | None
    is_new: bool | None


class Standing(NamedTuple):
    """What held for a credited order at `paid_at`: whom it pays, in which tier, and what the rules look at."""

    koc: int
    sponsor: int | None
    paid_at: datetime
    tier: str
    multiplier_bps: int
    channel: str
    is_new: bool | None


class LineToAnswer(NamedTuple):
    """A line of a credited order with all that the rules look at."""

    standing: Standing
    id: int
    base_minor: int
    quantity: int
    sku: str
    category: str


class PlanInForce(NamedTuple):
    id: int
    starts_at: datetime
    ends_at: datetime | None
    rules: tuple[Rule, ...]

    def in_force(self, moment: datetime) -> bool:
        """Half-open: [starts_at, ends_at)."""
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)


def plans_of(brand: Brand) -> list[PlanInForce]:
    """The brand's plans, each with its rules, as values."""
    plans = Plan.objects.filter(brand=brand).order_by("starts_at").prefetch_related("rules")
    return [
        PlanInForce(
            plan.pk,
            plan.starts_at,
            plan.ends_at,
            tuple(
                Rule(
                    id=rule.pk,
                    position=rule.position,
                    priority=rule.priority,
                    skus=frozenset(rule.skus),
                    categories=frozenset(rule.categories),
                    tiers=frozenset(rule.tiers),
                    channels=frozenset(rule.channels),
                    customer=rule.customer,
                    rate_bps=rule.rate_bps,
                    fixed_minor=rule.fixed_minor,
                    override_bps=rule.override_bps,
                    cap_minor=rule.cap_minor,
                )
                for rule in plan.rules.all()
            ),
        )
        for plan in plans
    ]


# Credit, the first that is there: the KOC that the shop names, the policy's choice among the customer's counted visits in the
# window (a click ties the customer to its visitor), the share that the shop names, nobody. A KOC who is not active is credited nothing.
ORDERS_TO_ANSWER = """
WITH batch AS MATERIALIZED (
    SELECT * FROM commissions_order WHERE brand_id = %(brand)s AND answered_at IS NULL ORDER BY paid_at, key LIMIT %(most)s
), person AS MATERIALIZED (
    SELECT batch.id, batch.brand_id, batch.paid_at, visit.visitor FROM batch JOIN referrals_visit visit ON visit.id = batch.given_click_id
    UNION SELECT batch.id, batch.brand_id, batch.paid_at, known.visitor FROM batch JOIN referrals_acquaintance known ON known.customer_id = batch.customer_id
), visited AS MATERIALIZED (
    SELECT person.id, person.brand_id, visit.id AS visit_id, visit.share_id, visit.visited_at, visit.visited_at > person.paid_at AS is_late
    FROM person JOIN referrals_visit visit ON visit.visitor = person.visitor AND visit.uncounted = ''
        AND visit.visited_at >= person.paid_at - make_interval(days => %(window_days)s)
        AND visit.visited_at <= person.paid_at + make_interval(mins => %(skew_minutes)s)
), seen AS (
    SELECT DISTINCT ON (visited.id) visited.id, share.id AS share_id, share.koc_id
    FROM visited JOIN referrals_share share ON share.id = visited.share_id AND share.brand_id = visited.brand_id
    ORDER BY visited.id, visited.is_late, {choice}
), proposed AS (
    SELECT batch.id, batch.paid_at, batch.key, batch.customer_id,
        CASE WHEN batch.given_koc_id IS NOT NULL THEN 'koc' WHEN seen.id IS NOT NULL THEN 'click'
            WHEN given.id IS NOT NULL THEN 'share' ELSE 'nobody' END AS credit,
        COALESCE(batch.given_koc_id, seen.koc_id, given.koc_id) AS koc_id,
        CASE WHEN batch.given_koc_id IS NOT NULL THEN NULL ELSE COALESCE(seen.share_id, given.id) END AS share_id
    FROM batch LEFT JOIN seen ON seen.id = batch.id LEFT JOIN referrals_share given ON given.id = batch.given_share_id
), judged AS (
    SELECT proposed.*, koc.status = 'active' AS is_active,
        (customer.phone <> '' AND customer.phone = sharer.phone) AS is_own
    FROM proposed
    LEFT JOIN accounts_koc koc ON koc.id = proposed.koc_id
    LEFT JOIN accounts_user sharer ON sharer.id = koc.user_id
    LEFT JOIN accounts_customer customer ON customer.id = proposed.customer_id
)
SELECT id,
    CASE WHEN NOT COALESCE(is_active, true) THEN 'nobody' WHEN is_own AND %(refuse_own)s THEN 'self_purchase' ELSE credit END,
    CASE WHEN is_active AND NOT (COALESCE(is_own, false) AND %(refuse_own)s) THEN koc_id END,
    CASE WHEN is_active THEN share_id END,
    CASE WHEN customer_id IS NULL THEN NULL ELSE NOT EXISTS (
        SELECT FROM commissions_order earlier
        WHERE earlier.customer_id = judged.customer_id AND (earlier.paid_at, earlier.key) < (judged.paid_at, judged.key)
            AND NOT EXISTS (SELECT FROM commissions_refund WHERE brand_id = %(brand)s AND order_key = earlier.key AND kind = 'cancellation' OFFSET 0)
    ) END
FROM judged ORDER BY paid_at, key
"""


def orders_to_answer(brand: Brand, *, most: int) -> list[CreditedOrder]:
    """The next orders without an answer, the earliest payment first, each with whom it is credited to."""
    policy = credit_policy_of(brand)
    choice = {"last_click": "visited_at DESC, visit_id DESC", "first_click": "visited_at, visit_id"}[policy.attribution]
    with connection.cursor() as cursor:
        cursor.execute(
            ORDERS_TO_ANSWER.format(choice=choice),
            {
                "brand": brand.pk,
                "most": most,
                "window_days": policy.window_days,
                "skew_minutes": CLOCK_SKEW_MINUTES,
                "refuse_own": policy.self_purchase == "refuse",
            },
        )
        return [CreditedOrder(*row) for row in cursor.fetchall()]


# Tier and sponsor at a moment: what the first later change left behind, else what is now.
STANDINGS = """
SELECT sale.id, answer.koc, CASE WHEN %(paid_levels)s > 1 THEN sponsor.id END, sale.paid_at, tier.key, tier.multiplier_bps,
    COALESCE(share.channel, ''), answer.is_new
FROM unnest(%(orders)s::bigint[], %(kocs)s::bigint[], %(shares)s::bigint[], %(new)s::boolean[]) AS answer(id, koc, share, is_new)
JOIN commissions_order sale ON sale.id = answer.id
JOIN accounts_koc koc ON koc.id = answer.koc
LEFT JOIN referrals_sponsorship place ON place.koc_id = koc.id
LEFT JOIN referrals_share share ON share.id = answer.share
LEFT JOIN LATERAL (
    SELECT tier_before_id FROM accounts_tierchange WHERE koc_id = koc.id AND changed_at > sale.paid_at ORDER BY changed_at, id LIMIT 1
) AS past_tier ON true
LEFT JOIN LATERAL (
    SELECT id, sponsor_before_id FROM referrals_sponsorchange WHERE koc_id = koc.id AND changed_at > sale.paid_at ORDER BY changed_at, id LIMIT 1
) AS past_sponsor ON true
JOIN accounts_tier tier ON tier.id = COALESCE(past_tier.tier_before_id, koc.tier_id)
LEFT JOIN accounts_koc sponsor
    ON sponsor.id = CASE WHEN past_sponsor.id IS NULL THEN place.sponsor_id ELSE past_sponsor.sponsor_before_id END AND sponsor.status = 'active'
"""
# OFFSET 0 keeps the join to one index scan an order, also right after a load, when the planner knows nothing of the tables yet.
LINES = """
SELECT credited.id, line.id, line.base_minor, line.quantity, product.sku, product.category
FROM unnest(%s::bigint[]) WITH ORDINALITY AS credited(id, place)
CROSS JOIN LATERAL (SELECT * FROM commissions_orderline WHERE order_id = credited.id OFFSET 0) AS line
JOIN content_product product ON product.id = line.product_id
ORDER BY credited.place, line.position
"""


def lines_to_answer(orders: Sequence[CreditedOrder], *, paid_levels: int) -> Iterator[LineToAnswer]:
    """The lines of those of the orders that are credited to a KOC, in the order of the orders."""
    credited = [order for order in orders if order.koc is not None]
    ids = [order.id for order in credited]
    named: dict[str, Any] = {
        "paid_levels": paid_levels,
        "orders": ids,
        "kocs": [order.koc for order in credited],
        "shares": [order.share for order in credited],
        "new": [order.is_new for order in credited],
    }
    with connection.cursor() as cursor:
        cursor.execute(STANDINGS, named)
        standings = {order: Standing(*values) for order, *values in cursor.fetchall()}
        cursor.execute(LINES, [ids])
        for order, *line in cursor.fetchall():
            yield LineToAnswer(standings[order], *line)
