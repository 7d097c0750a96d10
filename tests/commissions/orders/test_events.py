import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.people.models import Customer
from commissions.orders.domain.refusals import EventConflict, EventRefused, MalformedEvent
from commissions.orders.models import Delivery, Event, Order, Refund
from commissions.orders.services import events
from commissions.orders.services.events import import_events, receive_event
from foundation.files.faults import BadFile
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_plan, make_product, make_share, make_staff
from tests.support.shop_events import cancelled, commissions, delivered, paid, refunded, report, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand():
    brand = make_brand()
    make_product(brand)
    return brand


def receive(brand, event, webhook_id: str = "msg_1"):
    return receive_event(brand=brand, webhook_id=webhook_id, body=json.dumps(event).encode(), at=NOW)


def test_an_event_is_kept_with_its_fact(brand) -> None:
    receipt = receive(brand, paid())
    assert not receipt.duplicate
    assert receipt.event.status == "accepted"
    assert Order.objects.get().key == "A-1"


def test_the_same_event_again_is_a_duplicate_and_another_body_a_conflict(brand) -> None:
    first = receive(brand, paid())
    again = receive(brand, paid())
    assert (again.duplicate, again.event.pk) == (True, first.event.pk)
    with pytest.raises(EventConflict):
        receive(brand, delivered())
    assert Event.objects.count() == Order.objects.count() == 1


def test_the_same_order_under_another_webhook_id_is_accepted_and_changes_nothing(brand) -> None:
    receive(brand, paid())
    assert not receive(brand, paid(), "msg_2").duplicate
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (paid("A-1", ("1", "S9", 1, 100)), "unknown sku (sku, S9)"),
        (paid(currency="USD"), "currency is not the brand's CNY (currency, USD)"),
        (paid(discount_minor=9901), "the order's discount is more than the order (order_discount_minor, 9901)"),
    ],
)
def test_an_event_that_cannot_be_is_kept_as_refused_without_a_fact(brand, event, reason: str) -> None:
    with pytest.raises(EventRefused, match=reason.replace("(", r"\(").replace(")", r"\)")):
        receive(brand, event)
    assert Event.objects.values_list("status", "refusal").get() == ("refused", reason)
    assert not Order.objects.exists()


def test_a_refused_event_is_tried_again_when_it_comes_again(brand) -> None:
    with pytest.raises(EventRefused):
        receive(brand, paid("A-1", ("1", "S9", 1, 100)))
    make_product(brand, "S9")
    assert receive(brand, paid("A-1", ("1", "S9", 1, 100))).event.status == "accepted"
    assert Order.objects.count() == 1


def test_what_is_no_event_is_not_kept(brand) -> None:
    with pytest.raises(MalformedEvent) as refused:
        receive(brand, {"type": "order.paid", "data": {"order": None}})
    assert refused.value.place.startswith("data")
    assert not Event.objects.exists()


def test_brands_do_not_share_webhook_ids_or_orders(brand) -> None:
    other = make_brand()
    make_product(other)
    receive(brand, paid())
    assert not receive(other, paid()).duplicate
    assert Order.objects.count() == 2


def test_a_file_is_all_or_nothing_and_names_the_row(brand) -> None:
    with pytest.raises(BadFile) as refused:
        send(brand, paid(), {"type": "order.paid", "data": {}}, paid("A-2", ("1", "S9", 1, 1)))
    assert [line.split(" (")[0] for line in refused.value.messages()] == [
        "events.jsonl:2: Object missing required field `order`",
        "events.jsonl:3: unknown sku",
    ]
    assert not Order.objects.exists()


def test_a_file_may_hold_everything_in_any_order_and_twice(brand) -> None:
    events = [refunded(), cancelled("A-2"), delivered(), paid("A-2"), paid(), paid(), refunded()]
    assert str(send(brand, *events)) == "5 created, 0 updated, 2 unchanged"
    assert str(send(brand, *events)) == "0 created, 0 updated, 7 unchanged"


def test_two_tellings_of_one_order_in_one_file_are_an_order_and_its_amendment(brand) -> None:
    assert str(send(brand, paid(), paid(discount_minor=1))) == "2 created, 0 updated, 0 unchanged"
    assert Order.objects.get().lines.get().base_minor == 9899
    with pytest.raises(BadFile, match="reported before, and differently: an amendment changes lines, not paid_at"):
        send(brand, paid(at=NOW.replace(day=2)))


def test_another_delivery_time_for_an_order_is_another_delivery(brand) -> None:
    send(brand, delivered())
    assert str(send(brand, delivered(at=NOW.replace(day=2)))) == "1 created, 0 updated, 0 unchanged"
    assert list(Delivery.objects.order_by("number").values_list("number", "is_new")) == [(1, False), (2, True)]


@pytest.mark.parametrize("note", ['"\\u0000"', "1e999", "9" * 5000, '"\xed\xa0\x80"'])
def test_a_body_that_cannot_be_kept_is_malformed_and_not_a_fault_of_ours(brand, note: str) -> None:
    body = json.dumps(delivered()).encode()[:-1] + b', "note": ' + note.encode("latin-1") + b"}"
    with pytest.raises(MalformedEvent):
        receive_event(brand=brand, webhook_id="msg_1", body=body, at=NOW)
    assert not Event.objects.exists()


def test_a_body_is_kept_when_every_page_can_show_it_and_refused_when_it_is_nested_deeper(brand) -> None:
    def send_nested(levels: int) -> None:
        body = json.dumps(delivered() | {"note": None}).replace("null", "[" * levels + "]" * levels).encode()
        receive_event(brand=brand, webhook_id="msg_1", body=body, at=NOW)

    for levels in (100, 900, 500_000):  # the event itself is one more
        with pytest.raises(MalformedEvent, match="is nested too deeply"):
            send_nested(levels)
    assert not Event.objects.exists()
    send_nested(99)
    assert Event.objects.get().body["note"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (json.dumps(delivered() | {"note": None}).replace("null", "[" * 500_000), "is nested too deeply"),
        (json.dumps(delivered() | {"data": None}).replace("null", "9" * 500_000), "Number out of range (data, "),
        (json.dumps(delivered() | {"type": "x" * 500_000}), "Invalid value 'xxx"),
    ],
)
def test_a_line_of_a_file_that_is_too_much_to_read_is_named(brand, line: str, fault: str) -> None:
    with pytest.raises(BadFile) as refused:
        import_events(brand=brand, lines=[json.dumps(delivered()) + "\n", line], name="events.jsonl", at=NOW)
    (told,) = refused.value.messages()
    assert told.startswith(f"events.jsonl:2: {fault}")
    assert len(told) < 1000
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_a_file_that_falls_into_chunks_comes_to_the_same(brand, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(events, "CHUNK", chunk)
    make_plan(brand, rules=[{"rate_bps": 1000}])
    make_share(make_koc(brand, "a"), code="code")
    file = [
        refunded(),
        delivered(),
        paid(share="code"),
        refunded(),
        cancelled("A-2"),
        paid("A-2", share="code"),
        paid(share="code"),
        refunded("A-1", "R-2"),
    ]
    assert str(send(brand, *file)) == "6 created, 0 updated, 2 unchanged"
    report(brand)
    assert commissions(brand) == [("A-1", 1, "a", 330, 660), ("A-2", 1, "a", 0, 990)]
    for bad in (
        refunded("A-1", "R-3", l1=3301),
        delivered("A-3", NOW - timedelta(days=31)),
        paid("A-3", at=NOW.replace(day=2)),
    ):
        with pytest.raises(BadFile) as refused:
            send(brand, delivered("A-3"), paid("A-3"), bad)
        assert [line.split(": ")[0] for line in refused.value.messages()] == ["events.jsonl:3"]
        assert not Order.objects.filter(key="A-3").exists()


def test_one_customer_number_at_two_brands_is_two_customers(brand) -> None:
    other = make_brand()
    make_product(other)
    for shop in (brand, other):
        report(shop, paid(customer={"id": "c"}))
    assert list(Order.objects.values_list("customer_is_new", flat=True)) == [True, True]
    assert Customer.objects.filter(key="c").count() == 2


def test_a_customers_phone_is_taken_over_when_none_was_known_and_never_changed(brand) -> None:
    for order, phone in enumerate([None, "no phone", "13800138000", "13800138001", None]):
        receive(brand, paid(f"A-{order}", customer={"id": "c", "phone": phone}), f"msg_{order}")
    assert list(Customer.objects.values_list("key", "phone")) == [("c", "+8613800138000")]
    assert set(Order.objects.values_list("customer__key", flat=True)) == {"c"}


@pytest.mark.parametrize(
    ("language", "of_refund", "of_event"),
    [
        ("zh-hans", "该订单没有订单行 2", "SKU 不存在（sku：S9）"),
        ("en", "the order has no line 2", "unknown sku (sku, S9)"),
    ],
)
def test_why_something_was_refused_is_said_in_the_language_of_who_reads(
    brand, client: Client, language: str, of_refund: str, of_event: str
) -> None:
    report(brand, refunded("A-1", "R-1", l2=1))
    report(brand, paid(share=make_share(make_koc(brand), make_kit(brand)).code))
    with pytest.raises(EventRefused):
        receive(brand, paid("A-2", ("1", "S9", 1, 100)))
    client.force_login(make_staff(brand))
    client.cookies["django_language"] = language
    order, refund, event = Order.objects.get(), Refund.objects.get(), Event.objects.get(status="refused")
    for row, why in [(order, of_refund), (refund, of_refund), (event, of_event)]:
        kind = f"admin:{row._meta.app_label}_{row._meta.model_name}"
        assert why in client.get(reverse(f"{kind}_change", args=[row.pk])).content.decode()
        if row is not order:
            assert why in client.get(reverse(f"{kind}_changelist")).content.decode()
