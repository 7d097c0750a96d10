"""Every time on a page of the admin is its brand's, and the page says so."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.brands.models import Brand
from accounts.people.models import Staff, User
from commissions.audit.models import LedgerCheck
from commissions.exports.models import Export
from commissions.orders.models import Order
from commissions.plans.models.plans import Plan
from commissions.settlement.models.statements import Settlement
from growth.contests.models import Contest
from tests.config.pages.test_admin_names import text_of
from tests.support.admin_pages import page, sell
from tests.support.clock import STOPPED_AT
from tests.support.factories import NOW, make_brand, make_plan, make_staff

pytestmark = pytest.mark.django_db
ZONES = {
    "Asia/Shanghai": "2026-03-01 10:00",
    "America/New_York": "2026-02-28 21:00",
    "Asia/Kathmandu": "2026-03-01 07:45",
}
"""Zones, and what their clocks show at NOW."""


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def brand_of(zone: str) -> Brand:
    return make_brand(timezone=zone)


def shown(client: Client, address: str, **asked: Any) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200, address
    return text_of(answer.content)


@pytest.mark.parametrize("zone", ZONES)
def test_every_page_of_one_brand_is_in_its_zone(zone: str) -> None:
    brand = brand_of(zone)
    staff = signed_in(make_staff(brand))
    wrong = {}
    for model, row in sell(brand).items():
        for address in (page(model), page(model, row)):
            text = shown(staff, address)
            has_time = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", text)
            if "2026-03-01 02:00" in text or "UTC" in text or (has_time and zone not in text):
                wrong[address] = text
    assert wrong == {}
    order = Order.objects.get()
    assert f"Paid at ({zone})" in shown(staff, page(Order))
    assert ZONES[zone] in shown(staff, page(Order))
    assert f"{ZONES[zone]} {zone}" in shown(staff, page(Order, order))


def test_a_list_of_several_brands_says_each_rows_zone(superuser: Client) -> None:
    brands = [brand_of(zone) for zone in ZONES]
    for brand in brands:
        sell(brand)
    said = [f"{clock} {zone}" for zone, clock in ZONES.items()]
    text = shown(superuser, page(Order))
    assert [one for one in said if one not in text] == []
    for order in Order.objects.select_related("brand"):
        zone = order.brand.timezone
        assert f"{ZONES[zone]} {zone}" in shown(superuser, page(Order, order))
    text = shown(superuser, page(Order), brand__id__exact=brands[1].pk)
    assert "Paid at (America/New_York)" in text
    assert "2026-02-28 21:00" in text
    assert "Shanghai" not in text.replace("Asia/Shanghai)", "")


def test_staff_of_brands_of_one_zone_are_in_it(superuser: Client) -> None:
    first, second = brand_of("Asia/Kathmandu"), brand_of("Asia/Kathmandu")
    user = make_staff(first)
    Staff.objects.create(brand=second, user=user)
    brand_of("Asia/Shanghai")
    sell(first)
    assert "Paid at (Asia/Kathmandu)" in shown(signed_in(user), page(Order))


def typed(brand: Brand, day: str, at: str) -> dict[str, Any]:
    return {
        "brand": brand.pk, "name": "Spring", "kind": "sales", "least": 1, "rule": "who brings most", "prizes": "1: a trip",
        "starts_at_0": day, "starts_at_1": at, "ends_at_0": "2027-06-01", "ends_at_1": "00:00:00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "stored"),
    [
        ("Asia/Shanghai", datetime(2026, 11, 29, 10, 40, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 29, 23, 40, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 11, 29, 12, 55, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("who", ["staff", "superuser"])
def test_what_is_typed_is_the_brands_time(superuser: Client, zone: str, stored: datetime, who: str) -> None:
    brand, _other = brand_of(zone), make_brand(timezone="Europe/Paris")
    client = superuser if who == "superuser" else signed_in(make_staff(brand))
    said = zone if who == "staff" else "in the brand's time zone"
    assert said in shown(client, page(Contest, action="add"))
    answer = client.post(page(Contest, action="add"), typed(brand, "2026-11-29", "18:40:00"))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    contest = Contest.objects.get()
    assert contest.starts_at == stored
    form = client.get(page(Contest, contest))
    source = form.content.decode()
    assert 'value="2026-11-29"' in source
    assert 'value="18:40:00"' in source
    assert zone in text_of(form.content)
    assert client.post(page(Contest, contest), typed(brand, "2026-11-29", "18:40")).status_code == 302
    contest.refresh_from_db()
    assert contest.starts_at == stored


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    brand = brand_of("America/New_York")
    answer = signed_in(make_staff(brand)).post(page(Contest, action="add"), typed(brand, "2026-03-08", "02:30:00"))
    assert answer.context["adminform"].form.errors["starts_at"] == [
        "There is no 2026-03-08 02:30 in America/New_York: the clocks are put forward then."
    ]
    assert not Contest.objects.exists()


def test_of_two_times_alike_the_earlier_is_meant_and_a_later_one_is_kept() -> None:
    brand = brand_of("America/New_York")
    staff = signed_in(make_staff(brand))
    staff.post(page(Contest, action="add"), typed(brand, "2026-11-01", "01:30:00"))
    contest = Contest.objects.get()
    assert contest.starts_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    later = datetime(2026, 11, 1, 6, 30, 0, 123_456, tzinfo=UTC)
    Contest.objects.update(starts_at=later)
    assert (
        staff.post(page(Contest, contest), typed(brand, "2026-11-01", "01:30:00") | {"name": "Autumn"}).status_code
        == 302
    )
    contest.refresh_from_db()
    assert (contest.name, contest.starts_at) == ("Autumn", later)


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Asia/Shanghai", datetime(2026, 9, 16, 16, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 9, 17, 4, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 9, 16, 18, 15, tzinfo=UTC)),
    ],
)
def test_today_begins_at_the_brands_midnight(stopped_clock: None, zone: str, midnight: datetime) -> None:
    brand = brand_of(zone)
    staff = signed_in(make_staff(brand))
    sell(brand, 2)
    before, after = Order.objects.order_by("pk")
    Order.objects.filter(pk=before.pk).update(paid_at=midnight - timedelta(seconds=1))
    Order.objects.filter(pk=after.pk).update(paid_at=midnight)
    changes = staff.get(page(Order)).context["cl"]
    filter_ = next(one for one in changes.filter_specs if getattr(one, "field_path", "") == "paid_at")
    assert filter_.title == f"paid at ({zone})"
    today = [choice["query_string"] for choice in filter_.choices(changes)][1]
    assert list(staff.get(page(Order) + today).context["cl"].result_list) == [after]


def test_a_day_of_the_chart_is_each_brands_own(stopped_clock: None, superuser: Client) -> None:
    """An order at 17:00 in UTC is tomorrow's in Shanghai alone."""
    for zone in ZONES:
        brand = brand_of(zone)
        sell(brand)
        Order.objects.filter(brand=brand).update(paid_at=datetime(2026, 9, 16, 17, tzinfo=UTC))
        chart = json.loads(signed_in(make_staff(brand)).get(reverse("admin:index")).context["chart"])
        counts = dict(zip(chart["labels"], chart["datasets"][0]["data"], strict=True))
        assert {day: count for day, count in counts.items() if count} == {
            "09-17" if zone == "Asia/Shanghai" else "09-16": 1
        }
        assert chart["labels"][-1] == "09-17"
    chart = json.loads(superuser.get(reverse("admin:index")).context["chart"])
    counts = dict(zip(chart["labels"], chart["datasets"][0]["data"], strict=True))
    assert {day: count for day, count in counts.items() if count} == {"09-16": 2, "09-17": 1}


@pytest.mark.parametrize("zone", ZONES)
def test_the_history_of_a_row_is_in_its_zone(superuser: Client, zone: str) -> None:
    brand = brand_of(zone)
    brand_of("Europe/Paris")
    order = sell(brand)[Order]
    user = User.objects.get(pk=superuser.session["_auth_user_id"])
    entry = LogEntry.objects.create(
        user=user, content_type=ContentType.objects.get_for_model(Order), object_id=order.pk, object_repr="A-0", action_flag=CHANGE
    )  # fmt: skip
    LogEntry.objects.filter(pk=entry.pk).update(action_time=NOW)
    text = shown(superuser, page(Order, order, "history"))
    assert ZONES[zone] in text
    assert f"times in {zone}" in text


@pytest.mark.parametrize(
    ("zone", "ended"), [("Asia/Shanghai", "2026-09"), ("America/New_York", "2026-08"), ("Asia/Kathmandu", "2026-08")]
)
def test_months_are_picked_and_end_where_the_brand_is(zone: str, ended: str) -> None:
    """At 17:00 in UTC on the last of September it is October in Shanghai alone."""
    brand = brand_of(zone)
    staff = signed_in(make_staff(brand))
    with time_machine.travel(datetime(2026, 9, 30, 17, tzinfo=UTC), tick=False):
        settling = staff.get(reverse("admin:commissions_settlement_settle")).content.decode()
        asked = staff.get(page(Export, action="add")).content.decode()
        reconciled = staff.get(reverse("admin:commissions_reconciliation_changelist")).content.decode()
    months = re.findall(r'<option value="(\d{4}-\d\d)"', settling)
    assert months[0] == ended
    assert '<option value=""' not in settling.split('name="period"')[1].split("</select>")[0]
    assert months == sorted(months, reverse=True)
    assert 60 < len(months) <= 72
    assert re.search(rf'<option value="{ended}"\s+selected', asked)
    assert len(re.findall(rf'<option value="{ended}"\s+selected', reconciled)) == 2


def test_what_is_no_month_is_refused() -> None:
    brand = brand_of("Asia/Shanghai")
    staff = signed_in(make_staff(brand))
    answer = staff.post(reverse("admin:commissions_settlement_settle"), {"brand": brand.pk, "period": "2026-13"})
    assert answer.context["form"].errors["period"] == ["2026-13 is no month."]
    assert not Settlement.objects.exists()


@pytest.mark.parametrize(("zone", "started"), [("Asia/Shanghai", "08:00"), ("Asia/Kathmandu", "05:45")])
def test_messages_say_the_zone(superuser: Client, zone: str, started: str) -> None:
    brand = brand_of(zone)
    brand_of("Europe/Paris")
    plan = make_plan(brand, rules=[{"rate_bps": 1000}])
    assert f"is in force since 2026-01-01 {started} {zone}" in shown(superuser, page(Plan, plan))
    LedgerCheck.objects.create(brand=brand, checked_at=STOPPED_AT, laws=1, fault_count=1, faults=["off"], seconds=1)
    with time_machine.travel(STOPPED_AT, tick=False):
        text = shown(superuser, reverse("admin:index"))
    clock = {"Asia/Shanghai": "12:00", "Asia/Kathmandu": "09:45"}[zone]
    assert f"checked at 2026-09-17 {clock} {zone}" in text


def test_the_next_request_is_in_utc_again(client: Client) -> None:
    """A page of the admin leaves no zone behind in its thread: the API speaks UTC."""
    brand = brand_of("Asia/Kathmandu")
    sell(brand)
    signed_in(make_staff(brand)).get(page(Order))
    assert timezone.get_current_timezone_name() == "UTC"
