import json
import time
from datetime import datetime
from typing import Any

import msgspec
import pytest

from commissions.orders.domain.events import (
    BadEvent,
    Cancelled,
    Delivered,
    Paid,
    Refunded,
    dotted,
    named_shop,
    names_an_order,
    place_of,
    read_event,
)
from commissions.orders.domain.sales import BadSale, Buyer, Sale, SoldLine, bases
from tests.support.factories import NOW
from tests.support.records.sold_lines import sold_line


def paid(**changes: Any) -> dict[str, Any]:
    line = {"line": "1", "sku": "S1", "quantity": 2, "unit_price_minor": 9900, "discount_minor": 0}
    order = {
        "order": "A-1",
        "paid_at": "2026-03-01T02:00:00Z",
        "currency": "CNY",
        "customer": {"id": "c-9", "phone": "+8613800000000"},
        "lines": [line],
    }
    return {"type": "order.paid", "timestamp": "2026-03-01T02:00:00Z", "data": order | changes}


def refunded(*lines: str) -> dict[str, Any]:
    back = [{"line": line, "amount_minor": 1} for line in lines or "1"]
    return {
        "type": "order.refunded",
        "data": {"order": "A-1", "refund": "R", "refunded_at": "2026-03-01T02:00:00Z", "lines": back},
    }


def test_the_four_events_of_the_contract_are_read() -> None:
    extras = {"click": None, "coupon": None, "share": None, "discount_minor": 0, "shipping_minor": 0, "unknown": 1}
    assert isinstance(read_event(json.dumps(paid(**extras))), Paid)
    assert isinstance(
        read_event(
            '{"type": "order.delivered", "data": {"order": "A-1", "delivered_at": "2026-03-01T02:00:00+08:00"}}'
        ),
        Delivered,
    )
    assert isinstance(
        read_event(json.dumps(refunded())),
        Refunded,
    )
    assert isinstance(
        read_event('{"type": "order.cancelled", "data": {"order": "A-1", "cancelled_at": "2026-03-01T02:00:00Z"}}'),
        Cancelled,
    )


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("", ""),
        ("[]", ""),
        ("{}", "type"),
        ('{"type": "order.paid"}', "data"),
        ('{"type": "order.paid", "data": {}}', "data.order"),
        (json.dumps(paid(lines=[{"line": "1", "sku": "S1", "quantity": 1}])), "data.lines.0.unit_price_minor"),
        ("nonsense", ""),
        ('{"type": "order.eaten", "data": {}}', "type"),
        (json.dumps(paid(paid_at="2026-03-01T02:00:00")), "data.paid_at"),
        (json.dumps(paid(paid_at="yesterday")), "data.paid_at"),
        (json.dumps(paid(lines=[])), "data.lines"),
        (
            json.dumps(paid(lines=[{"line": "1", "sku": "S1", "quantity": 1, "unit_price_minor": 1.5}])),
            "data.lines.0.unit_price_minor",
        ),
        (json.dumps(paid(discount_minor=-1)), "data.discount_minor"),
        (json.dumps(paid(customer={"phone": "1"})), "data.customer.id"),
        (json.dumps(paid(order="")), "data.order"),
        (json.dumps(paid(share="\0")), "data.share"),
        (json.dumps(paid(koc="\0")), "data.koc"),
        (json.dumps(paid(customer={"id": "c", "phone": "\0"})), "data.customer.phone"),
        (json.dumps(paid(paid_at="0001-01-01T00:00:00+14:00")), "data.paid_at"),
        (
            '{"type": "order.delivered", "data": {"order": "A-1", "delivered_at": "9999-12-31T23:59:59-10:00"}}',
            "data.delivered_at",
        ),
        (json.dumps(paid(paid_at="2026-03-01T02:00:00+15:01")), "data.paid_at"),
        (json.dumps(paid() | {"timestamp": "9999-12-31T23:59:59-12:00"}), "timestamp"),
        (json.dumps(paid() | {"timestamp": "2026-03-01T02:00:00-23:59"}), "timestamp"),
        (
            '{"type": "order.cancelled", "data": {"order": "A-1", "cancelled_at": "1969-12-31T00:00:00Z"}}',
            "data.cancelled_at",
        ),
        (json.dumps(paid(paid_at="2026-03-01T02:00:00+16:00")), "data.paid_at"),
        (json.dumps(paid(paid_at="2026-03-01T02:00:00-15:01")), "data.paid_at"),
        (json.dumps(paid() | {"timestamp": "2026-03-01T02:00:00+23:59"}), "timestamp"),
        (json.dumps(paid() | {"timestamp": "0001-01-01T00:00:00Z"}), "timestamp"),
        (json.dumps(paid(unknown=None)).replace("null", "[" * 5000 + "]" * 5000), ""),
        (json.dumps(refunded()).replace('"lines": [{"line": "1", "amount_minor": 1}]', '"lines": []'), "data.lines"),
        (json.dumps(refunded()).replace('"lines"', '"amount_minor": 5, "lines"'), "data.amount_minor"),
        (json.dumps(refunded()).replace('"amount_minor": 1', '"amount_minor": -1'), "data.lines.0.amount_minor"),
    ],
)
def test_a_malformed_event_is_refused_with_the_place(body: str, place: str) -> None:
    with pytest.raises(BadEvent) as refused:
        read_event(body)
    assert refused.value.place == place


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("nonsense", "JSON is malformed: invalid character (byte 4)"),
        (json.dumps(paid() | {"type": "x" * 500_000}), "Invalid value '" + "x" * 185 + "…"),
        (json.dumps(paid(discount_minor=-1)), "Expected `int` >= 0"),
        (json.dumps(paid(unknown=None)).replace("null", "[" * 5000 + "]" * 5000), "is nested too deeply"),
        (json.dumps(paid(paid_at="1969-12-31T23:59:59Z")), "is not between the years 1970 and 9900"),
        (
            json.dumps(refunded()).replace('"lines"', '"amount_minor": 5, "lines"'),
            "give lines or an amount without lines, not both",
        ),
    ],
)
def test_a_malformed_event_is_refused_in_words(body: str, message: str) -> None:
    with pytest.raises(BadEvent) as refused:
        read_event(body)
    assert (str(refused.value), refused.value.message) == (message, message)


def test_a_line_that_stands_twice_in_a_refund_is_summed_and_one_of_0_is_nothing() -> None:
    read = read_event(
        json.dumps(refunded("1", "2", "1")).replace('"line": "2", "amount_minor": 1', '"line": "2", "amount_minor": 0')
    )
    assert isinstance(read, Refunded)
    assert read.data.named() == {"1": 2}


@pytest.mark.parametrize(
    ("moment", "is_taken"), [("1969-12-31", False), ("1970-01-01", True), ("9900-12-31", True), ("9901-01-01", False)]
)
def test_a_refund_is_taken_from_1970_to_9900(moment: str, is_taken: bool) -> None:
    body = json.dumps(refunded()).replace("2026-03-01", moment)
    if is_taken:
        assert isinstance(read_event(body), Refunded)
        return
    with pytest.raises(BadEvent) as refused:
        read_event(body)
    assert refused.value.place == "data.refunded_at"


def sale(*lines: SoldLine, discount_minor: int = 0) -> Sale:
    return Sale(key="A-1", paid_at=NOW, currency="CNY", lines=list(lines), discount_minor=discount_minor)


def test_the_base_is_gross_less_the_lines_discount_and_its_part_of_the_orders() -> None:
    assert bases(
        sale(
            sold_line("1", "S1", 1, 10_000),
            sold_line("2", "S1", 1, 5000),
            sold_line("3", "S2", 5, 1000, 75),
            discount_minor=100,
        )
    ) == [9950, 4975, 4900]


@pytest.mark.parametrize(
    ("bad", "column"),
    [
        (sale(sold_line("1", "S1", 1, 100, 101)), "discount_minor"),
        (sale(sold_line("1", "S1", 1, 100), discount_minor=101), "order_discount_minor"),
        (sale(sold_line("1", "S1", 1, 100, 60), discount_minor=50), "discount_minor"),
        (sale(sold_line("1", "S1", 1, 100), sold_line("1", "S1", 1, 100)), "line"),
        (sale(sold_line("1", "S1", 1, 100), sold_line("2", "S1", 2, 10**15)), "quantity"),
    ],
)
def test_a_negative_base_and_a_doubled_line_are_refused(bad: Sale, column: str) -> None:
    with pytest.raises(BadSale) as refused:
        bases(bad)
    assert refused.value.column == column
    assert str(refused.value) == refused.value.message != "None"


@pytest.mark.parametrize(
    ("said", "shop"),
    [({}, None), ({"shop": None}, None), ({"shop": ""}, None), ({"shop": " ｔmall "}, "tmall"), ({"shop": 7}, None)],
)
def test_an_event_may_name_its_shop(said: dict[str, Any], shop: str | None) -> None:
    assert named_shop(json.dumps(paid(**said)).encode()) == shop


def test_the_shop_is_not_part_of_what_was_sold() -> None:
    plain, named = read_event(json.dumps(paid())), read_event(json.dumps(paid(shop="tmall")))
    assert isinstance(plain, Paid)
    assert isinstance(named, Paid)
    assert plain.data.digest() == named.data.digest()


def test_the_digest_sees_the_instant_and_not_the_zone_it_is_written_in() -> None:
    one, same, other = (
        read_event(json.dumps(paid(paid_at=at)))
        for at in ("2026-03-01T02:00:00Z", "2026-03-01T10:00:00+08:00", "2026-03-01T02:00:01Z")
    )
    assert isinstance(one, Paid)
    assert isinstance(same, Paid)
    assert isinstance(other, Paid)
    assert one.data.digest() == same.data.digest() != other.data.digest()


def test_where_a_fault_of_a_fact_stands_in_its_event() -> None:
    """Two lines: of sku S1 both, so no line alone is to blame for it; of quantity 2 the second."""
    lines = [
        {"line": "1", "sku": "S1", "quantity": 1, "unit_price_minor": 9900},
        {"line": "2", "sku": "S1", "quantity": 2, "unit_price_minor": 9900},
    ]
    event = read_event(json.dumps(paid(lines=lines)))
    assert place_of(event, "quantity", "2") == "data.lines.1.quantity"
    assert place_of(event, "line", "1") == "data.lines.0.line"
    assert place_of(event, "sku", "S1") == "data.lines"
    assert place_of(event, "order_discount_minor", "5") == "data.discount_minor"
    assert place_of(event, "share", "code") == "data.share"
    assert place_of(event, "weather", "rain") == ""
    cancelled = read_event(
        '{"type": "order.cancelled", "data": {"order": "A-1", "cancelled_at": "2026-03-01T02:00:00Z"}}'
    )
    assert place_of(cancelled, "order", "A-1") == "data.order"
    parcel = read_event(json.dumps({"type": "order.delivered", "data": {"order": "A-1", "delivered_at": NOW.isoformat(), "lines": ["1", "2"]}}))  # fmt: skip
    assert place_of(parcel, "lines", "2") == "data.lines.1"
    assert place_of(parcel, "delivered_at", NOW.isoformat()) == "data.delivered_at"


def test_a_place_is_written_with_dots() -> None:
    assert [dotted(path) for path in ("$.data.lines[0].quantity", "$.type", "$", "")] == [
        "data.lines.0.quantity", "type", "", "",
    ]  # fmt: skip


SOLD = Sale(
    key="A-1",
    paid_at=datetime.fromisoformat("2026-03-01T10:00:00+08:00"),
    currency="CNY",
    customer=Buyer("c-9"),
    lines=[sold_line("1", "S1", 2, 9900)],
    koc="a",
)


@pytest.mark.parametrize(
    "amended",
    [
        {"key": "A-2"},
        {"paid_at": datetime.fromisoformat("2026-03-01T10:00:01+08:00")},
        {"customer": Buyer("c-8")},
        {"customer": None},
        {"discount_minor": 1},
        {"shipping_minor": 1},
        {"click": "x"},
        {"coupon": "x"},
        {"share": "x"},
        {"koc": "b"},
        {"koc": None},
        {"lines": [sold_line("1", "S1", 1, 9900)]},
        {"lines": [sold_line("1", "S1", 2, 9900, 1)]},
    ],
)
def test_an_order_of_which_anything_that_pays_was_amended_has_another_digest(amended: dict[str, Any]) -> None:
    assert msgspec.structs.replace(SOLD, **amended).digest() != SOLD.digest()


def test_an_empty_share_is_none_and_a_phone_amends_nothing() -> None:
    again = msgspec.structs.replace(SOLD, click="", coupon="", share="", customer=Buyer("c-9", phone="+8613800000000"))
    assert again.digest() == SOLD.digest()


def test_the_digest_of_an_order_stays_what_is_kept_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one, from a later release or a machine of another zone, would make every order that is delivered again an
    amended one."""
    assert SOLD.digest() == "23aa517798b22a12b755beaf289412c8"
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        assert SOLD.digest() == "23aa517798b22a12b755beaf289412c8"
    time.tzset()


def test_what_was_not_discounted_earns_on_its_gross_and_what_was_given_away_on_nothing() -> None:
    assert bases(sale(sold_line("1", "S1", 2, 9900), sold_line("2", "S2", 1, 100))) == [19_800, 100]
    assert bases(sale(sold_line("1", "S1", 1, 100, 100), sold_line("2", "S1", 1, 100, 99))) == [0, 1]
    assert bases(sale(sold_line("1", "S1", 1, 100), discount_minor=100)) == [0]
    assert bases(sale(sold_line("1", "S1", 1, 10**15))) == [10**15]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (
            sale(sold_line("0", "S1", 1, 1), sold_line("1", "S1", 1, 1), sold_line("1", "S1", 1, 1)),
            ("line stands twice in its order", "1", 2),
        ),
        (
            sale(sold_line("1", "S1", 1, 1), sold_line("2", "S1", 2, 10**15)),
            ("quantity × unit_price_minor is too large", 2 * 10**15, 1),
        ),
        (
            sale(sold_line("1", "S1", 1, 100), discount_minor=101),
            ("the order's discount is more than the order", 101, None),
        ),
        (
            sale(sold_line("1", "S1", 1, 100), sold_line("2", None, 1, -101), discount_minor=0),
            ("the discounts are more than the order", -101, 1),
        ),
        (
            sale(sold_line("1", "S1", 1, 1), sold_line("2", "S1", 1, 100, 101)),
            ("discount is more than the line", 101, 1),
        ),
    ],
)
def test_a_sale_that_cannot_be_is_refused_with_its_line_and_value(
    bad: Sale, told: tuple[str, object, int | None]
) -> None:
    with pytest.raises(BadSale) as refused:
        bases(bad)
    assert (refused.value.message, refused.value.value, refused.value.line) == told


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ([], ""),
        ({"type": "order.lost", "data": {"order": "A-1"}}, "type"),
        ({"type": "order.paid", "data": {"lines": []}}, "data.order"),
        ({"type": "order.paid", "data": {"order": 17}}, "data.order"),
    ],
)
def test_an_event_says_what_it_is_and_names_an_order(said: Any, place: str) -> None:
    assert names_an_order(paid(lines="none")).order == "A-1"
    with pytest.raises(BadEvent) as bad:
        names_an_order(said)
    assert bad.value.place == place


def test_an_event_is_about_an_order_whose_key_a_spreadsheet_has_spoiled() -> None:
    said = {"type": "order.cancelled", "data": {"order": " 2.02611E+15 "}}
    assert names_an_order(said) == ("order.cancelled", "2.02611E+15")
    with pytest.raises(BadEvent, match="digits are lost") as refused:
        read_event(
            '{"type": "order.cancelled", "data": {"order": "2.02611E+15", "cancelled_at": "2026-03-01T02:00:00Z"}}'
        )
    assert refused.value.place == "data.order"


@pytest.mark.parametrize("blank", ["", " ", "\u200b"])
def test_a_buyer_without_an_id_is_a_guest_and_a_line_without_a_sku_no_goods(blank: str) -> None:
    line = {"line": "1", "sku": blank, "quantity": 1, "unit_price_minor": 500}
    said = {
        "order": "A-1",
        "paid_at": "2026-03-01T02:00:00Z",
        "currency": "CNY",
        "lines": [line],
        "customer": {"id": blank},
    }
    event = read_event(json.dumps({"type": "order.paid", "data": said}))
    assert isinstance(event, Paid)
    assert (event.data.customer, event.data.lines[0].sku, event.data.lines[0].is_goods) == (None, None, False)
