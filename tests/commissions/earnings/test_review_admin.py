"""Staff hold, release and reverse from the list; settle and reopen a month: pages that say what they will do, and do it
once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.settlement.models.statements import Settlement, Statement
from tests.support.factories import NOW, make_brand, make_selling_brand, make_staff
from tests.support.shop_events import balances, delivered, paid, prove, report

pytestmark = pytest.mark.django_db
LIST = reverse("admin:commissions_commission_changelist")


@pytest.fixture
def brand() -> Brand:
    brand = make_selling_brand(rate_bps=1250, policy={"min_payout_minor": 1})
    report(brand, paid("A-1", share="code"), paid("A-2", share="code"))
    return brand


@pytest.fixture
def staff(brand: Brand, client: Client) -> Client:
    client.force_login(make_staff(brand))
    return client


def ids() -> list[int]:
    return list(Commission.objects.order_by("pk").values_list("pk", flat=True))


def choose(client: Client, action: str, chosen: list[int], **said: str) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": chosen, **said})


def statuses() -> list[str]:
    return list(Commission.objects.order_by("pk").values_list("status", flat=True))


def test_many_are_held_at_once_on_a_page_that_says_what_it_does(staff: Client) -> None:
    asked = choose(staff, "hold", ids())
    assert asked.status_code == 200
    assert "2 commissions, CN¥24.76" in asked.content.decode()
    assert statuses() == ["pending", "pending"]
    done = choose(staff, "hold", ids(), sure="yes", reason="fraud", note="one device")
    assert done.status_code == 302
    assert statuses() == ["held", "held"]
    assert set(RiskReview.objects.values_list("reason", "note")) == {("fraud", "one device")}


def test_a_hold_needs_a_reason(staff: Client) -> None:
    answer = choose(staff, "hold", ids(), sure="yes", reason="")
    assert answer.status_code == 200
    assert "This field is required" in answer.content.decode()
    assert statuses() == ["pending", "pending"]


def test_the_second_click_is_told_and_changes_nothing(staff: Client) -> None:
    first, second = ids()
    choose(staff, "hold", [first], sure="yes", reason="fraud")
    answer = choose(staff, "hold", [first, second], sure="yes", reason="fraud")
    assert "Nothing was changed" in answer.content.decode()
    assert statuses() == ["held", "pending"]
    choose(staff, "release", [first], sure="yes")
    assert statuses() == ["pending", "pending"]


def test_what_is_reversed_is_worth_nothing(staff: Client, brand: Brand) -> None:
    choose(staff, "reverse", ids(), sure="yes", reason="terms")
    assert statuses() == ["reversed", "reversed"]
    assert balances(brand) == {}
    prove(brand)


def test_staff_of_another_brand_choose_nothing(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(make_brand()))
    choose(client, "hold", ids(), sure="yes", reason="fraud")
    assert statuses() == ["pending", "pending"]


def test_a_month_is_settled_and_reopened(staff: Client, brand: Brand) -> None:
    report(brand, delivered("A-1"), at=NOW + timedelta(days=20))
    page = reverse("admin:commissions_settlement_settle")
    assert staff.get(page).status_code == 200
    for _ in range(2):
        assert staff.post(page, {"brand": brand.pk, "period": "2026-03"}).status_code == 302
    settlement = Settlement.objects.get()
    assert (Statement.objects.get().net_minor, statuses()) == (1238, ["settled", "pending"])
    reopen = reverse("admin:commissions_settlement_reopen", args=[settlement.pk])
    assert staff.post(reopen, {"because": ""}).status_code == 200
    assert staff.post(reopen, {"because": "wrong minimum"}).status_code == 302
    assert "2026-03 is not settled" in staff.post(reopen, {"because": "again"}).content.decode()
    settlement.refresh_from_db()
    assert (settlement.reopened_because, Statement.objects.get().status, statuses()) == (
        "wrong minimum",
        "void",
        ["approved", "pending"],
    )
    prove(brand)


@pytest.mark.parametrize("period", ["2026-13", "March", "2099-01"])
def test_a_month_that_cannot_be_settled_is_said(staff: Client, brand: Brand, period: str) -> None:
    assert (
        staff.post(reverse("admin:commissions_settlement_settle"), {"brand": brand.pk, "period": period}).status_code
        == 200
    )
    assert not Settlement.objects.exists()


def test_staff_settle_and_reopen_their_own_brand_alone(brand: Brand, client: Client) -> None:
    settlement = Settlement.objects.create(brand=brand, currency="CNY", period="2026-02", settled_at=NOW)
    client.force_login(make_staff(make_brand()))
    assert client.get(reverse("admin:commissions_settlement_reopen", args=[settlement.pk])).status_code == 404
    assert (
        client.post(
            reverse("admin:commissions_settlement_settle"), {"brand": brand.pk, "period": "2026-03"}
        ).status_code
        == 200
    )
    assert Settlement.objects.count() == 1
