"""The compliance report in the admin, and the acknowledgement of a second level."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.forms import model_to_dict
from django.test import Client
from django.urls import reverse

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.compliance.domain.verdicts import Verdict
from commissions.compliance.rendering import compliance_report
from commissions.plans.models.policies import Acknowledgement, PayPolicy
from tests.support.admin_pages import as_typed
from tests.support.factories import NOW, make_brand, make_staff

pytestmark = pytest.mark.django_db


def acknowledged() -> list[tuple[str, datetime, str]]:
    return list(Acknowledgement.objects.order_by("pk").values_list("acknowledged_by", "acknowledged_at", "version"))


LATE = datetime(2026, 12, 1, tzinfo=UTC)


def verdicts_of(brand: Brand) -> dict[str, Verdict]:
    return {point.key: point.verdict for point in compliance_report(brand, at=LATE, language="en").points}


# In the admin


def page(brand: Brand, kind: str = "change") -> str:
    return reverse(f"admin:commissions_compliance_{kind}", args=[brand.pk])


def test_staff_read_the_report_of_their_brand_with_links_and_no_other(brand: Brand, client: Client) -> None:
    other = make_brand("other")
    client.force_login(make_staff(brand))
    assert client.get(reverse("admin:commissions_compliance_changelist"))["Location"] == page(brand)
    told = client.get(page(brand)).content.decode()
    for piece in ["19.35%", page_of(brand, "sponsor"), "Lan (sponsor)", "A-3", page(brand, "paper")]:
        assert piece in told
    assert [client.get(page(other, kind)).status_code for kind in ("change", "paper")] == [404, 404]
    client.logout()
    assert client.get(page(brand)).status_code == 302


def page_of(brand: Brand, koc: str) -> str:
    return reverse("admin:accounts_koc_change", args=[Koc.objects.get(brand=brand, key=koc).pk])


def test_the_report_speaks_both_languages(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(brand))
    assert "人数与层级" in client.get(page(brand), {"language": "zh-hans"}).content.decode()
    assert "人数与层级" in client.get(page(brand, "paper"), headers={"Accept-Language": "zh-Hans"}).content.decode()
    assert "People and levels" in client.get(page(brand), {"language": "xx"}).content.decode()


def test_who_sees_several_brands_chooses(brand: Brand, admin_client: Client) -> None:
    other = make_brand("other")
    told = admin_client.get(reverse("admin:commissions_compliance_changelist")).content.decode()
    assert page(brand) in told
    assert page(other) in told


def policy_form(policy: PayPolicy, **fields: Any) -> dict[str, Any]:
    """What a browser would send: a box that is not ticked is not there."""
    said = {name: value for name, value in model_to_dict(policy).items() if value not in (None, False)}
    return as_typed(said) | fields


def test_a_second_level_is_switched_on_by_who_has_read_what_it_means(client: Client) -> None:
    brand = make_brand()
    staff = make_staff(brand, name="Ann")
    client.force_login(staff)
    policy = PayPolicy.objects.get()
    form = reverse("admin:commissions_paypolicy_change", args=[policy.pk])
    assert "禁止传销条例" in client.get(form, headers={"Accept-Language": "zh-Hans"}).content.decode()
    assert "forbids pay for recruiting" in client.get(form).content.decode()
    refused = client.post(form, policy_form(policy, paid_levels=2))
    assert list(refused.context["adminform"].form.errors) == ["acknowledge"]
    assert "pay_policy_pays_one_or_two_levels" in str(
        client.post(form, policy_form(policy, paid_levels=3, acknowledge="on")).context["adminform"].form.errors
    )
    assert (PayPolicy.objects.get().paid_levels, acknowledged()) == (1, [])
    assert client.post(form, policy_form(policy, paid_levels=2, acknowledge="on")).status_code == 302
    found = PayPolicy.objects.get()
    assert (found.paid_levels, found.level2_acknowledged_by) == (2, f"Ann (user {staff.pk})")
    assert [(by, version) for by, _, version in acknowledged()] == [(f"Ann (user {staff.pk})", "1")]
    assert client.post(form, policy_form(policy, paid_levels=2, hold_days=8)).status_code == 302  # said once
    assert len(acknowledged()) == 1


def test_a_policy_that_forgets_who_acknowledged_is_not_in_order() -> None:
    brand = make_brand(
        policy={"paid_levels": 2, "level2_acknowledged_by": "Ann", "level2_acknowledged_at": NOW - timedelta(days=1)}
    )
    assert verdicts_of(brand)["levels"] is Verdict.BROKEN
