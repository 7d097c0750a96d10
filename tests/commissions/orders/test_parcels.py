"""An order comes in parcels: the hold of a line runs from the latest delivery that it is in, whenever it is told."""

import json
from datetime import datetime, timedelta
from io import StringIO
from itertools import permutations
from typing import Any

import pytest
from django.core.management import call_command

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import ApprovalWithdrawal, Commission
from commissions.ledger.models import Transfer
from commissions.orders.domain.refusals import EventRefused, MalformedEvent
from commissions.orders.models import Delivery, Doubt, Event
from commissions.orders.services.events import receive_event
from commissions.orders.services.order_files import import_orders
from commissions.schedule import run_due
from commissions.settlement.services.settlement import settle_period
from foundation.files.faults import BadFile
from tests.support.factories import NOW, make_selling_brand
from tests.support.shop_events import balances, paid, prove, send

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOW + 40 * DAY
HOLD = NOW.replace(hour=16, minute=0) + 7 * DAY  # delivered at 10:00 in Shanghai: from midnight of the 8th day after


@pytest.fixture
def brand() -> Brand:
    return make_selling_brand(policy={"min_payout_minor": 1})


def parcel(day: int, *lines: str, **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"order": "A-1", "delivered_at": (NOW + day * DAY).isoformat()} | more
    return {"type": "order.delivered", "data": data | ({"lines": list(lines)} if lines else {})}


def sold(*lines: str, day: int = 0) -> dict[str, Any]:
    event = paid("A-1", *((line, "S1", 1, 1000) for line in lines), share="code")
    return event | {"timestamp": (NOW + day * DAY).isoformat()}


def tell(brand: Brand, *events: dict[str, Any], at: datetime = LATER) -> list[str]:
    """Each event as a webhook, with the clock after it; why each is refused, or ''."""
    said = []
    for event in events:
        try:
            receive_event(
                brand=brand, webhook_id=f"msg_{Event.objects.count()}", body=json.dumps(event).encode(), at=at
            )
            said.append("")
        except EventRefused as refused:
            said.append(str(refused))
        run_due(brand=brand, at=at)
        prove(brand)
    return said


def approved() -> dict[str, datetime | None]:
    return dict(Commission.objects.order_by("line__key").values_list("line__key", "approved_at"))


def test_a_line_waits_for_the_parcel_that_it_is_in(brand: Brand) -> None:
    assert tell(brand, sold("1", "2"), parcel(0, "1")) == ["", ""]
    assert approved() == {"1": HOLD, "2": None}
    assert tell(brand, parcel(10, "2")) == [""]
    assert approved() == {"1": HOLD, "2": HOLD + 10 * DAY}
    assert balances(brand) == {("a", "approved"): 200}


def test_the_hold_counts_from_the_latest_delivery_in_every_order_of_telling(brand: Brand) -> None:
    told = [sold("1", "2"), parcel(0), parcel(10, "2"), parcel(5, "1", "2")]
    for number, order in enumerate(permutations(told)):
        other = make_selling_brand(f"b{number}", code=f"code{number}")
        for event in order:
            share = {"share": f"code{number}"} if event["type"] == "order.paid" else {}
            send(other, event | {"data": event["data"] | share}, at=LATER)
            run_due(brand=other, at=LATER)
        prove(other)
        earned = Commission.objects.filter(brand=other)
        assert dict(earned.values_list("line__key", "approved_at")) == {"1": HOLD + 5 * DAY, "2": HOLD + 10 * DAY}
        assert set(earned.values_list("status", flat=True)) == {"approved"}
        assert balances(other) == {("a", "approved"): 200}


def test_what_was_approved_too_soon_goes_back_to_pending_and_is_approved_anew(brand: Brand) -> None:
    soon = HOLD + DAY
    tell(brand, sold("1"), parcel(0), at=soon)
    assert tell(brand, parcel(5), at=soon) == [""]
    [earned] = Commission.objects.all()
    assert (earned.status, earned.approved_at) == ("pending", None)
    assert balances(brand) == {("a", "pending"): 100}
    assert tell(brand, parcel(5), at=LATER) == [""]
    earned.refresh_from_db()
    assert (earned.status, earned.approved_at) == ("approved", HOLD + 5 * DAY)
    moves = list(Transfer.objects.order_by("pk").values_list("reason", "cause_id", "amount_minor"))
    cause = ApprovalWithdrawal.objects.get(commission=earned, delivery__number=2)
    assert moves[1:] == [
        ("approval", earned.pk, 100),
        ("approval_withdrawn", cause.pk, 100),
        ("reapproval", cause.pk, 100),
    ]
    out = StringIO()
    call_command("explain", earned.public_id, stdout=out)
    text = out.getvalue()
    assert "A later delivery was reported on" in text
    assert text.count("The order was delivered on") == 2


def test_an_earlier_delivery_that_is_told_later_changes_nothing(brand: Brand) -> None:
    tell(brand, sold("1"), parcel(5), parcel(2))
    assert approved() == {"1": HOLD + 5 * DAY}
    assert not ApprovalWithdrawal.objects.exists()
    assert not Delivery.objects.filter(is_new=True).exists()


def test_what_is_on_a_statement_stays_there(brand: Brand) -> None:
    tell(brand, sold("1", "2"), parcel(0))
    settle_period(brand=brand, period="2026-03", at=LATER)
    assert tell(brand, parcel(20)) == [""]
    assert approved() == {"1": HOLD, "2": HOLD}
    assert not ApprovalWithdrawal.objects.exists()


def test_the_same_parcel_told_twice_is_one_and_so_is_one_a_second_off(brand: Brand) -> None:
    off = (NOW + 10 * DAY + timedelta(seconds=59)).isoformat()
    tell(brand, sold("1", "2"), parcel(10, "2", "1"), parcel(10, "1", "2"), parcel(10, "1", "2", delivered_at=off))
    assert Delivery.objects.count() == 1


def test_all_lines_are_those_that_an_edit_adds_later_too(brand: Brand) -> None:
    tell(brand, sold("1"), parcel(0), sold("1", "2", day=3))
    assert approved() == {"1": HOLD, "2": HOLD}


def test_a_line_that_the_order_does_not_have_is_refused_and_counts_once_an_edit_adds_it(brand: Brand) -> None:
    assert tell(brand, sold("1"), parcel(0, "1"), parcel(2, "2")) == ["", "", "the order has no line 2 (lines, 2)"]
    assert (Doubt.objects.get().outcome, Doubt.objects.get().holds) == ("", False)
    assert approved() == {"1": HOLD}
    tell(brand, sold("1", "2", day=3))
    assert approved() == {"1": HOLD, "2": HOLD + 2 * DAY}
    assert Doubt.objects.get().outcome == "ended"
    assert not Event.objects.filter(status="refused").exists()


def test_a_parcel_that_is_heard_before_its_order_is_judged_when_that_comes(brand: Brand) -> None:
    assert tell(brand, parcel(2, "2"), parcel(0, "1"), sold("1")) == ["", "", ""]
    assert approved() == {"1": HOLD}
    assert Doubt.objects.get().event == Event.objects.get(status="refused")
    tell(brand, sold("1", "2", day=3))
    assert approved() == {"1": HOLD, "2": HOLD + 2 * DAY}


def test_a_parcel_with_no_line_is_refused_with_its_place(brand: Brand) -> None:
    event = parcel(0)
    event["data"]["lines"] = []
    with pytest.raises(EventRefused) as refused:
        receive_event(brand=brand, webhook_id="m", body=json.dumps(event).encode(), at=LATER)
    assert refused.value.place == "data.lines"
    with pytest.raises(MalformedEvent):
        receive_event(brand=brand, webhook_id="n", body=b'{"type": "order.delivered"}', at=LATER)


def test_a_file_names_a_later_delivery_and_the_same_file_again_changes_nothing(brand: Brand) -> None:
    def load(day: int) -> str:
        row = f"A-1,1,{NOW.isoformat()},S1,1,1000,code,{(NOW + day * DAY).isoformat()}\n"
        head = "order,line,paid_at,sku,quantity,unit_price_minor,share,delivered_at\n"
        return str(import_orders(brand=brand, lines=[head, row], name="orders.csv", at=LATER))

    assert [load(0), load(0), load(4), load(4)] == [
        "1 created, 0 updated, 0 unchanged",
        "0 created, 0 updated, 1 unchanged",
        "0 created, 1 updated, 0 unchanged",
        "0 created, 0 updated, 1 unchanged",
    ]
    run_due(brand=brand, at=LATER)
    assert approved() == {"1": HOLD + 4 * DAY}
    with pytest.raises(BadFile, match="is later than now"):
        load(90)
