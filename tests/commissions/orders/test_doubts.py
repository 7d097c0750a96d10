"""What of the shop cannot be: kept, held, listed, and decided. A doubt never pays out."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.brands.models import Brand
from commissions.audit.domain.refusals import NotReconciled
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.earnings.services.reviews import hold_commissions, release_commissions
from commissions.orders.domain.refusals import DoubtRefused, EventRefused
from commissions.orders.models import Doubt, Event, Order, OrderLine, Refund
from commissions.orders.services.doubts import dismiss_doubt
from commissions.orders.services.events import receive_event, replay_event, send_mended
from commissions.plans.models.policies import PayPolicy
from commissions.schedule import run_due
from commissions.settlement.services.settlement import settle_period
from tests.support.admin_pages import page
from tests.support.factories import NOW, make_product, make_selling_brand, make_staff
from tests.support.shop_events import cancelled, commissions, delivered, paid, prove, refunded, statements

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOW + 40 * DAY


@pytest.fixture
def brand() -> Brand:
    return make_selling_brand()


def tell(brand: Brand, *events: dict[str, Any], at: datetime = LATER) -> list[str]:
    """Each event alone, as a webhook; why each is refused, or ''."""
    said = []
    for event in events:
        number = f"msg_{Event.objects.count()}"
        try:
            receive_event(brand=brand, webhook_id=number, body=json.dumps(event).encode(), at=at)
            said.append("")
        except EventRefused as refused:
            said.append(str(refused))
    run_due(brand=brand, at=at)
    prove(brand)
    return said


def whole(amount: int, refund: str = "R-1", at: datetime = NOW + DAY, **more: Any) -> dict[str, Any]:
    """A refund without lines."""
    data = {"order": "A-1", "refund": refund, "refunded_at": at.isoformat(), "amount_minor": amount} | more
    return {"type": "order.refunded", "data": data}


def undone(refund: str = "R-1", at: datetime = NOW + 2 * DAY) -> dict[str, Any]:
    return {
        "type": "order.refund_cancelled",
        "data": {"order": "A-1", "refund": refund, "cancelled_at": at.isoformat()},
    }


def sold(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    event = paid("A-1", share="code", **more)
    event["data"]["lines"] = [{"line": str(number), **line} for number, line in enumerate(lines, start=1)]
    return event


def goods(price: int, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"sku": "S1", "quantity": quantity, "unit_price_minor": price, **more}


def status() -> set[str]:
    return set(Commission.objects.values_list("status", flat=True))


def net() -> int:
    return sum(one.net_minor for one in Commission.objects.all())


def test_a_refund_in_doubt_that_is_told_twice_is_one_doubt(brand: Brand) -> None:
    tell(brand, sold(goods(100)), whole(101), whole(101))
    doubt = Doubt.objects.get()
    assert (doubt.refund_id, Event.objects.filter(status="refused").count()) == (Refund.objects.get().pk, 2)
    dismiss_doubt(doubt=doubt, reason="a slip", by=make_staff(brand), at=LATER)
    run_due(brand=brand, at=LATER)
    prove(brand)
    assert status() == {"pending"}
    assert tell(brand, whole(101)) == [""]
    assert status() == {"pending"}


# Moments


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (delivered(at=datetime.fromisoformat("1970-01-01T00:00:00+00:00")), "before the payment"),
        (delivered(at=NOW - 31 * DAY), "more than 30 days before the payment"),
        (delivered(at=LATER + 2 * timedelta(hours=1)), "later than now by more than an hour"),
        (refunded(at=NOW - DAY), "before the payment"),
        (refunded(at=LATER + DAY), "later than now"),
        (cancelled(at=NOW - DAY), "before the payment"),
        (cancelled(at=LATER + DAY), "later than now"),
    ],
)
def test_a_moment_that_cannot_be_is_refused_with_a_hint_and_pays_nothing(brand: Brand, event: Any, why: str) -> None:
    assert tell(brand, paid(share="code")) == [""]
    [said] = tell(brand, event)
    assert why in said
    assert "time zone" in said
    assert Event.objects.get(status="refused").refusal
    assert Doubt.objects.get().outcome == ""
    assert status() == ({"held"} if event["type"] != "order.delivered" else {"pending"})
    assert net() == 990


def test_a_payment_of_the_far_future_earns_nothing_and_one_of_within_the_hour_does(brand: Brand) -> None:
    far = datetime.fromisoformat("9850-01-01T00:00:00+00:00")
    assert "later than now" in tell(brand, paid(share="code", at=far))[0]
    assert not Order.objects.exists()
    assert tell(brand, paid(share="code", at=LATER + timedelta(minutes=59))) == [""]


def test_cash_on_delivery_counts_from_the_payment_also_when_it_is_heard_first(brand: Brand) -> None:
    assert tell(brand, delivered("A-1", NOW - 29 * DAY), paid("A-1", share="code"), paid("A-2", share="code")) == [
        "",
        "",
        "",
    ]
    assert tell(brand, delivered("A-2", NOW - 29 * DAY)) == [""]
    [moment] = set(Commission.objects.values_list("approved_at", flat=True))
    assert moment is not None
    assert moment > NOW + 7 * DAY


def test_a_delivery_of_long_before_that_is_heard_first_is_a_doubt_when_its_order_comes(brand: Brand) -> None:
    assert tell(brand, delivered("A-1", NOW - 60 * DAY)) == [""]
    tell(brand, paid("A-1", share="code"))
    assert (status(), Event.objects.get(type="order.delivered").status) == ({"pending"}, "refused")
    assert Doubt.objects.get().event == Event.objects.get(type="order.delivered")
    assert tell(brand, delivered("A-1", NOW + DAY)) == [""], "the right one may come"
    assert status() == {"approved"}


# What shops really send


def test_goods_earn_and_everything_else_is_kept_and_earns_nothing(brand: Brand) -> None:
    tip, out, coupon = (
        {"quantity": 1, "unit_price_minor": 500}, {"sku": "S1", "quantity": 0, "unit_price_minor": 9900},
        {"quantity": 1, "unit_price_minor": -1000},
    )  # fmt: skip
    assert tell(brand, sold(goods(6000), tip, out, coupon, goods(4000, discount_minor=100))) == [""]
    bases = list(OrderLine.objects.order_by("position").values_list("base_minor", flat=True))
    assert bases == [5400, 0, 0, 0, 3500]
    assert net() == 540 + 350


def test_discounts_beyond_the_goods_are_refused_and_kept(brand: Brand) -> None:
    said = tell(brand, sold(goods(1000), {"quantity": -1, "unit_price_minor": 1001}))
    assert "the discounts are more than the order" in said[0]
    assert Event.objects.get().status == "refused"


def test_a_free_line_in_a_refund_and_shipping_alone_take_nothing(brand: Brand) -> None:
    tell(brand, sold(goods(9900), goods(0)))
    both = refunded(l1=9900, l2=0)
    assert tell(brand, whole(0, "R-0", shipping_minor=800), both) == ["", ""]
    assert net() == 0
    assert list(OrderLine.objects.order_by("position").values_list("refunded_minor", flat=True)) == [9900, 0]


def test_shipping_inside_of_a_line_is_a_doubt_that_holds_until_it_is_mended(brand: Brand) -> None:
    tell(brand, paid(share="code"), delivered(at=NOW + DAY))
    assert status() == {"approved"}
    wrong = refunded("A-1", "R-1", NOW + 2 * DAY, l1=10_700)
    assert "9900 is left of line 1" in tell(brand, wrong)[0]
    assert (status(), net()) == ({"held"}, 990)
    settle_period(brand=brand, period="2026-03", at=LATER)
    assert statements(brand) == []
    doubt, staff = Doubt.objects.get(), make_staff(brand)
    wrong["data"]["lines"][0]["amount_minor"] = 9901
    with pytest.raises(EventRefused):
        send_mended(doubt=doubt, body=json.dumps(wrong).encode(), by=staff, at=LATER)
    assert (Doubt.objects.get().outcome, Refund.objects.count()) == ("", 1)
    wrong["data"]["lines"][0]["amount_minor"] = 9900
    send_mended(doubt=doubt, body=json.dumps(wrong).encode(), by=staff, at=LATER)
    tell(brand)
    assert (status(), net()) == ({"reversed"}, 0)
    assert Doubt.objects.get().outcome == "mended"


# Doubts end, and are decided


def test_an_early_refund_that_does_not_fit_is_a_doubt_when_its_order_comes(brand: Brand) -> None:
    assert tell(brand, refunded("A-1", "R-1", NOW + DAY, l1=20_000), delivered(at=NOW + DAY)) == ["", ""]
    assert tell(brand, paid(share="code")) == [""]
    assert (status(), Doubt.objects.get().amount_minor) == ({"held"}, 20_000)
    event = Event.objects.get(type="order.refunded")
    assert (event.status, bool(event.refusal)) == ("refused", True)
    assert tell(brand, sold(goods(9900), goods(10_100)) | {"timestamp": (NOW + 2 * DAY).isoformat()}) == [""]
    assert Doubt.objects.get().outcome == "", "a line does not stretch"


def test_a_refused_refund_stands_when_another_is_taken_back(brand: Brand) -> None:
    tell(brand, paid(share="code"))
    said = tell(brand, whole(6000, "R-1"), whole(6000, "R-2", NOW + 2 * DAY))
    assert said[0] == ""
    assert "3900 is left of the order" in said[1]
    assert (status(), net()) == ({"held"}, 390)
    assert tell(brand, undone("R-1", NOW + 3 * DAY)) == [""]
    assert (status(), net()) == ({"pending"}, 390)
    assert dict(Refund.objects.exclude(kind="undone").values_list("key", "status")) == {
        "R-1": "applied",
        "R-2": "applied",
    }
    assert (Doubt.objects.get().outcome, Event.objects.filter(status="refused").count()) == ("ended", 0)


def test_a_refund_that_is_taken_back_gives_back_also_when_that_is_heard_first(brand: Brand) -> None:
    tell(brand, undone("R-1"), paid(share="code"), whole(6000, "R-1"))
    assert (status(), net()) == ({"pending"}, 990)


def test_it_is_dismissed_for_a_reason_and_then_takes_and_holds_nothing(brand: Brand) -> None:
    tell(brand, paid(share="code"), delivered(at=NOW + DAY), whole(20_000))
    doubt, staff = Doubt.objects.get(), make_staff(brand)
    with pytest.raises(DoubtRefused):
        dismiss_doubt(doubt=doubt, reason=" ", by=staff, at=LATER)
    assert dismiss_doubt(doubt=doubt, reason="sent twice by the shop", by=staff, at=LATER)
    tell(brand)
    assert (status(), net()) == ({"approved"}, 990)
    with pytest.raises(DoubtRefused):
        dismiss_doubt(doubt=doubt, reason="again", by=staff, at=LATER)
    assert tell(brand, whole(5000)) == [""], "the right one under the same number"
    assert net() == 490


def test_above_the_brands_limit_it_takes_two_people(brand: Brand) -> None:
    PayPolicy.objects.filter(brand=brand).update(doubt_limit_minor=19_999)
    tell(brand, paid(share="code"), whole(20_000))
    doubt, first, second = Doubt.objects.get(), make_staff(brand), make_staff(brand)
    assert not dismiss_doubt(doubt=doubt, reason="a typing error", by=first, at=LATER)
    with pytest.raises(DoubtRefused, match="another person"):
        dismiss_doubt(doubt=doubt, reason="a typing error", by=first, at=LATER)
    tell(brand)
    assert status() == {"held"}
    assert dismiss_doubt(doubt=doubt, reason="seen in the shop", by=second, at=LATER)
    tell(brand)
    assert status() == {"pending"}


def test_a_commission_is_held_until_no_reason_is_left(brand: Brand) -> None:
    tell(brand, paid(share="code"), whole(20_000))
    [commission] = Commission.objects.all()
    with pytest.raises(Exception, match="a doubt is decided where it stands"):
        release_commissions(brand=brand, commissions=[commission.pk], by=None, at=LATER)
    hold_commissions(brand=brand, commissions=[commission.pk], reason="fraud", by=None, at=LATER)
    dismiss_doubt(doubt=Doubt.objects.get(), reason="no", by=make_staff(brand), at=LATER)
    tell(brand)
    assert status() == {"held"}
    release_commissions(brand=brand, commissions=[commission.pk], by=None, at=LATER)
    assert status() == {"pending"}
    assert set(RiskReview.objects.values_list("reason", "outcome")) == {("doubt", "released"), ("fraud", "released")}


def test_what_is_made_while_it_stands_is_held_too(brand: Brand) -> None:
    tell(brand, paid(share="code"), whole(20_000))
    assert status() == {"held"}
    added = sold(goods(9900), goods(1000)) | {"timestamp": (NOW + DAY).isoformat()}
    tell(brand, added)
    assert (len(commissions(brand)), status()) == (2, {"held"})


def test_an_event_that_cannot_be_read_holds_its_order_until_it_is_tried_again_or_dismissed(brand: Brand) -> None:
    tell(brand, paid(share="code"))
    broken = refunded()
    del broken["data"]["refunded_at"]
    assert tell(brand, broken)[0]
    assert status() == {"held"}
    assert replay_event(event=Event.objects.get(status="refused"), at=LATER)
    assert dismiss_doubt(doubt=Doubt.objects.get(), reason="sent again by hand", by=make_staff(brand), at=LATER)
    tell(brand)
    assert status() == {"pending"}


def test_the_same_event_again_is_refused_again_without_a_second_doubt(brand: Brand) -> None:
    tell(brand, paid(share="code"))
    body = json.dumps(whole(20_000)).encode()
    for _time in range(2):
        with pytest.raises(EventRefused):
            receive_event(brand=brand, webhook_id="w", body=body, at=LATER)
    assert (Doubt.objects.count(), Refund.objects.count(), Event.objects.filter(status="refused").count()) == (1, 1, 1)


def test_what_staff_decided_is_known_when_the_shop_sends_it_again(brand: Brand) -> None:
    tell(brand, paid(share="code"))
    body = json.dumps(whole(20_000)).encode()
    with pytest.raises(EventRefused):
        receive_event(brand=brand, webhook_id="w", body=body, at=LATER)
    dismiss_doubt(doubt=Doubt.objects.get(), reason="no", by=make_staff(brand), at=LATER)
    assert receive_event(brand=brand, webhook_id="w", body=body, at=LATER).duplicate
    assert (Doubt.objects.count(), Refund.objects.count()) == (1, 1)


def test_a_replay_is_accepted_when_it_fits_by_then(brand: Brand) -> None:
    assert "unknown sku" in tell(brand, sold({"sku": "S9", "quantity": 1, "unit_price_minor": 100}))[0]
    make_product(brand, "S9")
    assert replay_event(event=Event.objects.get(), at=LATER) == ""
    assert (Doubt.objects.get().outcome, Order.objects.count()) == ("ended", 1)


def test_staff_see_what_to_do_and_do_it(brand: Brand, client: Client) -> None:
    tell(brand, paid(share="code"), whole(20_000))
    doubt = Doubt.objects.get()
    client.force_login(make_staff(brand))
    listed = client.get(page(Doubt), headers={"Accept-Language": "en"}).content.decode()
    for piece in ["A-1", "CN¥99.00 is left of the order", "¥200.00"]:
        assert piece in listed, piece
    shown = client.get(page(Doubt, doubt), headers={"Accept-Language": "en"}).content.decode()
    for word in ["Try again", "Mend and send", "Leave out"]:
        assert word in shown, word
    form = client.get(page(Doubt, doubt, "mend"), headers={"Accept-Language": "en"}).content.decode()
    assert "&quot;data&quot;: {\n" in form, "what was sent is laid out, a name a line"
    address = page(Doubt, doubt, "dismiss")
    assert "R-1" in client.get(address, headers={"Accept-Language": "en"}).content.decode()
    assert client.post(address, {"reason": "sent twice"}).status_code == 302
    doubt.refresh_from_db()
    assert (doubt.outcome, doubt.reason) == ("dismissed", "sent twice")
    other = make_staff(make_selling_brand(code="elsewhere"))
    client.force_login(other)
    assert client.get(page(Doubt, doubt)).status_code in (302, 404)


# What staff read


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_doubt_is_said_in_the_currency_and_the_time_of_the_brand(brand: Brand, client: Client, language: str) -> None:
    tell(brand, sold(goods(10_000), {"unit_price_minor": 500, "quantity": 1}), whole(20_000), whole(2_500, "R-2"))
    tell(brand, whole(1, "R-3", NOW - DAY), delivered("A-1", NOW - 60 * DAY))
    client.force_login(make_staff(brand, is_superuser=True))
    client.cookies["django_language"] = language
    order = client.get(page(Order, Order.objects.get())).content.decode()
    doubts = client.get(page(Doubt)).content.decode()
    sign = {"en": "CN¥", "zh-hans": "¥"}[language]
    for text in (order, doubts):
        assert {"en": "CN¥100.00 is left of the order", "zh-hans": "订单剩余 ¥100.00"}[language] in text
        assert "Asia/Shanghai" in text
    assert f"{sign}25.00" in order, "what went back without lines"
    assert {"en": "all that was left", "zh-hans": "全部剩余"}[language] not in order


def test_reconcile_and_explain_say_a_doubt_in_words(brand: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    tell(brand, sold(goods(100), {"unit_price_minor": 500, "quantity": 1}), whole(999))
    call_command("explain", "A-1", "--brand", brand.slug)
    with pytest.raises(NotReconciled):
        call_command("reconcile", "--brand", brand.slug, "--period", "2026-03")
    said = capsys.readouterr().out
    assert '"sentence"' not in said
    assert "more is refunded than was paid" in said
    assert "Held for review. a refund or cancellation in doubt" in said
    assert "no goods, so it earns nothing" in said
