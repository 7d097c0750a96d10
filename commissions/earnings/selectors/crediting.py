"""What is needed to credit orders: a few queries a batch, whatever its size."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from commissions.plans.domain.rates import BPS, CreditPart
from commissions.plans.domain.rules import GUEST, NEW, RETURNING, RuleTerms
from commissions.plans.models.plans import Plan
from referrals.attribution.domain.attribution import SHARED, Credit, Touch, credits
from referrals.attribution.selectors import credit_policy_of

# A shop's clock may run behind ours: a visit this much after the payment still counts, when there is none before it.
CLOCK_SKEW_MINUTES = 5
CLICK_WAIT = timedelta(days=1)  # so long an order waits for the click that it names, if that is in no table yet
MOST_TOUCHES = 100  # are kept with an order; how many there were is kept always


class CreditedOrder(NamedTuple):
    """An order and whom it is credited to: `koc` and `share` are those of the largest part. `is_new` is None for a
    guest."""

    id: int
    credit: str
    koc: int | None
    share: int | None
    is_new: bool | None
    paid_at: datetime
    seen: str
    """What the credit was decided from, as it is kept: JSON."""
    parts: tuple[Credit, ...] = ()

    def given_whole(self, koc: int, share: int | None, *, credit: str, **because: Any) -> "CreditedOrder":
        """Credited to one KOC for another reason than visits: what was seen of those is left out."""
        seen = {
            name: value
            for name, value in json.loads(self.seen).items()
            if name not in ("why", "koc", "visited_at", "visits", "touches")
        }
        return self._replace(
            credit=credit, koc=koc, share=share, parts=(Credit(koc, share, BPS),), seen=json.dumps(seen | because)
        )


class Credited(NamedTuple):
    """A KOC's part of an order and what held for them at `paid_at`, as it is kept."""

    id: int
    koc: int
    sponsor: int | None
    tier: str
    channel: str
    part: CreditPart
    shared_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules look at of a credited order: when it was paid, whether by a new customer, and who is credited, in
    which tiers, by which channels."""

    order: int
    paid_at: datetime
    is_new: bool | None
    credits: tuple[Credited, ...]
    tiers: frozenset[str]
    channels: frozenset[str]

    @classmethod
    def of(cls, order: int, paid_at: datetime, credits: tuple[Credited, ...], *, is_new: bool | None) -> "Standing":
        return cls(
            order,
            paid_at,
            is_new,
            credits,
            frozenset(credit.tier for credit in credits),
            frozenset(credit.channel for credit in credits),
        )

    @property
    def shared_at(self) -> datetime | None:
        """When the youngest of the shares that brought it was made; None when somebody is credited without a share."""
        moments = [credit.shared_at for credit in self.credits]
        return None if None in moments else max(moment for moment in moments if moment)

    @property
    def customer(self) -> str:
        return GUEST if self.is_new is None else NEW if self.is_new else RETURNING


class LineToCredit(NamedTuple):
    """A line of a credited order with what the rules look at of it."""

    standing: Standing
    id: int
    base_minor: int
    quantity: int
    sku: str
    category: str


class PlanInForce(NamedTuple):
    id: int
    key: str
    version: int
    starts_at: datetime
    ends_at: datetime | None
    rules: tuple[RuleTerms, ...]

    def in_force(self, moment: datetime) -> bool:
        """Half-open: [starts_at, ends_at)."""
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)


def plans_of(brand: Brand) -> list[PlanInForce]:
    """The brand's plans, each with its rules, as values."""
    plans = Plan.objects.filter(brand=brand).order_by("starts_at").prefetch_related("rules")
    return [
        PlanInForce(
            plan.pk,
            plan.key,
            plan.version,
            plan.starts_at,
            plan.ends_at,
            tuple(RuleTerms.said(rule, id=rule.pk, position=rule.position) for rule in plan.rules.all()),
        )
        for plan in plans
    ]


def plans_for(plans: Sequence[PlanInForce], standing: Standing, *, days: int) -> list[PlanInForce]:
    """The plan in force when an order was paid; behind it those before, as long as each change is younger than the
    order's shares and `days` have not passed.

    A lower rate reaches a share that was made before the change only after `days`. Plans that do not touch have no
    change between them."""
    place = next((at for at, plan in enumerate(plans) if plan.in_force(standing.paid_at)), None)
    if place is None:
        return []
    applying, shared_at = [plans[place]], standing.shared_at
    while (
        shared_at
        and place
        and shared_at < (change := plans[place].starts_at) == plans[place - 1].ends_at
        and standing.paid_at < change + timedelta(days=days)
    ):
        place -= 1
        applying.append(plans[place])
    return applying


# Credit, the first that is there: the KOC that the shop names, the policy's choice among the customer's counted visits
# in the window (a click ties the customer to its visitor), the share that the shop names, nobody. A KOC who is not
# active is credited nothing, and so is one for their own purchase where that earns nothing; of several visits those of
# others come first, as where the credit is shared.
# Each stops at the first that it finds.
EARLIER = """
    SELECT buyer.id AS buyer, buyer.key AS buyer_key FROM commissions_order sale JOIN accounts_customer buyer ON buyer.id = sale.customer_id
    WHERE (sale.paid_at, sale.shop, sale.key) < (judged.paid_at, judged.shop, judged.key)
        AND NOT EXISTS (
            SELECT FROM commissions_refund WHERE (brand_id, shop, order_key) = (%(brand)s, sale.shop, sale.key) AND kind = 'cancellation' OFFSET 0)"""
# A customer is new by person: all customers of the brand who share a phone that is not blocked are one.
ORDERS_TO_CREDIT = """
WITH batch AS MATERIALIZED (
    SELECT * FROM commissions_order WHERE id = ANY(%(orders)s)
), person AS MATERIALIZED (
    SELECT batch.id, batch.brand_id, batch.paid_at, batch.customer_id, visit.visitor FROM batch JOIN referrals_visit visit ON visit.id = batch.given_click_id
    UNION SELECT batch.id, batch.brand_id, batch.paid_at, batch.customer_id, known.visitor
    FROM batch JOIN referrals_acquaintance known ON known.customer_id = batch.customer_id
), visited AS MATERIALIZED (
    SELECT person.id, person.brand_id, person.customer_id, visit.id AS visit_id, visit.share_id, visit.visited_at, visit.visited_at > person.paid_at AS is_late
    FROM person JOIN referrals_visit visit ON visit.visitor = person.visitor AND visit.uncounted = ''
        AND visit.visited_at >= person.paid_at - make_interval(days => %(window_days)s)
        AND visit.visited_at <= person.paid_at + make_interval(mins => %(skew_minutes)s)
), seen AS (
    SELECT DISTINCT ON (visited.id) visited.id, share.id AS share_id, share.koc_id, visited.visited_at, count(*) OVER (PARTITION BY visited.id) AS visits
    FROM visited JOIN referrals_share share ON share.id = visited.share_id AND share.brand_id = visited.brand_id
    JOIN accounts_koc koc ON koc.id = share.koc_id LEFT JOIN accounts_user sharer ON sharer.id = koc.user_id
    LEFT JOIN accounts_customer customer ON customer.id = visited.customer_id
    ORDER BY visited.id, koc.status <> 'active' OR %(refuse_own)s AND COALESCE(customer.phone <> '' AND customer.phone = sharer.phone, false),
        visited.is_late, {choice}
), proposed AS (
    SELECT batch.id, batch.paid_at, batch.shop, batch.key, batch.customer_id, batch.phone_unreadable, seen.visited_at, seen.visits,
        known.id IS NOT NULL AS is_known,
        CASE WHEN batch.given_koc_id IS NOT NULL THEN 'koc' WHEN seen.id IS NOT NULL THEN 'click'
            WHEN given.id IS NOT NULL THEN 'share' ELSE 'nobody' END AS credit,
        COALESCE(batch.given_koc_id, seen.koc_id, given.koc_id) AS koc_id,
        CASE WHEN batch.given_koc_id IS NOT NULL THEN NULL ELSE COALESCE(seen.share_id, given.id) END AS share_id
    FROM batch LEFT JOIN seen ON seen.id = batch.id LEFT JOIN referrals_share given ON given.id = batch.given_share_id
    LEFT JOIN (SELECT DISTINCT id FROM person) AS known ON known.id = batch.id
), judged AS (
    SELECT proposed.*, koc.status = 'active' AS is_active,
        (customer.phone <> '' AND customer.phone = sharer.phone) AS is_own,
        ARRAY(
            SELECT proposed.customer_id UNION ALL
            SELECT same.id FROM accounts_customer same
            WHERE customer.phone <> '' AND same.brand_id = customer.brand_id AND same.phone = customer.phone AND same.phone <> ''
                AND NOT EXISTS (SELECT FROM accounts_blockedphone WHERE brand_id = customer.brand_id AND phone = customer.phone)
        ) AS person
    FROM proposed
    LEFT JOIN accounts_koc koc ON koc.id = proposed.koc_id
    LEFT JOIN accounts_user sharer ON sharer.id = koc.user_id
    LEFT JOIN accounts_customer customer ON customer.id = proposed.customer_id
)
SELECT id,
    CASE WHEN NOT COALESCE(is_active, true) THEN 'nobody' WHEN is_own AND %(refuse_own)s THEN 'self_purchase' ELSE credit END,
    CASE WHEN is_active AND NOT (COALESCE(is_own, false) AND %(refuse_own)s) THEN koc_id END,
    CASE WHEN is_active THEN share_id END,
    CASE WHEN customer_id IS NULL THEN NULL ELSE earlier.buyer IS NULL END,
    paid_at,
    jsonb_strip_nulls(jsonb_build_object(
        'model', %(model)s::text, 'window_days', %(window_days)s::int, 'self_purchase', %(self_purchase)s::text, 'visits', visits, 'visited_at', visited_at,
        'why', CASE WHEN NOT is_active THEN 'not_active' WHEN is_own AND %(refuse_own)s THEN 'own_purchase'
            WHEN credit = 'nobody' AND is_known THEN 'no_visit' WHEN credit = 'nobody' THEN 'no_trace' END,
        'koc', CASE WHEN NOT is_active OR is_own AND %(refuse_own)s THEN koc_id END,
        'phone', CASE WHEN phone_unreadable AND %(refuse_own)s THEN 'unreadable' END,
        'bought_as', CASE WHEN earlier.buyer <> customer_id THEN earlier.buyer_key END
    ))::text
FROM judged LEFT JOIN LATERAL (
    ({earlier} AND sale.customer_id = judged.customer_id LIMIT 1) UNION ALL ({earlier} AND sale.customer_id = ANY(judged.person) LIMIT 1) LIMIT 1
) AS earlier ON judged.customer_id IS NOT NULL
ORDER BY paid_at, shop, key
"""


# Every touch of orders that a shared model divides: of active KOCs, and not of the buyer themself where that earns
# nothing.
TOUCHES = """
WITH person AS MATERIALIZED (
    SELECT sale.id, sale.brand_id, sale.paid_at, sale.customer_id, visit.visitor
    FROM commissions_order sale JOIN referrals_visit visit ON visit.id = sale.given_click_id WHERE sale.id = ANY(%(orders)s) AND sale.given_koc_id IS NULL
    UNION SELECT sale.id, sale.brand_id, sale.paid_at, sale.customer_id, known.visitor
    FROM commissions_order sale JOIN referrals_acquaintance known ON known.customer_id = sale.customer_id
    WHERE sale.id = ANY(%(orders)s) AND sale.given_koc_id IS NULL
), visited AS MATERIALIZED (
    SELECT person.*, visit.id AS visit_id, visit.share_id, visit.visited_at, visit.visited_at > person.paid_at AS is_late
    FROM person JOIN referrals_visit visit ON visit.visitor = person.visitor AND visit.uncounted = ''
        AND visit.visited_at >= person.paid_at - make_interval(days => %(window_days)s)
        AND visit.visited_at <= person.paid_at + make_interval(mins => %(skew_minutes)s)
)
SELECT visited.id, share.koc_id, share.id, visited.visited_at, visited.is_late
FROM visited JOIN referrals_share share ON share.id = visited.share_id AND share.brand_id = visited.brand_id
JOIN accounts_koc koc ON koc.id = share.koc_id AND koc.status = 'active'
LEFT JOIN accounts_user sharer ON sharer.id = koc.user_id
LEFT JOIN accounts_customer customer ON customer.id = visited.customer_id
WHERE NOT (%(refuse_own)s AND COALESCE(customer.phone <> '' AND customer.phone = sharer.phone, false))
ORDER BY visited.id, visited.visited_at, visited.visit_id
"""


HAVE_CLICKS = """
SELECT sale.id FROM commissions_order sale JOIN referrals_visit visit ON visit.id = sale.awaited_click
WHERE sale.brand_id = %(brand)s AND sale.credited_at IS NULL
    AND NOT EXISTS (SELECT FROM accounts_failedfact WHERE kind = 'order' AND fact = sale.id AND next_try_at > %(at)s)
"""
DUE = """
SELECT id FROM commissions_order sale
WHERE brand_id = %(brand)s AND credited_at IS NULL AND (awaited_click IS NULL OR received_at <= %(given_up)s)
    AND NOT EXISTS (SELECT FROM accounts_failedfact WHERE kind = 'order' AND fact = sale.id AND next_try_at > %(at)s)
ORDER BY paid_at, shop, key LIMIT %(most)s
"""


def orders_whose_click_came(brand: Brand, *, at: datetime) -> list[int]:
    """The orders that named a click before it was in the table, and it is there now; without those that pause."""
    with connection.cursor() as cursor:
        cursor.execute(HAVE_CLICKS, {"brand": brand.pk, "at": at})
        return [pk for (pk,) in cursor.fetchall()]


def orders_to_credit(brand: Brand, *, most: int, at: datetime) -> list[int]:
    """The next orders that are not credited, the earliest payment first.

    One that names a click which is still on its way is left for later, for a day at most; so is one that failed, for as
    long as it pauses."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"brand": brand.pk, "most": most, "at": at, "given_up": at - CLICK_WAIT})
        return [pk for (pk,) in cursor.fetchall()]


def credited_orders(brand: Brand, orders: Sequence[int]) -> list[CreditedOrder]:
    """Whom orders are credited to and in what parts, the earliest payment first."""
    policy = credit_policy_of(brand)
    is_shared = policy.attribution in SHARED
    choice = "visited_at, visit_id" if policy.attribution == "first_click" else "visited_at DESC, visit_id DESC"
    params: dict[str, Any] = {
        "brand": brand.pk,
        "orders": list(orders),
        "window_days": policy.window_days,
        "skew_minutes": CLOCK_SKEW_MINUTES,
        "refuse_own": policy.self_purchase == "refuse",
        "model": policy.attribution,
        "self_purchase": policy.self_purchase,
    }
    with connection.cursor() as cursor:
        cursor.execute(ORDERS_TO_CREDIT.format(choice=choice, earlier=EARLIER), params)
        credited = [CreditedOrder(*row) for row in cursor.fetchall()]
        if is_shared and credited:
            cursor.execute(TOUCHES, params)
            return _divided(credited, cursor.fetchall(), policy.attribution)
    return [order._replace(parts=(Credit(order.koc, order.share, BPS),)) if order.koc else order for order in credited]


def _divided(orders: Sequence[CreditedOrder], rows: Iterable[tuple[Any, ...]], model: str) -> list[CreditedOrder]:
    """The orders with their credit divided among their touches. A visit after the payment counts only where there is
    none before."""
    early: defaultdict[int, list[Touch]] = defaultdict(list)
    late: defaultdict[int, list[Touch]] = defaultdict(list)
    for order, koc, share, visited_at, is_late in rows:
        (late if is_late else early)[order].append(Touch(koc, share, visited_at))
    divided = []
    for order in orders:
        if touches := early[order.id] or late[order.id]:
            parts = credits(model, touches, paid_at=order.paid_at)
            largest = max(reversed(parts), key=lambda part: part.bps)
            order = order._replace(
                credit="shared" if len(parts) > 1 else "click",
                koc=largest.koc,
                share=largest.share,
                parts=tuple(parts),
                seen=_touched(order, touches),
            )
        elif order.koc:
            order = order._replace(parts=(Credit(order.koc, order.share, BPS),))
        divided.append(order)
    return divided


def _touched(order: CreditedOrder, touches: Sequence[Touch]) -> str:
    """What was seen of an order whose credit is divided: also each touch, KOC and time, the latest of very many."""
    seen = json.loads(order.seen)
    for name in ("why", "koc", "visited_at"):
        seen.pop(name, None)
    latest = [[touch.koc, touch.visited_at.isoformat()] for touch in touches[-MOST_TOUCHES:]]
    return json.dumps(seen | {"visits": len(touches), "touches": latest})


CREDITS = """
SELECT credit.order_id, credit.id, credit.koc_id, credit.sponsor_id, credit.tier, credit.channel, credit.credit_bps, credit.multiplier_bps, share.shared_at
FROM commissions_ordercredit credit LEFT JOIN referrals_share share ON share.id = credit.share_id
WHERE credit.order_id = ANY(%s) ORDER BY credit.order_id, credit.place
"""


def credits_of(orders: Sequence[int]) -> dict[int, tuple[Credited, ...]]:
    """order → its credits as they are kept, the earliest touch first; an order that nobody is credited with is not
    there."""
    credits: defaultdict[int, list[Credited]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(CREDITS, [list(orders)])
        for order, pk, koc, sponsor, tier, channel, bps, multiplier_bps, shared_at in cursor.fetchall():
            credits[order].append(
                Credited(
                    pk, koc, sponsor, tier, channel, CreditPart(bps, multiplier_bps, sponsor is not None), shared_at
                )
            )
    return {order: tuple(rows) for order, rows in credits.items()}


# OFFSET 0 keeps the join to one index scan an order, also right after a load, when the planner knows nothing of the
# tables yet.
LINES = """
SELECT credited.id, line.id, COALESCE(reported.base_minor, line.base_minor), COALESCE(reported.quantity, line.quantity), product.sku, product.category
FROM unnest(%s::bigint[]) WITH ORDINALITY AS credited(id, place)
LEFT JOIN commissions_orderversion version ON version.order_id = credited.id AND version.answered
CROSS JOIN LATERAL (SELECT * FROM commissions_orderline WHERE order_id = credited.id OFFSET 0) AS line
LEFT JOIN commissions_versionline reported ON reported.version_id = version.id AND reported.key = line.key
JOIN content_product product ON product.id = line.product_id
WHERE NOT EXISTS (SELECT FROM commissions_lineterms WHERE line_id = line.id) AND (version.id IS NULL OR (reported.id IS NULL) = %s)
ORDER BY credited.place, line.position
"""


def lines_to_credit(standings: Mapping[int, Standing], *, added: bool) -> Iterator[LineToCredit]:
    """The lines without terms of some credited orders, in the order of the orders.

    Of an amended order those that it had when it was credited, as they were then; with `added` those that a later
    version brought."""
    with connection.cursor() as cursor:
        cursor.execute(LINES, [list(standings), added])
        for order, *line in cursor.fetchall():
            yield LineToCredit(standings[order], *line)
