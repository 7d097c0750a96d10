"""The last days of some brands, at a glance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Count, DateField, F, Func, IntegerField, Max, Min, QuerySet, Subquery, Sum

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.people.models import Koc, User
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.exports.selectors import failed_exports
from commissions.orders.models import Doubt, Order, OrderLine
from commissions.payouts.selectors import overdue_lines
from commissions.risk.selectors.fraud import open_signals
from content.kits.models import KitVersion
from content.submissions.models import Submission
from foundation.admin.bounded import MOST_COUNTED
from referrals.shares.models import Share
from referrals.visits.models import Visit

SECONDS_KEPT = 60


@dataclass(frozen=True, slots=True)
class EarnedTotal:
    """Commissions of one status and currency, net of what refunds took back."""

    status: Commission.Status
    currency: str
    count: int
    net_minor: int


@dataclass(frozen=True, slots=True)
class LatestSums:
    """What happened in some days."""

    orders: int
    sales_minor: list[tuple[str, int]]  # by currency: quantity × unit price, before discounts
    earned: list[EarnedTotal]
    shares: int
    visits: int
    orders_by_day: list[tuple[date, int]]
    shares_by_day: list[tuple[date, int]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for somebody of `brands`, however old it is; and how many brands these are. Of very much, one more
    than is counted."""

    brands: int = 0
    waiting_applications: int = 0
    kits_in_review: int = 0
    submissions_in_review: int = 0
    open_doubts: int = 0
    open_signals: int = 0
    held: int = 0
    payments_without_result: int = 0
    failed_facts: int = 0
    failed_exports: int = 0


def what_waits(user_id: int, brands: QuerySet[Brand], failed_facts: QuerySet[FailedFact], *, at: datetime) -> Waiting:
    """What waits at `brands` for this user, in one query."""
    waits: dict[str, QuerySet[Any]] = {
        "brands": brands,
        "waiting_applications": Koc.objects.filter(brand__in=brands, status=Koc.Status.APPLIED),
        "kits_in_review": KitVersion.objects.filter(kit__brand__in=brands, status=KitVersion.Status.IN_REVIEW),
        "submissions_in_review": Submission.objects.filter(brand__in=brands, status=Submission.Status.IN_REVIEW),
        "open_doubts": Doubt.objects.filter(brand__in=brands, outcome=Doubt.Outcome.OPEN),
        "open_signals": open_signals(brands),
        "held": RiskReview.objects.filter(commission__brand__in=brands, outcome=RiskReview.Outcome.OPEN),
        "payments_without_result": overdue_lines(brands, at=at),
        "failed_facts": failed_facts,
        "failed_exports": failed_exports(brands),
    }
    counts = {name: CountUpToBound(rows) for name, rows in waits.items()}
    return Waiting(**User.objects.values(**counts).get(pk=user_id))


class CountUpToBound(Subquery):
    """How many rows, up to one more than is counted, within another query. The bound lets the planner look up the few
    that wait instead of joining whole tables; Django's own Count would group by each row."""

    template = "(SELECT count(*) FROM (%(subquery)s) few)"
    output_field: Any = IntegerField()
    empty_result_set_value = 0

    def __init__(self, rows: QuerySet[Any], **extra: Any) -> None:
        super().__init__(rows.order_by().values("pk")[: MOST_COUNTED + 1], **extra)


def latest_sums(brands: QuerySet[Brand], *, days: int, at: datetime) -> LatestSums:
    """What happened at `brands` in the `days` before `at`, as it stood at most SECONDS_KEPT ago: a large brand has
    100,000 orders in them. What is kept is of just these brands, up to this minute."""
    numbers = sorted(brands.values_list("pk", flat=True))
    asked = f"{numbers} {days} {at:%Y-%m-%d %H:%M}"
    key = f"sums-{sha256(asked.encode()).hexdigest()}"
    kept: LatestSums | None = cache.get(key)
    if kept is None:
        kept = sums(numbers, days=days, at=at)
        cache.set(key, kept, SECONDS_KEPT)
    return kept


def sums(brands: Sequence[int], *, days: int, at: datetime) -> LatestSums:
    """What happened in those days, each day in the zone of its brand; the last is the latest that any of them has come
    to. Reads the rows of those days alone. Lines and commissions have no time of their own: they are looked for between
    the first and the last that can belong to these orders, a range of their indexes."""
    since = at - timedelta(days=days)
    orders = Order.objects.filter(brand__in=brands, paid_at__gte=since, paid_at__lte=at)
    shares = Share.objects.filter(brand__in=brands, shared_at__gte=since, shared_at__lte=at)
    first, last, count = orders.aggregate(first=Min("pk"), last=Max("pk"), count=Count("pk")).values()
    of_orders = {"order__brand__in": brands, "order__paid_at__gte": since, "order__paid_at__lte": at}
    sold = list(
        OrderLine.objects.filter(order_id__gte=first, order_id__lte=last, **of_orders)
        .values_list("order__brand__currency")
        .order_by("order__brand__currency")
        .annotate(sum=Sum(F("quantity") * F("unit_price_minor")), first=Min("pk"), last=Max("pk"))
        if count
        else ()
    )
    today = max((at.astimezone(ZoneInfo(zone)).date() for zone in zones_of(brands)), default=at.date())
    return LatestSums(
        orders=count,
        sales_minor=[(currency, amount) for currency, amount, _first, _last in sold],
        earned=_earned(
            {"line__order_id__gte": first, "line__order_id__lte": last}
            | {f"line__{name}": value for name, value in of_orders.items()},
            first=min(row[2] for row in sold),
            last=max(row[3] for row in sold),
        )
        if sold
        else [],
        shares=shares.count(),
        visits=Visit.objects.filter(
            share__brand__in=brands, uncounted=Visit.Uncounted.NO, visited_at__gte=since, visited_at__lte=at
        ).count(),
        orders_by_day=by_day(
            orders.values_list(BrandDay("paid_at")).annotate(count=Count("pk")), days=days, last=today
        ),
        shares_by_day=by_day(
            shares.values_list(BrandDay("shared_at")).annotate(count=Count("pk")), days=days, last=today
        ),
    )


class BrandDay(Func):
    """The day of a time in the zone of its row's brand."""

    template = "timezone(%(expressions)s)::date"
    output_field: Any = DateField()

    def __init__(self, at: str, **extra: Any) -> None:
        super().__init__(F("brand__timezone"), F(at), **extra)


def zones_of(brands: Sequence[int]) -> list[str]:
    return list(Brand.objects.filter(pk__in=brands).order_by("timezone").values_list("timezone", flat=True).distinct())


def _earned(of_orders: dict[str, Any], *, first: int, last: int) -> list[EarnedTotal]:
    """What was earned with lines from the first to the last number."""
    found = (
        Commission.objects.filter(line_id__gte=first, line_id__lte=last, **of_orders)
        .values_list("status", "brand__currency")
        .order_by("brand__currency", "status")
        .annotate(count=Count("pk"), net=Sum(F("amount_minor") - F("reversed_minor")))
    )
    return [EarnedTotal(Commission.Status(status), currency, count, net) for status, currency, count, net in found]


def by_day(counted: Iterable[tuple[date, int]], *, days: int, last: date) -> list[tuple[date, int]]:
    """One count for each day up to the last, with 0 where nothing happened."""
    counts = dict(counted)
    every = [last - timedelta(days=ago) for ago in range(days, -1, -1)]
    return [(day, counts.get(day, 0)) for day in every]
