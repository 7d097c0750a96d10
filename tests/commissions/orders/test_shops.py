"""A brand with several shops: what one of them numbers is unique within it."""

import json
from collections import Counter
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.translation import override

from accounts.brands.models import Brand
from accounts.people.models import Customer, Koc
from accounts.people.services.customers import import_customers
from commissions.audit.selectors.links import QUESTIONS, link_of
from commissions.earnings.models.commissions import Commission
from commissions.orders.admin.refusals import why_refused
from commissions.orders.domain.refusals import DoubtRefused
from commissions.orders.models import Delivery, Doubt, Event, Order, Refund
from commissions.orders.services.doubts import dismiss_doubt, keep_refund
from commissions.orders.services.events import receive_event, replay_event, send_mended
from commissions.orders.services.order_files import import_orders
from commissions.orders.services.secrets import intake_secrets
from commissions.schedule import run_due
from foundation.files.faults import BadFile
from referrals.coupons.models import Coupon, CouponUse
from tests.commissions.orders.test_api_intake import deliver
from tests.commissions.orders.test_doubts import tell, whole
from tests.support.clients import errors, me, results
from tests.support.factories import NOW, make_brand_with_plan, make_koc, make_share, make_staff, make_user
from tests.support.shop_events import balances, cancelled, delivered, paid, refunded, report

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOW + 40 * DAY


@pytest.fixture
def brand() -> Brand:
    brand = make_brand_with_plan("lumi", rules=[{"rate_bps": 1000}])
    for koc in ("a", "b"):
        make_share(make_koc(brand, koc), code=f"share-{koc}")
    return brand


def of(shop: str, event: dict[str, Any]) -> dict[str, Any]:
    return event | {"data": event["data"] | {"shop": shop}}


def sale(shop: str = "", **more: Any) -> dict[str, Any]:
    """A sale under one number, of KOC a in the main shop, and of KOC b in any other."""
    event = paid("A-1", share="share-b" if shop else "share-a", **more)
    return of(shop, event) if shop else event


def net_of_kocs() -> dict[str, int]:
    nets: Counter[str] = Counter()
    for one in Commission.objects.select_related("koc"):
        nets[one.koc.key] += one.net_minor
    return dict(nets)


def test_a_refund_of_one_shop_takes_nothing_from_the_koc_of_another(brand: Brand) -> None:
    report(brand, sale(), sale("tmall"), of("tmall", refunded(l1=9900)), at=LATER)
    assert net_of_kocs() == {"a": 990, "b": 0}
    assert list(Refund.objects.values_list("shop", "order_key")) == [("tmall", "A-1")]


@pytest.mark.parametrize("order", list(permutations(range(5))))
def test_facts_of_two_shops_in_any_order_come_to_the_same(brand: Brand, order: tuple[int, ...]) -> None:
    events = [
        sale(),
        sale("tmall"),
        of("tmall", delivered()),
        of("tmall", refunded(l1=3300)),
        cancelled(),
    ]
    for number in order:
        report(brand, events[number], events[number], at=LATER)
    assert net_of_kocs() == {"a": 0, "b": 660}
    assert balances(brand) == {("b", "approved"): 660}


def test_the_main_shop_may_be_named(brand: Brand) -> None:
    report(brand, paid("A-1", share="share-a", shop=" main "), paid("A-1", share="share-a", shop=""), at=LATER)
    assert list(Order.objects.values_list("shop", "key")) == [("main", "A-1")]


def test_an_edit_and_a_gap_are_of_the_shop_that_tells_them(brand: Brand) -> None:
    report(brand, sale(), sale("tmall"), at=LATER)
    edited = sale("tmall", lines=[{"line": "1", "sku": "S1", "quantity": 2, "unit_price_minor": 9900}])
    report(brand, edited | {"timestamp": (NOW + DAY).isoformat()}, at=LATER)
    report(brand, sale("tmall", customer={"id": "c-1"}), at=LATER)
    assert net_of_kocs() == {"a": 990, "b": 1980}
    assert list(Order.objects.order_by("shop").values_list("shop", "customer__key")) == [
        ("main", None),
        ("tmall", "c-1"),
    ]


ROWS = [
    "shop,order,line,paid_at,customer,sku,quantity,unit_price_minor,share,delivered_at",
    "tmall,A-1,1,2026-03-01T02:00:00Z,c-1,S1,1,9900,share-b,2026-03-02T02:00:00Z",
    "main,A-1,1,2026-03-01T02:00:00Z,c-1,S1,1,9900,share-a,",
    ",A-2,1,2026-03-01T02:00:00Z,c-1,S1,1,9900,share-a,",
    "tmall,A-2,1,2026-03-01T02:00:00Z,c-2,S1,1,9900,share-b,",
]


def load(brand: Brand, *rows: str) -> str:
    return str(import_orders(brand=brand, lines=[f"{row}\n" for row in rows], name="orders.csv", at=LATER))


def test_a_file_of_orders_may_name_the_shop_of_each(brand: Brand) -> None:
    assert load(brand, *ROWS) == "4 created, 0 updated, 0 unchanged"
    assert load(brand, *ROWS) == "0 created, 0 updated, 4 unchanged"
    run_due(brand=brand, at=LATER)
    assert list(Delivery.objects.values_list("shop", "order_key")) == [("tmall", "A-1")]
    assert sorted(Customer.objects.values_list("shop", "key")) == [("main", "c-1"), ("tmall", "c-1"), ("tmall", "c-2")]
    assert balances(brand) == {("a", "pending"): 1980, ("b", "pending"): 990, ("b", "approved"): 990}


def test_rows_of_one_order_stand_together_in_each_shop(brand: Brand) -> None:
    with pytest.raises(BadFile) as refused:
        load(brand, *ROWS, "tmall,A-1,2,2026-03-01T02:00:00Z,c-1,S1,1,9900,share-b,2026-03-02T02:00:00Z")
    assert refused.value.messages() == ["orders.csv:6: the rows of an order do not stand together (order, A-1)"]


def test_a_file_of_customers_may_name_the_shop_of_each(brand: Brand) -> None:
    rows = ["shop,customer,name\n", ",c-1,王\n", "tmall,c-1,李\n", "main,c-2,赵\n"]
    for said in ("3 created, 0 updated, 0 unchanged", "0 created, 0 updated, 3 unchanged"):
        assert str(import_customers(brand=brand, lines=rows, name="customers.csv", at=NOW)) == said
    assert sorted(Customer.objects.values_list("shop", "key", "name")) == [
        ("main", "c-1", "王"),
        ("main", "c-2", "赵"),
        ("tmall", "c-1", "李"),
    ]
    with pytest.raises(BadFile, match="the customer stands twice"):
        import_customers(brand=brand, lines=[*rows, "main,c-1,王\n"], name="customers.csv", at=NOW)


def test_one_id_in_two_shops_is_two_persons_unless_a_phone_says_otherwise(brand: Brand) -> None:
    def bought(shop: str, order: str, phone: str = "", at: Any = NOW) -> dict[str, Any]:
        return of(shop, paid(order, customer={"id": "c-1", "phone": phone}, at=at))

    report(brand, bought("main", "A-1"), bought("tmall", "A-2", at=NOW + DAY), at=LATER)
    assert set(Order.objects.values_list("customer_is_new", flat=True)) == {True}
    phone = "+8613800000077"
    report(brand, bought("x", "B-1", phone), bought("y", "B-2", phone, at=NOW + DAY), at=LATER)
    assert list(Order.objects.filter(key__startswith="B").order_by("key").values_list("customer_is_new", flat=True)) == [True, False]  # fmt: skip


def test_of_two_orders_paid_at_one_instant_that_of_the_lower_shop_is_the_earlier(brand: Brand) -> None:
    """As (paid_at, shop, key): the key alone would say the other way round."""
    phone = "+8613800000077"
    lower = of("anna", paid("Z-1", customer={"id": "c-1", "phone": phone}))
    higher = of("bert", paid("A-1", customer={"id": "c-1", "phone": phone}))
    report(brand, higher, lower, at=LATER)
    assert list(Order.objects.order_by("shop").values_list("shop", "customer_is_new")) == [("anna", True), ("bert", False)]  # fmt: skip


def test_a_coupon_is_good_for_one_number_in_two_shops(brand: Brand) -> None:
    Coupon.objects.create(brand=brand, koc=Koc.objects.get(key="a"), code="SPRING", starts_at=NOW)
    report(brand, paid("A-1", coupon="SPRING"), of("tmall", paid("A-1", coupon="SPRING")), at=LATER)
    assert sorted(use.order_number for use in CouponUse.objects.all()) == ["A-1", "tmall/A-1"]


def test_a_secret_belongs_to_a_shop(brand: Brand) -> None:
    main, tmall = (intake_secrets(brand=brand, rotate=False, at=NOW, shop=shop)[0] for shop in ("main", "tmall"))
    ours = intake_secrets(brand=brand, rotate=True, at=NOW + DAY, shop="tmall")
    assert (len(set(ours)), intake_secrets(brand=brand, rotate=False, at=NOW)) == (2, [main])
    for secret in (main, tmall):  # the webhook ids, too, are the shop's own
        assert deliver(paid("A-1"), name="m1", secret=secret).status_code == 202
        assert deliver(paid("A-1"), name="m1", secret=secret).status_code == 200
    assert sorted(Order.objects.values_list("shop", "key")) == [("main", "A-1"), ("tmall", "A-1")]
    assert deliver(of("tmall", paid("A-2")), name="m2", secret=tmall).status_code == 202


@pytest.mark.parametrize("shop", ["main", "jd", 7, "2.02611E+15", "x" * 65])
def test_an_event_that_names_another_shop_than_its_secret_is_refused_and_kept(brand: Brand, shop: Any) -> None:
    [secret] = intake_secrets(brand=brand, rotate=False, at=NOW, shop="tmall")
    refused = deliver(of(shop, paid("A-1")), secret=secret)
    assert (refused.status_code, errors(refused)) == (422, [("refused", "data.shop")])
    assert list(Event.objects.values_list("shop", "status")) == [("tmall", "refused")]
    assert list(Doubt.objects.values_list("shop", "order_key")) == [("tmall", "A-1")]
    assert not Order.objects.exists()


def test_a_command_prints_the_secrets_of_a_shop(brand: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    for options in ({}, {"shop": "tmall"}, {"shop": "tmall", "rotate": True}):
        call_command("intake_secret", brand="lumi", **options)
    main, first, newest, again = capsys.readouterr().out.split()
    assert (again, len({main, first, newest})) == (first, 3)
    with pytest.raises(CommandError, match="is empty"):
        call_command("intake_secret", "--brand", "lumi", "--shop", " ")


def test_texts_exports_and_the_api_name_a_shop_that_is_not_main(
    brand: Brand, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    koc = Koc.objects.get(key="b")
    koc.user = make_user()
    koc.save()
    report(brand, sale(), sale("tmall"), at=LATER)
    out = tmp_path / "out.csv"
    call_command("export_commissions", brand="lumi", period="2026-03", out=str(out))
    assert {line.split(",")[3] for line in out.read_text().splitlines()[1:]} == {"A-1", "tmall/A-1"}
    listed = results(me(koc).read("commissions", koc=koc.public_id))
    assert [one["order"] for one in listed] == ["tmall/A-1"]
    capsys.readouterr()
    for number, name in (("A-1", "KOC a"), ("tmall/A-1", "KOC b")):
        call_command("explain", number, brand="lumi")
        said = capsys.readouterr().out
        assert f"Order {number}," in said, name


def test_an_order_is_found_by_its_number_alone_where_only_one_shop_has_it(
    brand: Brand, capsys: pytest.CaptureFixture[str]
) -> None:
    report(brand, of("tmall", paid("A-7", share="share-b")), at=LATER)
    call_command("explain", "A-7", brand="lumi")
    assert "Order tmall/A-7," in capsys.readouterr().out
    report(brand, of("jd", paid("A-7", share="share-b")), at=LATER)
    with pytest.raises(Exception, match="several shops have an order A-7: jd/A-7, tmall/A-7"):
        call_command("explain", "A-7", brand="lumi")


# Two sales under one number, and nobody says of which shop they are.


def other_sale(**more: Any) -> dict[str, Any]:
    return paid("A-1", share="share-b", at=NOW + 3 * DAY, customer={"id": "c-2"}, **more)


def test_what_comes_after_a_clash_of_numbers_waits_for_staff(brand: Brand) -> None:
    tell(brand, sale(customer={"id": "c-1"}))
    [why] = tell(brand, other_sale())
    assert "reported before, and differently" in why
    later = [delivered(at=NOW + 4 * DAY), refunded(at=NOW + 5 * DAY), cancelled(at=NOW + 6 * DAY)]
    assert {"two sales" in why for why in tell(brand, *later)} == {True}
    assert net_of_kocs() == {"a": 990}
    assert set(Commission.objects.values_list("status", flat=True)) == {"held"}
    assert (Delivery.objects.count(), Refund.objects.count(), Doubt.objects.filter(outcome="").count()) == (0, 0, 4)
    with pytest.raises(BadFile, match="two sales"):
        report(brand, delivered(at=NOW + 4 * DAY), at=LATER)
    assert tell(brand, sale(customer={"id": "c-1"})) == [""]  # what is told again is still that sale


def test_a_sale_that_was_refused_for_its_number_is_missing_in_the_reconciliation(brand: Brand) -> None:
    """It is no telling of the sale that has the number."""
    tell(brand, sale(customer={"id": "c-1"}), other_sale(), sale(customer={"id": "c-1"}))
    question = next(one for one in QUESTIONS if one.key == "events")
    months = {"brand": brand.pk, "starts": NOW - DAY, "ends": LATER + DAY}
    assert link_of(question, months).count == 1
    dismiss_doubt(doubt=Doubt.objects.get(), reason="a mistake of the shop", by=make_staff(brand), at=LATER)
    assert link_of(question, months).count == 0


def test_why_a_number_is_taken_is_said_in_the_language_of_staff(brand: Brand) -> None:
    tell(brand, sale(customer={"id": "c-1"}), other_sale(), delivered(at=NOW + 4 * DAY))
    with override("zh-hans"):
        said = [why_refused(doubt.refusal, brand) for doubt in Doubt.objects.order_by("pk")]
    assert ["订单此前已上报" in said[0], "这个订单号有两笔销售" in said[1]] == [True, True]


def test_staff_say_that_the_other_sale_is_of_another_shop_and_send_the_rest_on(brand: Brand) -> None:
    owner = make_staff(brand)
    tell(brand, sale(customer={"id": "c-1"}), other_sale(), refunded(at=NOW + 5 * DAY, l1=9900))
    clash, refund = Doubt.objects.order_by("pk")
    send_mended(doubt=clash, body=json.dumps(of("tmall", other_sale())).encode(), by=owner, at=LATER)
    body = json.dumps(of("tmall", refunded(at=NOW + 5 * DAY, l1=9900))).encode()
    send_mended(doubt=refund, body=body, by=owner, at=LATER)
    run_due(brand=brand, at=LATER)
    assert (net_of_kocs(), set(Commission.objects.values_list("koc__key", "status"))) == (
        {"a": 990, "b": 0},
        {("a", "pending"), ("b", "reversed")},
    )


def test_staff_leave_the_other_sale_out_and_what_waited_counts(brand: Brand) -> None:
    owner = make_staff(brand)
    tell(brand, sale(customer={"id": "c-1"}), other_sale(), refunded(at=NOW + 5 * DAY, l1=9900))
    clash, refund = Doubt.objects.order_by("pk")
    assert refund.event
    assert "two sales" in replay_event(event=refund.event, at=LATER)
    dismiss_doubt(doubt=clash, reason="a mistake of the shop", by=owner, at=LATER)
    assert replay_event(event=refund.event, at=LATER) == ""
    run_due(brand=brand, at=LATER)
    assert net_of_kocs() == {"a": 0}


def test_a_refund_that_came_before_the_clash_was_seen_is_listed_and_staff_decide(brand: Brand) -> None:
    owner = make_staff(brand)
    tell(brand, sale(customer={"id": "c-1"}), whole(3300), whole(1000, "R-2"))
    assert net_of_kocs() == {"a": 560}
    tell(brand, other_sale())
    first, second = Doubt.objects.filter(refund__isnull=False).order_by("pk")
    assert [(one.refund.key, one.amount_minor, one.holds) for one in (first, second) if one.refund] == [
        ("R-1", 3300, False),
        ("R-2", 1000, False),
    ]
    assert set(Commission.objects.values_list("status", flat=True)) == {"pending"}
    keep_refund(doubt=second, by=owner, at=LATER)
    with pytest.raises(DoubtRefused):
        keep_refund(doubt=second, by=owner, at=LATER)
    assert dismiss_doubt(doubt=first, reason="of the other shop", by=owner, at=LATER)
    run_due(brand=brand, at=LATER)
    assert net_of_kocs() == {"a": 890}
    tell(brand, other_sale(shop="main"))  # a clash that is told again lists nothing twice
    assert Doubt.objects.filter(refund__isnull=False).count() == 2


def test_the_page_of_a_refund_of_two_sales_offers_what_can_be_done(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(brand))
    tell(brand, sale(customer={"id": "c-1"}), whole(3300), other_sale())
    clash, listed = Doubt.objects.order_by("pk")

    def asks(doubt: Doubt) -> dict[str, int]:
        choices = ("replay", "mend", "keep", "dismiss")
        return {choice: client.get(f"/admin/commissions/doubt/{doubt.pk}/{choice}/").status_code for choice in choices}

    assert asks(listed) == {"replay": 404, "mend": 404, "keep": 200, "dismiss": 200}
    assert asks(clash) == {"replay": 200, "mend": 200, "keep": 404, "dismiss": 200}
    shown = client.get(f"/admin/commissions/doubt/{listed.pk}/change/").content.decode()
    assert [choice for choice in ("replay", "mend", "keep", "dismiss") if f"/{listed.pk}/{choice}/" in shown] == [
        "keep",
        "dismiss",
    ]
    answer = client.post(f"/admin/commissions/doubt/{listed.pk}/keep/")
    assert (answer.status_code, Doubt.objects.get(pk=listed.pk).outcome) == (302, "ended")


def test_a_cancellation_that_was_applied_cannot_be_left_out_afterwards(brand: Brand) -> None:
    tell(brand, sale(customer={"id": "c-1"}), cancelled(), other_sale())
    listed = Doubt.objects.get(refund__isnull=False)
    with pytest.raises(DoubtRefused, match="another number"):
        dismiss_doubt(doubt=listed, reason="of the other shop", by=make_staff(brand), at=LATER)
    assert Doubt.objects.get(pk=listed.pk).outcome == ""


def test_a_sale_that_differs_in_lines_or_in_how_it_was_brought_is_no_other_sale(brand: Brand) -> None:
    tell(brand, sale(customer={"id": "c-1"}))
    assert ["differently" in why for why in tell(brand, paid("A-1", share="share-b", customer={"id": "c-1"}))] == [True]
    assert tell(brand, delivered(at=NOW + DAY)) == [""]
    receive_event(brand=brand, webhook_id="x", body=json.dumps(whole(100)).encode(), at=LATER)
