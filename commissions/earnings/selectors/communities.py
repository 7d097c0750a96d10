"""What communities sold."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from referrals.communities.selectors import RECENT

CANCELLED = "EXISTS (SELECT FROM commissions_refund WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND kind = 'cancellation')"
# Orders that its KOCs are credited with, or that its customers paid; each once.
SOLD = f"""
WITH inside AS (
    SELECT community_id, koc_id, customer_id FROM referrals_communitymember WHERE community_id = ANY(%(communities)s) AND left_at IS NULL
), sold AS (
    SELECT inside.community_id, credit.order_id FROM inside JOIN commissions_ordercredit credit ON credit.koc_id = inside.koc_id
    UNION SELECT inside.community_id, sale.id FROM inside JOIN commissions_order sale ON sale.customer_id = inside.customer_id
)
SELECT sold.community_id, count(DISTINCT sale.id), COALESCE(sum(line.base_minor), 0)::bigint
FROM sold JOIN commissions_order sale ON sale.id = sold.order_id AND sale.paid_at > %(since)s AND sale.paid_at <= %(at)s
JOIN commissions_orderline line ON line.order_id = sale.id
WHERE NOT {CANCELLED} GROUP BY sold.community_id
"""  # noqa: S608  constants


class CommunitySales(NamedTuple):
    """Of the last 30 days."""

    orders: int = 0
    gmv_minor: int = 0


def sold_in(communities: Sequence[int], *, at: datetime) -> dict[int, CommunitySales]:
    """community → what it sold, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(SOLD, {"communities": list(communities), "since": at - RECENT, "at": at})
        found = {community: CommunitySales(*counts) for community, *counts in cursor.fetchall()}
    return {community: found.get(community, CommunitySales()) for community in communities}
