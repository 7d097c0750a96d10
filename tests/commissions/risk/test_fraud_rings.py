"""Who buys from whom in a circle; and hours in which a share was opened by something other than people."""

from datetime import datetime, timedelta

import pytest

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.risk.models import Signal
from commissions.risk.services import dismiss_signals, find_signals
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.factories import NOW, make_brand, make_customer, make_koc, make_share, make_user
from tests.support.fraud import DAY, LATER, commission_statuses, find, make_searched_brand, search_only_for
from tests.support.shop_events import paid, report

HOUR = timedelta(hours=1)


def traders(brand: Brand, *keys: str) -> None:
    """KOCs who are customers, too."""
    for key in keys:
        user = make_user()
        make_koc(brand, key, user=user)
        make_customer(brand, key, phone=user.phone)


def trade(brand: Brand, *orders: str, at: datetime = NOW) -> None:
    """ "x>y" is an order of 99.00 that x buys and y is credited with."""
    told = [(f"{order} {n} {at:%H}", *order.split(">")) for n, order in enumerate(orders)]
    report(brand, *[paid(key, koc=seller, customer={"id": buyer}, at=at) for key, buyer, seller in told], at=LATER)


def test_three_who_sell_half_to_one_another_are_one_signal(brand: Brand) -> None:
    traders(brand, "x", "y", "z")
    trade(brand, "x>y", "y>z", "z>x", "guest>z", "guest>a")
    assert find(brand) == []  # three orders among them, and four are asked for
    trade(brand, "x>y", "guest>x", "guest>y", at=NOW + HOUR)
    assert find(brand) == [("ring", "x", 5000, 5000)]
    signal = Signal.objects.get()
    assert signal.evidence == {"members": 3, "orders_among_them": 4}
    assert list(signal.facts.order_by("pk").values_list("other__key", flat=True)) == ["y", "z"]
    assert find(brand) == []


def test_one_more_sale_to_somebody_else_and_they_are_none(brand: Brand) -> None:
    traders(brand, "x", "y", "z")
    trade(brand, "x>y", "y>z", "z>x", "x>y", "guest>z", "guest>z")
    assert find(brand) == []


def test_a_ring_that_was_dismissed_comes_back_only_with_another_member(brand: Brand) -> None:
    traders(brand, "x", "y", "z")
    trade(brand, "x>y", "y>x", "x>y", "y>x")
    assert find(brand) == [("ring", "x", 10_000, 5000)]
    dismiss_signals(brand=brand, signals=[Signal.objects.get().pk], reason="a couple", by=make_user(), at=LATER)
    trade(brand, "x>y", "y>x", at=NOW + HOUR)
    assert find(brand) == []
    trade(brand, "y>z", "z>x", at=NOW + 2 * HOUR)
    assert find(brand) == [("ring", "x", 10_000, 5000)]
    assert list(Signal.objects.latest("pk").facts.values_list("other__key", flat=True)) == ["z"]


def test_kocs_of_another_brand_are_in_no_ring(brand: Brand) -> None:
    other = make_searched_brand("other")
    traders(brand, "x", "y")
    for koc in Koc.objects.filter(brand=brand, user__isnull=False):
        assert koc.user
        make_koc(other, koc.key, user=koc.user)
        make_customer(other, koc.key, phone=koc.user.phone)
    trade(brand, "x>y", "x>y")
    trade(other, "y>x", "y>x")
    assert (find(brand), find(other)) == ([], [])


def test_a_ring_that_holds_holds_what_its_members_bought_of_one_another(brand: Brand) -> None:
    traders(brand, "x", "y")
    search_only_for(brand, "ring", holds=True)
    trade(brand, "x>y", "y>x", "x>y", "y>x", "guest>x")
    assert tuple(find_signals(brand=brand, at=LATER)) == (1, 4)
    assert sorted((key.split()[0], status) for key, status in commission_statuses().items()) == [
        *[("guest>x", "pending")],
        *[("x>y", "held")] * 2,
        *[("y>x", "held")] * 2,
    ]


def visits(
    counted: int, *, at: datetime = NOW, share: str = "lumi", repeat: int = 0, flood: int = 0, robot: int = 0
) -> None:
    """So many visits of a share within an hour, by how they were counted."""
    shared = Share.objects.get(code=share)
    for uncounted, count in {"": counted, "repeat": repeat, "flood": flood, "robot": robot}.items():
        Visit.objects.bulk_create(
            Visit(share=shared, visitor=f"v{n}", visited_at=at + n * timedelta(seconds=1), uncounted=uncounted)
            for n in range(count)
        )


@pytest.mark.parametrize(
    ("counted", "repeats", "floods", "robots", "measured"),
    [
        (10, 200, 0, 0, [200]),
        (10, 199, 0, 0, []),
        (10, 150, 60, 0, [210]),
        (10, 0, 0, 300, []),
        (200, 200, 0, 0, [200]),
        (201, 200, 0, 0, []),  # as many people came as came again
    ],
)
def test_two_hundred_visits_kept_apart_within_an_hour_are_a_signal(
    brand: Brand, counted: int, repeats: int, floods: int, robots: int, measured: list[int]
) -> None:
    visits(counted, repeat=repeats, flood=floods, robot=robots)
    assert find(brand) == [("click_flood", "a", number, 200) for number in measured]
    if measured:
        signal = Signal.objects.get()
        assert list(signal.facts.values_list("share__code", "hour")) == [("lumi", NOW)]
        assert signal.evidence == {"hours": 1, "visits": counted + measured[0], "kept_apart": measured[0]}


def test_a_flood_is_of_one_share_and_hour_and_a_later_one_is_new(brand: Brand) -> None:
    make_share(Koc.objects.get(brand=brand), code="second")
    visits(0, repeat=120)
    visits(0, repeat=120, share="second")
    visits(0, repeat=120, at=NOW + HOUR)
    assert find(brand) == []
    visits(0, repeat=80, at=NOW + HOUR)
    assert find(brand, at=NOW + HOUR + timedelta(minutes=50)) == []  # that hour is not over
    assert find(brand) == [("click_flood", "a", 200, 200)]
    assert find(brand) == []
    visits(0, repeat=200, at=NOW + 3 * HOUR)
    assert find(brand) == [("click_flood", "a", 200, 200)]
    assert find(make_brand("other")) == []
    assert find(brand, at=LATER + 9 * DAY) == []


def test_a_flood_that_holds_holds_what_its_share_sold_within_a_day(brand: Brand) -> None:
    visits(0, repeat=200)
    make_share(Koc.objects.get(brand=brand), code="second")
    orders = [("A-1", "lumi", 0), ("A-2", "lumi", 23), ("A-3", "lumi", 24), ("A-4", "second", 1)]
    report(brand, *[paid(order, share=share, at=NOW + after * HOUR) for order, share, after in orders], at=LATER)
    search_only_for(brand, "click_flood", holds=True)
    assert tuple(find_signals(brand=brand, at=LATER)) == (1, 2)
    assert commission_statuses() == {"A-1": "held", "A-2": "held", "A-3": "pending", "A-4": "pending"}
