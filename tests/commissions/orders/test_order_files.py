from datetime import timedelta

import pytest

from commissions.orders.models import Order, OrderLine, Refund
from commissions.orders.services import order_files
from commissions.orders.services.order_files import import_orders
from foundation.files.faults import BadFile
from tests.support.factories import NOW, make_brand, make_koc, make_plan, make_product, make_share
from tests.support.shop_events import cancelled, commissions, paid, report, send

pytestmark = pytest.mark.django_db
HEADER = "order,line,paid_at,customer,sku,quantity,unit_price_minor,discount_minor,order_discount_minor,share,coupon,koc,delivered_at,cancelled_at"
HEARD = NOW + timedelta(days=2)
GOOD = "A-1,1,2026-03-01T02:00:00Z,c-1,S1,2,9900,100,,,,a,,"


@pytest.fixture
def brand():
    brand = make_brand()
    make_product(brand, "S1")
    make_koc(brand, "a")
    return brand


def load(brand, *rows: str, header: str = HEADER) -> str:
    return str(import_orders(brand=brand, lines=[f"{row}\n" for row in (header, *rows)], name="orders.csv", at=HEARD))


def test_lines_of_an_order_are_kept_with_their_base(brand) -> None:
    assert (
        load(
            brand,
            "A-1,1,2026-03-01T02:00:00Z,,S1,1,10000,,100,,,,,",
            "A-1,2,2026-03-01T02:00:00Z,,S1,1,5000,,100,,,,,",
            "A-1,3,2026-03-01T02:00:00Z,,S1,1,5000,,100,,,,,",
        )
        == "1 created, 0 updated, 0 unchanged"
    )
    assert list(OrderLine.objects.order_by("position").values_list("base_minor", flat=True)) == [9950, 4975, 4975]


def test_the_same_file_again_changes_nothing_and_says_so(brand) -> None:
    load(brand, GOOD, "A-2,1,2026-03-01T02:00:00Z,,S1,1,9900,,,,,,2026-03-02T02:00:00Z,")
    assert (
        load(brand, GOOD, "A-2,1,2026-03-01T10:00:00+08:00,,S1,1,9900,,,,,,2026-03-02T02:00:00Z,")
        == "0 created, 0 updated, 2 unchanged"
    )


def test_a_delivery_and_a_cancellation_may_be_added_later(brand) -> None:
    load(brand, GOOD)
    assert load(brand, GOOD.removesuffix(",,") + ",2026-03-02T02:00:00Z,") == "0 created, 1 updated, 0 unchanged"
    assert (
        load(brand, GOOD.removesuffix(",,") + ",2026-03-02T02:00:00Z,2026-03-03T02:00:00Z")
        == "0 created, 1 updated, 0 unchanged"
    )
    assert Refund.objects.get().kind == "cancellation"


def test_columns_that_may_be_empty_may_be_missing_in_any_order_with_a_bom_handled_upstream(brand) -> None:
    assert (
        load(brand, "S1,A-1,1,1,100,2026-03-01T02:00:00Z", header="sku,order,line,quantity,unit_price_minor,paid_at")
        == "1 created, 0 updated, 0 unchanged"
    )


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (GOOD.replace("S1", "S9"), "orders.csv:2: unknown sku (sku, S9)"),
        (GOOD.replace(",a,", ",b,"), "orders.csv:2: unknown koc (koc, b)"),
        (GOOD.replace("Z,c-1", ",c-1"), "orders.csv:2: paid_at has no time zone (paid_at, 2026-03-01T02:00:00)"),
        (GOOD.replace("2026-03-01T02:00:00Z", "soon"), "orders.csv:2: paid_at is not an ISO 8601 time (paid_at, soon)"),
        (
            GOOD.replace("02:00:00Z", "02:00:00+23:59"),
            "orders.csv:2: paid_at is more than 15 hours from UTC (paid_at, 2026-03-01T02:00:00+23:59)",
        ),
        (
            GOOD.replace(",2,9900", ",0,9900"),
            "orders.csv:2: quantity must be more than 0 and less than 2^31 (quantity, 0)",
        ),
        (
            GOOD.replace(",2,9900", ",-2,9900"),
            "orders.csv:2: quantity is not a whole number of 0 or more (quantity, -2)",
        ),
        (
            GOOD.replace("9900", "99.00"),
            "orders.csv:2: unit_price_minor is not a whole number of 0 or more (unit_price_minor, 99.00)",
        ),
        (GOOD.replace(",100,", ",19801,"), "orders.csv:2: discount is more than the line (discount_minor, 19801)"),
        (GOOD.replace("A-1,", ",", 1), "orders.csv:2: order is empty (order, )"),
        (GOOD + ",extra", "orders.csv:2: has 15 cells, the header has 14"),
        (GOOD.replace(",,a", ",SALE,a"), "orders.csv:2: unknown coupon (coupon, SALE)"),
        (GOOD.replace(",,,a", ",nope,,a"), "orders.csv:2: unknown share (share, nope)"),
    ],
)
def test_a_bad_row_is_named_with_its_column_and_value_and_nothing_is_kept(brand, row: str, fault: str) -> None:
    with pytest.raises(BadFile) as refused:
        load(brand, row, GOOD.replace("A-1", "A-2"))
    assert refused.value.messages() == [fault]
    assert not Order.objects.exists()


def test_rows_of_one_order_stand_together_and_agree(brand) -> None:
    with pytest.raises(BadFile) as refused:
        load(
            brand,
            GOOD,
            GOOD.replace("A-1", "A-2"),
            GOOD.replace("A-1,1", "A-1,2"),
            GOOD.replace("A-1", "A-3"),
            GOOD.replace("A-1,1", "A-3,2").replace("c-1", "c-2"),
        )
    assert refused.value.messages() == [
        "orders.csv:4: the rows of an order do not stand together (order, A-1)",
        "orders.csv:6: differs from the first row of the order (customer, c-2)",
    ]


def test_an_order_that_was_reported_differently_is_refused(brand) -> None:
    load(brand, GOOD)
    with pytest.raises(BadFile) as refused:
        load(brand, GOOD.replace("9900", "9901"))
    assert refused.value.messages() == ["orders.csv:2: order was reported before, and differently (order, A-1)"]


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (HEADER + ",colour", "orders.csv:1: unknown column (colour, "),
        (HEADER.replace("sku,", ""), "orders.csv:1: column is missing (sku, "),
        (HEADER + ",sku", "orders.csv:1: column stands twice (sku, "),
    ],
)
def test_a_bad_header_is_refused(brand, header: str, fault: str) -> None:
    with pytest.raises(BadFile) as refused:
        load(brand, header=header)
    assert refused.value.messages()[0].startswith(fault)


def test_an_empty_file_is_refused_and_one_with_a_header_alone_is_not(brand) -> None:
    with pytest.raises(BadFile, match="has no header"):
        import_orders(brand=brand, lines=[], name="orders.csv", at=NOW)
    assert load(brand) == "0 created, 0 updated, 0 unchanged"


def test_of_many_faults_twenty_are_shown_and_the_rest_counted(brand) -> None:
    with pytest.raises(BadFile) as refused:
        load(brand, *[GOOD.replace("A-1", f"A-{n}").replace("S1", "S9") for n in range(1500)])
    lines = refused.value.messages()
    assert len(lines) == 21
    assert lines[-1] == "… and 1480 more"


def test_chinese_keys_and_quoted_cells_are_kept_as_they_are(brand) -> None:
    load(brand, '"订单,1",1,2026-03-01T02:00:00Z,"顾客\\N",S1,1,9900,,,,,,,')
    order = Order.objects.select_related("customer").get()
    assert (order.key, order.customer and order.customer.key) == ("订单,1", "顾客\\N")


def test_an_order_may_come_from_a_file_and_as_an_event(brand) -> None:
    make_plan(brand, rules=[{"rate_bps": 1000}])
    share = make_share(make_koc(brand, "b"))
    load(brand, f"A-1,1,2026-03-01T02:00:00Z,,S1,1,9900,,,{share.code},,,,")
    assert str(send(brand, paid(share=share.code))) == "0 created, 0 updated, 1 unchanged"
    report(brand, cancelled())
    assert commissions(brand) == [("A-1", 1, "b", 0, 990)]


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_orders_that_fall_into_chunks_come_to_the_same(brand, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(order_files, "ORDERS_AT_ONCE", at_once)
    rows = [GOOD.replace("A-1,1", f"A-{order},{line}") for order in range(5) for line in (1, 2)]
    assert load(brand, *rows) == "5 created, 0 updated, 0 unchanged"
    assert load(brand, *rows, rows[-1].replace("A-4", "A-5")) == "1 created, 0 updated, 5 unchanged"
    with pytest.raises(BadFile) as refused:
        load(brand, rows[0], rows[2], rows[4], rows[1].replace("c-1", "c-2"))
    assert "orders.csv:5: the rows of an order do not stand together (order, A-0)" in refused.value.messages()
    assert OrderLine.objects.count() == 11


def test_rows_may_end_in_crlf_and_cells_may_hold_quotes_and_lines(brand) -> None:
    lines = [
        f"{HEADER}\r\n",
        '"A ""1""\r\n',
        '",1,2026-03-01T02:00:00Z,c-1 ,S1,1,9900,,,,,,,\r\n',
        "\r\n",
        f"{GOOD}\r\n",
    ]
    assert (
        str(import_orders(brand=brand, lines=lines, name="orders.csv", at=NOW)) == "2 created, 0 updated, 0 unchanged"
    )
    assert set(Order.objects.values_list("key", "customer__key")) == {('A "1"', "c-1"), ("A-1", "c-1")}
