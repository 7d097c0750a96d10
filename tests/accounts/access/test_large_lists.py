"""Lists of large tables: counted to a bound, sorted and searched by indexes alone, narrowed among what was found."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import translation

from accounts.brands.models import Brand
from accounts.people.models import Customer, Koc, Staff
from commissions.earnings.models.commissions import Commission
from commissions.orders.models import Order
from foundation.admin import bounded
from foundation.admin.finding import is_served, target_of
from tests.support.admin_pages import MODELS, page, sell
from tests.support.factories import make_brand, make_customer, make_koc, make_staff, make_user

pytestmark = pytest.mark.django_db
LARGE = [model for model in MODELS if not getattr(admin.site.get_model_admin(model), "is_small", False)]


@pytest.fixture
def staff(client: Client, lumi: Brand) -> Client:
    client.force_login(make_staff(lumi))
    return client


def found(client: Client, model: Any, **asked: str) -> list[Any]:
    return list(client.get(page(model), asked).context["cl"].result_list)


def column(client: Client, model: Any, name: str) -> str:
    """The number of a column in addresses."""
    return str(list(client.get(page(model)).context["cl"].list_display).index(name))


@pytest.mark.parametrize("model", LARGE, ids=lambda model: model.__name__)
def test_whatever_a_large_table_is_searched_by_has_an_index(model: Any) -> None:
    fields = admin.site.get_model_admin(model).search_fields
    assert [field for field in fields if not is_served(*target_of(model, field)[1:])] == []


def test_a_long_list_is_counted_to_a_bound(staff: Client, lumi: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_COUNTED", 3)
    for _number in range(3):
        make_koc(lumi)
    whole = staff.get(page(Koc)).context["cl"]
    make_koc(lumi)
    cut = staff.get(page(Koc))
    assert (whole.result_count, whole.paginator.is_more) == (3, False)
    assert (cut.context["cl"].result_count, cut.context["cl"].paginator.is_more) == (3, True)
    assert "1,000+" in cut.content.decode()
    with translation.override("zh-hans"):
        assert "1,000 以上" in staff.get(page(Koc), headers={"Accept-Language": "zh-hans"}).content.decode()


def test_nobody_acts_on_more_rows_than_the_page_counted(
    staff: Client, lumi: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "MOST_COUNTED", 3)
    kocs = [make_koc(lumi, status="applied") for _number in range(4)]
    everybody = {"action": "approve", "select_across": "1", "_selected_action": [kocs[0].pk]}
    refused = staff.post(page(Koc), everybody, follow=True)
    assert [str(message) for message in refused.context["messages"]] == [
        "More than 1,000 rows match. Narrow the list, or choose rows. Nothing was changed."
    ]
    assert Koc.objects.filter(status="applied").count() == 4
    Koc.objects.filter(pk=kocs[0].pk).update(status="rejected")
    staff.post(page(Koc) + "?status__exact=applied", everybody | {"_selected_action": [kocs[1].pk]})
    assert not Koc.objects.filter(status="applied").exists()


def test_the_newest_are_first_and_an_unserved_column_does_not_sort(staff: Client, lumi: Brand) -> None:
    names = ["b", "c", "a"]
    kocs = [make_koc(lumi, name=name) for name in names]
    assert found(staff, Koc) == kocs[::-1]
    assert found(staff, Koc, o=column(staff, Koc, "name")) == kocs[::-1]


def test_orders_of_one_brand_are_sorted_by_their_number(staff: Client, lumi: Brand) -> None:
    sell(lumi, 3)
    key = column(staff, Order, "number")
    assert [order.key for order in found(staff, Order, o=key)] == ["A-0", "A-1", "A-2"]
    assert [order.key for order in found(staff, Order, o=f"-{key}")] == ["A-2", "A-1", "A-0"]


def test_rows_are_found_by_keys_names_ids_and_phones_of_theirs_and_of_those_they_name(
    staff: Client, lumi: Brand
) -> None:
    rows = sell(lumi, 2)
    koc, order, commission = rows[Koc], rows[Order], rows[Commission]
    Koc.objects.filter(pk=koc.pk).update(name="王小明", user=make_user("+8613812345678"))
    customer = make_customer(lumi, "c9", name="Ann Lee", phone="+8613987654321")
    asked: list[tuple[Any, str, Any]] = [
        (Koc, "小明", koc), (Koc, koc.key.upper(), koc), (Koc, koc.public_id, koc), (Koc, "138 1234 5678", koc),
        (Customer, "ANN l", customer), (Customer, "13987654321", customer), (Order, "a-1", order), (Order, "王小", order),
        (Order, koc.public_id, order),
    ]  # fmt: skip
    assert [(model, text) for model, text, row in asked if found(staff, model, q=text) != [row]] == []
    assert commission in found(staff, Commission, q=order.key)
    assert commission in found(staff, Commission, q="小明")
    nothing = [
        found(staff, model, q=text) for model in (Koc, Order, Commission) for text in ("nothing of it", "1381234")
    ]
    assert nothing == [[]] * 6


def test_another_brands_rows_are_not_found(staff: Client, lumi: Brand) -> None:
    rows = sell(make_brand("other"))
    texts = [rows[Koc].key, rows[Koc].name, rows[Koc].public_id, rows[Order].key, rows[Order].public_id]
    assert [found(staff, model, q=text) for model in (Koc, Order, Commission) for text in texts] == [[]] * 15


def test_what_no_index_serves_narrows_only_what_was_found(staff: Client, lumi: Brand) -> None:
    koc = make_koc(lumi, "k1", name="王小明", tier_pinned=True)
    make_koc(lumi, "k2", name="王小红")
    assert found(staff, Koc, q="王小", tier_pinned__exact="1") == [koc]
    whole = staff.get(page(Koc), {"q": " ", "tier_pinned__exact": "1", "status__exact": "active"})
    assert (whole.status_code, whole["Location"]) == (302, f"{page(Koc)}?q=+&status__exact=active")
    assert "tier_pinned__exact" not in staff.get(page(Koc)).content.decode()
    assert "tier_pinned__exact" in staff.get(page(Koc), {"q": "王小"}).content.decode()


def test_who_works_for_a_brand_no_more_sees_it_no_more_at_the_next_request(staff: Client, lumi: Brand) -> None:
    koc, other = make_koc(lumi), make_koc(make_brand("other"))
    assert found(staff, Koc) == [koc]
    Staff.objects.update(brand=other.brand)
    assert found(staff, Koc) == [other]
    Staff.objects.create(brand=lumi, user=Staff.objects.get().user)
    assert found(staff, Koc) == [other, koc]
    Staff.objects.all().delete()
    assert found(staff, Koc) == []
