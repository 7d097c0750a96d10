"""The backtest of a plan in the admin."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.brands.models import Brand
from commissions.plans.models.plans import Plan
from tests.support.factories import make_brand, make_plan, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


# The admin


@pytest.fixture
def later(sold: Brand) -> Plan:
    starts_at = datetime(2990, 1, 1, tzinfo=UTC)
    Plan.objects.filter(brand=sold).update(ends_at=starts_at)
    return make_plan(sold, "later", rules=[{"rate_bps": 1500}], starts_at=starts_at)


def page(plan: Plan) -> str:
    return reverse("admin:commissions_plan_backtest", args=[plan.pk])


def test_staff_try_a_plan_before_it_is_in_force(client: Client, sold: Brand, later: Plan) -> None:
    client.force_login(make_staff(sold))
    assert page(later) in client.get(reverse("admin:commissions_plan_change", args=[later.pk])).content.decode()
    shown = client.get(page(later), {"first_day": "2026-03-01", "day_after": "2026-04-01"})
    text = shown.content.decode()
    assert shown.status_code == 200
    for piece in ["CN¥16.58", "CN¥16.34", "-CN¥0.24", "16.34% of GMV", "新芽", "1. 15%", "low =小林"]:
        assert piece in text


def test_the_span_begins_as_the_90_days_before_today_of_the_brands_zone(
    client: Client, sold: Brand, later: Plan
) -> None:
    client.force_login(make_staff(sold))
    found = client.get(page(later)).context["found"]
    assert found.day_after - found.first_day == timedelta(days=90)


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ({"first_day": "2026-04-01", "day_after": "2026-04-01"}, "day_after"),
        ({"first_day": "soon", "day_after": "2026-04-01"}, "first_day"),
    ],
)
def test_a_span_that_is_none_is_told_and_nothing_is_computed(
    client: Client, sold: Brand, later: Plan, days: dict[str, str], field: str
) -> None:
    client.force_login(make_staff(sold))
    answer = client.get(page(later), days)
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["found"] is None


def test_a_plan_in_force_has_no_backtest_and_another_brands_is_not_found(
    client: Client, sold: Brand, later: Plan
) -> None:
    client.force_login(make_staff(sold))
    force = Plan.objects.get(brand=sold, key="base")
    assert client.get(page(force)).status_code == 403
    assert page(force) not in client.get(reverse("admin:commissions_plan_change", args=[force.pk])).content.decode()
    theirs = make_plan(make_brand("other"), "later", rules=[], starts_at=later.starts_at)
    assert client.get(page(theirs)).status_code == 404
    client.logout()
    assert client.get(page(later))["Location"].startswith(reverse("admin:login"))
