"""What refunds need to know: the lines that they touch, what was refunded of these before, and the terms to compute with."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from accounts.models import Brand
from commissions.domain.rates import Terms, earnings
from commissions.models import Refund, RefundLine


class RefundToApply(NamedTuple):
    """`lines` is None for a cancellation, which takes all that is left; `order` is the order's row."""

    id: int
    order: int
    refunded_at: datetime
    lines: dict[str, int] | None


@dataclass(slots=True)
class EarnedOnLine:
    """A commission of a line: what it is worth now, the wallet that a reversal comes out of, and when it was approved, if it was."""

    id: int
    koc: int
    level: int
    net_minor: int
    wallet_kind: str
    approved_at: datetime | None


@dataclass(slots=True)
class SoldLineState:
    """A line of an order that is being refunded. `terms` is None when nobody is paid for it."""

    id: int
    base_minor: int
    quantity: int
    terms: Terms | None
    refunded_minor: int = 0
    is_cancelled: bool = False
    earned: list[EarnedOnLine] = field(default_factory=list)

    @property
    def left_minor(self) -> int:
        return 0 if self.is_cancelled else self.base_minor - self.refunded_minor

    def worth(self, level: int) -> int:
        """What the level comes to, with the frozen terms, on what is left of the base."""
        if self.terms is None:
            return 0
        return earnings(self.terms, base_minor=self.base_minor, left_minor=self.left_minor, quantity=self.quantity)[level - 1]


def refunds_to_apply(brand: Brand, *, most: int) -> list[RefundToApply]:
    """Waiting refunds whose order was answered, the earliest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT refund.id, sale.id, refund.refunded_at, refund.kind = 'cancellation' FROM commissions_refund refund"
            " JOIN commissions_order sale ON sale.brand_id = refund.brand_id AND sale.key = refund.order_key AND sale.answered_at IS NOT NULL"
            " WHERE refund.brand_id = %s AND refund.status = 'waiting' ORDER BY refund.refunded_at, sale.key, refund.key LIMIT %s",
            [brand.pk, most],
        )
        rows = cursor.fetchall()
    lines: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for refund, line, amount in RefundLine.objects.filter(refund__in=[row[0] for row in rows]).values_list("refund", "line_key", "amount_minor"):
        lines[refund][line] = amount
    return [RefundToApply(pk, order, moment, None if is_cancellation else lines[pk]) for pk, order, moment, is_cancellation in rows]


LINES = """
SELECT line.order_id, line.key, line.id, line.base_minor, line.quantity, answer.rule_id IS NOT NULL,
    answer.rate_bps, answer.fixed_minor, answer.multiplier_bps, answer.override_bps, answer.cap_minor, answer.total_cap_bps
FROM commissions_orderline line LEFT JOIN commissions_lineanswer answer ON answer.line_id = line.id WHERE line.order_id = ANY(%s)
"""
# A cancelled order has no line left, whatever its refunds say.
REFUNDED = """
SELECT sale.id, part.line_key, sum(part.amount_minor)::bigint, bool_or(refund.kind = 'cancellation')
FROM unnest(%s::bigint[], %s::timestamptz[]) AS asked(sale, before) JOIN commissions_order sale ON sale.id = asked.sale
JOIN commissions_refund refund ON refund.brand_id = sale.brand_id AND refund.order_key = sale.key
LEFT JOIN commissions_refundline part ON part.refund_id = refund.id
WHERE refund.status = 'applied' AND (asked.before IS NULL OR refund.refunded_at < asked.before) GROUP BY sale.id, part.line_key
"""
EARNED = """
SELECT line.order_id, line.key, earned.id, earned.koc_id, earned.level, earned.amount_minor - earned.reversed_minor,
    CASE WHEN earned.statement_id IS NOT NULL THEN 'debt' WHEN earned.approved_at IS NOT NULL THEN 'approved' ELSE 'pending' END, earned.approved_at
FROM commissions_orderline line CROSS JOIN LATERAL (SELECT * FROM commissions_commission WHERE line_id = line.id OFFSET 0) AS earned
WHERE line.order_id = ANY(%s) ORDER BY earned.id
"""


def line_states(orders: Mapping[int, datetime | None]) -> dict[int, dict[str, SoldLineState]]:
    """order → line → its state after the refunds that were applied; where an order has a moment, only after those that happened before it."""
    found: dict[int, dict[str, SoldLineState]] = {order: {} for order in orders}
    wanted = sorted(found)
    with connection.cursor() as cursor:
        cursor.execute(LINES, [wanted])
        for order, line, pk, base, quantity, has_terms, *terms in cursor:
            found[order][line] = SoldLineState(pk, base, quantity, Terms(*terms) if has_terms else None)
        cursor.execute(REFUNDED, [wanted, [orders[order] for order in wanted]])
        for order, line, amount, is_cancelled in cursor:
            if line is not None:
                found[order][line].refunded_minor += amount
            if is_cancelled:
                for state in found[order].values():
                    state.is_cancelled = True
        cursor.execute(EARNED, [wanted])
        for order, line, *earned in cursor:
            found[order][line].earned.append(EarnedOnLine(*earned))
    return found


def waiting_refunds(brand: Brand) -> int:
    """How many refunds still wait for their order."""
    return Refund.objects.filter(brand=brand, status=Refund.Status.WAITING).count()
