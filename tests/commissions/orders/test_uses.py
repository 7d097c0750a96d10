"""Which orders of the shop show that a KOC has used a product."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from accounts.heartbeats.models import Heartbeat
from accounts.people.models import Customer, Koc, User
from commissions.orders.models import Delivery, Order, OrderLine
from commissions.orders.selectors.uses import brands_that_ask_for_uses
from commissions.orders.services.uses import refresh_uses
from commissions.tasks import refresh_uses_of_brands
from content.kits.domain.texts import Text
from content.kits.models import Heading, Kit
from content.kits.services.versions import draft_of
from content.products.models import Product, ProductUse
from content.products.services import record_use
from tests.support.factories import (
    NOW,
    make_kit,
    make_koc,
    make_product,
    make_selling_brand,
    make_staff,
    make_user,
)
from tests.support.shop_events import cancelled, delivered, paid, refunded, report
from tests.support.volume.large_brand import AT, fill
from tests.support.volume.query_plans import rows_read

pytestmark = pytest.mark.django_db
PHONE = "+8613800000001"
MINE: dict[str, Any] = {"customer": {"id": "c-1", "phone": "138 0000 0001"}}
LATER = NOW + timedelta(days=60)


def after(**delta: float) -> datetime:
    return NOW + timedelta(**delta)


@pytest.fixture
def brand() -> Brand:
    return make_selling_brand("lumi")


@pytest.fixture
def product(brand: Brand) -> Product:
    return Product.objects.get(brand=brand)


@pytest.fixture
def buyer(brand: Brand) -> Koc:
    return make_koc(brand, "buyer", user=make_user(PHONE))


@pytest.fixture
def kit(brand: Brand, product: Product) -> Kit:
    return asking(make_kit(brand, product=product))


def asking(kit: Kit) -> Kit:
    Kit.objects.filter(pk=kit.pk).update(needs_use=True)
    return kit


def uses(brand: Brand, at: datetime = LATER) -> list[tuple[str, str, datetime, str]]:
    """KOC, SKU, since when, by which order; after a refresh."""
    refresh_uses(brand=brand, at=at)
    rows = ProductUse.objects.filter(brand=brand, source="order").order_by("koc__key", "product__sku")
    return list(rows.values_list("koc__key", "product__sku", "since", "evidence"))


def test_an_order_of_ones_own_is_a_use_from_its_delivery_on(brand: Brand, buyer: Koc, kit: Kit) -> None:
    report(brand, paid(**MINE))
    assert uses(brand) == [], "it did not come yet"
    report(brand, delivered(at=after(days=3)))
    assert uses(brand, at=after(days=3, seconds=-1)) == []
    assert uses(brand, at=after(days=3)) == [("buyer", "S1", after(days=3), "A-1")]
    assert refresh_uses(brand=brand, at=LATER) == 0, "twice is once"


def test_of_several_orders_the_first_that_came_counts(brand: Brand, buyer: Koc, kit: Kit) -> None:
    report(brand, paid("A-1", **MINE), paid("A-2", **MINE))
    report(brand, delivered("A-1", at=after(days=5)), delivered("A-2", at=after(days=2)))
    assert uses(brand) == [("buyer", "S1", after(days=2), "A-2")]
    report(brand, refunded("A-2", at=after(days=9), l1=9900), at=after(days=9))
    assert uses(brand) == [("buyer", "S1", after(days=5), "A-1")]


def test_somebody_else_s_order_is_no_use(brand: Brand, buyer: Koc, kit: Kit) -> None:
    """Whoever brought it: the same phone says that the customer is the KOC."""
    report(
        brand,
        paid("A-1", koc="buyer", customer={"id": "c-2", "phone": "+8613800000002"}),
        paid("A-2", koc="buyer", customer={"id": "c-3"}),
        paid("A-3", koc="buyer"),
    )
    report(brand, *(delivered(f"A-{number}", at=after(days=2)) for number in (1, 2, 3)))
    make_koc(brand, "nobody")  # without a login
    assert uses(brand) == []


@pytest.mark.parametrize("back", [refunded(at=after(days=5), l1=9900), cancelled(at=after(days=5))])
def test_what_is_given_back_whole_takes_the_use_away(brand: Brand, buyer: Koc, kit: Kit, back: dict[str, Any]) -> None:
    report(brand, paid(**MINE), delivered(at=after(days=2)))
    assert len(uses(brand)) == 1
    report(brand, back, at=after(days=5))
    assert uses(brand) == []


def test_what_is_given_back_in_part_leaves_the_use(brand: Brand, buyer: Koc, kit: Kit) -> None:
    report(brand, paid(**MINE), delivered(at=after(days=2)))
    report(brand, refunded(at=after(days=5), l1=9899), at=after(days=5))
    assert len(uses(brand)) == 1
    report(brand, refunded(refund="R-2", at=after(days=6), l1=1), at=after(days=6))
    assert uses(brand) == []


def test_each_line_is_given_back_by_itself(brand: Brand, buyer: Koc, kit: Kit) -> None:
    asking(make_kit(brand, product=make_product(brand, "S2")))
    report(brand, paid("A-1", ("1", "S1", 1, 9900), ("2", "S2", 1, 5000), **MINE), delivered(at=after(days=2)))
    assert [sku for _koc, sku, *_more in uses(brand)] == ["S1", "S2"]
    report(brand, refunded(at=after(days=5), l2=5000), at=after(days=5))
    assert [sku for _koc, sku, *_more in uses(brand)] == ["S1"]


def test_a_gift_is_given_back_with_what_was_paid_for(brand: Brand, buyer: Koc, kit: Kit) -> None:
    asking(make_kit(brand, product=make_product(brand, "GIFT")))
    lines = ("1", "S1", 1, 9900), ("2", "GIFT", 1, 0)
    report(brand, paid("A-1", *lines, **MINE), delivered(at=after(days=2)))
    assert [sku for _koc, sku, *_more in uses(brand)] == ["GIFT", "S1"]
    report(brand, refunded(at=after(days=4), l1=9899), at=after(days=4))
    assert [sku for _koc, sku, *_more in uses(brand)] == ["GIFT", "S1"]
    report(brand, refunded(refund="R-2", at=after(days=5), l1=1), at=after(days=5))
    assert uses(brand) == []


def test_the_orders_of_another_brand_are_not_seen(brand: Brand, buyer: Koc, kit: Kit) -> None:
    other = make_selling_brand("vela", code="other")
    there = make_koc(other, "there", user=buyer.user)
    report(other, paid(**MINE), delivered(at=after(days=2)))
    assert uses(brand) == []
    assert uses(other) == [], "it asks for nothing"
    asking(make_kit(other, product=Product.objects.get(brand=other)))
    assert (uses(brand), len(uses(other))) == ([], 1)
    assert ProductUse.objects.get().koc == there


def test_only_what_kits_ask_for_is_looked_up(brand: Brand, product: Product, buyer: Koc) -> None:
    report(brand, paid(**MINE), delivered(at=after(days=2)))
    kit = make_kit(brand, product=product, texts=[Text("usage", "any", "用了很多天，{name}")])
    assert brands_that_ask_for_uses() == []
    assert uses(brand) == []
    asking(kit)
    assert (brands_that_ask_for_uses(), len(uses(brand))) == ([brand], 1)
    Kit.objects.update(needs_use=False)
    assert brands_that_ask_for_uses() == [brand], "what is known goes once more by the clock"
    assert uses(brand) == []
    assert brands_that_ask_for_uses() == []


@pytest.mark.parametrize("place", ["text", "title"])
def test_a_text_or_a_title_that_says_the_days_asks_as_well(
    brand: Brand, product: Product, buyer: Koc, place: str
) -> None:
    report(brand, paid(**MINE), delivered(at=after(days=2)))
    said = "用了{ days|好几}天"
    if place == "text":
        make_kit(brand, product=product, texts=[Text("usage", "any", said)])
    else:
        draft = draft_of(kit=make_kit(brand, product=product, status="draft"), by=None, at=NOW)
        Heading.objects.create(version=draft, channel="any", title=said)
    assert (brands_that_ask_for_uses(), len(uses(brand))) == ([brand], 1)


def test_what_staff_recorded_is_left_alone(brand: Brand, product: Product, buyer: Koc, kit: Kit) -> None:
    record_use(koc=buyer, product=product, since=NOW, reason="小样", by=make_staff(brand), at=NOW)
    assert uses(brand) == []
    assert ProductUse.objects.get().evidence == "小样"


def test_large_brands_are_done_in_parts(brand: Brand, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commissions.orders.services.uses.KOCS_AT_ONCE", 2)
    for number in range(5):
        make_koc(brand, f"b{number}", user=make_user(f"+861390000000{number}"))
        customer = {"id": f"c-{number}", "phone": f"+861390000000{number}"}
        report(brand, paid(f"A-{number}", customer=customer), delivered(f"A-{number}", at=after(days=1)))
    assert [koc for koc, *_more in uses(brand)] == ["b0", "b1", "b2", "b3", "b4"]
    assert refresh_uses(brand=brand, at=LATER) == 0


def test_where_nothing_changed_three_queries_are_made_and_nothing_is_locked(brand: Brand, buyer: Koc, kit: Kit) -> None:
    report(brand, paid(**MINE), delivered(at=after(days=2)))
    uses(brand)
    with CaptureQueriesContext(connection) as queries:
        assert refresh_uses(brand=brand, at=LATER) == 0
    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(asked) == 3
    assert not [sql for sql in asked if any(word in sql for word in ("FOR UPDATE", "INSERT", "DELETE", "UPDATE"))]


def test_the_clock_asks_brand_by_brand_and_one_that_fails_stops_no_other(
    brand: Brand, buyer: Koc, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_selling_brand("vela", code="other")
    make_koc(other, "there", user=buyer.user)
    asking(make_kit(other, product=Product.objects.get(brand=other)))
    for one in (brand, other):
        report(one, paid(**MINE), delivered(at=after(days=2)))

    def failing(*, brand: Brand, at: datetime) -> int:
        if brand.slug == "lumi":
            raise RuntimeError("poison")
        return refresh_uses(brand=brand, at=LATER)

    monkeypatch.setattr("commissions.tasks.refresh_uses", failing)
    refresh_uses_of_brands()
    assert list(ProductUse.objects.values_list("koc__key", flat=True)) == ["there"]
    assert Heartbeat.objects.get(work="uses").done_at is not None


SOLD, KOCS = 20_000, 100


def test_the_sales_of_everybody_else_are_not_read(brand: Brand, product: Product, kit: Kit) -> None:
    """A brand of 20,000 orders, of which each of its 100 KOCs made one."""
    tier, first = brand.tiers.get(), 1_000_000
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    fill(User, KOCS, start=first, id="n", phone="'+8613' || n", password="''", created_at=AT)
    fill(
        Koc, KOCS, start=first, id="n", brand_id=brand.pk, user_id="n", key="'x' || n", name="'x'", tier_id=tier.pk,
        status="'active'", invite_code="'X' || n", joined_at=AT,
    )  # fmt: skip
    fill(Customer, SOLD, start=first, id="n", brand_id=brand.pk, key="'c' || n", phone="'+8613' || n", first_seen_at=AT)
    fill(
        Order, SOLD, start=first, id="n", brand_id=brand.pk, key="'X-' || n", paid_at=AT, customer_id="n", digest="'d'",
        received_at=AT, credited_at=AT, credit="'nobody'", order_discount_minor="0", shipping_minor="0",
    )  # fmt: skip
    fill(
        OrderLine, SOLD, start=first, id="n", order_id="n", position="0", key="'1'", product_id=product.pk,
        quantity="1", unit_price_minor="9900", base_minor="9900",
    )  # fmt: skip
    fill(
        Delivery, SOLD, start=first, id="n", brand_id=brand.pk, order_key="'X-' || n", delivered_at=AT, hold_ends_at=AT
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as queries:
        assert refresh_uses(brand=brand, at=LATER + timedelta(days=3650)) == KOCS
    [asked] = [query["sql"] for query in queries if query["sql"].lstrip().startswith("WITH asked")]
    read = rows_read(asked)
    sales = ("accounts_customer", "commissions_order", "commissions_orderline", "commissions_delivery")
    assert {table: read[table] for table in sales} == dict.fromkeys(sales, KOCS)
