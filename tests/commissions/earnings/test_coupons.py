"""An order that uses a coupon is credited to its KOC, when the coupon is good; when not, it goes on as if it had none,
and says why."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.models.credits import OrderCredit
from commissions.earnings.services.crediting import credit_orders
from commissions.explanations.rendering.explanation_text import ExplanationText
from commissions.orders.models import Order
from commissions.orders.services.order_files import import_orders
from foundation.files.faults import BadFile
from referrals.attribution.models import Binding
from referrals.coupons.domain.refusals import CouponRefused
from referrals.coupons.models import Coupon, CouponReceipt, CouponUse
from referrals.coupons.services import give_coupon, import_coupons, make_unique_coupons, stop_coupon
from referrals.tree.models import CreditPolicy
from referrals.visits.models import Visit
from tests.support.clients import Person
from tests.support.explanations import explain_order
from tests.support.factories import (
    NOW,
    make_brand,
    make_brand_with_plan,
    make_customer,
    make_koc,
    make_share,
    make_staff,
    make_user,
)
from tests.support.shop_events import cancelled, paid, report, send

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def brand() -> Brand:
    return make_brand_with_plan(rules=[{"rate_bps": 1000}, {"priority": 5, "channels": ["douyin"], "rate_bps": 2000}])


@pytest.fixture
def ana(brand: Brand) -> Koc:
    return make_koc(brand, "ana")


def make_coupon(koc: Koc, code: str = "ANA10", **fields: Any) -> Coupon:
    return Coupon.objects.create(brand=koc.brand, koc=koc, code=code, **({"starts_at": NOW} | fields))


def credit(brand: Brand, key: str = "A-1") -> tuple[str, str | None]:
    order = Order.objects.select_related("koc").get(brand=brand, key=key)
    return order.credit, order.koc.key if order.koc else None


def lacks(brand: Brand, key: str = "A-1") -> str:
    seen = Order.objects.get(brand=brand, key=key).credit_seen
    assert seen
    return str(seen["coupon"].get("lacks", ""))


def test_a_coupon_goes_before_a_click_and_a_binding(brand: Brand, ana: Koc) -> None:
    CreditPolicy.objects.filter(brand=brand).update(binding_mode="permanent")
    make_coupon(ana, channel="douyin")
    share = make_share(make_koc(brand, "ben"))
    click = Visit.objects.create(share=share, visitor="v", visited_at=NOW).public_id
    events = [
        paid("A-1", click=click, customer={"id": "c"}, at=NOW + DAY),
        paid("A-2", coupon=" ana10", customer={"id": "c"}, at=NOW + 2 * DAY),
    ]
    report(brand, *events, at=NOW + 3 * DAY)
    assert [credit(brand, f"A-{n}") for n in (1, 2)] == [("binding", "ben"), ("coupon", "ana")]
    assert [binding.koc.key for binding in Binding.objects.select_related("koc")] == ["ben"]
    part = OrderCredit.objects.get(order__key="A-2")
    assert (part.koc, part.share, part.channel) == (ana, None, "douyin")
    assert Order.objects.get(key="A-2").lines.get().answer.rate_bps == 2000
    use = CouponUse.objects.select_related("customer").get()
    assert (use.order_key, use.customer and use.customer.key, use.used_at) == ("A-2", "c", NOW + 2 * DAY)
    assert Coupon.objects.get().used == 1


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"starts_at": NOW + 2 * DAY}, "too_early"),
        ({"ends_at": NOW + DAY}, "expired"),
        ({"valid_days": 7}, "not_received"),
        ({"stock": 0}, "used_up"),
        ({"most_per_customer": 0}, "used_before"),
        ({"stopped_at": NOW + DAY}, "stopped"),
    ],
)
def test_a_coupon_that_is_not_good_credits_nobody_and_says_why(
    brand: Brand, ana: Koc, fields: dict[str, Any], why: str
) -> None:
    make_coupon(ana, **fields)
    report(brand, paid(coupon="ANA10", customer={"id": "c"}, at=NOW + DAY), at=NOW + DAY)
    assert (credit(brand), lacks(brand)) == (("nobody", None), why)
    assert not CouponUse.objects.exists()
    assert Coupon.objects.get().used == 0


def test_the_last_moments_are_half_open(brand: Brand, ana: Koc) -> None:
    make_coupon(ana, ends_at=NOW + DAY, most_per_customer=None)
    late, last = NOW + DAY, NOW + DAY - timedelta(microseconds=1)
    report(
        brand,
        paid("A-1", coupon="ANA10", at=NOW),
        paid("A-2", coupon="ANA10", at=last),
        paid("A-3", coupon="ANA10", at=late),
        at=late,
    )
    assert [credit(brand, f"A-{n}")[0] for n in (1, 2, 3)] == ["coupon", "coupon", "nobody"]


def test_seven_days_after_the_receipt_it_is_over(brand: Brand, ana: Koc) -> None:
    coupon = make_coupon(ana, valid_days=7, most_per_customer=None)
    customer = make_customer(brand, "c")
    assert give_coupon(coupon=coupon, customers=[customer], at=NOW + DAY) == 1
    assert give_coupon(coupon=coupon, customers=[customer, make_customer(brand)], at=NOW + 5 * DAY) == 1
    assert CouponReceipt.objects.get(customer=customer).received_at == NOW + DAY
    moments = [NOW, NOW + DAY, NOW + 8 * DAY - timedelta(seconds=1), NOW + 8 * DAY]
    report(
        brand,
        *[paid(f"A-{n}", coupon="ANA10", customer={"id": "c"}, at=at) for n, at in enumerate(moments)],
        at=NOW + 9 * DAY,
    )
    assert [credit(brand, f"A-{n}")[0] for n in range(4)] == ["nobody", "coupon", "coupon", "nobody"]
    assert (lacks(brand, "A-0"), lacks(brand, "A-3")) == ("not_received", "expired")


def test_the_stock_goes_to_who_paid_first_whatever_was_heard_first(brand: Brand, ana: Koc) -> None:
    make_coupon(ana, stock=2, most_per_customer=None)
    report(brand, *[paid(f"A-{n}", coupon="ANA10", at=NOW + n * DAY) for n in (3, 1, 2)], at=NOW + 4 * DAY)
    assert [credit(brand, f"A-{n}")[0] for n in (1, 2, 3)] == ["coupon", "coupon", "nobody"]
    report(brand, cancelled("A-1", NOW + 5 * DAY), paid("A-4", coupon="ANA10", at=NOW + 6 * DAY), at=NOW + 6 * DAY)
    assert (credit(brand, "A-4"), lacks(brand, "A-4")) == (("nobody", None), "used_up")
    assert Coupon.objects.get().used == CouponUse.objects.count() == 2


def test_one_customer_uses_it_once_and_another_may(brand: Brand, ana: Koc) -> None:
    make_coupon(ana)
    who = ["c", "c", "d", None]
    report(
        brand,
        *[
            paid(f"A-{n}", coupon="ANA10", customer={"id": key} if key else None, at=NOW + n * DAY)
            for n, key in enumerate(who)
        ],
        at=NOW + 9 * DAY,
    )
    assert [credit(brand, f"A-{n}")[0] for n in range(4)] == ["coupon", "nobody", "coupon", "coupon"]
    report(brand, paid("A-9", coupon="ANA10", customer={"id": "d"}, at=NOW + 10 * DAY), at=NOW + 10 * DAY)
    assert lacks(brand, "A-9") == "used_before"


def test_nobody_earns_by_their_own_coupon_and_the_inactive_by_none(brand: Brand) -> None:
    own = make_koc(brand, "own", user=make_user("+8613900000001"))
    make_coupon(own, "OWN")
    make_coupon(make_koc(brand, "gone", status="rejected"), "GONE")
    buyer = {"id": "c", "phone": "+8613900000001"}
    report(brand, paid("A-1", coupon="OWN", customer=buyer), paid("A-2", coupon="GONE"), at=NOW + DAY)
    assert [lacks(brand, f"A-{n}") for n in (1, 2)] == ["own_purchase", "not_active"]
    CreditPolicy.objects.update(self_purchase="allow")
    report(brand, paid("A-3", coupon="OWN", customer=buyer, at=NOW + DAY), at=NOW + DAY)
    assert credit(brand, "A-3") == ("coupon", "own")


def test_a_coupon_of_another_brand_is_not_ours(brand: Brand) -> None:
    make_coupon(make_koc(make_brand(), "stranger"), "THEIRS")
    report(brand, paid(coupon="THEIRS"), at=NOW + DAY)
    assert credit(brand) == ("nobody", None)
    assert Order.objects.get().given_coupon is None


def test_a_file_names_a_coupon_that_is_known(brand: Brand, ana: Koc) -> None:
    make_coupon(ana)
    lines = [
        "order,line,paid_at,customer,sku,quantity,unit_price_minor,coupon\n",
        f"A-1,1,{NOW.isoformat()},c,S1,1,9900,ana10\n",
    ]
    assert (
        str(import_orders(brand=brand, lines=lines, name="orders.csv", at=NOW)) == "1 created, 0 updated, 0 unchanged"
    )
    report(brand, at=NOW + DAY)
    assert credit(brand) == ("coupon", "ana")


def test_the_explanation_names_the_coupon_or_what_it_lacked(brand: Brand, ana: Koc) -> None:
    make_coupon(ana)
    report(
        brand,
        paid("A-1", coupon="ANA10", customer={"id": "c"}),
        paid("A-2", coupon="ANA10", customer={"id": "c"}, at=NOW + DAY),
        at=NOW + DAY,
    )
    with override("en"):
        text_of = ExplanationText("CNY", brand.timezone).step
        good, spent = (explain_order(Order.objects.get(key=key)) for key in ("A-1", "A-2"))
        [credited] = [step for step in good.amounts[0].steps if step.code == "credit"]
        assert text_of(credited)["text"] == "ana is credited: the order used their coupon ANA10."
        text = text_of(spent.credit)["text"]
    assert text.startswith(
        "Coupon ANA10 credits nobody: the customer had used it as often as they may. Nobody is credited"
    )


def test_unique_coupons_are_good_once_each(brand: Brand, ana: Koc) -> None:
    made = make_unique_coupons(koc=ana, many=3, channel="community", starts_at=NOW, ends_at=None, valid_days=None)
    assert len({coupon.code for coupon in made}) == 3
    first = made[0].code.lower()
    report(brand, paid("A-1", coupon=first), paid("A-2", coupon=first, at=NOW + DAY), at=NOW + DAY)
    assert [credit(brand, f"A-{n}")[0] for n in (1, 2)] == ["coupon", "nobody"]


def test_what_cannot_be_is_refused(brand: Brand, ana: Koc) -> None:
    with pytest.raises(CouponRefused, match="ends after it starts"):
        make_unique_coupons(koc=ana, many=1, channel="any", starts_at=NOW, ends_at=NOW, valid_days=None)
    with pytest.raises(CouponRefused, match="not active"):
        make_unique_coupons(
            koc=make_koc(brand, status="applied"), many=1, channel="any", starts_at=NOW, ends_at=None, valid_days=None
        )
    coupon = make_coupon(ana)
    with pytest.raises(CouponRefused, match="another brand"):
        give_coupon(coupon=coupon, customers=[make_customer(make_brand())], at=NOW)
    assert (Coupon.objects.count(), CouponReceipt.objects.count()) == (1, 0)
    assert [stop_coupon(coupon=coupon, at=NOW), stop_coupon(coupon=coupon, at=NOW + DAY)] == [True, False]
    for wrong in ({"code": "lower"}, {"code": "TWO WORDS"}, {"used": 2, "stock": 1}, {"ends_at": NOW - DAY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Coupon.objects.filter(pk=coupon.pk).update(**wrong)


HEADER = "coupon,koc,channel,starts_at,ends_at,valid_days,stock,most_per_customer\n"
ROW = "ana10,ana,douyin,2026-03-01T00:00:00Z,,7,100,1\n"


def load(brand: Brand, *rows: str) -> str:
    return str(import_coupons(brand=brand, lines=[HEADER, *rows], name="coupons.csv"))


def test_a_file_of_coupons_is_taken_in_once(brand: Brand, ana: Koc) -> None:
    assert [load(brand, ROW), load(brand, ROW), load(brand, ROW.replace("100", "50"))] == [
        "1 created, 0 updated, 0 unchanged",
        "0 created, 0 updated, 1 unchanged",
        "0 created, 1 updated, 0 unchanged",
    ]
    coupon = Coupon.objects.get()
    assert (coupon.code, coupon.koc, coupon.channel, coupon.ends_at, coupon.valid_days, coupon.stock) == (
        "ANA10",
        ana,
        "douyin",
        None,
        7,
        50,
    )


def test_20_coupons_that_change_take_the_same_queries_as_1(brand: Brand, ana: Koc) -> None:
    rows = [ROW.replace("ana10", f"ana{number}") for number in range(20)]
    load(brand, *rows)

    def queries(rows: list[str], stock: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            changed = load(brand, *[row.replace(",100,", f",{stock},") for row in rows])
        assert changed == f"0 created, {len(rows)} updated, 0 unchanged"
        return len(captured)

    assert queries(rows[:1], 50) == queries(rows, 60)
    assert set(Coupon.objects.values_list("stock", flat=True)) == {60}


def test_orders_with_20_coupons_take_the_same_queries_as_with_1(brand: Brand, ana: Koc) -> None:
    for number in range(22):
        make_coupon(ana, f"C{number}")

    def queries(*coupons: str) -> int:
        send(brand, *[paid(f"A-{coupon}", coupon=coupon) for coupon in coupons])
        with CaptureQueriesContext(connection) as captured:
            credit_orders(brand=brand, at=NOW)
        return len(captured)

    queries("C0")
    assert queries("C1") == queries(*[f"C{number}" for number in range(2, 22)])
    assert set(Coupon.objects.values_list("used", flat=True)) == {1}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (ROW.replace(",ana,", ",eve,"), "coupons.csv:2: unknown koc (koc, eve)"),
        (ROW.replace("douyin", "radio"), "coupons.csv:2: no such channel (channel, radio)"),
        (
            ROW.replace("Z,,", "Z,2026-03-01T00:00:00Z,"),
            "coupons.csv:2: a coupon ends after it starts (ends_at, 2026-03-01T00:00:00+00:00)",
        ),
        (ROW.replace(",7,", ",0,"), "coupons.csv:2: valid_days is not from 1 to 3650 (valid_days, 0)"),
        (ROW.replace("ana10", "ana 10"), "coupons.csv:2: a coupon has no blanks (coupon, ana 10)"),
        (ROW + ROW.replace("ana10", "ANA10"), "coupons.csv:3: the coupon stands twice (coupon, ANA10)"),
        ("spent,ana,,2026-03-01T00:00:00Z,,,2,\n", "coupons.csv:2: the coupon was used 3 times (stock, 2)"),
        ("spent,ben,,2026-03-01T00:00:00Z,,,,\n", "coupons.csv:2: the coupon is another KOC's (koc, ben)"),
    ],
)
def test_a_file_with_a_fault_changes_nothing(brand: Brand, ana: Koc, row: str, fault: str) -> None:
    make_koc(brand, "ben")
    make_coupon(ana, "SPENT", used=3)
    with pytest.raises(BadFile) as refused:
        load(brand, *row.splitlines(keepends=True))
    assert list(refused.value.messages()) == [fault]
    assert list(Coupon.objects.values_list("code", "stock")) == [("SPENT", None)]


def test_a_koc_sees_their_own_coupons(brand: Brand) -> None:
    mine, other = make_koc(brand, user=make_user()), make_koc(brand, user=make_user())
    for number in range(3):
        make_coupon(mine, f"M{number}", starts_at=NOW + number * DAY)
    make_coupon(other, "OTHER")
    assert mine.user
    me = Person(mine.user)
    listed = me.read("coupons", koc=mine.public_id).json()["results"]
    assert [(coupon["code"], coupon["used"], coupon["stock"]) for coupon in listed] == [
        ("M2", 0, None),
        ("M1", 0, None),
        ("M0", 0, None),
    ]
    assert me.read("coupons", koc=other.public_id).status_code == 404
    assert me.read("coupons").status_code == 400


def test_staff_make_give_and_stop_coupons(client: Client, brand: Brand, ana: Koc) -> None:
    client.force_login(make_staff(brand))
    pages = {name: reverse(f"admin:referrals_coupon_{name}") for name in ("add", "make_unique", "changelist")}
    fields = {
        "brand": brand.pk,
        "koc": ana.pk,
        "code": " spring ",
        "channel": "any",
        "starts_at_0": "2026-03-01",
        "starts_at_1": "00:00:00",
    }
    fields |= {"ends_at_0": "", "ends_at_1": "", "valid_days": "7", "stock": "5", "most_per_customer": "1"}
    assert client.post(pages["add"], fields).status_code == 302
    coupon = Coupon.objects.get()
    assert (coupon.code, coupon.koc, coupon.stock) == ("SPRING", ana, 5)
    make_customer(brand, "c-1")
    give = reverse("admin:referrals_coupon_give", args=[coupon.pk])
    assert "Unknown: c-2" in client.post(give, {"customers": "c-1\nc-2"}).content.decode()
    assert not CouponReceipt.objects.exists()
    for _click in range(2):
        assert client.post(give, {"customers": "c-1\nc-1"}).status_code == 302
    assert CouponReceipt.objects.count() == 1
    made = client.post(
        pages["make_unique"], {"koc": "ana", "many": "20", "channel": "moments", "ends_at": "", "valid_days": ""}
    )
    assert (made.status_code, Coupon.objects.filter(stock=1).count()) == (302, 20)
    assert (
        "No such KOC"
        in client.post(pages["make_unique"], {"koc": "eve", "many": "20", "channel": "moments"}).content.decode()
    )
    client.post(pages["changelist"], {"action": "stop", "_selected_action": [coupon.pk]})
    coupon.refresh_from_db()
    assert coupon.stopped_at


@pytest.mark.parametrize(
    ("column", "value"), [("stock", 2**31), ("most_per_customer", 2**31), ("valid_days", 2**31), ("valid_days", 3651)]
)
def test_a_limit_beyond_all_sense_is_refused(brand: Brand, ana: Koc, column: str, value: int) -> None:
    """A billion days lead out of the calendar: every order with such a coupon would then stop all others."""
    limits = {"valid_days": "", "stock": "", "most_per_customer": ""} | {column: str(value)}
    with pytest.raises(BadFile, match=column):
        load(
            brand,
            f"ANA10,ana,,2026-01-01T00:00:00Z,,{limits['valid_days']},{limits['stock']},{limits['most_per_customer']}",
        )
    assert not Coupon.objects.exists()


def test_coupons_are_listed_by_a_channel_that_there_is(brand: Brand, ana: Koc) -> None:
    load(brand, ROW)
    Koc.objects.filter(pk=ana.pk).update(user=make_user())
    ana.refresh_from_db()
    person = Person(ana.user)
    assert [
        len(person.read("coupons", koc=ana.public_id, channel=channel).json()["results"])
        for channel in ("douyin", "moments")
    ] == [1, 0]
    assert person.read("coupons", koc=ana.public_id, channel="tiktok").status_code == 400
