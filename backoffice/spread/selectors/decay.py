"""How influence decays with depth: shares, visits and orders at each distance from the first share."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from accounts.brands.models import Brand
from foundation.postgres.arrays import whole_numbers
from referrals.propagation.domain.curves import Interval, wilson
from referrals.propagation.selectors.forests import ReadForest
from referrals.propagation.selectors.spread import Spread

# The sales of orders, by the share that is credited; an order that was cancelled by then counts for nothing.
SOLD = """
SELECT sale.share_id, count(DISTINCT sale.id), COALESCE(sum(line.base_minor), 0)::bigint
FROM commissions_order sale JOIN commissions_orderline line ON line.order_id = sale.id
WHERE sale.brand_id = %(brand)s AND sale.share_id IS NOT NULL AND sale.paid_at <= %(as_of)s AND NOT EXISTS (
    SELECT FROM commissions_refund WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND kind = 'cancellation'
        AND refunded_at <= %(as_of)s
) GROUP BY sale.share_id
"""


@dataclass(frozen=True, slots=True)
class DecayLayer:
    """One depth. Orders and GMV are those credited to shares made there; conversion is orders per counted visit, with
    its 95 % Wilson interval.

    Conversion is unknown where there were no visits, or more orders than visits: then orders came otherwise than
    through them."""

    depth: int
    shares: int
    visits: int
    people: int
    orders: int
    gmv_minor: int
    conversion: float | None
    interval: Interval | None


def decay_curve(brand: Brand, read: ReadForest, spread: Spread, *, as_of: Any) -> list[DecayLayer]:
    """The layers of a forest of shares with what was sold through each, to the same moment."""
    shares, orders, gmv = whole_numbers(SOLD, {"brand": brand.pk, "as_of": as_of}, 3)
    order = np.argsort(read.ids)
    position = (
        order[np.searchsorted(read.ids, shares, sorter=order).clip(max=max(len(order) - 1, 0))]
        if len(order)
        else np.zeros(0, dtype=np.int64)
    )
    present = read.ids[position] == shares if len(order) else np.zeros(len(shares), dtype=bool)
    depth = read.forest.depth[position[present]] if len(order) else np.zeros(0, dtype=np.int64)
    orders_by_depth = np.zeros(len(spread.layers), dtype=np.int64)
    gmv_by_depth = np.zeros(len(spread.layers), dtype=np.int64)
    np.add.at(orders_by_depth, depth, orders[present])
    np.add.at(gmv_by_depth, depth, gmv[present])
    return [
        _layer(*layer, orders=count, gmv_minor=amount)
        for layer, count, amount in zip(spread.layers, orders_by_depth.tolist(), gmv_by_depth.tolist(), strict=True)
    ]


def _layer(depth: int, shares: int, visits: int, people: int, *, orders: int, gmv_minor: int) -> DecayLayer:
    is_known = 0 < visits >= orders
    return DecayLayer(
        depth,
        shares,
        visits,
        people,
        orders,
        gmv_minor,
        orders / visits if is_known else None,
        wilson(orders, visits) if is_known else None,
    )
