"""Staff see what was measured beside its threshold and what it rests on, and decide many at once, with a reason."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import RiskReview
from commissions.risk.admin import COUNTED
from commissions.risk.models import Signal, SignalPolicy
from commissions.risk.selectors import fraud_sightings
from commissions.risk.services import find_signals
from tests.support.factories import make_staff
from tests.support.fraud import LATER, buy_by_click, commission_statuses, make_searched_brand, search_only_for, sell
from tests.support.shop_events import refunded, report

pytestmark = pytest.mark.django_db
LIST = reverse("admin:commissions_signal_changelist")


@pytest.fixture
def brand() -> Brand:
    brand = make_searched_brand("lumi")
    buy_by_click(brand, "A-1", "A-2", "A-3", seconds=5)
    report(brand, *[refunded(f"A-{n}", f"R-{n}") for n in (1, 2, 3)], at=LATER)
    search_only_for(brand, "click_to_order", holds=True)
    SignalPolicy.objects.filter(kind="refund_rate").update(is_on=True, beside=3)
    find_signals(brand=brand, at=LATER)
    return brand


@pytest.fixture
def staff(brand: Brand, client: Client) -> Client:
    client.force_login(make_staff(brand))
    return client


def choose(client: Client, action: str, **said: Any) -> Any:
    return client.post(
        LIST, {"action": action, "_selected_action": list(Signal.objects.values_list("pk", flat=True)), **said}
    )


def states() -> set[str]:
    return set(Signal.objects.values_list("state", flat=True))


def test_the_number_stands_beside_its_threshold(staff: Client) -> None:
    listed = staff.get(LIST).content.decode()
    for piece in ["ordered too soon", "refund rate", "100%", "50%", "open"]:
        assert piece in listed
    signal = Signal.objects.get(kind="click_to_order")
    shown = staff.get(reverse("admin:commissions_signal_change", args=[signal.pk])).content.decode()
    rows = [fact.order for fact in signal.facts.all()] + [hold.review for hold in signal.holds.all()]
    assert len(rows) == 6
    for row in rows:
        assert row
        assert reverse(f"admin:commissions_{row._meta.model_name}_change", args=[row.pk]) in shown
    assert "orders by click" in shown
    assert "orders paid too soon after their click" in shown


def test_the_front_page_says_how_many_wait(staff: Client) -> None:
    items = {item["text"]: item["count"] for item in staff.get(reverse("admin:index")).context["waiting"]}
    assert items["Signals of fraud to look at: 2"] == 2


def test_many_are_dismissed_at_once_with_a_reason(staff: Client) -> None:
    asked = choose(staff, "dismiss")
    assert (asked.status_code, states()) == (200, {"open"})
    assert "2 signals" in asked.content.decode()
    assert choose(staff, "dismiss", sure="yes", reason="").status_code == 200
    assert (states(), set(commission_statuses().values())) == ({"open"}, {"held"})
    assert choose(staff, "dismiss", sure="yes", reason="a till").status_code == 302
    assert (states(), set(commission_statuses().values())) == ({"dismissed"}, {"pending"})
    again = choose(staff, "confirm", sure="yes", reason="yes")
    assert "was decided already" in again.content.decode()
    assert states() == {"dismissed"}


@pytest.mark.parametrize(("reverse_too", "status"), [({}, "held"), ({"reverse": "on"}, "reversed")])
def test_confirming_may_reverse_what_is_held(staff: Client, reverse_too: dict[str, str], status: str) -> None:
    assert choose(staff, "confirm", sure="yes", reason="a bot", **reverse_too).status_code == 302
    assert (states(), set(commission_statuses().values())) == ({"confirmed"}, {status})
    assert set(RiskReview.objects.values_list("outcome", flat=True)) == {"" if status == "held" else "reversed"}


def test_staff_of_another_brand_decide_nothing(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(make_searched_brand("other")))
    assert client.get(LIST).context["cl"].result_list.count() == 0
    choose(client, "dismiss", sure="yes", reason="not mine")
    assert states() == {"open"}


def test_staff_set_the_numbers_and_whether_a_kind_holds(staff: Client) -> None:
    policy = SignalPolicy.objects.get(kind="refund_rate")
    page = reverse("admin:commissions_signalpolicy_change", args=[policy.pk])
    assert "orders at least" in staff.get(page).content.decode()
    said = {"is_on": "on", "holds": "on", "threshold": "30%", "beside": "5", "days": "60"}
    assert staff.post(page, said).status_code == 302
    policy.refresh_from_db()
    assert (policy.is_on, policy.holds, policy.threshold, policy.beside, policy.days) == (True, True, 3000, 5, 60)
    for wrong in ({"threshold": 0}, {"threshold": "100.01"}, {"days": 0}, {"days": 367}):
        assert staff.post(page, said | wrong).status_code == 200
    policy.refresh_from_db()
    assert (policy.threshold, policy.days) == (3000, 60)
    assert staff.get(reverse("admin:commissions_signalpolicy_add")).status_code == 403


def test_a_lower_threshold_is_heard_by_the_next_search(brand: Brand, staff: Client) -> None:
    sell(brand, 11, 17, back=0)
    SignalPolicy.objects.filter(kind="refund_rate").update(threshold=3000)
    assert find_signals(brand=brand, at=LATER).found == 0  # 3 of 10, and none of them is new


def test_all_that_searches_count_has_a_name() -> None:
    """Staff read no key of JSON."""
    source = Path(fraud_sightings.__file__).read_text()
    built = " ".join(re.findall(r"json_build_object\((.*)", source))
    counted = set(re.findall(r"'(\w+)'", built)) - {"dismissed"}
    assert {"orders", "fastest_seconds", "kept_apart"} < counted
    assert counted | {"members", "orders_among_them"} == set(COUNTED)
