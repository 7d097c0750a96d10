"""What changes of orders need to know: the lines that they touch, what became of these before, and the terms to compute
with."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from commissions.earnings.selectors.crediting import Credited, Standing, credits_of
from commissions.orders.domain.refunds import Returned, ToldRefund, returned
from commissions.orders.domain.sales import is_goods
from commissions.orders.models import Order, Refund
from commissions.orders.selectors.refunds import Kept, refunds_of
from commissions.plans.domain.bonuses import Bonus, worth
from commissions.plans.domain.rates import Terms, shared_earnings, total_cap


class OrderChange(NamedTuple):
    """Something that happened to a credited order: a refund, its taking back, a cancellation, or another version of it."""

    happened_at: datetime
    order: int
    refund: int | None
    version: int | None

    @property
    def fact(self) -> tuple[str, int]:
        return ("refund", self.refund) if self.refund else ("version", self.version or 0)


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
    void_from: datetime | None
    bonus: Bonus | None


@dataclass(slots=True)
class SoldLineState:
    """A line of a credited order at a moment: `before` it, or now. `terms` is None when nobody is paid for it; `as_of` says
    since when it stood so, if it was amended; `refunded_minor` is what all refunds together took of the base."""

    id: int
    base_minor: int
    quantity: int
    terms: Terms | None
    credits: tuple[Credited, ...]
    refunded_minor: int = 0
    as_of: datetime | None = None
    before: datetime | None = None
    earned: list[EarnedOnLine] = field(default_factory=list)

    @property
    def left_minor(self) -> int:
        return self.base_minor - self.refunded_minor

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
            worths[earned.id] = 0 if self._is_void(earned) else amount
        return worths

    def _is_void(self, earned: EarnedOnLine) -> bool:
        return earned.void_from is not None and (self.before is None or earned.void_from < self.before)

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


class Sold(NamedTuple):
    """A line as one version of its order has it."""

    base_minor: int
    quantity: int
    is_goods: bool


NOT_SOLD = Sold(0, 0, is_goods=False)


class Content(NamedTuple):
    """One version of an order; of an order that was told once, `version` and `reported_at` are None."""

    version: int | None
    reported_at: datetime | None
    sold: Mapping[str, Sold]


@dataclass(slots=True)
class OrderHistory:
    """Everything that is known of a credited order. What its lines are worth at a moment is a function of it, whatever
    the order in which it was heard. Facts in `waiting` (kind, number) are left out until `take` lets them happen."""

    order: int
    shop: str
    key: str
    paid_at: datetime
    lines: dict[str, SoldLineState]
    """line → how it is paid, in the order of the sale"""
    contents: list[Content]
    refunds: list[Kept]
    waiting: set[tuple[str, int]]

    def take(self, fact: OrderChange) -> None:
        self.waiting.discard(fact.fact)

    def states(self, before: datetime | None = None) -> dict[str, SoldLineState]:
        """line → its state after what happened before a moment, or now."""
        held = self._held(before)
        back = self._returned(held, before).lines
        states = {}
        for key, line in self.lines.items():
            sold = held.sold.get(key, NOT_SOLD)
            states[key] = SoldLineState(
                line.id, sold.base_minor, sold.quantity, line.terms, line.credits, back.get(key, 0), held.reported_at, before, line.earned
            )  # fmt: skip
        return states

    def worths(self, before: datetime | None = None) -> dict[int, int]:
        """commission → its value at a moment, or now: what its terms give on what was left by then.

        A bonus that was taken back does not come back: it is worth the least that it came to from when it was granted,
        by when things happened, not by when they became known. A fixed bonus is granted with the order, one on steps
        when its hold ends."""
        values = _worths(self.states(before))
        bonuses = [earned for line in self.lines.values() for earned in line.earned if earned.bonus]
        if bonuses:
            earlier = [(moment, _worths(self.states(moment))) for moment in self._moments(before)]
            for earned in bonuses:
                since = earned.approved_at if earned.bonus and earned.bonus.from_minor is not None else None
                then = [worths[earned.id] for moment, worths in earlier if since is None or moment >= since]
                values[earned.id] = min(values[earned.id], earned.bonus.granted_minor if earned.bonus else 0, *then)
        return values

    def applied_since(self, moment: datetime) -> list[OrderChange]:
        """What was applied and happened at a moment or later, the earliest first."""
        refunds = [(told.happened_at, told.key, told.id, None) for told in self._known() if told.happened_at >= moment]
        versions = [
            (content.reported_at, "", None, content.version)
            for content in self.contents
            if content.reported_at is not None and content.reported_at >= moment
            and ("version", content.version) not in self.waiting
        ]  # fmt: skip
        facts: list[tuple[datetime, str, int | None, int | None]] = [*refunds, *versions]
        facts.sort(key=lambda fact: fact[:2])
        return [OrderChange(at, self.order, refund, version) for at, _, refund, version in facts]

    def refusals(self) -> dict[int, str]:
        """refund → why it does not stand, by all that is known; empty where it stands."""
        refused = self._returned(self._held(None), None).refused
        return {told.id: refused[told.id].text if told.id in refused else "" for told in self._known()}

    def _known(self) -> list[ToldRefund]:
        return [kept.told for kept in self.refunds if ("refund", kept.told.id) not in self.waiting]

    def _held(self, before: datetime | None) -> Content:
        """The version of a moment: one holds from when it was reported; before the first of them the first one does."""
        known = [content for content in self.contents if ("version", content.version) not in self.waiting]
        come = [
            content
            for content in known
            if before is None or content.reported_at is None or content.reported_at < before
        ]
        return come[-1] if come else known[0] if known else self.contents[-1]

    def _returned(self, held: Content, before: datetime | None) -> Returned:
        goods = {key: held.sold[key].base_minor for key in self.lines if held.sold.get(key, NOT_SOLD).is_goods}
        return returned(goods, self._known(), known=self.lines, paid_at=self.paid_at, before=before)

    def _moments(self, before: datetime | None) -> list[datetime]:
        """When something happened to the order, before a moment, the earliest first."""
        moments = {told.happened_at for told in self._known()}
        moments |= {
            content.reported_at
            for content in self.contents
            if content.reported_at is not None and ("version", content.version) not in self.waiting
        }
        return sorted(moment for moment in moments if before is None or moment < before)


def _worths(states: Mapping[str, SoldLineState]) -> dict[int, int]:
    return {pk: worth for state in states.values() for pk, worth in state.worths().items()}


CHANGES = """
SELECT refund.refunded_at, sale.id, refund.id, NULL, sale.shop, sale.key, refund.key
FROM commissions_refund refund
JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (refund.brand_id, refund.shop, refund.order_key) AND sale.credited_at IS NOT NULL
WHERE refund.brand_id = %(brand)s AND refund.status = 'waiting'
    AND NOT EXISTS (SELECT FROM accounts_failedfact WHERE kind = 'refund' AND fact = refund.id AND next_try_at > %(at)s)
    AND (%(orders)s::bigint[] IS NULL OR sale.id = ANY(%(orders)s))
UNION ALL
SELECT version.reported_at, sale.id, NULL, version.id, sale.shop, sale.key, ''
FROM commissions_orderversion version JOIN commissions_order sale ON sale.id = version.order_id AND sale.credited_at IS NOT NULL
WHERE sale.brand_id = %(brand)s AND version.status = 'waiting'
    AND NOT EXISTS (SELECT FROM accounts_failedfact WHERE kind = 'amendment' AND fact = version.id AND next_try_at > %(at)s)
    AND (%(orders)s::bigint[] IS NULL OR sale.id = ANY(%(orders)s))
ORDER BY 1, 5, 6, 7 LIMIT %(most)s
"""


def changes_to_apply(brand: Brand, *, most: int, at: datetime, orders: list[int] | None = None) -> list[OrderChange]:
    """Waiting refunds and versions of credited orders, of all or of some, the earliest first; without those that failed,
    as long as they pause."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, {"brand": brand.pk, "most": most, "at": at, "orders": orders})
        return [OrderChange(*row[:4]) for row in cursor.fetchall()]


def values_before(orders: Sequence[int], end: datetime) -> dict[int, int]:
    """commission → its value at a moment, of some orders: what its terms gave on what was left by then."""
    found = histories(orders)
    return {pk: worth for history in found.values() for pk, worth in history.worths(end).items()}


def standings_of(orders: Sequence[int]) -> dict[int, Standing]:
    """order → what the rules looked at when it was credited, for those that somebody is credited with."""
    credits = credits_of(orders)
    rows = Order.objects.filter(pk__in=list(credits)).values_list("pk", "paid_at", "customer_is_new")
    return {pk: Standing.of(pk, paid_at, credits[pk], is_new=is_new) for pk, paid_at, is_new in rows}


LINES = """
SELECT sale.id, sale.shop, sale.key, sale.paid_at, line.key, line.id, line.base_minor, line.quantity, line.unit_price_minor, line.product_id IS NOT NULL,
    terms.line_id IS NOT NULL, terms.rate_bps, terms.fixed_minor, terms.override_bps, terms.cap_minor, terms.total_cap_bps
FROM commissions_order sale CROSS JOIN LATERAL (SELECT * FROM commissions_orderline WHERE order_id = sale.id OFFSET 0) AS line
LEFT JOIN commissions_lineterms terms ON terms.line_id = line.id WHERE sale.id = ANY(%s)
ORDER BY sale.id, line.position, line.id
"""
VERSIONS = """
SELECT version.order_id, version.id, version.reported_at, version.status = 'waiting', line.key, line.base_minor, line.quantity, line.unit_price_minor,
    line.product_id IS NOT NULL
FROM commissions_orderversion version LEFT JOIN commissions_versionline line ON line.version_id = version.id
WHERE version.order_id = ANY(%s) ORDER BY version.order_id, version.reported_at, version.id
"""
EARNED = """
SELECT line.order_id, line.key, earned.id, earned.koc_id, earned.level, earned.credit_id, earned.campaign_id, earned.amount_minor - earned.reversed_minor,
    CASE WHEN earned.statement_id IS NOT NULL THEN 'debt' WHEN earned.approved_at IS NOT NULL THEN 'approved' ELSE 'pending' END, earned.approved_at,
    earned.void_from, bonus.base_minor, bonus.granted_minor, bonus.fixed_minor, bonus.own_base_minor, bonus.from_minor, campaign.steps
FROM unnest(%s::bigint[]) AS sale(id)
CROSS JOIN LATERAL (SELECT * FROM commissions_orderline WHERE order_id = sale.id OFFSET 0) AS line
CROSS JOIN LATERAL (SELECT * FROM commissions_commission WHERE line_id = line.id AND credit_id = ANY(%s) OFFSET 0) AS earned
LEFT JOIN commissions_bonusterms bonus ON bonus.commission_id = earned.id
LEFT JOIN commissions_campaign campaign ON campaign.id = earned.campaign_id
ORDER BY earned.id
"""


def histories(orders: Collection[int]) -> dict[int, OrderHistory]:
    """order → all that is known of it, in five queries for any number of orders."""
    ids = sorted(set(orders))
    credits = credits_of(ids)
    found: dict[int, OrderHistory] = {}
    told_once: dict[int, dict[str, Sold]] = {}
    with connection.cursor() as cursor:
        cursor.execute(LINES, [ids])
        for order, shop, key, paid_at, line, pk, base, quantity, price, has_product, has_terms, *terms in cursor:
            history = found.setdefault(order, OrderHistory(order, shop, key, paid_at, {}, [], [], set()))
            history.lines[line] = SoldLineState(
                pk, base, quantity, Terms(*terms) if has_terms else None, credits.get(order, ())
            )
            told_once.setdefault(order, {})[line] = Sold(base, quantity, has_product and is_goods(quantity, price))
        cursor.execute(VERSIONS, [ids])
        for order, content, is_waiting in _contents(cursor.fetchall()):
            found[order].contents.append(content)
            if is_waiting:
                found[order].waiting.add(("version", content.version or 0))
        for order, history in found.items():
            if all(("version", content.version) in history.waiting for content in history.contents):
                history.contents.insert(0, Content(None, None, told_once[order]))
        cursor.execute(EARNED, [ids, [credit.id for parts in credits.values() for credit in parts]])
        for order, line, *earned in cursor:
            found[order].lines[line].earned.append(_earned(*earned))
    for order, kept in refunds_of(found).items():
        found[order].refunds = kept
        found[order].waiting |= {("refund", one.told.id) for one in kept if one.status == Refund.Status.WAITING}
    return found


def line_states(orders: Mapping[int, datetime | None]) -> dict[int, dict[str, SoldLineState]]:
    """order → line → its state after the changes that were applied; where an order has a moment, only after those that
    happened before it."""
    return {order: history.states(orders[order]) for order, history in histories(orders).items()}


def _contents(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Content, bool]]:
    """The versions of orders with their lines, and whether each waits to be applied."""
    versions: dict[int, tuple[int, Content, bool]] = {}
    for order, version, reported_at, is_waiting, key, base, quantity, price, has_product in rows:
        _, content, _ = versions.setdefault(version, (order, Content(version, reported_at, {}), is_waiting))
        if key is not None:
            sold: Any = content.sold
            sold[key] = Sold(base, quantity, has_product and is_goods(quantity, price))
    yield from versions.values()


def _earned(
    pk: int, koc: int, level: int, credit: int, campaign: int | None, net: int, kind: str, approved_at: datetime | None,
    void_from: datetime | None, *rest: Any,
) -> EarnedOnLine:  # fmt: skip
    base, granted, fixed, own_base, from_minor, steps = rest
    bonus = None if campaign is None else Bonus(base, granted, fixed, own_base, from_minor, json.loads(steps))
    return EarnedOnLine(pk, koc, level, credit, campaign, net, kind, approved_at, void_from, bonus)
