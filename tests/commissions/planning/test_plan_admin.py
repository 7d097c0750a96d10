"""Staff write plans and campaigns in the admin by the service of files; nobody overwrites what somebody else saved."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.brands.models import Brand
from commissions.planning.services.plans import save_plan
from commissions.plans.domain.plan_parts import PlanPart, RulePart
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.plans import Plan
from commissions.plans.models.policies import PayPolicy
from tests.support.admin_pages import as_typed
from tests.support.clock import STOPPED_AT
from tests.support.factories import make_brand, make_koc, make_plan, make_product, make_share, make_staff
from tests.support.shop_events import paid, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
DAY, NOW = timedelta(days=1), STOPPED_AT
BEGAN, NEXT = NOW - 60 * DAY, NOW + 10 * DAY


@pytest.fixture
def brand() -> Brand:
    brand = make_brand("lumi")
    make_product(brand)
    return brand


@pytest.fixture
def staff(brand: Brand, client: Client) -> Client:
    client.force_login(make_staff(brand))
    return client


def address(row: Any, action: str = "") -> str:
    return reverse(f"admin:commissions_{row._meta.model_name}_{action or 'change'}", args=[row.pk] if row.pk else [])


ADD_PLAN, ADD_CAMPAIGN = "/admin/commissions/plan/add/", "/admin/commissions/campaign/add/"


def times(**moments: Any) -> dict[str, str]:
    """As the two inputs of each moment say them, by the clocks of the brand."""
    said: dict[str, str] = {}
    for field, at in moments.items():
        moment = at and at.astimezone(ZoneInfo("Asia/Shanghai"))
        said |= {
            f"{field}_0": f"{moment:%Y-%m-%d}" if moment else "",
            f"{field}_1": f"{moment:%H:%M:%S}" if moment else "",
        }
    return said


def rules(*said: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    rows = {"rules-TOTAL_FORMS": len(said), "rules-INITIAL_FORMS": initial}
    return rows | {
        f"rules-{n}-{field}": value for n, rule in enumerate(said) for field, value in as_typed(rule).items()
    }


def plan_form(
    brand: Brand, *said: dict[str, Any], starts_at: Any = NEXT, ends_at: Any = None, **more: Any
) -> dict[str, Any]:
    return (
        {"brand": brand.pk, "key": "spring", "seen": ""}
        | times(starts_at=starts_at, ends_at=ends_at)
        | rules(*said)
        | more
    )


def standing() -> list[tuple[str, Any, Any, list[int | None]]]:
    return [
        (str(plan), plan.starts_at, plan.ends_at, [rule.rate_bps for rule in plan.rules.all()])
        for plan in Plan.objects.order_by("pk")
    ]


def told(answer: Any) -> tuple[dict[str, list[str]], list[dict[str, list[str]]]]:
    """What stands at the fields of the plan, and of each rule."""
    assert answer.status_code == 200, answer
    [formset] = answer.context["inline_admin_formsets"]
    return dict(answer.context["adminform"].form.errors), [dict(errors) for errors in formset.formset.errors]


def spring(brand: Brand, starts_at: Any = BEGAN, rate_bps: int = 1250) -> Plan:
    return save_plan(brand=brand, plan=PlanPart("spring", starts_at, None, [RulePart(rate_bps=rate_bps)]), at=NOW)


def opened(staff: Client, row: Any) -> dict[str, Any]:
    """The form of a row as the page shows it."""
    answer = staff.get(address(row))
    form = answer.context["adminform"].form
    said: dict[str, Any] = {"seen": form.initial["seen"], "key": row.key}
    for field in ("starts_at", "ends_at"):
        said |= times(**{field: getattr(row, field)})
    for inline in answer.context["inline_admin_formsets"]:
        formset = inline.formset
        shown = [
            {
                "id": one.instance.pk,
                "plan": row.pk,
                "rate_bps": one["rate_bps"].value(),
                "priority": 0,
                "override_bps": 0,
            }
            for one in formset.initial_forms
        ]
        said |= rules(*shown, initial=len(shown))
    return said


def test_staff_write_a_plan_with_its_rules_in_their_order(staff: Client, brand: Brand) -> None:
    said = plan_form(
        brand,
        {"position": 2, "rate_bps": 1000, "priority": 0, "override_bps": 100},
        {
            "position": 1,
            "rate_bps": 1500,
            "priority": 5,
            "skus": "S1",
            "channels": ["moments", "douyin"],
            "customer": "new",
            "cap_minor": 500,
        },
        {"priority": 0, "override_bps": 0},
    )
    answer = staff.post(ADD_PLAN, said)
    assert answer.status_code == 302
    plan = Plan.objects.get()
    assert list(plan.rules.values_list("rate_bps", "override_bps", "skus", "channels", "customer", "cap_minor")) == [
        (1500, 0, ["S1"], ["moments", "douyin"], "new", 500),
        (1000, 100, [], [], "", None),
    ]
    noted = [str(message) for message in get_messages(answer.wsgi_request)]
    assert noted[0] == "plan spring, rule 2: its rate of level 2 pays nobody, since the brand pays one level"
    staff.post(ADD_PLAN, said)
    assert Plan.objects.count() == 1  # a second click


def test_refusals_stand_at_the_fields(staff: Client, brand: Brand) -> None:
    spring(brand)
    before = standing()
    bad = plan_form(
        brand,
        {"rate_bps": 4000, "priority": 0, "override_bps": 0, "tiers": "gold", "cap_minor": 0},
        {"rate_bps": 5, "fixed_minor": 5, "priority": 0, "override_bps": 0, "skus": "S9"},
        {"rate_bps": 4, "priority": 0, "override_bps": 0, "tiers": "gold"},
        ends_at=NEXT - DAY,
    )
    assert told(staff.post(ADD_PLAN, bad)) == (
        {"ends_at": ["ends before it starts"]},
        [
            {
                "cap_minor": ["with a cap of 0 nothing is paid: leave the cap out, or give a rate of 0"],
                "tiers": ["unknown tier gold"],
                "rate_bps": ["is over the total cap: all levels of a line come to 30% at most"],
            },
            {"rate_bps": ["pays either a rate or a fixed amount"], "skus": ["unknown product S9: load it first"]},
            {
                "priority": ["can never win: rule 1 before it has the same conditions and priority"],
                "tiers": ["unknown tier gold"],
            },
        ],
    )
    assert told(
        staff.post(ADD_PLAN, plan_form(brand, {"rate_bps": 5, "priority": 0, "override_bps": 0, "tiers": "no good"}))
    )[1] == [{"tiers": ["Expected `str` matching regex '^[-a-zA-Z0-9_]+$'"]}]
    assert standing() == before


def test_plans_that_overlap_are_refused_at_the_start(staff: Client, brand: Brand) -> None:
    spring(brand)
    answer = staff.post(ADD_PLAN, plan_form(brand, {"rate_bps": 5, "priority": 0, "override_bps": 0}, key="summer"))
    assert told(answer) == ({"starts_at": ["plan summer overlaps plan spring"]}, [{}])
    assert [name for name, *_ in standing()] == ["spring"]


def test_a_new_version_is_a_copy_with_a_start_of_its_own(staff: Client, brand: Brand) -> None:
    plan = spring(brand)
    away = staff.get(address(plan, "new_version"))
    page = staff.get(away["Location"])
    form = page.context["adminform"].form
    [formset] = [inline.formset for inline in page.context["inline_admin_formsets"]]
    assert (form.initial["brand"], form.initial["key"], form.initial["starts_at"] > NOW) == (brand.pk, "spring", True)
    assert [row.initial["rate_bps"] for row in formset.forms] == [1250]
    answer = staff.post(away["Location"], plan_form(brand, {"rate_bps": 1000, "priority": 0, "override_bps": 0}))
    assert answer.status_code == 302
    assert standing() == [("spring", BEGAN, NEXT, [1250]), ("spring v2", NEXT, None, [1000])]
    again = staff.get(address(plan, "new_version"))
    assert again["Location"] == address(Plan.objects.get(version=2))
    stale = staff.post(
        away["Location"], plan_form(brand, {"rate_bps": 900, "priority": 0, "override_bps": 0}, starts_at=NEXT + DAY)
    )
    [why] = told(stale)[0]["__all__"]
    assert why.startswith("plan spring v2 is there already, from ")
    assert standing()[1] == ("spring v2", NEXT, None, [1000])


def test_of_a_plan_in_force_the_end_alone_can_be_set(staff: Client, brand: Brand) -> None:
    plan = spring(brand)
    page = staff.get(address(plan))
    assert "what sales earned under it must stay explainable" in page.content.decode()
    assert list(page.context["adminform"].form.fields) == ["ends_at", "seen"]
    said = opened(staff, plan) | times(ends_at=NEXT)
    attempt = said | times(starts_at=NOW - DAY) | {"key": "other", "rules-0-rate_bps": "0.01"}
    assert staff.post(address(plan), attempt).status_code == 302
    assert standing() == [("spring", BEGAN, NEXT, [1250])]
    said = opened(staff, Plan.objects.get())
    assert told(staff.post(address(plan), said | times(ends_at=NOW - DAY)))[0]["ends_at"][0].startswith(
        "plan spring is in force: it cannot end before now"
    )


def test_a_plan_to_come_that_has_answered_a_sale_is_not_edited(staff: Client, brand: Brand) -> None:
    plan = spring(brand, NEXT)
    make_share(make_koc(brand), code="code", shared_at=BEGAN)
    report(brand, paid(share="code", at=NEXT + DAY), at=NOW)  # a shop whose clock is ahead
    page = staff.get(address(plan))
    assert "It has answered orders" in page.content.decode()
    assert list(page.context["adminform"].form.fields) == ["ends_at", "seen"]
    assert (
        staff.post(
            address(plan), opened(staff, plan) | times(starts_at=NEXT + DAY) | {"rules-0-rate_bps": "0.01"}
        ).status_code
        == 302
    )
    assert staff.post(address(plan, "delete"), {"post": "yes"}).status_code == 403
    assert standing() == [("spring", NEXT, None, [1250])]


def test_a_plan_that_ended_is_only_shown(staff: Client, brand: Brand) -> None:
    plan = make_plan(brand, rules=[{"rate_bps": 1}], starts_at=BEGAN, ends_at=NOW - DAY)
    assert "and stays as it was" in staff.get(address(plan)).content.decode()
    assert staff.post(address(plan), plan_form(brand, ends_at=NEXT)).status_code == 403
    assert staff.post(address(plan, "delete"), {"post": "yes"}).status_code == 403
    assert Plan.objects.get().ends_at == NOW - DAY


def test_a_plan_to_come_is_changed_and_moved(staff: Client, brand: Brand) -> None:
    plan = spring(brand, NEXT)
    said = opened(staff, plan) | times(starts_at=NEXT + DAY) | {"rules-0-rate_bps": "9%"}
    assert staff.post(address(plan), said).status_code == 302
    assert standing() == [("spring", NEXT + DAY, None, [900])]
    gone = opened(staff, Plan.objects.get()) | {
        "rules-0-DELETE": "on",
        "rules-TOTAL_FORMS": 2,
        "rules-1-fixed_minor": "¥0.07",
        "rules-1-priority": 0,
    }
    assert staff.post(address(plan), gone | {"rules-1-override_bps": 0}).status_code == 302
    assert [(rule.rate_bps, rule.fixed_minor) for rule in Plan.objects.get().rules.all()] == [(None, 7)]


def test_of_two_who_opened_a_plan_the_second_is_told(staff: Client, brand: Brand) -> None:
    plan = spring(brand, NEXT)
    first, second = opened(staff, plan), opened(staff, plan)
    assert staff.post(address(plan), first | {"rules-0-rate_bps": "9%"}).status_code == 302
    answer = staff.post(address(plan), second | {"rules-0-rate_bps": "8 %"})
    assert told(answer)[0]["__all__"] == [
        "plan spring was changed since you opened it: nothing was saved now, open it again"
    ]
    assert standing() == [("spring", NEXT, None, [900])]


def test_a_plan_to_come_may_be_withdrawn(staff: Client, brand: Brand) -> None:
    first = spring(brand)
    second = spring(brand, NEXT, 900)
    assert staff.get(address(second, "delete")).status_code == 200
    assert staff.post(address(first, "delete"), {"post": "yes"}).status_code == 403
    assert staff.post(address(second, "delete"), {"post": "yes"}).status_code == 302
    assert standing() == [("spring", BEGAN, None, [1250])]


def test_another_brands_plans_are_nobodys_business(staff: Client, brand: Brand) -> None:
    other = make_brand("other")
    theirs = spring(other)
    assert staff.get(address(theirs, "new_version")).status_code == 404
    assert staff.get(f"{ADD_PLAN}?version_of={theirs.pk}").context["adminform"].form.initial.get("key") is None
    assert "brand" in told(staff.post(ADD_PLAN, plan_form(other, {"rate_bps": 5, "priority": 0, "override_bps": 0})))[0]
    assert staff.post(address(theirs), opened_blind(theirs))["Location"] == reverse("admin:index")
    assert standing() == [("spring", BEGAN, None, [1250])]


def opened_blind(plan: Plan) -> dict[str, Any]:
    return {"seen": "", **times(ends_at=NEXT), **rules()}


def campaign_form(brand: Brand, **said: Any) -> dict[str, Any]:
    given = {"brand": brand.pk, "key": "climb", "kind": "steps", "budget_minor": "500", "seen": ""} | times(
        starts_at=NEXT, ends_at=None
    )
    return given | {"steps_from": ["0", "¥100", ""], "steps_rate": ["1%", "2", ""]} | said


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


def test_staff_write_a_campaign_with_its_steps_as_rows(staff: Client, brand: Brand) -> None:
    assert staff.post(ADD_CAMPAIGN, campaign_form(brand, name="阶梯")).status_code == 302
    campaign = Campaign.objects.get()
    assert (campaign.steps, campaign.budget_minor, campaign.name) == ([[0, 100], [10_000, 200]], 50_000, "阶梯")
    said = opened(staff, campaign) | campaign_form(brand, steps_from=["0", "50.00"], steps_rate=["1", "3"])
    assert staff.post(address(campaign), said | {"seen": opened(staff, campaign)["seen"]}).status_code == 302
    campaign.refresh_from_db()
    assert campaign.steps == [[0, 100], [5000, 300]]
    page = staff.get(address(campaign)).content.decode()
    assert 'name="steps_from" value="50.00"' in page
    assert page.count('name="steps_rate"') == 5  # two, and room for three


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"steps_from": ["0", "0"], "steps_rate": ["1", "2"]}, {"steps": ["2: each step begins above the one before"]}),
        (
            {"steps_from": ["0"], "steps_rate": ["30.01"]},
            {"steps": ["1: is over the total cap: all levels of a line come to 30% at most"]},
        ),
        ({"steps_from": ["0"], "steps_rate": [""]}, {"steps": ["1: a step is an amount and a rate"]}),
        ({"steps_from": ["-1"], "steps_rate": ["5"]}, {"steps": ["1: -1 is too small: at least CN¥0.00"]}),
        ({"steps_from": [""], "steps_rate": [""]}, {"steps": ["needs steps"]}),
        ({"kind": "bounty", "steps_from": [], "steps_rate": []}, {"fixed_minor": ["pays a fixed amount above 0"]}),
        ({"skus": "S1"}, {"skus": ["steps count what is approved of every product"]}),
        (
            {"kind": "bounty", "fixed_minor": 5, "skus": "S1, S9", "steps_from": [], "steps_rate": []},
            {"skus": ["unknown product S9: load it first"]},
        ),
        (times(ends_at=NEXT - DAY), {"ends_at": ["ends before it starts"]}),
        ({"budget_minor": ""}, {"budget_minor": ["This field is required."]}),
    ],
)
def test_what_a_campaign_cannot_be_stands_at_its_field(
    staff: Client, brand: Brand, said: dict[str, Any], fault: dict[str, list[str]]
) -> None:
    assert errors(staff.post(ADD_CAMPAIGN, campaign_form(brand, **said))) == fault
    assert not Campaign.objects.exists()


def test_of_a_campaign_in_force_what_it_pays_is_only_shown(staff: Client, brand: Brand) -> None:
    made = {"starts_at": BEGAN, "budget_minor": 10_000, "reserved_minor": 2_500, "steps": [[0, 100], [10_000, 250]]}
    campaign = Campaign.objects.create(brand=brand, key="climb", kind="steps", **made)
    page = staff.get(address(campaign))
    assert list(page.context["adminform"].form.fields) == ["name", "ends_at", "budget_minor", "seen"]
    shown = page.content.decode()
    for piece in [
        "what it pays stays as it was promised",
        "CN¥25.00 / CN¥100.00",
        "CN¥75.00 left",
        "width: 25%",
        "2.5%",
    ]:
        assert piece in shown
    assert "width: 25%" in staff.get("/admin/commissions/campaign/").content.decode()
    said = opened(staff, campaign) | {
        "name": "n",
        "budget_minor": "200",
        "kind": "bounty",
        "fixed_minor": 5,
        "steps_from": ["0"],
        "steps_rate": ["9"],
    }
    assert staff.post(address(campaign), said).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.name, campaign.budget_minor, campaign.reserved_minor, campaign.kind, campaign.steps[1]) == (
        "n",
        20_000,
        2_500,
        "steps",
        [10_000, 250],
    )
    assert errors(staff.post(address(campaign), said)) == {
        "__all__": ["campaign climb was changed since you opened it: nothing was saved now, open it again"]
    }
    low = opened(staff, campaign) | {"budget_minor": "24.99"}
    assert errors(staff.post(address(campaign), low)) == {
        "budget_minor": ["CN¥25.00 of its budget is promised already: it cannot be less"]
    }


def test_the_total_cap_is_not_lowered_in_the_admin_either(staff: Client, brand: Brand) -> None:
    spring(brand)
    policy = PayPolicy.objects.get(brand=brand)
    form = staff.get(address(policy)).context["adminform"].form
    said = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    answer = staff.post(address(policy), said | {"total_cap_bps": "12.49"})
    reason = "plan spring pays 12.5%: end it before the total cap is lowered under that"
    assert errors(answer) == {"total_cap_bps": [reason]}
    said |= {"total_cap_bps": "12.5%", "rate_protection_days": 14, "withdrawals": "on"}
    assert staff.post(address(policy), said).status_code == 302
    policy.refresh_from_db()
    assert (policy.total_cap_bps, policy.rate_protection_days, policy.withdrawals) == (1250, 14, True)
