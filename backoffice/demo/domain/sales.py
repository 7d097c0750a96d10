"""The orders, through whom they came, and what followed: deliveries, cancellations, refunds."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from backoffice.demo.domain import people as names
from backoffice.demo.domain.people import Person
from backoffice.demo.domain.rhythm import HalfYear, awake, within
from backoffice.demo.domain.spread import SimulatedShare, Visited, key_of
from commissions.orders.domain.events import (
    Cancelled,
    CancelledData,
    Delivered,
    DeliveredData,
    Refunded,
    RefundedData,
    RefundedLine,
)
from commissions.orders.domain.sales import Buyer, Sale, SoldLine, bases
from commissions.planning.domain.brand_file import BrandFile, ProductPart

BY_VISITS, BY_KOCS, STRAY = 1_950, 330, 620  # orders: after a visit, placed for a KOC in a chat, from nobody
LOYAL = 46  # customers who buy again and again
TRUST = {"moments": 1.0, "community": 1.1, "xiaohongshu": 0.8, "douyin": 0.6, "any": 0.7}
OFFICE = (0, 0, 0, 0, 0, 0, 0, 0, 2, 8, 10, 10, 8, 6, 10, 10, 10, 10, 8, 6, 3, 0, 0, 0)
Follow = Delivered | Cancelled | Refunded


@dataclass(slots=True)
class SimulatedCustomer:
    """One customer, known to the shop since the first order."""

    number: int
    first_seen_at: datetime
    name: str = ""
    phone: str = ""
    own: Person | None = None
    """set when the customer is a KOC"""

    @property
    def key(self) -> str:
        return f"C{self.number + 1:05}"


@dataclass(slots=True)
class PlannedOrder:
    """An order to come: whose, when, and through what."""

    at: datetime
    customer: SimulatedCustomer | None
    visit: Visited | None = None
    share: int | None = None
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class PaidSale:
    """An order as it was paid. `visit` is the visit through which the buyer came: the shop would have its click."""

    sale: Sale
    visit: Visited | None
    person: Person | None


@dataclass(slots=True)
class Market:
    """All that is needed to make the orders of the half-year."""

    rng: Random
    half_year: HalfYear
    file: BrandFile
    people: Sequence[Person]
    shares: Sequence[SimulatedShare]
    visits: Sequence[Visited]
    customers: list[SimulatedCustomer] = field(default_factory=list)

    def run(self) -> list[PaidSale]:
        """Every order, the earliest payment first."""
        after_visits = self._after_visits()
        planned_orders = [
            *after_visits,
            *self._placed_for_kocs(after_visits),
            *self._strays(after_visits),
            *self._loyal(),
            *self._kocs_themselves(),
        ]
        planned_orders = sorted(
            (planned for planned in planned_orders if planned.at < self.half_year.closing),
            key=lambda planned: planned.at,
        )
        self._number_customers(planned_orders)
        return [self._order(position, planned) for position, planned in enumerate(planned_orders)]

    def _after_visits(self) -> list[PlannedOrder]:
        """Of all visits those that led to an order, drawn by how much the sharer is trusted; nobody buys twice within
        ten days."""
        koc_keys = {person.key for person in self.people}
        candidates = sorted(self.visits, key=lambda visit: -math.log(1.0 - self.rng.random()) / self._persuasion(visit))
        buyers: dict[str, SimulatedCustomer] = {}
        times_by_visitor: dict[str, list[datetime]] = {}
        planned_orders: list[PlannedOrder] = []
        for visit in candidates:
            if len(planned_orders) == BY_VISITS:
                break
            times = times_by_visitor.setdefault(visit.visitor, [])
            if visit.visitor in koc_keys or any(
                abs(visit.visited_at - earlier) < timedelta(days=10) for earlier in times
            ):
                continue
            times.append(visit.visited_at)
            lag = (
                timedelta(seconds=self.rng.randint(100, 2400))
                if self.rng.random() < 0.7
                else timedelta(hours=self.rng.uniform(1, 70))
            )
            customer = buyers.setdefault(visit.visitor, self._customer())
            planned_orders.append(
                PlannedOrder(
                    awake(self.rng, visit.visited_at + lag),
                    customer,
                    visit,
                    visit.share,
                    self.people[self.shares[visit.share].person],
                )
            )
        return planned_orders

    def _persuasion(self, visit: Visited) -> float:
        share = self.shares[visit.share]
        return self.people[share.person].trust * TRUST[share.channel]

    def _customer(self, own: Person | None = None) -> SimulatedCustomer:
        return SimulatedCustomer(-1, self.half_year.closing, own=own)

    def _when(self) -> datetime:
        """A moment; later ones are likelier, since the shop grows."""
        return within(self.rng, self.half_year.days()[int(self.rng.random() ** 0.65 * len(self.half_year.days()))])

    def _placed_for_kocs(self, after_visits: Sequence[PlannedOrder]) -> list[PlannedOrder]:
        """Orders that a KOC's friends place in a chat: the shop names the KOC."""
        clients: dict[int, list[SimulatedCustomer]] = {}
        for person, customer in (
            (planned.person, planned.customer) for planned in after_visits if planned.person and planned.customer
        ):
            clients.setdefault(person.number, []).append(customer)
        sharers = [person for person in self.people if person.number in clients]
        planned_orders: list[PlannedOrder] = []
        for person in self.rng.choices(sharers, [person.trust * person.following for person in sharers], k=BY_KOCS):
            at = self._when()
            if not person.is_keen(at):
                continue
            customer = self.rng.choice(clients[person.number]) if self.rng.random() < 0.6 else self._customer()
            planned_orders.append(PlannedOrder(at, customer, person=person))
        return planned_orders

    def _strays(self, after_visits: Sequence[PlannedOrder]) -> list[PlannedOrder]:
        """Orders that nobody brought: buyers who come back by themselves, new ones, guests."""
        with_customer = [planned for planned in after_visits if planned.customer]
        planned_orders: list[PlannedOrder] = []
        for _ in range(STRAY):
            chance = self.rng.random()
            if chance < 0.64:
                earlier = self.rng.choice(with_customer)
                planned_orders.append(
                    PlannedOrder(
                        awake(self.rng, earlier.at + timedelta(days=self.rng.uniform(18, 75))), earlier.customer
                    )
                )
            else:
                planned_orders.append(PlannedOrder(self._when(), None if chance > 0.93 else self._customer()))
        return planned_orders

    def _loyal(self) -> list[PlannedOrder]:
        """Buyers with five to twelve orders, candidates for KOCs."""
        planned_orders: list[PlannedOrder] = []
        for _ in range(LOYAL):
            customer = self._customer()
            planned_orders += [PlannedOrder(self._when(), customer) for _ in range(self.rng.randint(5, 12))]
        return planned_orders

    def _kocs_themselves(self) -> list[PlannedOrder]:
        """KOCs are buyers too; some buy through their own share, which earns nothing."""
        latest: dict[int, list[SimulatedShare]] = {}
        for share in self.shares:
            latest.setdefault(share.person, []).append(share)
        planned_orders: list[PlannedOrder] = []
        for person in (person for person in self.people if person.phone):
            customer = self._customer(person)
            for _ in range(self.rng.randint(1, 4)):
                at = self._when()
                own = [
                    share
                    for share in latest.get(person.number, [])
                    if timedelta(0) < at - share.shared_at < timedelta(days=6)
                ]
                planned_orders.append(PlannedOrder(at, customer, share=own[-1].number if own else None))
        return planned_orders

    def _number_customers(self, planned_orders: Iterable[PlannedOrder]) -> None:
        """Customers get their number with their first order."""
        for planned in planned_orders:
            customer = planned.customer
            if customer is None or customer.number >= 0:
                continue
            customer.number, customer.first_seen_at = (
                len(self.customers),
                planned.visit.visited_at if planned.visit else planned.at,
            )
            customer.name = (
                customer.own.name if customer.own else names.name(self.rng) if self.rng.random() < 0.7 else ""
            )
            customer.phone = (
                customer.own.phone
                if customer.own
                else names.phone(10_000 + customer.number)
                if self.rng.random() < 0.55
                else ""
            )
            self.customers.append(customer)

    def _order(self, position: int, planned: PlannedOrder) -> PaidSale:
        kit = self.shares[planned.share].kit if planned.share is not None else None
        lines = self._lines(kit)
        gross = sum(line.gross_minor - line.discount_minor for line in lines)
        sale = Sale(
            key=f"QL{planned.at:%y%m%d}{position + 1:05}",
            paid_at=planned.at,
            currency=self.file.brand.currency,
            lines=lines,
            customer=Buyer(planned.customer.key, planned.customer.phone or None) if planned.customer else None,
            share=key_of(planned.share) if planned.share is not None else None,
            koc=planned.person.key if planned.person and planned.share is None else None,
            discount_minor=4_000 if gross >= 39_900 and self.rng.random() < 0.6 else 0,
            shipping_minor=0 if gross >= 9_900 else 800,
        )
        return PaidSale(sale, planned.visit, planned.person)

    def _lines(self, kit: str | None) -> list[SoldLine]:
        """Mostly the kit's product, and perhaps others with it."""
        sku = next((part.product for part in self.file.kits if part.key == kit), None)
        [size] = self.rng.choices((1, 2, 3), (61, 28, 11))
        products = {product.sku: product for product in self.file.products}
        chosen = [products[sku]] if sku and self.rng.random() < 0.8 else []
        others = [product for product in self.file.products if product not in chosen]
        chosen += self.rng.sample(others, size - len(chosen))
        return [self._line(number, product) for number, product in enumerate(chosen, start=1)]

    def _line(self, number: int, product: ProductPart) -> SoldLine:
        [quantity] = self.rng.choices((1, 2, 3), (87, 11, 2))
        off = self.rng.choice((500, 1_000, 1_500)) if self.rng.random() < 0.25 and product.price_minor > 5_000 else 0
        return SoldLine(
            key=str(number), sku=product.sku, quantity=quantity, unit_price_minor=product.price_minor, discount_minor=off * quantity
        )  # fmt: skip


def follow_ups(rng: Random, half_year: HalfYear, sold: Sequence[PaidSale]) -> list[tuple[datetime, Follow]]:
    """What followed the orders, in order of time: most are delivered, a few cancelled, some partly or wholly
    refunded."""
    events: list[tuple[datetime, Follow]] = []
    for paid in sold:
        order, paid_at = paid.sale.key, paid.sale.paid_at
        if rng.random() < 0.016:
            at = awake(rng, paid_at + timedelta(hours=rng.uniform(0.3, 14)))
            events.append((at, Cancelled(CancelledData(order, at))))
            continue
        delivered_at = awake(rng, paid_at + timedelta(days=rng.uniform(1.4, 4.2)), OFFICE)
        events.append((delivered_at, Delivered(DeliveredData(order, delivered_at))))
        if (refund := _refund(rng, paid.sale, delivered_at)) is not None:
            events.append((refund.data.refunded_at, refund))
    events += _late_refunds(half_year, sold, events)
    return sorted((event for event in events if event[0] < half_year.closing), key=lambda event: event[0])


def _refund(rng: Random, sale: Sale, delivered_at: datetime) -> Refunded | None:
    """6 of 100 orders are refunded in part, 1 or 2 in full; most within the week of no-reason return, some much
    later."""
    chance = rng.random()
    if chance > 0.078:
        return None
    days = rng.uniform(0.5, 6.5) if rng.random() < 0.75 else rng.uniform(10, 45)
    at = awake(rng, delivered_at + timedelta(days=days))
    amounts = [(line.key, base) for line, base in zip(sale.lines, bases(sale), strict=True) if base]
    if chance < 0.062:
        key, base = rng.choice(amounts)
        whole = len(amounts) > 1 and rng.random() < 0.5
        amounts = [(key, base if whole else int(base * rng.uniform(0.2, 0.6)) // 100 * 100 or base)]
    return _refunded(sale, at, amounts)


def _refunded(sale: Sale, at: datetime, lines: Iterable[tuple[str, int]]) -> Refunded:
    return Refunded(
        RefundedData(sale.key, f"R{sale.key[2:]}", at, [RefundedLine(key, amount) for key, amount in lines])
    )


def _late_refunds(
    half_year: HalfYear, sold: Sequence[PaidSale], events: Iterable[tuple[datetime, Follow]]
) -> list[tuple[datetime, Follow]]:
    """Three KOCs who are no longer active get into debt: an order of theirs, settled in the first month, is refunded in
    full in the second."""
    [(_, settled), (_, end)] = half_year.months()
    delivered = {event.data.order_key: at for at, event in events if isinstance(event, Delivered)}
    changed = {event.data.order_key for _, event in events if not isinstance(event, Delivered)}
    last_by_koc: dict[int, PaidSale] = {}
    for paid in sold:
        if paid.person:
            last_by_koc[paid.person.number] = paid
    quiet = [
        paid
        for paid in last_by_koc.values()
        if paid.person
        and not paid.person.brought
        and paid.sale.key not in changed
        and delivered.get(paid.sale.key, end) < settled - timedelta(days=10)
    ]
    refunds: list[tuple[datetime, Follow]] = []
    for number, paid in enumerate(sorted(quiet, key=lambda paid: paid.sale.paid_at, reverse=True)[:3]):
        at = settled + timedelta(days=9 + 4 * number, hours=11)
        amounts = [(line.key, base) for line, base in zip(paid.sale.lines, bases(paid.sale), strict=True) if base]
        refunds.append((at, _refunded(paid.sale, at, amounts)))
    return refunds
