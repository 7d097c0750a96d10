"""One key is one key, whichever door it comes in by; what a spreadsheet has spoiled comes in by none."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from openpyxl import Workbook

from accounts.brands.models import Brand
from accounts.people.models import Customer, Koc
from commissions.orders.domain.refusals import EventRefused, MalformedEvent
from commissions.orders.models import Delivery, Doubt, Event, Order, OrderLine, Refund
from commissions.orders.services.events import receive_event
from content.products.models import Product
from foundation.files.faults import BadFile
from referrals.coupons.models import Coupon
from referrals.shares.models import Share
from tests.support.admin_pages import page
from tests.support.factories import NOW, make_brand_with_plan, make_kit, make_koc, make_product, make_share, make_staff

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
SPOILED = ["2.02611E+15", "1E+15", '="0013"', "'0012", "#REF!"]
MESSY = "\u200b Ｋ-１\u202c "  # K-1
AT = "2026-03-01T10:00:00+08:00"
FILES = {
    "products": "sku,name,price_minor\n{0},Serum,100\n",
    "kocs": f"koc,phone,name,sponsor,joined_at\n{{0}},,甲,,{AT}\n",
    "kocs sponsor": f"koc,phone,name,sponsor,joined_at\nK-1,,甲,,{AT}\nK-2,,乙,{{0}},{AT}\n",
    "customers": "customer,phone,name\n{0},,丙\n",
    "shares": f"share,koc,kit,channel,parent,shared_at\n{{0}},ana,story,,,{AT}\n",
    "coupons": f"coupon,koc,starts_at\n{{0}},ana,{AT}\n",
    "orders": f"order,line,paid_at,customer,sku,quantity,unit_price_minor\n{{0}},1,{AT},c9,S1,1,9900\n",
    "orders line": f"order,line,paid_at,customer,sku,quantity,unit_price_minor\nA-1,{{0}},{AT},c9,S1,1,9900\n",
    "orders customer": f"order,line,paid_at,customer,sku,quantity,unit_price_minor\nA-1,1,{AT},{{0}},S1,1,9900\n",
}
KEPT: dict[str, Callable[[], Any]] = {
    "products": lambda: Product.objects.exclude(sku="S1").get().sku,
    "kocs": lambda: Koc.objects.exclude(key="ana").get().key,
    "kocs sponsor": lambda: Koc.objects.get(key="K-1").key,
    "customers": lambda: Customer.objects.get().key,
    "shares": lambda: Share.objects.exclude(key=None).get().key,
    "coupons": lambda: Coupon.objects.get().code,
    "orders": lambda: Order.objects.get().key,
    "orders line": lambda: OrderLine.objects.get().key,
    "orders customer": lambda: Customer.objects.get().key,
}


@pytest.fixture
def brand() -> Brand:
    brand = make_brand_with_plan("lumi", rules=[{"rate_bps": 1000}])
    make_koc(brand, "ana")
    make_kit(brand, "story")
    return brand


def ana() -> Koc:
    return Koc.objects.get(key="ana")


def load(brand: Brand, what: str, path: Path) -> None:
    call_command(f"import_{what.split(' ', maxsplit=1)[0]}", str(path), brand=brand.slug)


def quoted(key: str) -> str:
    return '"' + key.replace('"', '""') + '"'


@pytest.mark.parametrize("what", FILES)
def test_a_file_keeps_a_key_in_one_form(brand: Brand, tmp_path: Path, what: str) -> None:
    path = tmp_path / "f.csv"
    for key in (MESSY, "K-1"):  # the second changes nothing
        path.write_text(FILES[what].format(quoted(key)), encoding="utf-8")
        load(brand, what, path)
        assert KEPT[what]() == "K-1"


@pytest.mark.parametrize("key", SPOILED)
@pytest.mark.parametrize("what", FILES)
def test_a_file_with_a_spoiled_key_is_refused_with_its_row(brand: Brand, tmp_path: Path, what: str, key: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(FILES[what].format(quoted(key)), encoding="utf-8")
    with pytest.raises(BadFile) as refused:
        load(brand, what, path)
    [fault] = refused.value.messages()
    row = 3 if what == "kocs sponsor" else 2
    assert fault.startswith(f"{path}:{row}: ")
    assert "spreadsheet" in fault
    assert key in fault


@pytest.mark.parametrize("what", ["products", "kocs", "customers", "shares", "coupons"])
def test_a_key_that_stands_twice_once_it_is_cleaned_is_a_fault(brand: Brand, tmp_path: Path, what: str) -> None:
    path = tmp_path / "f.csv"
    header, row = FILES[what].split("\n")[:2]
    path.write_text("\n".join([header, row.format("K-1"), row.format(quoted(MESSY))]), encoding="utf-8")
    with pytest.raises(BadFile, match=r"f\.csv:3: .*stands (twice|in row 2 too)"):
        load(brand, what, path)


def test_a_workbook_is_imported_and_its_long_numbers_refused(brand: Brand, tmp_path: Path) -> None:
    path = tmp_path / "kocs.xlsx"
    book = Workbook()
    book.active.append(["koc", "phone", "name", "sponsor", "joined_at"])
    book.active.append([7, 13800000061, "露露", None, AT])
    book.save(path)
    call_command("import_kocs", str(path), brand=brand.slug)
    koc = Koc.objects.select_related("user").get(key="7")
    assert (koc.name, koc.user and koc.user.phone) == ("露露", "+8613800000061")
    book.active.append([2026110112345678, None, "乙", None, AT])
    book.save(path)
    with pytest.raises(BadFile, match=r"kocs\.xlsx:3: .*digits are lost.*2\.02611E\+15"):
        call_command("import_kocs", str(path), brand=brand.slug)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_the_last_line_says_how_a_file_was_read(
    brand: Brand, tmp_path: Path, encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kocs.csv"
    path.write_bytes(FILES["kocs"].format("K-1").encode(encoding))
    call_command("import_kocs", str(path), brand=brand.slug)
    said = {"gb18030": "GB18030", "utf-16": "UTF-16"}[encoding]
    assert capsys.readouterr().out.endswith(f"1 created, 0 updated, 0 unchanged (read as {said})\n")
    assert Koc.objects.get(key="K-1").name == "甲"


# The shop's events


def event(type: str, **data: Any) -> bytes:
    return json.dumps({"type": type, "data": data}).encode()


def sale(order: str = "A-1", **more: Any) -> dict[str, Any]:
    line = {"line": "1", "sku": "S1", "quantity": 1, "unit_price_minor": 9900} | more.pop("first", {})
    return {"order": order, "paid_at": NOW.isoformat(), "currency": "CNY", "lines": [line]} | more


def receive(brand: Brand, body: bytes, name: str = "w") -> None:
    receive_event(brand=brand, webhook_id=name, body=body, at=LATER)


def test_events_keep_keys_in_one_form(brand: Brand) -> None:
    make_product(brand, "K-1")
    receive(
        brand, event("order.paid", **sale(MESSY, first={"line": MESSY, "sku": "ｋ-1".upper()}, customer={"id": MESSY}))
    )
    receive(brand, event("order.delivered", order="K-1", delivered_at=NOW.isoformat(), lines=[MESSY]), "w2")
    told = {
        "order": " K-1",
        "refund": MESSY,
        "refunded_at": NOW.isoformat(),
        "lines": [{"line": "Ｋ-1", "amount_minor": 1}],
    }
    receive(brand, event("order.refunded", **told), "w3")
    order = Order.objects.select_related("customer").get()
    assert (order.key, order.customer and order.customer.key, OrderLine.objects.get().key) == ("K-1", "K-1", "K-1")
    assert list(Delivery.objects.values_list("order_key", "lines")) == [("K-1", ["K-1"])]
    assert list(Refund.objects.values_list("order_key", "key", "status")) == [("K-1", "K-1", "waiting")]


@pytest.mark.parametrize("key", SPOILED)
@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("data.order", sale),
        ("data.lines.0.line", lambda key: sale(first={"line": key})),
        ("data.lines.0.sku", lambda key: sale(first={"sku": key})),
        ("data.customer.id", lambda key: sale(customer={"id": key})),
        ("data.koc", lambda key: sale(koc=key)),
        ("data.share", lambda key: sale(share=key)),
        ("data.coupon", lambda key: sale(coupon=key)),
    ],
)
def test_an_event_with_a_spoiled_key_is_kept_as_refused_with_its_place(
    brand: Brand, key: str, place: str, said: Callable[[str], dict[str, Any]]
) -> None:
    with pytest.raises(EventRefused, match="spreadsheet") as refused:
        receive(brand, event("order.paid", **said(key)))
    assert refused.value.place == place
    assert (Event.objects.get().status, Order.objects.count(), Doubt.objects.count()) == ("refused", 0, 1)


@pytest.mark.parametrize("order", ["", " \u200b", "a\nb", "a\u0007b", "x" * 65, 7, None])
def test_an_event_without_a_readable_order_is_no_event(brand: Brand, order: Any) -> None:
    with pytest.raises(MalformedEvent) as refused:
        receive(brand, event("order.paid", **sale(order)))
    assert (refused.value.place, Event.objects.count()) == ("data.order", 0)


@pytest.mark.parametrize("blank", ["", " ", "\u200b", None])
def test_what_brought_an_order_may_be_blank(brand: Brand, blank: str | None) -> None:
    receive(brand, event("order.paid", **sale(koc=blank, share=blank, coupon=blank)))
    assert Order.objects.count() == 1


@pytest.mark.parametrize("blank", ["", " ", "\u200b"])
def test_a_buyer_without_an_id_is_a_guest_and_a_line_without_a_sku_no_goods(brand: Brand, blank: str) -> None:
    told = sale(customer={"id": blank, "phone": "13800000061"})
    told["lines"].append({"line": "tip", "sku": blank, "quantity": 1, "unit_price_minor": 500})
    receive(brand, event("order.paid", **told))
    assert Order.objects.get().customer is None
    assert dict(OrderLine.objects.values_list("key", "base_minor")) == {"1": 9900, "tip": 0}


@pytest.mark.parametrize(
    "typed", ["LULU10", "lulu10", " LuLu 10 ", "ＬＵＬＵ１０", "LULU\u200b10", "LULUIO", "1U1U1O", "lulul0"]
)
def test_a_coupon_is_read_as_people_type_it(brand: Brand, typed: str) -> None:
    coupon = Coupon.objects.create(brand=brand, koc=ana(), code="LULU10", starts_at=NOW)
    receive(brand, event("order.paid", **sale(coupon=typed)))
    assert Order.objects.get().given_coupon_id == coupon.pk


def test_a_coupon_that_may_be_two_is_nobodys_unless_it_is_written_to_the_letter(brand: Brand) -> None:
    one, other = (
        Coupon.objects.create(brand=brand, koc=ana(), code=code, starts_at=NOW) for code in ("LULU10", "LULUI0")
    )
    for order, typed in enumerate(["LULU10", "LULUI0", "LULUL0", "LULUXX"]):
        receive(brand, event("order.paid", **sale(f"A-{order}", coupon=typed)), typed)
    assert list(Order.objects.order_by("key").values_list("given_coupon", flat=True)) == [one.pk, other.pk, None, None]


def test_a_share_is_read_as_people_type_its_code(brand: Brand) -> None:
    share = make_share(ana(), code="k3m90x1")
    for order, typed in enumerate(["k3m90x1", "K3M90X1", "k3m9oxl", "k3m90x1。", share.public_id]):
        receive(brand, event("order.paid", **sale(f"A-{order}", share=typed)), str(order))
    assert set(Order.objects.values_list("given_share", flat=True)) == {share.pk}


# The admin


def test_the_admin_keeps_keys_in_one_form(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(brand, is_superuser=True))
    form = {
        "brand": brand.pk,
        "koc": ana().pk,
        "channel": "any",
        "starts_at_0": "2026-03-01",
        "starts_at_1": "00:00",
    }
    for typed in ("ＬＵ\u200bＬＵ１１ ", "'0012"):
        client.post(page(Coupon, action="add"), form | {"code": typed})
    assert list(Coupon.objects.values_list("code", flat=True)) == ["LULU11"]
