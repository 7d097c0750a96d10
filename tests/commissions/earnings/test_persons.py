"""A new customer is a new person: one phone makes one of several customers. A phone that nobody can read is said, and what
the order earned may be held."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.brands.models import Brand
from accounts.people.models import BlockedPhone, Customer
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.earnings.services.reviews import release_commissions
from commissions.orders.models import Order
from commissions.schedule import run_due
from referrals.tree.models import CreditPolicy
from tests.support.admin_pages import page
from tests.support.factories import NOW, make_brand_with_plan, make_koc, make_share, make_staff, make_user
from tests.support.shop_events import Event, delivered, paid, prove, refunded, report, send

pytestmark = pytest.mark.django_db
PHONE, MASKED = "+8613800000061", "138****0061"
DAY = timedelta(days=1)


@pytest.fixture
def brand() -> Brand:
    brand = make_brand_with_plan(
        "hold", rules=[{"priority": 1, "customer": "new", "rate_bps": 2000}, {"rate_bps": 1000}]
    )
    make_share(make_koc(brand, "k", user=make_user("+8613900000001")), code="code")
    return brand


def bought(order: str, customer: str, *, phone: str | None = PHONE, day: int = 0, **more: Any) -> Event:
    return paid(order, at=NOW + day * DAY, customer={"id": customer, "phone": phone}, share="code", **more)


def rates() -> dict[str, int]:
    """order → what it earned of 9900, in whole percent."""
    rows = Commission.objects.values_list("line__order__key", "amount_minor")
    return {order: round(100 * amount / 9900) for order, amount in rows}


def test_one_phone_is_one_person_however_many_customers(brand: Brand) -> None:
    report(
        brand,
        bought("A-1", "c-1"),
        bought("A-2", "c-2", phone="13800000061", day=1),
        bought("A-3", "c-3", phone="+8613800000099", day=1),
    )
    assert rates() == {"A-1": 20, "A-2": 10, "A-3": 20}
    assert list(Order.objects.order_by("key").values_list("customer_is_new", flat=True)) == [True, False, True]
    prove(brand)


def test_a_person_is_known_by_any_of_their_customers_in_any_order_of_a_batch(brand: Brand) -> None:
    report(brand, bought("A-2", "c-2", day=1), bought("A-1", "c-1"), bought("A-3", "c-1", phone=None, day=2))
    assert rates() == {"A-1": 20, "A-2": 10, "A-3": 10}


def test_a_cancelled_order_of_another_customer_of_the_person_does_not_count(brand: Brand) -> None:
    cancelled = {"type": "order.cancelled", "data": {"order": "A-1", "cancelled_at": (NOW + DAY).isoformat()}}
    report(brand, bought("A-1", "c-1"), cancelled)
    report(brand, bought("A-2", "c-2", day=2), at=NOW + 3 * DAY)
    assert rates()["A-2"] == 20


def test_a_blocked_phone_makes_nobody_one_person(brand: Brand) -> None:
    BlockedPhone.objects.create(brand=brand, phone=PHONE, reason="a household's")
    report(brand, bought("A-1", "c-1"), bought("A-2", "c-2", day=1), bought("A-3", "c-1", day=2))
    assert rates() == {"A-1": 20, "A-2": 20, "A-3": 10}


def test_a_phone_of_another_brand_says_nothing(brand: Brand) -> None:
    other = make_brand_with_plan("other", rules=[{"rate_bps": 1000}])
    Customer.objects.create(brand=other, key="c-1", phone=PHONE, first_seen_at=NOW)
    report(other, paid("B-1", customer={"id": "c-1", "phone": PHONE}))
    report(brand, bought("A-1", "c-1", day=1))
    assert rates()["A-1"] == 20


def test_what_becomes_known_later_changes_no_credited_order(brand: Brand) -> None:
    report(brand, bought("A-1", "c-1"), bought("A-2", "c-2", phone=None, day=1))
    report(brand, bought("A-3", "c-2", day=2))  # now the phone of c-2 is known
    assert rates() == {"A-1": 20, "A-2": 20, "A-3": 10}
    prove(brand)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_person_who_bought_before_is_said_without_a_name(
    brand: Brand, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    report(brand, bought("A-1", "c-1"), bought("A-2", "c-2", day=1))
    call_command("explain", "A-2", "--brand", brand.slug, "--language", language)
    said = capsys.readouterr().out
    assert {
        "en": "The same person bought before, as another customer.",
        "zh-hans": "同一人此前以另一位顾客的身份购买过。",
    }[language] in said
    assert "c-1" not in said


# Phones that cannot be read


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_unreadable_phone_is_said_on_the_order(
    brand: Brand, client: Client, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    report(brand, bought("A-1", "c-1", phone=MASKED))
    assert (Order.objects.get().phone_unreadable, Customer.objects.get().phone) == (True, "")
    assert Commission.objects.get().status == "pending"
    call_command("explain", "A-1", "--brand", brand.slug, "--language", language)
    words = {"en": "The buyer's phone cannot be read", "zh-hans": "买家手机号无法读取"}[language]
    assert words in capsys.readouterr().out
    client.force_login(make_staff(brand))
    client.cookies["django_language"] = language
    assert {"en": "Phone unread", "zh-hans": "手机号无法读取"}[language] in client.get(
        page(Order, Order.objects.get())
    ).content.decode()


@pytest.mark.parametrize("phone", [None, "", PHONE, "+86-86-13800000061"])
def test_a_phone_that_is_missing_or_readable_is_none_that_cannot_be_read(brand: Brand, phone: str | None) -> None:
    report(brand, bought("A-1", "c-1", phone=phone))
    assert not Order.objects.get().phone_unreadable


def test_a_masked_phone_of_a_customer_whose_phone_is_known_is_no_riddle(brand: Brand) -> None:
    report(brand, bought("A-1", "c-1"), bought("A-2", "c-1", phone=MASKED, day=1))
    report(brand, bought("A-3", "c-1", phone=MASKED, day=2))
    assert set(Order.objects.values_list("key", "phone_unreadable")) >= {("A-1", False), ("A-3", False)}


def test_what_an_order_with_an_unreadable_phone_earned_is_held_where_the_brand_says_so(brand: Brand) -> None:
    CreditPolicy.objects.filter(brand=brand).update(unreadable_phone="hold")
    report(brand, bought("A-1", "c-1", phone=MASKED), bought("A-2", "c-2"), delivered("A-1"), delivered("A-2"))
    assert dict(Commission.objects.values_list("line__order__key", "status")) == {"A-1": "held", "A-2": "pending"}
    run_due(brand=brand, at=NOW + 20 * DAY)
    assert dict(Commission.objects.values_list("line__order__key", "status")) == {"A-1": "held", "A-2": "approved"}
    review = RiskReview.objects.get()
    assert (review.reason, review.opened_by, review.outcome) == ("self_purchase", None, "")
    prove(brand)
    release_commissions(brand=brand, commissions=[review.commission_id], by=make_staff(brand), at=NOW + 21 * DAY)
    run_due(brand=brand, at=NOW + 22 * DAY)
    assert set(Commission.objects.values_list("status", flat=True)) == {"approved"}
    prove(brand)


def test_a_refund_of_what_is_held_leaves_it_held(brand: Brand) -> None:
    CreditPolicy.objects.filter(brand=brand).update(unreadable_phone="hold")
    report(brand, bought("A-1", "c-1", phone=MASKED))
    report(brand, refunded("A-1"), at=NOW + 2 * DAY)
    earned = Commission.objects.get()
    assert (earned.status, earned.net_minor) == ("held", 1320)
    prove(brand)


def test_where_own_purchases_earn_nothing_is_held_for_them(brand: Brand) -> None:
    CreditPolicy.objects.filter(brand=brand).update(unreadable_phone="hold", self_purchase="allow")
    report(brand, bought("A-1", "c-1", phone=MASKED))
    assert Commission.objects.get().status == "pending"


# The admin


def test_staff_block_a_phone_and_let_it_go(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(brand))
    asked = {"brand": brand.pk, "phone": "138 0000 0061", "reason": "the shop's own"}
    assert client.post(page(BlockedPhone, action="add"), asked).status_code == 302
    assert client.post(page(BlockedPhone, action="add"), asked | {"phone": "12"}).status_code == 200
    blocked = BlockedPhone.objects.get()
    assert (blocked.phone, blocked.reason) == (PHONE, "the shop's own")
    assert client.post(page(BlockedPhone, blocked, "delete"), {"post": "yes"}).status_code == 302
    assert not BlockedPhone.objects.exists()
    send(brand, bought("A-1", "c-1"))
