"""Whom customers are bound to when their orders are credited."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from commissions.earnings.selectors.crediting import CreditedOrder
from referrals.attribution.domain.bindings import CLICK, ORDER, Bindings, BindingTerms, Bound
from referrals.tree.models import CreditPolicy

# All that a customer did: counted visits of the visitors that they turned out to be, and orders that were credited and
# not cancelled.
CLICKED = """
SELECT known.customer_id, visit.visited_at, share.koc_id, share.id
FROM referrals_acquaintance known JOIN referrals_visit visit ON visit.visitor = known.visitor AND visit.uncounted = '' AND visit.visited_at <= %(until)s
JOIN referrals_share share ON share.id = visit.share_id AND share.brand_id = %(brand)s
WHERE known.customer_id = ANY(%(customers)s) ORDER BY visit.visited_at, visit.id
"""
CANCELLED = "EXISTS (SELECT FROM commissions_refund WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND kind = 'cancellation')"
CUSTOMERS = f"SELECT id, customer_id, shop, key, {CANCELLED} FROM commissions_order sale WHERE id = ANY(%(orders)s) AND customer_id IS NOT NULL"  # noqa: S608  constants
BOUGHT = f"""
SELECT customer_id, paid_at, shop, key, koc_id, share_id FROM commissions_order sale
WHERE customer_id = ANY(%(customers)s) AND credited_at IS NOT NULL AND NOT {CANCELLED} ORDER BY paid_at, shop, key
"""  # noqa: S608  constants
# Who may not be paid for whom: a KOC who is not active, or one for their own purchases where these earn nothing.
UNFIT = """
SELECT customer.id, koc.id FROM unnest(%(customers)s::bigint[], %(kocs)s::bigint[]) AS pair(customer, koc)
JOIN accounts_customer customer ON customer.id = pair.customer JOIN accounts_koc koc ON koc.id = pair.koc
LEFT JOIN accounts_user login ON login.id = koc.user_id
WHERE koc.status <> 'active' OR %(refuse_own)s AND customer.phone <> '' AND customer.phone = login.phone
"""


class CustomerStep(NamedTuple):
    """Something that a customer did. `order` is one that is being credited; its credit is not decided yet. A cancelled
    one binds nobody."""

    at: datetime
    is_order: bool
    key: tuple[str, ...]
    koc: int | None = None
    share: int | None = None
    order: CreditedOrder | None = None
    is_cancelled: bool = False


def terms_of(policy: CreditPolicy) -> BindingTerms | None:
    """How customers are bound; None when they are not."""
    if policy.binding_mode == CreditPolicy.BindingMode.NONE:
        return None
    return BindingTerms(
        policy.binding_days, policy.binding_by, policy.binding_protect_days, policy.binding_release_days
    )


def bound_orders(
    brand: Brand, policy: CreditPolicy, terms: BindingTerms, orders: Sequence[CreditedOrder]
) -> tuple[list[CreditedOrder], dict[int, list[Bound]]]:
    """The orders, with a live binding before every touch, and all bindings of their customers.

    A KOC or a coupon that the order names goes before a binding. A KOC who is not active, or bought for themself,
    binds nobody to themself."""
    histories = _histories(brand, orders)
    fit = _fitness(policy, histories)
    decided = {order.id: order for order in orders}
    bindings: dict[int, list[Bound]] = {}
    for customer, steps in histories.items():
        timeline = Bindings(terms)
        for step in sorted(steps, key=lambda step: step[:3]):
            koc, share = step.koc, step.share
            if step.order:
                bound = timeline.live(step.at)
                if bound and fit(customer, bound.koc) and step.order.credit not in ("koc", "coupon"):
                    decided[step.order.id] = _credited(step.order, bound)
                koc, share = decided[step.order.id].koc, decided[step.order.id].share
            if not step.is_cancelled:
                timeline.happened(
                    ORDER if step.is_order else CLICK, koc if koc and fit(customer, koc) else None, share, step.at
                )
        bindings[customer] = timeline.bounds
    return [decided[order.id] for order in orders], bindings


def _credited(order: CreditedOrder, bound: Bound) -> CreditedOrder:
    binding = {"since": bound.since.isoformat(), "until": bound.until and bound.until.isoformat(), "by": bound.cause}
    return order.given_whole(bound.koc, bound.share, credit="binding", bound=binding)


def _histories(brand: Brand, orders: Sequence[CreditedOrder]) -> dict[int, list[CustomerStep]]:
    """customer → what they did until the last of these orders, these orders among it."""
    steps: defaultdict[int, list[CustomerStep]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS, {"brand": brand.pk, "orders": [order.id for order in orders]})
        rows = {pk: row for pk, *row in cursor.fetchall()}
        for order in orders:
            if order.id in rows:
                customer, shop, key, is_cancelled = rows[order.id]
                steps[customer].append(
                    CustomerStep(order.paid_at, is_order=True, key=(shop, key), order=order, is_cancelled=is_cancelled)
                )
        if steps:
            params: dict[str, Any] = {"brand": brand.pk, "customers": list(steps), "until": orders[-1].paid_at}
            cursor.execute(CLICKED, params)
            for place, (customer, at, koc, share) in enumerate(cursor.fetchall()):
                steps[customer].append(CustomerStep(at, is_order=False, key=(f"{place:012}",), koc=koc, share=share))
            cursor.execute(BOUGHT, params)
            for customer, at, shop, key, koc, share in cursor.fetchall():
                steps[customer].append(CustomerStep(at, is_order=True, key=(shop, key), koc=koc, share=share))
    return dict(steps)


def _fitness(policy: CreditPolicy, histories: dict[int, list[CustomerStep]]) -> Callable[[int, int], bool]:
    """Whether a KOC may be paid for a customer's orders."""
    pairs = {
        (customer, koc)
        for customer, steps in histories.items()
        for step in steps
        for koc in (step.koc, step.order and step.order.koc)
        if koc
    }
    customers, kocs = [customer for customer, _ in pairs], [koc for _, koc in pairs]
    with connection.cursor() as cursor:
        params: dict[str, Any] = {"customers": customers, "kocs": kocs, "refuse_own": policy.self_purchase == "refuse"}
        cursor.execute(UNFIT, params)
        unfit = set(cursor.fetchall())
    return lambda customer, koc: (customer, koc) not in unfit
