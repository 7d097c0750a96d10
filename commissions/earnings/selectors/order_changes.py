"""What changes of orders need to know: the lines that they touch, what became of these before, and the terms to compute
with."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from commissions.earnings.selectors.crediting import Credited, Standing, credits_of
from commissions.orders.models import Order, RefundLine
from commissions.plans.domain.bonuses import Bonus, worth
from commissions.plans.domain.rates import Terms, shared_earnings, total_cap


class OrderChange(NamedTuple):
    """Something that happened to a credited order: a refund of some lines, a cancellation of all that is left, or
    another version of it."""

    happened_at: datetime
    order: int
    refund: int | None
    version: int | None
    refunded: dict[str, int] | None = None
    """line → amount; None for a cancellation or a version"""
    sold: dict[str, tuple[int, int]] | None = None
    """line → (base, quantity) of a version"""


@dataclass(slots=True)
class EarnedOnLine:
    """A commission of a line: whose part of the sale it is for, what it is worth now, and the wallet that a reversal
    comes out of."""

    id: int
    koc: int
    level: int
    credit: int
    campaign: int | None
    net_minor: int
    wallet_kind: str
    approved_at: datetime | None
    is_void: bool
    bonus: Bonus | None


@dataclass(slots=True)
class SoldLineState:
    """A line of a credited order at a moment. `terms` is None when nobody is paid for it; `as_of` says since when it
    stood so, if it was amended."""

    id: int
    base_minor: int
    quantity: int
    terms: Terms | None
    credits: tuple[Credited, ...]
    refunded_minor: int = 0
    is_cancelled: bool = False
    as_of: datetime | None = None
    earned: list[EarnedOnLine] = field(default_factory=list)

    def change(self, key: str, fact: OrderChange) -> None:
        """Let a fact happen to the line. Of several versions the latest holds, whichever is known first."""
        if fact.sold is not None:
            if self.as_of is None or fact.happened_at > self.as_of:
                self.as_of, (self.base_minor, self.quantity) = fact.happened_at, fact.sold.get(key, (0, 0))
        elif fact.refunded is None:
            self.is_cancelled = True
        else:
            self.refunded_minor += fact.refunded.get(key, 0)

    @property
    def left_minor(self) -> int:
        return 0 if self.is_cancelled else max(0, self.base_minor - self.refunded_minor)

    def by_part(self) -> dict[tuple[int, int], int]:
        """(level, credit) → what the frozen terms give on what is left of the base."""
        if self.terms is None or not self.credits:
            return {}
        parts = [credit.part for credit in self.credits]
        firsts, seconds = shared_earnings(
            self.terms, parts, base_minor=self.base_minor, left_minor=self.left_minor, quantity=self.quantity
        )
        ids = [credit.id for credit in self.credits]
        return {(1, pk): first for pk, first in zip(ids, firsts, strict=True)} | {
            (2, pk): second for pk, second in zip(ids, seconds, strict=True)
        }

    def worths(self) -> dict[int, int]:
        """commission → what it is worth on what is left; bonuses after the plan, in the order in which they were made,
        as far as the total cap has room."""
        parts = self.by_part()
        room = total_cap(self.terms, self.left_minor) - sum(parts.values()) if self.terms else 0
        worths = {}
        for earned in self.earned:
            if earned.bonus is None:
                amount = parts.get((earned.level, earned.credit), 0)
            else:
                amount = min(worth(earned.bonus, self.left_minor), max(0, room))
                room -= amount
            worths[earned.id] = 0 if earned.is_void else amount
        return worths

    def unmade(self) -> list[tuple[int, Credited, int]]:
        """(level, credit, amount) of parts that are worth something and have no commission: they came to nothing when
        the line was credited, or it is new."""
        made = {(earned.level, earned.credit) for earned in self.earned if earned.campaign is None}
        credits = {credit.id: credit for credit in self.credits}
        return [
            (level, credits[credit], amount)
            for (level, credit), amount in self.by_part().items()
            if amount and (level, credit) not in made
        ]


CHANGES = """
SELECT refund.refunded_at, sale.id, refund.id, NULL, refund.kind = 'cancellation', sale.key, refund.key
FROM commissions_refund refund
JOIN commissions_order sale ON sale.brand_id = refund.brand_id AND sale.key = refund.order_key AND sale.credited_at IS NOT NULL
WHERE refund.brand_id = %(brand)s AND refund.status = 'waiting'
    AND NOT EXISTS (SELECT FROM accounts_failedfact WHERE kind = 'refund' AND fact = refund.id AND next_try_at > %(at)s)
    AND (%(orders)s::bigint[] IS NULL OR sale.id = ANY(%(orders)s))
UNION ALL
SELECT version.reported_at, sale.id, NULL, version.id, false, sale.key, ''
FROM commissions_orderversion version JOIN commissions_order sale ON sale.id = version.order_id AND sale.credited_at IS NOT NULL
WHERE sale.brand_id = %(brand)s AND version.status = 'waiting'
    AND NOT EXISTS (SELECT FROM accounts_failedfact WHERE kind = 'amendment' AND fact = version.id AND next_try_at > %(at)s)
    AND (%(orders)s::bigint[] IS NULL OR sale.id = ANY(%(orders)s))
ORDER BY 1, 6, 7 LIMIT %(most)s
"""
SINCE = """
SELECT refund.refunded_at, sale.id, refund.id, NULL, refund.kind = 'cancellation', sale.key, refund.key
FROM unnest(%s::bigint[], %s::timestamptz[]) AS moment(sale, since) JOIN commissions_order sale ON sale.id = moment.sale
JOIN commissions_refund refund ON refund.brand_id = sale.brand_id AND refund.order_key = sale.key AND refund.status = 'applied'
    AND refund.refunded_at >= moment.since
UNION ALL
SELECT version.reported_at, sale.id, NULL, version.id, false, sale.key, ''
FROM unnest(%s::bigint[], %s::timestamptz[]) AS moment(sale, since) JOIN commissions_order sale ON sale.id = moment.sale
JOIN commissions_orderversion version ON version.order_id = sale.id AND version.status = 'applied' AND version.reported_at >= moment.since
ORDER BY 1, 6, 7
"""
VERSION_LINES = (
    "SELECT version_id, key, base_minor, quantity FROM commissions_versionline WHERE version_id = ANY(%s) ORDER BY id"
)


def changes_to_apply(brand: Brand, *, most: int, at: datetime, orders: list[int] | None = None) -> list[OrderChange]:
    """Waiting refunds and versions of credited orders, of all or of some, the earliest first; without those that failed,
    as long as they pause."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, {"brand": brand.pk, "most": most, "at": at, "orders": orders})
        return _read(cursor.fetchall())


def changes_since(moments: Mapping[int, datetime]) -> list[OrderChange]:
    """What was applied to some orders and happened at a moment of each or later, the earliest first."""
    moments_of: list[Any] = [list(moments), list(moments.values())]
    with connection.cursor() as cursor:
        cursor.execute(SINCE, moments_of + moments_of)
        return _read(cursor.fetchall())


def _read(rows: Sequence[tuple[Any, ...]]) -> list[OrderChange]:
    sold: defaultdict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(VERSION_LINES, [[row[3] for row in rows if row[3]]])
        for version, key, base, quantity in cursor.fetchall():
            sold[version][key] = base, quantity
    refunded: defaultdict[int, dict[str, int]] = defaultdict(dict)
    given_back = RefundLine.objects.filter(refund__in=[row[2] for row in rows if row[2]]).order_by("pk")
    for refund, line, amount in given_back.values_list("refund", "line_key", "amount_minor"):
        refunded[refund][line] = amount
    return [
        OrderChange(
            moment,
            order,
            refund,
            version,
            refunded[refund] if refund and not is_cancellation else None,
            sold[version] if version else None,
        )
        for moment, order, refund, version, is_cancellation, _, _ in rows
    ]


def values_before(orders: Sequence[int], end: datetime) -> dict[int, int]:
    """commission → its value at a moment, of some orders: what its terms gave on what was left by then.

    A bonus that was taken back does not come back: it is worth the least that it came to from when it was granted, by
    when things happened, not by when they became known."""
    states = line_states(dict.fromkeys(orders, end))
    values = {pk: worth for lines in states.values() for line in lines.values() for pk, worth in line.worths().items()}
    with_bonus = [
        order
        for order, lines in states.items()
        if any(earned.bonus for line in lines.values() for earned in line.earned)
    ]
    beginning = datetime.min.replace(tzinfo=UTC)
    histories: defaultdict[int, list[OrderChange]] = defaultdict(list)
    for fact in changes_since(dict.fromkeys(with_bonus, beginning)):
        if fact.happened_at < end:
            histories[fact.order].append(fact)
    for order, lines in line_states(dict.fromkeys(with_bonus, beginning)).items():
        for key, line in lines.items():
            for pk, least in _least_worths(key, line, histories[order]).items():
                values[pk] = min(values[pk], least)
    return values


def _least_worths(key: str, line: SoldLineState, history: Sequence[OrderChange]) -> dict[int, int]:
    """bonus → the least that it came to while the facts of a history happened to its line. A fixed bonus is granted with
    the order, one on steps when its hold ends."""
    bonuses = {earned.id: (earned.bonus, earned.approved_at) for earned in line.earned if earned.bonus}
    least = {pk: bonus.granted_minor for pk, (bonus, _) in bonuses.items()}
    granted_at = {pk: approved_at for pk, (bonus, approved_at) in bonuses.items() if bonus.from_minor is not None}
    for fact, following in zip_longest([None, *history], history):
        if fact:
            line.change(key, fact)
        worths = line.worths()
        for pk in least:
            since = granted_at.get(pk)
            if since is None or following is None or following.happened_at >= since:
                least[pk] = min(least[pk], worths[pk])
    return least


def standings_of(orders: Sequence[int]) -> dict[int, Standing]:
    """order → what the rules looked at when it was credited, for those that somebody is credited with."""
    credits = credits_of(orders)
    rows = Order.objects.filter(pk__in=list(credits)).values_list("pk", "paid_at", "customer_is_new")
    return {pk: Standing.of(pk, paid_at, credits[pk], is_new=is_new) for pk, paid_at, is_new in rows}


LINES = """
SELECT line.order_id, line.key, line.id, line.base_minor, line.quantity, terms.line_id IS NOT NULL,
    terms.rate_bps, terms.fixed_minor, terms.override_bps, terms.cap_minor, terms.total_cap_bps
FROM commissions_orderline line LEFT JOIN commissions_lineterms terms ON terms.line_id = line.id WHERE line.order_id = ANY(%s)
ORDER BY line.order_id, line.position, line.id
"""
# A version holds from when it was reported; before the first of them the first one does.
VERSIONS = """
SELECT moment.sale, held.reported_at, line.key, line.base_minor, line.quantity
FROM unnest(%s::bigint[], %s::timestamptz[]) AS moment(sale, before)
CROSS JOIN LATERAL (
    SELECT id, reported_at, (moment.before IS NULL OR reported_at < moment.before) AS has_come FROM commissions_orderversion
    WHERE order_id = moment.sale AND status = 'applied'
    ORDER BY 3 DESC, CASE WHEN moment.before IS NULL OR reported_at < moment.before THEN reported_at END DESC, reported_at LIMIT 1
) AS held
LEFT JOIN commissions_versionline line ON line.version_id = held.id
"""
# A cancelled order has no line left, whatever its refunds say.
REFUNDED = """
SELECT sale.id, part.line_key, sum(part.amount_minor)::bigint, bool_or(refund.kind = 'cancellation')
FROM unnest(%s::bigint[], %s::timestamptz[]) AS moment(sale, before) JOIN commissions_order sale ON sale.id = moment.sale
JOIN commissions_refund refund ON refund.brand_id = sale.brand_id AND refund.order_key = sale.key
LEFT JOIN commissions_refundline part ON part.refund_id = refund.id
WHERE refund.status = 'applied' AND (moment.before IS NULL OR refund.refunded_at < moment.before) GROUP BY sale.id, part.line_key
"""
EARNED = """
SELECT line.order_id, line.key, earned.id, earned.koc_id, earned.level, earned.credit_id, earned.campaign_id, earned.amount_minor - earned.reversed_minor,
    CASE WHEN earned.statement_id IS NOT NULL THEN 'debt' WHEN earned.approved_at IS NOT NULL THEN 'approved' ELSE 'pending' END, earned.approved_at,
    COALESCE(earned.void_from < COALESCE(moment.before, 'infinity'), false),
    bonus.base_minor, bonus.granted_minor, bonus.fixed_minor, bonus.own_base_minor, bonus.from_minor, campaign.steps
FROM unnest(%s::bigint[], %s::timestamptz[]) AS moment(sale, before)
CROSS JOIN LATERAL (SELECT * FROM commissions_orderline WHERE order_id = moment.sale OFFSET 0) AS line
CROSS JOIN LATERAL (SELECT * FROM commissions_commission WHERE line_id = line.id OFFSET 0) AS earned
LEFT JOIN commissions_bonusterms bonus ON bonus.commission_id = earned.id
LEFT JOIN commissions_campaign campaign ON campaign.id = earned.campaign_id
ORDER BY earned.id
"""


def line_states(orders: Mapping[int, datetime | None]) -> dict[int, dict[str, SoldLineState]]:
    """order → line → its state after the changes that were applied; where an order has a moment, only after those that
    happened before it."""
    states: dict[int, dict[str, SoldLineState]] = {order: {} for order in orders}
    ids = sorted(states)
    moments: list[Any] = [ids, [orders[order] for order in ids]]
    credits = credits_of(ids)
    with connection.cursor() as cursor:
        cursor.execute(LINES, [ids])
        for order, line, pk, base, quantity, has_terms, *terms in cursor:
            states[order][line] = SoldLineState(
                pk, base, quantity, Terms(*terms) if has_terms else None, credits.get(order, ())
            )
        cursor.execute(VERSIONS, moments)
        _restore_version(states, cursor.fetchall())
        cursor.execute(REFUNDED, moments)
        for order, line, amount, is_cancelled in cursor:
            if line is not None and line in states[order]:
                states[order][line].refunded_minor += amount
            if is_cancelled:
                for state in states[order].values():
                    state.is_cancelled = True
        cursor.execute(EARNED, moments)
        for order, line, *earned in cursor:
            states[order][line].earned.append(_earned(*earned))
    return states


def _restore_version(states: Mapping[int, dict[str, SoldLineState]], rows: Sequence[tuple[Any, ...]]) -> None:
    """Set amended orders to what their version says: a line that it does not have is worth nothing."""
    for order, reported_at, _, _, _ in rows:
        for state in states[order].values():
            if state.as_of is None:
                state.as_of, state.base_minor, state.quantity = reported_at, 0, 0
    for order, _, line, base, quantity in rows:
        if line is not None:
            states[order][line].base_minor, states[order][line].quantity = base, quantity


def _earned(
    pk: int,
    koc: int,
    level: int,
    credit: int,
    campaign: int | None,
    net: int,
    kind: str,
    approved_at: datetime | None,
    *rest: Any,
) -> EarnedOnLine:
    is_void, base, granted, fixed, own_base, from_minor, steps = rest
    bonus = None if campaign is None else Bonus(base, granted, fixed, own_base, from_minor, json.loads(steps))
    return EarnedOnLine(pk, koc, level, credit, campaign, net, kind, approved_at, is_void, bonus)
