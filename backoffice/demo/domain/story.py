"""The whole half-year, from one source of random numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from backoffice.demo.domain.people import Person, join, name, phone
from backoffice.demo.domain.rhythm import HalfYear, half_year_before, within
from backoffice.demo.domain.sales import Follow, Market, PaidSale, SimulatedCustomer, follow_ups
from backoffice.demo.domain.spread import CascadeSimulation, SimulatedShare, Visited, previews, simulate_visits
from commissions.planning.domain.brand_file import BrandFile, read_brand_file
from commissions.plans.domain.plan_parts import PlanPart
from foundation.files.yaml_files import read_yaml

KOCS, APPLICANTS, WITH_PHONE = 300, 9, 90
KOC_LOGIN = phone(1)
RISES = ((1, 12), (2, 40))  # the tier's place, and the orders that lift to it
WHY = (
    "用了半年白茶精华，身边三个同事都是问我买的。",
    "同时在代理别家的产品，想多一个渠道，拿货能不能便宜些？",
    "没用过，想先领几套免费的试试。",
    "空瓶寄回去好几次了，觉得这家做事认真，想推荐给朋友。",
    "做美甲的，客人坐着没事就聊护肤，我想正经推荐一家。",
    "我在小区有两个团购群，大家老问我用什么防晒。",
    "朋友拉我来的，先看看怎么分享。",
    "退休了，广场舞姐妹都问我脸上用的什么。",
    "宝妈，平时在小红书记录护肤，粉丝不多但都认识。",
)


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody who applies in the last days, invited by a KOC."""

    name: str
    phone: str
    sponsor: str
    why: str
    where: str
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """All facts of the half-year, each list in order of time."""

    half_year: HalfYear
    people: Sequence[Person]
    rises: Mapping[int, Sequence[tuple[datetime, str]]]
    """KOC → when it rose, and to which tier"""
    customers: Sequence[SimulatedCustomer]
    shares: Sequence[SimulatedShare]
    visits: Sequence[Visited]
    previews: Sequence[Visited]
    sold: Sequence[PaidSale]
    follow: Sequence[tuple[datetime, Follow]]
    applicants: Sequence[Applicant]
    star: Person
    """the KOC to sign in as"""


def read_brand(text: str, *, at: datetime) -> tuple[BrandFile, str]:
    """The demo's brand with the days of its plans filled in, as values and as the YAML."""
    zone = read_brand_file(_dated(text, at, at + timedelta(days=1)), "demo").brand.timezone
    half_year = half_year_before(at, zone=zone)
    text = _dated(text, half_year.opening, change_of(half_year))
    return read_brand_file(text, "demo"), text


def read_change(text: str, half_year: HalfYear) -> PlanPart:
    """The plan's next version, with the day of its start filled in."""
    return read_yaml(_dated(text, half_year.opening, change_of(half_year)), "demo").shaped(PlanPart)


def change_of(half_year: HalfYear) -> datetime:
    """The midnight in the middle: other rates, other campaigns."""
    return half_year.days()[len(half_year.days()) // 2]


def _dated(text: str, opening: datetime, change: datetime) -> str:
    return text.replace("OPENING", opening.isoformat()).replace("CHANGE", change.isoformat())


def tell(rng: Random, file: BrandFile, *, at: datetime) -> Story:
    """The half-year that ends with the day before `at`. The same numbers from `rng` and the same day give the same
    story."""
    half_year = half_year_before(at, zone=file.brand.timezone)
    people = join(rng, half_year, KOCS - APPLICANTS)
    for number, person in enumerate(rng.sample(people, WITH_PHONE)):
        person.phone = phone(number + 2)
    shares = CascadeSimulation(rng, half_year, people, [kit.key for kit in file.kits]).run()
    visits = simulate_visits(rng, half_year, people, shares)
    market = Market(rng, half_year, file, people, shares, visits)
    sold = market.run()
    star = _star(people, sold, half_year)
    star.phone = KOC_LOGIN
    return Story(
        half_year=half_year,
        people=people,
        rises=_rises(file, sold),
        customers=sorted(market.customers, key=lambda customer: customer.first_seen_at),
        shares=shares,
        visits=visits,
        previews=previews(rng, shares),
        sold=sold,
        follow=follow_ups(rng, half_year, sold),
        applicants=_applicants(rng, half_year, people),
        star=star,
    )


def _star(people: Sequence[Person], sold: Sequence[PaidSale], half_year: HalfYear) -> Person:
    """One of those with the most orders, still active, with a sponsor and with invitees."""
    orders = [0] * len(people)
    for paid in sold:
        if paid.person:
            orders[paid.person.number] += 1
    candidates = [
        person
        for person in people
        if person.sponsor is not None and len(person.brought) > 1 and person.quits_at > half_year.closing
    ]
    ranked = sorted(candidates, key=lambda person: (-orders[person.number], person.number))
    return ranked[min(1, len(ranked) - 1)]


def _rises(file: BrandFile, sold: Sequence[PaidSale]) -> dict[int, list[tuple[datetime, str]]]:
    orders: dict[int, int] = {}
    rises: dict[int, list[tuple[datetime, str]]] = {}
    needed = {count: file.tiers[place].key for place, count in RISES}
    for paid in sold:
        if paid.person is None:
            continue
        number = paid.person.number
        orders[number] = orders.get(number, 0) + 1
        if orders[number] in needed:
            rises.setdefault(number, []).append((paid.sale.paid_at, needed[orders[number]]))
    return rises


def _applicants(rng: Random, half_year: HalfYear, people: Sequence[Person]) -> list[Applicant]:
    """Applicants of the last twelve days, each invited by an active KOC."""
    keen = [
        person.key
        for person in people
        if person.quits_at > half_year.closing and person.joined_at < half_year.closing - timedelta(days=20)
    ]
    moments = sorted(within(rng, rng.choice(half_year.days()[-12:])) for _ in range(APPLICANTS))
    return [
        Applicant(
            name(rng),
            phone(900 + number),
            rng.choice(keen),
            why,
            rng.choice(("朋友圈", "社群", "小红书", "抖音")),
            moment,
        )
        for number, (why, moment) in enumerate(zip(WHY, moments, strict=True))
    ]
