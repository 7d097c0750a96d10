import base64
import hmac
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.brands.models import Brand, Shop
from commissions.orders.models import Doubt, Event, Order
from commissions.orders.services.secrets import keep_secret
from tests.support.clients import Person, errors
from tests.support.factories import NOW, make_brand, make_product

pytestmark = pytest.mark.django_db
OLD, NEW = (f"whsec_{base64.b64encode(bytes([number]) * 24).decode()}" for number in (1, 2))


@pytest.fixture
def brand() -> Brand:
    brand = make_brand("lumi")
    make_product(brand)
    for secret in (OLD, NEW):
        keep_secret(shop=Shop(brand), secret=secret, at=NOW)
    return brand


def paid(order: str = "A-1", **changes: Any) -> dict[str, Any]:
    lines = [{"line": "1", "sku": "S1", "quantity": 1, "unit_price_minor": 9900}]
    sale = {"order": order, "paid_at": "2026-03-01T02:00:00Z", "currency": "CNY", "lines": lines}
    return {"type": "order.paid", "timestamp": "2026-03-01T02:00:00Z", "data": sale | changes}


def deliver(
    event: Any,
    *,
    name: str = "m1",
    secret: str = NEW,
    brand: str = "lumi",
    ago: timedelta = timedelta(0),
    body: bytes | None = None,
    language: str = "en",
    **headers: str,
) -> Any:
    """What a shop does: sign the very bytes and send them. `body` sends other bytes than were signed."""
    signed = event if isinstance(event, bytes) else json.dumps(event).encode()
    at = timezone.now() - ago
    own = {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, at, signed.decode()),
    }
    return Person().post(
        f"/api/v1/intake/{brand}/orders",
        signed if body is None else body,
        content_type="application/json",
        headers=own | {"Accept-Language": language} | headers,
    )


def test_a_signed_event_is_taken_in_once(brand: Brand) -> None:
    first, again = deliver(paid()), deliver(paid())
    event = Event.objects.get()
    assert (first.status_code, first.json()) == (202, {"event": event.public_id, "duplicate": False})
    assert (again.status_code, again.json()) == (200, {"event": event.public_id, "duplicate": True})
    assert Order.objects.get().key == "A-1"


def test_both_live_secrets_are_good(brand: Brand) -> None:
    assert [deliver(paid(secret), name=secret, secret=secret).status_code for secret in (OLD, NEW)] == [202, 202]


def test_the_same_id_with_another_body_is_a_conflict(brand: Brand) -> None:
    deliver(paid())
    other = deliver(paid("A-2"))
    assert (other.status_code, errors(other)) == (409, [("idempotency_conflict", None)])
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": f"whsec_{base64.b64encode(b'x' * 24).decode()}"},
        {"ago": timedelta(seconds=310)},
        {"ago": timedelta(seconds=-310)},
        {"body": b'{"type": "order.paid", "data": {}}'},
        {"webhook-id": "another"},
        {"webhook-id": ""},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,!!! v1,é"},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "1e400"},
    ],
)
def test_a_bad_or_old_signature_is_refused(brand: Brand, changes: dict[str, Any]) -> None:
    response = deliver(paid(), **changes)
    assert (response.status_code, errors(response)) == (401, [("bad_signature", None)])
    assert not Event.objects.exists()
    assert not Order.objects.exists()


def test_a_signature_is_good_for_300_seconds(brand: Brand) -> None:
    assert deliver(paid(), ago=timedelta(seconds=290)).status_code == 202


def test_the_signature_of_another_brand_opens_nothing(brand: Brand) -> None:
    other = make_brand("mood")
    assert deliver(paid(), brand="mood").status_code == 401
    keep_secret(shop=Shop(other), secret="whsec_not base64!", at=NOW)
    assert deliver(paid(), brand="mood").status_code == 401
    assert not Event.objects.exists()


def test_an_unknown_brand_is_not_found() -> None:
    response = deliver(paid(), brand="nowhere")
    assert (response.status_code, errors(response)) == (404, [("not_found", None)])


@pytest.mark.parametrize(
    ("event", "place"),
    [
        (
            paid(lines=[{"line": "1", "sku": "S1", "quantity": "two", "unit_price_minor": 9900}]),
            "data.lines.0.quantity",
        ),
        (paid(currency=None), "data.currency"),
        (paid(paid_at="yesterday"), "data.paid_at"),
    ],
)
def test_an_event_of_a_known_order_that_cannot_be_read_is_refused_with_the_place_and_kept(
    brand: Brand, event: Any, place: str
) -> None:
    response = deliver(event)
    assert (response.status_code, errors(response)) == (422, [("refused", place)])
    kept = Event.objects.get()
    assert (kept.status, kept.type) == ("refused", event["type"])
    assert kept.refusal
    doubt = Doubt.objects.get()
    assert (doubt.event, doubt.order_key, doubt.holds, doubt.outcome) == (kept, "A-1", False, "")


@pytest.mark.parametrize(
    ("event", "place"),
    [
        ({"type": "order.lost", "data": {"order": "A-1"}}, "type"),
        ({"type": "order.paid"}, "data"),
        ({"type": "order.paid", "data": {"lines": []}}, "data.order"),
        (paid(order=""), "data.order"),
        ({"type": "order.paid", "data": paid()["data"] | {"order": 17}}, "data.order"),
    ],
)
def test_what_names_no_order_is_no_event_and_is_not_kept(brand: Brand, event: Any, place: str) -> None:
    response = deliver(event)
    assert (response.status_code, errors(response)) == (400, [("invalid", place)])
    assert response.json()["type"] == "validation_error"
    assert not Event.objects.exists()


def test_a_known_order_in_another_currency_is_refused(brand: Brand) -> None:
    assert deliver(paid(), name="m1").status_code == 202
    response = deliver(paid(currency="USD"), name="m2")
    assert (response.status_code, errors(response)) == (422, [("refused", "data.currency")])
    assert list(Event.objects.order_by("webhook_id").values_list("status", flat=True)) == ["accepted", "refused"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"type": "order.lost"}',
        b"[" * 100_000,
        b'{"type": "order.paid", "data": {"order": "\\u0000"}}',
    ],
)
def test_what_is_no_event_is_refused(brand: Brand, body: bytes) -> None:
    response = deliver(body)
    assert response.status_code == 400
    assert errors(response)
    assert not Event.objects.exists()


@pytest.mark.parametrize("body", [b"\xff\xfe", json.dumps(paid(note="?")).encode().replace(b'"?"', b'"\xed\xa0\x80"')])
def test_signed_bytes_that_are_no_text_are_malformed_and_unsigned_ones_a_stranger_s(brand: Brand, body: bytes) -> None:
    at = timezone.now()
    seal = hmac.new(bytes([2]) * 24, f"m1.{int(at.timestamp())}.".encode() + body, "sha256").digest()
    signed: dict[str, Any] = {
        "webhook-signature": f"v1,{base64.b64encode(seal).decode()}",
        "webhook-timestamp": str(int(at.timestamp())),
    }
    assert deliver(b"{}", body=body, **signed).status_code == 400
    assert deliver(b"{}", body=body).status_code == 401
    assert not Event.objects.exists()


def test_an_id_has_a_length(brand: Brand) -> None:
    response = deliver(paid(), name="x" * 256)
    assert (response.status_code, errors(response)) == (400, [("invalid", "webhook-id")])


def line(number: str, **changes: Any) -> dict[str, Any]:
    return {"line": number, "sku": "S1", "quantity": 1, "unit_price_minor": 9900} | changes


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"currency": "USD"}, "data.currency"),
        ({"lines": [line("1"), line("2", sku="S9")]}, "data.lines.1.sku"),
        ({"lines": [line("1", sku="S9"), line("2", sku="S9")]}, "data.lines"),
        ({"discount_minor": 9901}, "data.discount_minor"),
        ({"lines": [line("1", discount_minor=9), line("2", discount_minor=9901)]}, "data.lines.1.discount_minor"),
        ({"lines": [line("1", quantity=2, unit_price_minor=10**15)]}, None),
    ],
)
def test_what_cannot_be_is_refused_with_the_place_and_kept_for_staff(
    brand: Brand, changes: dict[str, Any], place: str | None
) -> None:
    response = deliver(paid(**changes))
    assert (response.status_code, errors(response)) == (422, [("refused", place)])
    event = Event.objects.get()
    assert event.status == "refused"
    assert event.refusal
    assert not Order.objects.exists()


def test_what_an_order_does_not_allow_is_refused_with_the_place(brand: Brand) -> None:
    deliver(paid())
    deliver({"type": "order.delivered", "data": {"order": "A-1", "delivered_at": "2026-03-02T02:00:00Z"}}, name="m2")
    again = {"type": "order.delivered", "data": {"order": "A-1", "delivered_at": "1970-01-01T00:00:00Z"}}
    assert errors(deliver(again, name="m3")) == [("refused", "data.delivered_at")]
    for number, (refunded, place) in enumerate(
        [
            ([("9", 1)], "data.lines.0.line"),
            ([("1", 1), ("9", 1)], "data.lines.1.line"),
            ([("1", 9901)], "data.lines.0.amount_minor"),
        ]
    ):
        lines = [{"line": line, "amount_minor": amount} for line, amount in refunded]
        data = {"order": "A-1", "refund": f"R-{number}", "refunded_at": "2026-03-04T02:00:00Z", "lines": lines}
        assert errors(deliver({"type": "order.refunded", "data": data}, name=place)) == [("refused", place)]


def test_a_body_over_one_mebibyte_is_turned_away(brand: Brand) -> None:
    assert deliver(paid(note="x" * 2**20)).status_code == 413
    assert not Event.objects.exists()


def test_no_secret_and_no_phone_is_logged(brand: Brand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, logger="django.db.backends")
    deliver(paid(customer={"id": "c-9", "phone": "+8613800000000"}))
    deliver(paid(), name="m2", ago=timedelta(days=1))
    deliver(paid(currency="USD", customer={"id": "c-9", "phone": "+8613800000000"}), name="m3")
    assert "13800000000" not in caplog.text
    assert NEW[6:] not in caplog.text


IN_CHINESE = [
    ({"currency": "USD"}, "币种不是品牌的 CNY（currency：USD）"),
    ({"lines": []}, "`array` 的长度应 >= 1"),
    ({"paid_at": "yesterday"}, "不是 RFC3339 时间"),
    ({"koc": "nobody"}, "KOC 不存在（koc：nobody）"),
    ({"lines": [{"line": "1", "sku": "S9", "quantity": 1, "unit_price_minor": 1}]}, "SKU 不存在（sku：S9）"),
]


@pytest.mark.parametrize(("changes", "said"), IN_CHINESE)
def test_a_refusal_is_said_in_the_language_of_the_reader(brand: Brand, changes: dict[str, Any], said: str) -> None:
    refused = deliver(paid(**changes), language="zh-Hans")
    assert refused.json()["errors"][0]["detail"] == said


def test_what_is_no_event_is_said_in_the_language_of_the_reader(brand: Brand) -> None:
    def said(body: bytes) -> Any:
        return deliver(body, name="m2", language="zh-Hans").json()["errors"][0]["detail"]

    assert said(json.dumps(paid()).encode() + b"x").startswith("JSON 格式有误：末尾有多余字符（第 ")
    assert said(b"{") == "数据不完整"
    assert said(b'{"type": "order.paid"}') == "缺少必填字段 `data`"
    assert said(b'{"type": "order.lost", "data": {}}') == "无效的取值 'order.lost'"
