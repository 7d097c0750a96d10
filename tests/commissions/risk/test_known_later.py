"""What becomes known of persons after an order was credited: the answer stands, and staff hear of it."""

from typing import Any

import pytest

from accounts.brands.models import Brand
from accounts.people.models import BlockedPhone
from commissions.earnings.models.commissions import Commission
from commissions.orders.models import Order
from commissions.risk.models import Signal
from commissions.risk.services import dismiss_signals, find_signals
from tests.support.factories import NOW, make_user
from tests.support.fraud import DAY, LATER, commission_statuses, find, make_searched_brand, orders_of, search_only_for
from tests.support.shop_events import cancelled, paid, prove, report

pytestmark = pytest.mark.django_db
PHONE = "+8613800000061"
FOUND = [("known_later", "a", 1, 1)]


def bought(order: str, buyer: str, phone: str | None = None, *, days: float = 0) -> dict[str, Any]:
    return paid(order, share="a", at=NOW + days * DAY, customer={"id": buyer, "phone": phone})


@pytest.fixture
def brand() -> Brand:
    """Two people bought, as it seems, and each was new; then the shop says that the second has the phone of the first."""
    brand = make_searched_brand("a")
    report(brand, bought("A-1", "c-1", PHONE), bought("A-2", "c-2", days=0.1), at=LATER)
    assert find(brand) == []
    return brand


def test_a_phone_that_is_told_later_raises_a_signal_and_changes_no_credit(brand: Brand) -> None:
    before = list(Commission.objects.order_by("pk").values())
    report(brand, bought("A-3", "c-2", PHONE, days=0.2), at=LATER)
    assert find(brand) == FOUND
    signal = Signal.objects.get()
    assert (orders_of(signal), signal.evidence) == (["A-2"], {"orders": 1})
    assert list(Commission.objects.order_by("pk").values())[: len(before)] == before
    assert dict(Order.objects.values_list("key", "customer_is_new")) == {"A-1": True, "A-2": True, "A-3": False}
    assert find(brand) == []
    dismiss_signals(brand=brand, signals=[signal.pk], reason="a gift", by=make_user(), at=LATER)
    assert find(brand) == []
    prove(brand)


def test_it_holds_what_the_order_earned_where_the_brand_says_so(brand: Brand) -> None:
    report(brand, bought("A-3", "c-2", PHONE, days=0.2), at=LATER)
    search_only_for(brand, "known_later", holds=True)
    assert find_signals(brand=brand, at=LATER).held == 1
    assert commission_statuses() == {"A-1": "pending", "A-2": "held", "A-3": "pending"}


def test_a_phone_of_many_people_says_nothing(brand: Brand) -> None:
    BlockedPhone.objects.create(brand=brand, phone=PHONE, reason="a household's")
    report(brand, bought("A-3", "c-2", PHONE, days=0.2), at=LATER)
    assert find(brand) == []


def test_a_purchase_that_was_cancelled_made_nobody_a_customer(brand: Brand) -> None:
    report(brand, bought("A-3", "c-2", PHONE, days=0.2), cancelled("A-1"), at=LATER)
    assert find(brand) == []


def test_an_earlier_order_of_the_same_number_is_no_news_of_persons(brand: Brand) -> None:
    report(brand, bought("A-0", "c-2", days=-1), at=LATER)
    assert Order.objects.get(key="A-0").customer_is_new
    assert find(brand) == []


def test_customers_of_another_brand_are_others(brand: Brand) -> None:
    other = make_searched_brand("b")
    report(other, paid("B-1", share="b", at=NOW - DAY, customer={"id": "c-1", "phone": "+8613800000063"}), at=LATER)
    report(brand, bought("A-3", "c-2", "+8613800000063", days=0.2), at=LATER)
    assert (find(brand), find(other)) == ([], [])
