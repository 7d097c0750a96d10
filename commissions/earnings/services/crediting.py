"""Orders are credited: to whom, what each earns, and by which rule. Once, in `paid_at` order."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.failures.services import process_isolated
from commissions.earnings.models.commissions import Commission, LineTerms
from commissions.earnings.models.credits import OrderCredit
from commissions.earnings.selectors.bindings import bound_orders, terms_of
from commissions.earnings.selectors.coupons import couponed_orders
from commissions.earnings.selectors.crediting import (
    CreditedOrder,
    Standing,
    credited_orders,
    credits_of,
    lines_to_credit,
    orders_to_credit,
    orders_whose_click_came,
)
from commissions.earnings.services.gaps import look_again
from commissions.earnings.services.holds import hold_unreadable
from commissions.earnings.services.line_terms import CommissionRun, Decisions
from commissions.ledger.models import Transfer
from commissions.ledger.services import lock_book
from commissions.orders.models import Order
from commissions.orders.services.marks import CreditMark, attach_clicks, lock_orders, mark_credited
from commissions.plans.models.policies import PayPolicy
from foundation.postgres.bulk import refresh_statistics
from foundation.postgres.transactions import in_own_transaction
from referrals.attribution.selectors import credit_policy_of
from referrals.attribution.services import write_bindings
from referrals.coupons.services import use_coupons

BATCH = 1_000

# Tier and sponsor at a moment: what the first later change left behind, else what is now.
WRITE_CREDITS = """
INSERT INTO commissions_ordercredit (order_id, place, koc_id, sponsor_id, no_level_2, share_id, credit_bps, tier, multiplier_bps, channel)
SELECT sale.id, part.place, part.koc, CASE WHEN %(paid_levels)s > 1 THEN sponsor.id END,
    CASE WHEN %(paid_levels)s = 1 THEN 'one_level' WHEN above.id IS NULL THEN 'no_sponsor' WHEN sponsor.id IS NULL THEN 'not_active' ELSE '' END,
    part.share, part.bps, tier.key, tier.multiplier_bps, COALESCE(share.channel, coupon.channel, '')
FROM unnest(%(orders)s::bigint[], %(places)s::smallint[], %(kocs)s::bigint[], %(shares)s::bigint[], %(bps)s::int[]) AS part(id, place, koc, share, bps)
JOIN commissions_order sale ON sale.id = part.id
JOIN accounts_koc koc ON koc.id = part.koc
LEFT JOIN referrals_sponsorship place ON place.koc_id = koc.id
LEFT JOIN referrals_share share ON share.id = part.share
LEFT JOIN referrals_coupon coupon ON coupon.id = sale.given_coupon_id AND sale.credit = 'coupon'
LEFT JOIN LATERAL (
    SELECT tier_before_id FROM accounts_tierchange WHERE koc_id = koc.id AND changed_at > sale.paid_at ORDER BY changed_at, id LIMIT 1
) AS past_tier ON true
LEFT JOIN LATERAL (
    SELECT id, sponsor_before_id FROM referrals_sponsorchange WHERE koc_id = koc.id AND changed_at > sale.paid_at ORDER BY changed_at, id LIMIT 1
) AS past_sponsor ON true
JOIN accounts_tier tier ON tier.id = COALESCE(past_tier.tier_before_id, koc.tier_id)
CROSS JOIN LATERAL (SELECT CASE WHEN past_sponsor.id IS NULL THEN place.sponsor_id ELSE past_sponsor.sponsor_before_id END AS id) AS above
LEFT JOIN accounts_koc sponsor ON sponsor.id = above.id AND sponsor.status = 'active'
"""


def credit_orders(*, brand: Brand, at: datetime) -> int:
    """Credit every order of a brand that is not credited yet, the earliest payment first; returns how many were.

    Each batch is a transaction under the brand's book, so a killed worker loses nothing and a second one
    waits. An order that raises is set aside, and the others are credited. Tier, sponsor and plan are those that held at
    `paid_at`; what is known of the customer's other orders is what is known now."""
    find_awaited_clicks(brand=brand, at=at)
    look_again(brand=brand, at=at)
    credited = 0
    decisions = Decisions(brand)
    while (done := _credit_batch(brand, decisions, at=at)) is not None:
        credited += done
    if credited >= BATCH:
        refresh_statistics(Order, OrderCredit, LineTerms, Commission, Transfer)
    return credited


@in_own_transaction
def find_awaited_clicks(*, brand: Brand, at: datetime) -> None:
    """An order that named a click before the click was in the table gets it as soon as it is. Takes the brand's book;
    again, it finds nothing to do. An order that raises is set aside."""
    if Order.objects.filter(brand=brand, credited_at=None).exclude(awaited_click=None).exists():
        lock_book(brand)
        process_isolated(
            orders_whose_click_came(brand, at=at),
            attach_clicks,
            fact_of=lambda order: (FailedFact.Kind.ORDER, order),
            brand=brand,
            at=at,
        )


@in_own_transaction
def _credit_batch(brand: Brand, decisions: Decisions, *, at: datetime) -> int | None:
    """Credit the next orders; returns how many were, or None when none is left."""
    policy = lock_book(brand)
    orders = orders_to_credit(brand, most=BATCH, at=at)
    if not orders:
        return None
    counts = process_isolated(
        orders,
        lambda part: _credit(brand, policy, decisions, part, at=at),
        fact_of=lambda order: (FailedFact.Kind.ORDER, order),
        brand=brand,
        at=at,
    )
    return sum(counts)


def _credit(brand: Brand, policy: PayPolicy, decisions: Decisions, ids: Sequence[int], *, at: datetime) -> int:
    decisions.reset()  # the part before this one, or the batch itself, may have been rolled back
    lock_orders(ids)
    orders = _tied(brand, credited_orders(brand, ids))
    mark_credited([CreditMark(o.id, o.credit, o.koc, o.share, o.is_new, o.seen) for o in orders], at=at)
    standings = _write_credits([order for order in orders if order.parts], paid_levels=policy.paid_levels)
    run = CommissionRun(brand, policy, decisions)
    for _, lines in groupby(lines_to_credit(standings, added=False), key=lambda line: line.standing.order):
        run.add_order(list(lines))
    run.write(at=at)
    hold_unreadable(brand, [order.id for order in orders if order.parts], at=at)
    return len(orders)


def _tied(brand: Brand, orders: list[CreditedOrder]) -> list[CreditedOrder]:
    """Credit orders by coupons, then by bindings of the customers, which come before their touches; writes the uses of
    coupons and the bindings."""
    if not orders:
        return orders
    credit_policy = credit_policy_of(brand)
    orders, uses = couponed_orders(brand, credit_policy, orders)
    if uses:
        use_coupons(uses=uses)
    if (terms := terms_of(credit_policy)) is not None:
        orders, bindings = bound_orders(brand, credit_policy, terms, orders)
        write_bindings(bindings)
    return orders


def _write_credits(orders: Sequence[CreditedOrder], *, paid_levels: int) -> dict[int, Standing]:
    """Write who is credited with each order and what held for them; returns what the rules look at, in the order of the
    orders."""
    parts = [(order.id, place, part) for order in orders for place, part in enumerate(order.parts)]
    params: dict[str, Any] = {
        "paid_levels": paid_levels,
        "orders": [order for order, _, _ in parts],
        "places": [place for _, place, _ in parts],
        "kocs": [part.koc for _, _, part in parts],
        "shares": [part.share for _, _, part in parts],
        "bps": [part.bps for _, _, part in parts],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE_CREDITS, params)
    credits = credits_of(params["orders"])
    return {order.id: Standing.of(order.id, order.paid_at, credits[order.id], is_new=order.is_new) for order in orders}
