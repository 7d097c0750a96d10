"""A made-up brand with half a year of life, brought into Grove week by week through the services that operators use."""

import csv
import io
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from operator import attrgetter, itemgetter
from random import Random
from typing import Any, TypeVar

import msgspec
from django.db import connection

from accounts.brands.models import Brand, Tier
from accounts.people.models import Customer, Koc, User
from accounts.people.services.customers import import_customers
from accounts.people.services.memberships import approve_koc, reject_koc
from accounts.people.services.staff import open_admin_login, open_staff_login
from backoffice.brand_file.services import import_brand
from backoffice.demo.domain.people import Person, payee
from backoffice.demo.domain.sales import PaidSale
from backoffice.demo.domain.spread import Visited, key_of
from backoffice.demo.domain.story import Story, change_of, read_brand, read_change, tell
from backoffice.demo.services.demo_content import fill_content
from backoffice.demo.services.demo_finance import draft_month, look_into, pay_month
from backoffice.demo.services.demo_network import give_coupons, hold_contests, lead_communities
from commissions.audit.services import check_ledgers
from commissions.earnings.models.commissions import Commission
from commissions.orders.domain.events import Event, Paid
from commissions.orders.domain.refusals import EventRefused
from commissions.orders.models import Order
from commissions.orders.services.events import import_events, receive_event
from commissions.orders.services.order_files import import_orders
from commissions.payees.services import save_payee
from commissions.planning.services.plans import save_plan
from commissions.schedule import run_due
from commissions.settlement.models.statements import Settlement, Statement
from commissions.settlement.services.settlement import settle_period
from content.kits.models import Kit
from content.products.models import Product
from foundation.files.faults import Refusal
from foundation.postgres.transactions import one_transaction
from foundation.terminal.progress import ProgressOfTotal
from referrals.shares.models import Share
from referrals.shares.services.share_history import import_shares
from referrals.tree.services.joining import join_brand
from referrals.tree.services.koc_import import import_kocs
from referrals.visits.models import Visit
from referrals.visits.services.visit_history import import_visits
from referrals.visits.services.visits import record_visit

SEED = 2026
ADMIN, STAFF, FINANCE = "+8613900000000", "+8613900000001", "+8613900000002"
SETTLED_AFTER = timedelta(days=4, hours=10)  # finance looks on the fifth, at ten
DECIDED_BEFORE = timedelta(days=5)  # the next season's rates are written down so long before they hold
Row = TypeVar("Row")
Work = tuple[datetime, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Demo:
    """The created brand, the KOC to sign in as, and counts of rows."""

    brand: Brand
    star: Koc
    counts: dict[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{count:,} {what}" for what, count in self.counts.items())


@one_transaction()
def make_demo(*, password: str, at: datetime, progress: ProgressOfTotal | None = None) -> Demo:
    """Make the demo brand and its logins, all or nothing: six months that end with yesterday, the last two whole months
    settled.

    Each week's facts come in and the clock runs at the week's end, so that nothing depends on the future. `progress` is
    called with the steps done and their number. The same day gives the same story. Raises Refusal when the brand or one
    of the logins exists."""
    file, text = read_brand(_shipped("brand.yaml"), at=at)
    if Brand.objects.filter(slug=file.brand.slug).exists():
        raise Refusal(f"the demo brand {file.brand.slug} is there already; nothing was changed")
    open_admin_login(phone=ADMIN, name="管理员", password=password)
    story = tell(Random(SEED), file, at=at)  # noqa: S311  made up, on purpose the same each time
    brand, _ = import_brand(lines=[text], name="demo", at=story.half_year.opening)
    staff = open_staff_login(brand=brand, phone=STAFF, name="品牌运营", password=password)
    finance = open_staff_login(brand=brand, phone=FINANCE, name="财务", password=password)
    work = _work(DemoSteps(brand, story, staff, finance), at)
    for done, (_, step) in enumerate(work, start=1):
        step()
        if progress:
            progress(done, len(work))
    return Demo(brand, Koc.objects.get(brand=brand, key=story.star.key), _counts(brand))


def _shipped(name: str) -> str:
    return resources.files("backoffice.demo.domain").joinpath(name).read_text("utf-8")


def _work(steps: "DemoSteps", at: datetime) -> list[Work]:
    """All steps with their times, the earliest first: the weeks, the applications, the settlements, and the clock at
    last."""
    half_year = steps.story.half_year
    mondays = [day for day in half_year.days()[1:] if day.weekday() == 0]
    last_day = half_year.closing - timedelta(days=1)
    ends = [*(monday for monday in mondays if monday < last_day), last_day]
    weeks: list[Work] = [
        (end, steps.week(begin, end)) for begin, end in zip([half_year.opening, *ends], ends, strict=False)
    ]
    months = [(period, min(end + SETTLED_AFTER, at)) for period, end in half_year.months()]
    settlements: list[Work] = [
        (moment, steps.settlement(period, moment, is_last=period == months[-1][0])) for period, moment in months
    ]
    change: Work = (change_of(half_year) - DECIDED_BEFORE, steps.next_season)
    work = [
        *weeks,
        change,
        (half_year.closing, steps.last_day(last_day, at)),
        (at, steps.applications),
        (at, steps.network(at)),
        (at, steps.clock(at)),
        *settlements,
    ]
    return sorted(work, key=itemgetter(0))


@dataclass(frozen=True, slots=True)
class DemoSteps:
    """The steps that bring a story into Grove."""

    brand: Brand
    story: Story
    staff: User
    finance: User

    def week(self, begin: datetime, end: datetime) -> Callable[[], None]:
        """The facts of a span, then the clock at its end. Orders of the first half come as the shop's files, later ones
        as its events."""

        def step() -> None:
            self._people(end)
            self._spread(begin, end)
            if begin.month != end.month:
                _count_rows()
            sold = _between(self.story.sold, attrgetter("sale.paid_at"), begin, end)
            follow: list[Event] = [event for _, event in _between(self.story.follow, itemgetter(0), begin, end)]
            if end <= self.story.half_year.at(0.5):
                import_orders(brand=self.brand, lines=_order_lines(sold), name="orders.csv", at=end)
            else:
                follow = [*self._paid(sold), *follow]
            import_events(
                brand=self.brand,
                lines=[msgspec.json.encode(event).decode() for event in follow],
                name="events.jsonl",
                at=end,
            )
            run_due(brand=self.brand, at=end)

        return step

    def last_day(self, begin: datetime, at: datetime) -> Callable[[], None]:
        """Yesterday, as the shop's events arrived one by one; the last of them is impossible, so that staff find a
        refused event."""

        def step() -> None:
            end = self.story.half_year.closing
            self._people(end)
            self._spread(begin, end)
            paid = self._paid(_between(self.story.sold, attrgetter("sale.paid_at"), begin, end))
            events: list[tuple[datetime, Event]] = [(event.data.paid_at, event) for event in paid]
            events += _between(self.story.follow, itemgetter(0), begin, end)
            for number, (moment, event) in enumerate(sorted(events, key=itemgetter(0)), start=1):
                webhook_id = f"qinglan-{end:%y%m%d}-{number:04}"
                receive_event(
                    brand=self.brand,
                    webhook_id=webhook_id,
                    body=msgspec.json.encode(event),
                    at=moment + timedelta(seconds=2),
                )
            self._impossible(paid, end)

        return step

    def _impossible(self, paid: Sequence[Paid], end: datetime) -> None:
        """A refund of more than was paid: stored as refused."""
        if not paid:
            return
        sale = paid[-1].data
        lines = [{"line": sale.lines[0].key, "amount_minor": 10 * sale.lines[0].gross_minor}]
        body = {
            "type": "order.refunded",
            "data": {"order": sale.key, "refund": f"R{sale.key[2:]}", "refunded_at": end, "lines": lines},
        }
        try:
            receive_event(
                brand=self.brand, webhook_id=f"qinglan-{end:%y%m%d}-refused", body=msgspec.json.encode(body), at=end
            )
        except EventRefused:
            return
        raise AssertionError("a refund of ten times the price was taken")

    def _people(self, end: datetime) -> None:
        """The KOCs who have joined by then, in their tier at that time, and the shop's customers."""
        story = self.story
        rows = []
        for person in (person for person in story.people if person.joined_at < end):
            sponsor = story.people[person.sponsor].key if person.sponsor is not None else ""
            rows.append(
                (person.key, person.phone, person.name, sponsor, person.joined_at.isoformat(), self._tier(person, end))
            )
        import_kocs(
            brand=self.brand, lines=_csv("koc,phone,name,sponsor,joined_at,tier", rows), name="kocs.csv", at=end
        )
        customers = [
            (customer.key, customer.phone, customer.name, customer.first_seen_at.isoformat())
            for customer in story.customers
            if customer.first_seen_at < end
        ]
        import_customers(
            brand=self.brand, lines=_csv("customer,phone,name,first_seen_at", customers), name="customers.csv", at=end
        )

    def _tier(self, person: Person, end: datetime) -> str:
        tiers = [tier for moment, tier in self.story.rises.get(person.number, ()) if moment < end]
        return tiers[-1] if tiers else ""

    def _spread(self, begin: datetime, end: datetime) -> None:
        """Shares with their parents, visits, and the previews that messengers fetch."""
        story = self.story
        shares = []
        for share in _between(story.shares, attrgetter("shared_at"), begin, end):
            parent = key_of(share.parent) if share.parent is not None else ""
            koc = story.people[share.person].key
            shares.append((share.key, koc, share.kit, share.channel, parent, share.shared_at.isoformat()))
        import_shares(brand=self.brand, lines=_csv("share,koc,kit,channel,parent,shared_at", shares), name="shares.csv")
        visits = [
            (key_of(visit.share), visit.visitor, visit.visited_at.isoformat())
            for visit in _between(story.visits, attrgetter("visited_at"), begin, end)
        ]
        import_visits(brand=self.brand, lines=_csv("share,visitor,visited_at", visits), name="visits.csv")
        fetched = [visit for visit in story.previews if begin <= story.shares[visit.share].shared_at < end]
        share_of = {
            share.key: share
            for share in Share.objects.filter(brand=self.brand, key__in=[key_of(visit.share) for visit in fetched])
        }
        for visit in fetched:
            record_visit(share=share_of[key_of(visit.share)], visitor=visit.visitor, robot=True, at=visit.visited_at)

    def _paid(self, sold: Sequence[PaidSale]) -> list[Paid]:
        """Orders as events: with the click that the shop was given, where there was one."""
        clicks = self._clicks([paid.visit for paid in sold if paid.visit])
        events = []
        for paid in sold:
            click = clicks.get(paid.visit) if paid.visit else None
            events.append(Paid(msgspec.structs.replace(paid.sale, click=click, share=None) if click else paid.sale))
        return events

    def _clicks(self, visits: Sequence[Visited]) -> dict[Visited, str]:
        numbers = {key_of(visit.share): visit.share for visit in visits}
        rows = Visit.objects.filter(
            share__brand=self.brand, share__key__in=numbers, visitor__in={visit.visitor for visit in visits}
        )
        stored = rows.values_list("share__key", "visitor", "visited_at", "pk")
        return {
            Visited(numbers[key or ""], visitor, moment): Visit.public_id_of(pk) for key, visitor, moment, pk in stored
        }

    def network(self, at: datetime) -> Callable[[], None]:
        """Communities, coupons, contests and content, as they are at the end."""

        def step() -> None:
            lead_communities(brand=self.brand, at=at)
            give_coupons(brand=self.brand, at=at)
            hold_contests(brand=self.brand, at=at)
            fill_content(brand=self.brand, staff=self.staff, finance=self.finance, at=at)

        return step

    def applications(self) -> None:
        """People who applied: one was approved, two were turned down, the others wait for staff."""
        invite_codes = dict(Koc.objects.filter(brand=self.brand).values_list("key", "invite_code"))
        for number, applicant in enumerate(self.story.applicants):
            user = User.objects.create_user(applicant.phone, name=applicant.name)
            answers = {"为什么想加入": applicant.why, "常用的平台": applicant.where}
            koc = join_brand(
                user=user,
                brand=self.brand,
                invite_code=invite_codes[applicant.sponsor],
                answers=answers,
                at=applicant.applied_at,
            )
            decided_at = applicant.applied_at + timedelta(hours=20)
            if number == 0:
                approve_koc(koc=koc, at=decided_at)
            elif number < 3:
                reject_koc(koc=koc, at=decided_at)

    def payees(self, at: datetime) -> None:
        """Most KOCs with a login have entered their payee; every tenth has not yet."""
        for number, koc in enumerate(
            Koc.objects.filter(brand=self.brand, user__isnull=False).select_related("user").order_by("key"), start=1
        ):
            if koc.user and number % 10:
                save_payee(user=koc.user, given=payee(number, koc.name), at=at)

    def next_season(self) -> None:
        """Staff write the plan's second version; the first ends where it begins."""
        half_year = self.story.half_year
        save_plan(
            brand=self.brand,
            plan=read_change(_shipped("next_season.yaml"), half_year),
            at=change_of(half_year) - DECIDED_BEFORE,
        )

    def settlement(self, period: str, at: datetime, *, is_last: bool) -> Callable[[], object]:
        """A month is settled and paid; the last one waits for the second person."""

        def step() -> None:
            run_due(brand=self.brand, at=at)
            self.payees(at)
            settle_period(brand=self.brand, period=period, at=at)
            if is_last:
                draft_month(brand=self.brand, maker=self.finance, at=at)
            else:
                pay_month(brand=self.brand, maker=self.finance, checker=self.staff, at=at)

        return step

    def clock(self, at: datetime) -> Callable[[], object]:
        def step() -> None:
            run_due(brand=self.brand, at=at)
            look_into(brand=self.brand, by=self.staff, at=at)
            check_ledgers(brands=[self.brand], at=at)

        return step


def _count_rows() -> None:
    """Update the planner's statistics: PostgreSQL does it by itself between transactions, but this is one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE accounts_koc, accounts_customer, referrals_share, referrals_visit, referrals_acquaintance, commissions_order"
        )


def _between(rows: Sequence[Row], moment: Callable[[Row], datetime], begin: datetime, end: datetime) -> Sequence[Row]:
    """Of rows in order of time those of [begin, end)."""
    return rows[bisect_left(rows, begin, key=moment) : bisect_left(rows, end, key=moment)]


def _csv(header: str, rows: Iterable[Sequence[object]]) -> list[str]:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return text.getvalue().splitlines(keepends=True)


def _order_lines(sold: Sequence[PaidSale]) -> list[str]:
    rows: list[Sequence[Any]] = []
    for sale in (paid.sale for paid in sold):
        customer = sale.customer.id if sale.customer else ""
        rows += [
            (
                sale.key,
                line.key,
                sale.paid_at.isoformat(),
                customer,
                line.sku,
                line.quantity,
                line.unit_price_minor,
                line.discount_minor,
                sale.discount_minor,
                sale.share or "",
                sale.koc or "",
            )
            for line in sale.lines
        ]
    return _csv(
        "order,line,paid_at,customer,sku,quantity,unit_price_minor,discount_minor,order_discount_minor,share,koc", rows
    )


def _counts(brand: Brand) -> dict[str, int]:
    return {
        "tiers": Tier.objects.filter(brand=brand).count(),
        "products": Product.objects.filter(brand=brand).count(),
        "kits": Kit.objects.filter(brand=brand).count(),
        "KOCs": Koc.objects.filter(brand=brand).count(),
        "customers": Customer.objects.filter(brand=brand).count(),
        "shares": Share.objects.filter(brand=brand).count(),
        "visits": Visit.objects.filter(share__brand=brand).count(),
        "orders": Order.objects.filter(brand=brand).count(),
        "commissions": Commission.objects.filter(brand=brand).count(),
        "settlements": Settlement.objects.filter(brand=brand).count(),
        "statements": Statement.objects.filter(settlement__brand=brand).count(),
    }
