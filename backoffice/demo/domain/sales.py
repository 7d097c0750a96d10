"""Who buys, brought by whom, and what became of it: deliveries, cancellations, refunds."""

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
BELIEVED = {"moments": 1.0, "community": 1.1, "xiaohongshu": 0.8, "douyin": 0.6, "any": 0.7}
OFFICE = (0, 0, 0, 0, 0, 0, 0, 0, 2, 8, 10, 10, 8, 6, 10, 10, 10, 10, 8, 6, 3, 0, 0, 0)
Follow = Delivered | Cancelled | Refunded


@dataclass(slots=True)
class Buying:
    """One customer, known to the shop since the first order."""

    number: int
    first_seen_at: datetime
    name: str = ""
    phone: str = ""
    own: Person | None = None
    """the KOC who it is, if it is one"""

    @property
    def key(self) -> str:
        return f"C{self.number + 1:05}"


@dataclass(slots=True)
class Wish:
    """Somebody is going to buy: who, when, and what brought them."""

    at: datetime
    customer: Buying | None
    visit: Visited | None = None
    share: int | None = None
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class PaidSale:
    """An order as it was paid. `visit` is the visit that the buyer came by: the shop would know its click."""

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
    customers: list[Buying] = field(default_factory=list)

    def run(self) -> list[PaidSale]:
        """Every order, the earliest payment first."""
        brought = self._after_visits()
        wishes = [
            *brought,
            *self._placed_for_kocs(brought),
            *self._strays(brought),
            *self._loyal(),
            *self._kocs_themselves(),
        ]
        wishes = sorted((wish for wish in wishes if wish.at < self.half_year.closing), key=lambda wish: wish.at)
        self._number_customers(wishes)
        return [self._order(place, wish) for place, wish in enumerate(wishes)]

    def _after_visits(self) -> list[Wish]:
        """Of all visits those that led to an order, drawn by how far the sharer is believed; nobody buys twice within
        ten days."""
        koc_keys = {person.key for person in self.people}
        drawn = sorted(self.visits, key=lambda visit: -math.log(1.0 - self.rng.random()) / self._persuasion(visit))
        buyers: dict[str, Buying] = {}
        last: dict[str, list[datetime]] = {}
        wishes: list[Wish] = []
        for visit in drawn:
            if len(wishes) == BY_VISITS:
                break
            before = last.setdefault(visit.visitor, [])
            if visit.visitor in koc_keys or any(abs(visit.visited_at - one) < timedelta(days=10) for one in before):
                continue
            before.append(visit.visited_at)
            lag = (
                timedelta(seconds=self.rng.randint(100, 2400))
                if self.rng.random() < 0.7
                else timedelta(hours=self.rng.uniform(1, 70))
            )
            customer = buyers.setdefault(visit.visitor, self._customer())
            wishes.append(
                Wish(
                    awake(self.rng, visit.visited_at + lag),
                    customer,
                    visit,
                    visit.share,
                    self.people[self.shares[visit.share].person],
                )
            )
        return wishes

    def _persuasion(self, visit: Visited) -> float:
        share = self.shares[visit.share]
        return self.people[share.person].trust * BELIEVED[share.channel]

    def _customer(self, own: Person | None = None) -> Buying:
        return Buying(-1, self.half_year.closing, own=own)

    def _when(self) -> datetime:
        """A moment; later ones are likelier, since the shop grows."""
        return within(self.rng, self.half_year.days()[int(self.rng.random() ** 0.65 * len(self.half_year.days()))])

    def _placed_for_kocs(self, brought: Sequence[Wish]) -> list[Wish]:
        """Orders that a KOC's friends place in a chat: the shop names the KOC."""
        clients: dict[int, list[Buying]] = {}
        for person, customer in ((wish.person, wish.customer) for wish in brought if wish.person and wish.customer):
            clients.setdefault(person.number, []).append(customer)
        able = [person for person in self.people if person.number in clients]
        wishes: list[Wish] = []
        for person in self.rng.choices(able, [person.trust * person.following for person in able], k=BY_KOCS):
            at = self._when()
            if not person.is_keen(at):
                continue
            customer = self.rng.choice(clients[person.number]) if self.rng.random() < 0.6 else self._customer()
            wishes.append(Wish(at, customer, person=person))
        return wishes

    def _strays(self, brought: Sequence[Wish]) -> list[Wish]:
        """Orders that nobody brought: buyers who come back by themselves, new ones, guests."""
        known = [wish for wish in brought if wish.customer]
        wishes: list[Wish] = []
        for _ in range(STRAY):
            kind = self.rng.random()
            if kind < 0.64:
                earlier = self.rng.choice(known)
                wishes.append(
                    Wish(awake(self.rng, earlier.at + timedelta(days=self.rng.uniform(18, 75))), earlier.customer)
                )
            else:
                wishes.append(Wish(self._when(), None if kind > 0.93 else self._customer()))
        return wishes

    def _loyal(self) -> list[Wish]:
        """Buyers with five to twelve orders: who could be a KOC next?"""
        wishes: list[Wish] = []
        for _ in range(LOYAL):
            customer = self._customer()
            wishes += [Wish(self._when(), customer) for _ in range(self.rng.randint(5, 12))]
        return wishes

    def _kocs_themselves(self) -> list[Wish]:
        """KOCs are buyers too; some buy through their own share, which earns nothing."""
        latest: dict[int, list[SimulatedShare]] = {}
        for share in self.shares:
            latest.setdefault(share.person, []).append(share)
        wishes: list[Wish] = []
        for person in (person for person in self.people if person.phone):
            customer = self._customer(person)
            for _ in range(self.rng.randint(1, 4)):
                at = self._when()
                own = [
                    share
                    for share in latest.get(person.number, [])
                    if timedelta(0) < at - share.shared_at < timedelta(days=6)
                ]
                wishes.append(Wish(at, customer, share=own[-1].number if own else None))
        return wishes

    def _number_customers(self, wishes: Iterable[Wish]) -> None:
        """Customers get their number with their first order."""
        for wish in wishes:
            customer = wish.customer
            if customer is None or customer.number >= 0:
                continue
            customer.number, customer.first_seen_at = (
                len(self.customers),
                wish.visit.visited_at if wish.visit else wish.at,
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

    def _order(self, place: int, wish: Wish) -> PaidSale:
        kit = self.shares[wish.share].kit if wish.share is not None else None
        lines = self._lines(kit)
        gross = sum(line.gross_minor - line.discount_minor for line in lines)
        sale = Sale(
            key=f"QL{wish.at:%y%m%d}{place + 1:05}",
            paid_at=wish.at,
            currency=self.file.brand.currency,
            lines=lines,
            customer=Buyer(wish.customer.key, wish.customer.phone or None) if wish.customer else None,
            share=key_of(wish.share) if wish.share is not None else None,
            koc=wish.person.key if wish.person and wish.share is None else None,
            discount_minor=4_000 if gross >= 39_900 and self.rng.random() < 0.6 else 0,
            shipping_minor=0 if gross >= 9_900 else 800,
        )
        return PaidSale(sale, wish.visit, wish.person)

    def _lines(self, kit: str | None) -> list[SoldLine]:
        """What the kit speaks of, mostly, and perhaps something else with it."""
        about = next((one.product for one in self.file.kits if one.key == kit), None)
        [size] = self.rng.choices((1, 2, 3), (61, 28, 11))
        products = {product.sku: product for product in self.file.products}
        chosen = [products[about]] if about and self.rng.random() < 0.8 else []
        others = [product for product in self.file.products if product not in chosen]
        chosen += self.rng.sample(others, size - len(chosen))
        return [self._line(place, product) for place, product in enumerate(chosen, start=1)]

    def _line(self, place: int, product: ProductPart) -> SoldLine:
        [quantity] = self.rng.choices((1, 2, 3), (87, 11, 2))
        off = self.rng.choice((500, 1_000, 1_500)) if self.rng.random() < 0.25 and product.price_minor > 5_000 else 0
        return SoldLine(str(place), product.sku, quantity, product.price_minor, off * quantity)


def aftermath(rng: Random, half_year: HalfYear, sold: Sequence[PaidSale]) -> list[tuple[datetime, Follow]]:
    """What became of the orders, in order of time: most are delivered, a few cancelled, some partly or wholly given
    back."""
    follow: list[tuple[datetime, Follow]] = []
    for one in sold:
        order, paid_at = one.sale.key, one.sale.paid_at
        if rng.random() < 0.016:
            at = awake(rng, paid_at + timedelta(hours=rng.uniform(0.3, 14)))
            follow.append((at, Cancelled(CancelledData(order, at))))
            continue
        delivered_at = awake(rng, paid_at + timedelta(days=rng.uniform(1.4, 4.2)), OFFICE)
        follow.append((delivered_at, Delivered(DeliveredData(order, delivered_at))))
        if (refund := _refund(rng, one.sale, delivered_at)) is not None:
            follow.append((refund.data.refunded_at, refund))
    follow += _regrets(half_year, sold, follow)
    return sorted((one for one in follow if one[0] < half_year.closing), key=lambda one: one[0])


def _refund(rng: Random, sale: Sale, delivered_at: datetime) -> Refunded | None:
    """6 of 100 give a part back, 1 or 2 all of it; most within the week of no-reason return, some much later."""
    lot = rng.random()
    if lot > 0.078:
        return None
    days = rng.uniform(0.5, 6.5) if rng.random() < 0.75 else rng.uniform(10, 45)
    at = awake(rng, delivered_at + timedelta(days=days))
    worth = [(line.key, base) for line, base in zip(sale.lines, bases(sale), strict=True) if base]
    if lot < 0.062:
        key, base = rng.choice(worth)
        whole = len(worth) > 1 and rng.random() < 0.5
        worth = [(key, base if whole else int(base * rng.uniform(0.2, 0.6)) // 100 * 100 or base)]
    return _refunded(sale, at, worth)


def _refunded(sale: Sale, at: datetime, lines: Iterable[tuple[str, int]]) -> Refunded:
    return Refunded(
        RefundedData(sale.key, f"R{sale.key[2:]}", at, [RefundedLine(key, amount) for key, amount in lines])
    )


def _regrets(
    half_year: HalfYear, sold: Sequence[PaidSale], follow: Iterable[tuple[datetime, Follow]]
) -> list[tuple[datetime, Follow]]:
    """Three KOCs who have gone quiet owe something: an order of theirs, settled in the first month, is given back whole
    in the second."""
    [(_, settled), (_, end)] = half_year.months()
    delivered = {event.data.order_key: at for at, event in follow if isinstance(event, Delivered)}
    touched = {event.data.order_key for _, event in follow if not isinstance(event, Delivered)}
    last: dict[int, PaidSale] = {}
    for one in sold:
        if one.person:
            last[one.person.number] = one
    quiet = [
        one
        for one in last.values()
        if one.person
        and not one.person.brought
        and one.sale.key not in touched
        and delivered.get(one.sale.key, end) < settled - timedelta(days=10)
    ]
    regrets: list[tuple[datetime, Follow]] = []
    for place, one in enumerate(sorted(quiet, key=lambda one: one.sale.paid_at, reverse=True)[:3]):
        at = settled + timedelta(days=9 + 4 * place, hours=11)
        worth = [(line.key, base) for line, base in zip(one.sale.lines, bases(one.sale), strict=True) if base]
        regrets.append((at, _refunded(one.sale, at, worth)))
    return regrets
