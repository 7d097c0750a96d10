"""Who has used what: by orders, and by hand."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from content.products.domain import UseRefused
from content.products.models import Product, ProductUse
from content.products.selectors import used_since
from content.products.services import UseByOrder, forget_use, keep_uses, record_use
from tests.support.admin_pages import page
from tests.support.factories import NOW, make_brand, make_koc, make_product, make_staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def product(brand: Brand) -> Product:
    return make_product(brand, name="Serum")


@pytest.fixture
def by(brand: Brand) -> User:
    return make_staff(brand, name="Ann")


def known() -> list[tuple[str, str, datetime, str]]:
    rows = ProductUse.objects.order_by("koc", "product", "source")
    return list(rows.values_list("koc__key", "source", "since", "evidence"))


def test_of_several_orders_the_earliest_is_kept_and_twice_is_once(brand: Brand, product: Product) -> None:
    koc = make_koc(brand, "a")
    uses = [UseByOrder(koc.pk, product.pk, NOW + day * DAY, f"A-{day}") for day in (2, 1, 3)]
    assert keep_uses(brand=brand, kocs=[koc.pk], uses=uses, at=NOW) == 1
    assert known() == [("a", "order", NOW + DAY, "A-1")]
    with CaptureQueriesContext(connection) as queries:
        assert keep_uses(brand=brand, kocs=[koc.pk], uses=uses, at=NOW + DAY) == 0
    assert ProductUse.objects.get().recorded_at == NOW
    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert [sql.split()[0] for sql in asked] == ["SELECT"], "where nothing changed nothing is written or locked"
    assert "FOR UPDATE" not in asked[0]


def test_what_is_not_found_any_more_goes_and_a_later_order_takes_its_place(brand: Brand, product: Product) -> None:
    a, b = make_koc(brand, "a"), make_koc(brand, "b")
    first, later = (UseByOrder(koc.pk, product.pk, NOW, "A-1") for koc in (a, b))
    keep_uses(brand=brand, kocs=[a.pk, b.pk], uses=[first, later], at=NOW)
    again = UseByOrder(b.pk, product.pk, NOW + DAY, "A-9")
    assert keep_uses(brand=brand, kocs=[a.pk, b.pk], uses=[again], at=NOW) == 2
    assert known() == [("b", "order", NOW + DAY, "A-9")]
    assert keep_uses(brand=brand, kocs=[a.pk], uses=[], at=NOW) == 0, "of others nothing was said"
    assert len(known()) == 1


def test_what_staff_know_stays_whatever_orders_say(brand: Brand, product: Product, by: User) -> None:
    koc = make_koc(brand, "a")
    record_use(koc=koc, product=product, since=NOW - DAY, reason=" 试用装 ", by=by, at=NOW)
    keep_uses(brand=brand, kocs=[koc.pk], uses=[UseByOrder(koc.pk, product.pk, NOW, "A-1")], at=NOW)
    assert used_since(koc=koc.pk, product=product.pk) == NOW - DAY
    assert keep_uses(brand=brand, kocs=[koc.pk], uses=[], at=NOW) == 1
    assert known() == [("a", "hand", NOW - DAY, "试用装")]
    assert ProductUse.objects.get().by == by
    assert str(ProductUse.objects.get()) == "a · Serum"
    forget_use(use=ProductUse.objects.get())
    assert used_since(koc=koc.pk, product=product.pk) is None


def test_staff_say_how_they_know_and_what_cannot_be_is_refused(brand: Brand, product: Product, by: User) -> None:
    koc, foreign = make_koc(brand), make_product(make_brand())
    right: dict[str, Any] = {"koc": koc, "product": product, "since": NOW, "reason": "x", "by": by, "at": NOW}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"reason": "  "}, "evidence"),
        ({"since": NOW + timedelta(seconds=1)}, "since"),
        ({"product": foreign}, "product"),
    ]
    for said, place in wrong:
        with pytest.raises(UseRefused) as refused:
            record_use(**(right | said))
        assert refused.value.place == place
    assert known() == []
    record_use(koc=koc, product=product, since=NOW, reason="小样", by=by, at=NOW)
    with pytest.raises(UseRefused, match="recorded by hand already: 小样"):
        record_use(koc=koc, product=product, since=NOW - DAY, reason="x", by=by, at=NOW)


def test_what_follows_from_an_order_is_not_taken_back_by_hand(brand: Brand, product: Product) -> None:
    koc = make_koc(brand)
    keep_uses(brand=brand, kocs=[koc.pk], uses=[UseByOrder(koc.pk, product.pk, NOW, "A-1")], at=NOW)
    with pytest.raises(UseRefused):
        forget_use(use=ProductUse.objects.get())
    assert len(known()) == 1


@pytest.mark.parametrize("foreign", ["koc", "product"])
def test_the_database_keeps_a_use_in_one_brand(brand: Brand, product: Product, foreign: str) -> None:
    other = make_brand()
    koc = make_koc(other if foreign == "koc" else brand)
    used = make_product(other) if foreign == "product" else product
    with pytest.raises(IntegrityError, match="a use is of its KOC's brand"), transaction.atomic():
        ProductUse.objects.create(
            brand=brand, koc=koc, product=used, source="order", since=NOW, evidence="A-1", recorded_at=NOW
        )


@pytest.fixture
def staff(by: User, client: Client) -> Client:
    client.force_login(by)
    return client


def form(koc: Koc, product: Product, **said: str) -> dict[str, Any]:
    since = {"since_0": "2026-02-01", "since_1": "10:00"}
    return {"koc": koc.pk, "product": product.pk, "evidence": "寄过小样"} | since | said


def test_staff_record_a_use_in_the_admin_with_a_reason_and_their_name(
    staff: Client, by: User, brand: Brand, product: Product
) -> None:
    koc = make_koc(brand, "a")
    refused = staff.post(page(ProductUse, action="add"), form(koc, product, evidence=""))
    assert "evidence" in refused.context["adminform"].form.errors
    assert known() == []
    assert staff.post(page(ProductUse, action="add"), form(koc, product)).status_code == 302
    assert known() == [("a", "hand", datetime.fromisoformat("2026-02-01T10:00:00+08:00"), "寄过小样")]
    assert ProductUse.objects.get().by == by
    again = staff.post(page(ProductUse, action="add"), form(koc, product), follow=True)
    assert "recorded by hand already" in again.content.decode()
    future = staff.post(
        page(ProductUse, action="add"), form(make_koc(brand), product, since_0="2099-01-01"), follow=True
    )
    assert "in the future" in future.content.decode()
    assert len(known()) == 1


def test_another_brand_s_people_and_products_are_no_choice(staff: Client, brand: Brand, product: Product) -> None:
    other = make_brand()
    theirs, foreign = make_koc(other, name="Eve"), make_product(other)
    for said, field in ((form(theirs, product), "koc"), (form(make_koc(brand), foreign), "product")):
        answer = staff.post(page(ProductUse, action="add"), said)
        assert field in answer.context["adminform"].form.errors
    found = staff.get(
        reverse("admin:autocomplete"),
        {"app_label": "content", "model_name": "productuse", "field_name": "koc", "term": "Eve"},
    ).json()
    assert found["results"] == []
    assert known() == []


def test_nothing_is_edited_and_only_what_was_recorded_by_hand_is_deleted(
    staff: Client, by: User, brand: Brand, product: Product
) -> None:
    bought, sampled = make_koc(brand, "a"), make_koc(brand, "b")
    keep_uses(brand=brand, kocs=[bought.pk], uses=[UseByOrder(bought.pk, product.pk, NOW, "A-1")], at=NOW)
    record_use(koc=sampled, product=product, since=NOW, reason="小样", by=by, at=NOW)
    order, hand = ProductUse.objects.order_by("pk")
    assert "A-1" in staff.get(page(ProductUse)).content.decode()
    for row in (order, hand):
        assert staff.get(page(ProductUse, row)).status_code == 200
        assert staff.post(page(ProductUse, row), form(bought, product)).status_code == 403
    assert staff.post(page(ProductUse, order, "delete"), {"post": "yes"}).status_code == 403
    at_once = {"action": "delete_selected", "_selected_action": [order.pk, hand.pk], "post": "yes"}
    staff.post(page(ProductUse), at_once)
    assert len(known()) == 2
    assert staff.post(page(ProductUse, hand, "delete"), {"post": "yes"}).status_code == 302
    assert known() == [("a", "order", NOW, "A-1")]
