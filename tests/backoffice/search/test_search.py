"""One search from the keyboard, over the rows of one's own brands."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.orders.models import Order
from foundation.admin.pages import page_of
from referrals.coupons.models import Coupon
from tests.support.admin_pages import sell
from tests.support.factories import (
    NOW,
    make_brand,
    make_customer,
    make_kit,
    make_koc,
    make_share,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
SEARCH = reverse("admin:search")
LINK = re.compile(r'href="(/admin/[^"]+)"')


@pytest.fixture
def lumi() -> Brand:
    return make_brand("lumi")


@pytest.fixture
def staff(client: Client, lumi: Brand) -> Client:
    client.force_login(make_staff(lumi))
    return client


def found(client: Client, text: str) -> list[str]:
    """The pages of rows that a text leads to, in their order; names of pages of the menu are left out."""
    response = client.get(SEARCH, {"s": text, "extended": "1"})
    assert response.status_code == 200
    return [link for link in LINK.findall(response.content.decode()) if re.search(r"/\d+/change/$", link)]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("王小明", True),
        ("小明", True),
        ("王", True),
        ("明", False),  # one character finds the names that begin with it
        ("王明", False),
        ("ann  ", False),
        ("ＡＮＮ", False),
        ("", False),
        ("%", False),
        ("_", False),
        ("'\"\\", False),
        ("小" * 500, False),
    ],
)
def test_a_koc_is_found_by_a_part_of_the_name(staff: Client, lumi: Brand, text: str, is_found: bool) -> None:
    koc = make_koc(lumi, name="王小明")
    assert found(staff, text) == ([page_of(koc)] if is_found else [])


def test_width_and_case_of_a_name_do_not_matter(staff: Client, lumi: Brand) -> None:
    koc = make_koc(lumi, "k", name="Ｌｅｅ Anna")
    for text in ("lee anna", "LEE", "ｅｅ ａｎ", "e a"):
        assert found(staff, text) == [page_of(koc)], text


def test_what_a_name_has_is_no_pattern(staff: Client, lumi: Brand) -> None:
    koc = make_koc(lumi, name="100% Lee")
    make_koc(lumi, name="1000 Lee")
    assert found(staff, "0% L") == [page_of(koc)]


def test_an_exact_key_comes_first_and_each_row_once(staff: Client, lumi: Brand) -> None:
    other, koc = make_koc(lumi, "z", name="anna-2"), make_koc(lumi, "anna-2", name="anna-2")
    assert found(staff, "anna-2") == [page_of(koc), page_of(other)]


def test_every_kind_is_found_by_its_public_id_and_its_key(staff: Client, lumi: Brand) -> None:
    rows = sell(lumi)
    order, kit = rows[Order], make_kit(lumi, title="二十八天打卡")
    share = make_share(make_koc(lumi), kit)
    coupon = Coupon.objects.create(brand=lumi, koc=share.koc, code="GLOW-1", starts_at=NOW)
    customer = make_customer(lumi, name="李女士", phone="+8613900000001")
    for row in [*rows.values(), kit, share, customer]:
        if type(row).__name__ in ("Koc", "Customer", "Order", "Commission", "Statement", "Kit", "Share"):
            assert found(staff, row.public_id) == [page_of(row)], row
    for text, row in {
        order.key: order,
        kit.key: kit,
        "打卡": kit,
        share.code: share,
        "glow-1": coupon,
        customer.key: customer,
        "139 0000 0001": customer,
        "女士": customer,
        share.koc.invite_code: share.koc,
    }.items():
        assert page_of(row) in found(staff, text), text


def test_a_koc_is_found_by_the_whole_phone_and_not_by_a_part(staff: Client, lumi: Brand) -> None:
    koc = make_koc(lumi, user=make_user("+8613812345678"))
    assert found(staff, "13812345678") == found(staff, "+86 138-1234-5678") == [page_of(koc)]
    assert found(staff, "12345678") == found(staff, "1381234567") == []


def test_another_brands_rows_are_not_found(staff: Client) -> None:
    other = make_brand("other")
    rows = sell(other)
    koc = make_koc(other, "secret", name="王小明", user=make_user("+8613812345678"))
    texts = [
        "王小明",
        "王",
        "secret",
        "13812345678",
        koc.public_id,
        koc.invite_code,
        rows[Order].key,
        rows[Order].public_id,
    ]
    assert [found(staff, text) for text in texts] == [[]] * len(texts)


def test_somebody_of_several_brands_and_a_superuser_find_the_rows_of_all(client: Client, lumi: Brand) -> None:
    kocs = [make_koc(lumi, name="王小明"), make_koc(make_brand(), name="王小明")]
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert sorted(found(client, "小明")) == sorted(map(page_of, kocs))


def test_no_more_than_ten_of_a_kind_in_the_same_number_of_queries(
    staff: Client, lumi: Brand, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_koc(lumi, name="小林 0")
    staff.get(SEARCH, {"s": "小林", "extended": "1"})
    with django_assert_num_queries(17):
        assert len(found(staff, "小林")) == 1
    for number in range(1, 20):
        make_koc(lumi, name=f"小林 {number}")
    with django_assert_num_queries(17):
        assert len(found(staff, "小林")) == 10


def test_what_was_found_is_not_kept(staff: Client, lumi: Brand) -> None:
    koc = make_koc(lumi, name="王小明")
    assert found(staff, "小明") == [page_of(koc)]
    Koc.objects.filter(pk=koc.pk).update(name="李小红")
    assert found(staff, "小明") == []


def test_a_page_of_the_menu_is_found_by_its_name_in_the_readers_language(staff: Client) -> None:
    answers = [
        staff.get(SEARCH, {"s": text}, headers={"Accept-Language": language}).content.decode()
        for text, language in (("commissions", "en"), ("佣金", "zh-hans"))
    ]
    assert all(reverse("admin:commissions_commission_changelist") in answer for answer in answers)


def test_nobody_else_may_search(client: Client, lumi: Brand) -> None:
    assert client.get(SEARCH, {"s": "a"}).status_code == 302
    koc = make_user()
    make_koc(lumi, user=koc)
    client.force_login(koc)
    assert client.get(SEARCH, {"s": "a"}).status_code == 302
