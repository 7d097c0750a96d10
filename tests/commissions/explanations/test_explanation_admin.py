"""Staff read on the pages of orders and commissions why every amount is what it is."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.orders.models import Order
from tests.support.factories import TWO_LEVELS, make_brand_with_plan, make_koc, make_share, make_staff
from tests.support.shop_events import paid, refunded, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    brand = make_brand_with_plan(policy=TWO_LEVELS, rules=[{"rate_bps": 1250, "override_bps": 300}])
    make_share(make_koc(brand, "low", sponsor=make_koc(brand, "high")), code="code")
    return brand


@pytest.fixture
def staff(brand: Brand, client: Client) -> Client:
    client.force_login(make_staff(brand))
    return client


def page(staff: Client, row: Order | Commission) -> str:
    answer = staff.get(reverse(f"admin:commissions_{row._meta.model_name}_change", args=[row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_orders_page_tells_each_line_and_each_person_once(brand: Brand, staff: Client) -> None:
    report(brand, paid("A-1", ("1", "S1", 1, 9900), ("2", "S1", 1, 3), share="code"), paid("A-2"))
    shown = page(staff, Order.objects.get(key="A-1"))
    for piece in ("low (low): CN¥12.38", "high (high): CN¥2.97", "Line 1 (S1), level 1: CN¥12.38"):
        assert shown.count(piece) == 1
    assert shown.count("Line 2 (S1), level 1: nothing") == 1
    assert shown.count("The order is not delivered yet.") == 2  # once for each of two people, who earned by two lines
    assert "Times are in Asia/Shanghai." in shown
    assert "= CN¥0.00375, rounded half up to CN¥0.00." in shown
    assert "Nobody is credited" in page(staff, Order.objects.get(key="A-2"))


def test_a_commissions_page_shows_each_step_and_what_happened_since(brand: Brand, staff: Client) -> None:
    report(brand, paid(share="code"), refunded())
    shown = page(staff, Commission.objects.get(level=1))
    for piece in (
        "CN¥99.00 × 12.5%",
        "CN¥12.375, rounded half up to CN¥12.38",
        "Refund R-1 of CN¥33.00: −CN¥4.13",
        "It is worth CN¥8.25 now.",
    ):
        assert piece in shown
    assert "The steps do not come to what is booked" not in shown


def test_what_does_not_add_up_is_marked(brand: Brand, staff: Client) -> None:
    report(brand, paid(share="code"))
    Commission.objects.filter(level=1).update(amount_minor=1239)
    assert "The steps do not come to what is booked" in page(staff, Commission.objects.get(level=1))


def test_a_page_of_an_order_of_many_lines_stays_short(brand: Brand, staff: Client) -> None:
    report(
        brand,
        paid("A-1", *[(str(n), "S1", 1, 9900) for n in range(25)], share="code"),
        paid("A-2", *[(str(n), "S1", 1, 9900) for n in range(21)], share="code"),
    )
    counts = []
    for key in ("A-1", "A-2"):
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            shown = page(staff, Order.objects.get(key=key))
        counts.append(len(captured))
        assert shown.count("<details") == 22  # of 20 lines and of two people
        assert shown.count("12.5%, 3% for the sponsor") == 20
    assert counts[0] == counts[1]
    assert "5 more lines: manage.py explain ord_" in page(staff, Order.objects.get(key="A-1"))
