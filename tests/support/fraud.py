"""A brand that sells by one share, and searches for signals of fraud in it."""

from datetime import datetime, timedelta

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.risk.models import Signal, SignalPolicy
from commissions.risk.services import find_signals
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.factories import NOW, make_selling_brand
from tests.support.shop_events import paid, refunded, report

DAY, LATER = timedelta(days=1), NOW + timedelta(days=2)


def make_searched_brand(slug: str) -> Brand:
    """A selling brand; the slug of the brand is the code of its share too."""
    return make_selling_brand(slug, code=slug)


def search_only_for(brand: Brand, kind: str, **numbers: int) -> None:
    """Switch every kind of signal off but this one, and change its numbers."""
    find_signals(brand=brand, at=NOW - 400 * DAY)
    SignalPolicy.objects.filter(brand=brand).update(is_on=False)
    SignalPolicy.objects.filter(brand=brand, kind=kind).update(is_on=True, **numbers)


def sell(brand: Brand, first: int, last: int, *, back: int = 0, at: datetime = NOW) -> None:
    """Report orders with these numbers by the brand's share; a part of the first `back` orders is refunded."""
    orders = [paid(f"A-{n}", share=brand.slug, at=at) for n in range(first, last + 1)]
    report(
        brand,
        *orders,
        *[refunded(f"A-{n}", f"R-{n}", at=at + timedelta(hours=1)) for n in range(first, first + back)],
        at=LATER,
    )


def buy_by_click(brand: Brand, *orders: str, seconds: float, at: datetime = NOW) -> None:
    """Report orders, one after the other, each paid so many seconds after its own click."""
    share, clicked_at = Share.objects.get(code=brand.slug), at - timedelta(seconds=seconds)
    for order in orders:
        visit = Visit.objects.create(share=share, visitor=f"of {order}", visited_at=clicked_at)
        report(brand, paid(order, click=visit.public_id, at=at), at=LATER)


def find(brand: Brand, *, at: datetime = LATER) -> list[tuple[str, str, int, int]]:
    """(kind, KOC, measured, threshold) of what a search finds now."""
    before = set(Signal.objects.values_list("pk", flat=True))
    count = find_signals(brand=brand, at=at).found
    new = Signal.objects.exclude(pk__in=before).order_by("pk")
    assert len(new) == count
    return list(new.values_list("kind", "koc__key", "measured", "threshold"))


def orders_of(signal: Signal) -> list[str]:
    return list(signal.facts.order_by("order__key").values_list("order__key", flat=True))


def commission_statuses() -> dict[str, str]:
    return dict(Commission.objects.values_list("line__order__key", "status"))
