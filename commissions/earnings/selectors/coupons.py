"""Which orders a coupon credits to its KOC."""

import json
from collections import Counter
from collections.abc import Sequence

from django.db import connection

from accounts.brands.models import Brand
from commissions.earnings.selectors.crediting import CreditedOrder
from referrals.coupons.domain.coupons import CouponTerms, Used, why_not
from referrals.tree.models import CreditPolicy

# In the order in which they were paid, each with what its coupon is, and whether its KOC may be paid for this customer.
WITH_COUPONS = """
SELECT sale.id, sale.shop, sale.key, sale.customer_id, coupon.id, coupon.code, coupon.koc_id, coupon.used, receipt.received_at, koc.status = 'active',
    customer.phone <> '' AND customer.phone = login.phone,
    coupon.stopped_at IS NOT NULL AND coupon.stopped_at <= sale.paid_at, coupon.starts_at, coupon.ends_at, coupon.valid_days, coupon.stock,
    coupon.most_per_customer
FROM commissions_order sale JOIN referrals_coupon coupon ON coupon.id = sale.given_coupon_id JOIN accounts_koc koc ON koc.id = coupon.koc_id
LEFT JOIN accounts_user login ON login.id = koc.user_id LEFT JOIN accounts_customer customer ON customer.id = sale.customer_id
LEFT JOIN referrals_couponreceipt receipt ON receipt.coupon_id = coupon.id AND receipt.customer_id = sale.customer_id
WHERE sale.id = ANY(%s) ORDER BY sale.paid_at, sale.shop, sale.key
"""
USED = "SELECT coupon_id, customer_id, count(*) FROM referrals_couponuse WHERE coupon_id = ANY(%s) AND customer_id IS NOT NULL GROUP BY coupon_id, customer_id"


def couponed_orders(
    brand: Brand, policy: CreditPolicy, orders: Sequence[CreditedOrder]
) -> tuple[list[CreditedOrder], list[Used]]:
    """The orders, those with a good coupon credited to its KOC, before anything else but a KOC whom the shop names; and
    what was used for which.

    A coupon that is not good credits nobody, and what it lacks is kept with the order, which goes on as if it had none.
    """
    with connection.cursor() as cursor:
        cursor.execute(WITH_COUPONS, [[order.id for order in orders]])
        rows = cursor.fetchall()
        if not rows:
            return list(orders), []
        cursor.execute(USED, [[row[4] for row in rows]])
        by_customer = Counter({(coupon, customer): many for coupon, customer, many in cursor.fetchall()})
    decided = {order.id: order for order in orders}
    uses: list[Used] = []
    fresh: Counter[int] = Counter()
    for pk, shop, key, customer, coupon, code, koc, used, received_at, is_active, is_own, *terms in rows:
        order = decided[pk]
        if order.credit == "koc":
            continue
        lacks = why_not(
            CouponTerms(*terms),
            paid_at=order.paid_at,
            received_at=received_at,
            used=used + fresh[coupon],
            used_by_customer=by_customer[coupon, customer] if customer else 0,
        )
        lacks = (
            lacks
            or ("" if is_active else "not_active")
            or ("own_purchase" if is_own and policy.self_purchase == "refuse" else "")
        )
        decided[pk] = (
            _refused(order, code, lacks)
            if lacks
            else order.given_whole(koc, None, credit="coupon", coupon={"code": code})
        )
        if not lacks:
            uses.append(Used(coupon, customer, shop, key, order.paid_at))
            fresh[coupon] += 1
            by_customer[coupon, customer] += 1
    return [decided[order.id] for order in orders], uses


def _refused(order: CreditedOrder, code: str, lacks: str) -> CreditedOrder:
    return order._replace(seen=json.dumps(json.loads(order.seen) | {"coupon": {"code": code, "lacks": lacks}}))
