"""A draft plan over past orders: numbers a person can check, beside what the ledger says, which it leaves alone."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc
from commissions.earnings.models.commissions import Commission
from commissions.earnings.services.reviews import reverse_commissions
from commissions.orders.models import Order
from commissions.planning.domain.drafts import Draft, read_draft
from commissions.planning.domain.report import Backtest, Cost, Cut
from commissions.planning.selectors.backtest import Span, draft_of, tier_names
from commissions.planning.services.backtest import run_backtest
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.plans import Plan
from commissions.plans.models.policies import PayPolicy
from content.products.models import Product
from foundation.files.faults import BadFile, Refusal
from referrals.tree.models import CreditPolicy
from referrals.visits.models import Visit
from tests.support.factories import (
    NOW,
    make_brand,
    make_customer,
    make_kit,
    make_koc,
    make_plan,
    make_product,
    make_share,
    make_staff,
)
from tests.support.shop_events import cancelled, commissions, paid, refunded, report, send

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIRST, AFTER = date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture
def brand() -> Brand:
    """KOC `low` under `high`, in a tier of × 1.1; 12.5 % + 3 % on everything."""
    brand = make_brand(
        "lumi", policy={"paid_levels": 2, "level2_acknowledged_by": "Ann", "level2_acknowledged_at": NOW}
    )
    sprout = Tier.objects.create(brand=brand, key="sprout", name="新芽", rank=1, growth=10, multiplier_bps=11_000)
    make_product(brand)
    make_product(brand, "S2", category="hair")
    make_plan(brand, rules=[{"rate_bps": 1250, "override_bps": 300}])
    make_share(
        make_koc(brand, "low", sponsor=make_koc(brand, "high"), tier=sprout, name="=小林"), make_kit(brand), code="code"
    )
    return brand


def tried(brand: Brand, *rules: str, first_day: date = FIRST, day_after: date = AFTER) -> Backtest:
    text = "rules:\n" + "".join(f"- {{{rule}}}\n" for rule in rules) if rules else "rules: []"
    return run_backtest(
        span=Span(brand, first_day, day_after), draft=read_draft(text, "draft.yaml", tiers=tier_names(brand))
    )


def in_force(brand: Brand, first_day: date = FIRST, day_after: date = AFTER) -> Backtest:
    return run_backtest(span=Span(brand, first_day, day_after), draft=draft_of(Plan.objects.get(brand=brand)))


def gains(found: Backtest) -> dict[str, tuple[int, int, int]]:
    """KOC → what is paid, what would be, and on how many lines they are credited."""
    return {koc.key: (koc.actual.total_minor, koc.draft.total_minor, koc.lines) for koc in found.kocs}


def test_a_draft_is_set_beside_what_happened(brand: Brand) -> None:
    """9900 at 12.5 % × 1.1 = 1361 and 297; 5000 → 688 and 150. The draft: 10 % × 1.1 of 9900 = 1089 and 99; 100 a piece
    × 2 on hair, no override."""
    report(
        brand, paid("A-1", ("1", "S1", 1, 9900), ("2", "S2", 2, 2500), share="code"), paid("A-2", ("1", "S1", 1, 700))
    )
    found = tried(brand, "categories: [hair], fixed_minor: 100, priority: 1", "rate_bps: 1000, override_bps: 100")
    assert (found.orders, found.orders_credited, found.orders_unanswered, found.lines) == (2, 1, 0, 2)
    assert (found.gmv_minor, found.gmv_credited_minor) == (15_600, 14_900)
    assert (found.actual_cost, found.draft_cost, found.difference_minor) == (
        Cost(1361 + 688, 297 + 150),
        Cost(1089 + 200, 99),
        -1108,
    )
    assert (found.share_bps(found.actual_cost), found.share_bps(found.draft_cost)) == (
        1600,
        890,
    )  # 2496 and 1388 of 15600
    assert gains(found) == {"low": (2049, 1289, 2), "high": (447, 99, 0)}
    assert [(tier.tier, tier.name, tier.parts, tier.actual, tier.draft) for tier in found.tiers] == [
        ("seed", "种子", 0, Cost(), Cost()),
        ("sprout", "新芽", 2, Cost(2049, 447), Cost(1289, 99)),
    ]
    assert [(rule.place, rule.says, rule.lines, rule.left_minor, rule.draft) for rule in found.rules] == [
        (1, "1.00 a piece; categories hair", 1, 5000, Cost(200, 0)),
        (2, "10 % + 1 %", 1, 9900, Cost(1089, 99)),
        (None, "no rule", 0, 0, Cost()),
    ]


def test_caps_the_guard_and_lines_without_a_rule_are_counted(brand: Brand) -> None:
    """The guard of 9900 is 2970: 25 % × 1.1 = 2723 leaves 247 of 297. Of 5000 × 20 % × 1.1 = 1100 the cap leaves 1000;
    150 stay."""
    report(brand, paid("A-1", ("1", "S1", 1, 9900), ("2", "S2", 1, 5000), share="code"))
    found = tried(
        brand,
        "skus: [S1], rate_bps: 2500, override_bps: 300",
        "skus: [S2], rate_bps: 2000, override_bps: 300, cap_minor: 1000",
    )
    assert found.draft_cost == Cost(2723 + 1000, 247 + 150)
    assert (found.guard, found.cap) == (Cut(1, 50), Cut(1, 100))
    nothing = tried(brand, "channels: [douyin], rate_bps: 2500")
    assert [(rule.place, rule.lines, rule.left_minor) for rule in nothing.rules] == [(1, 0, 0), (None, 2, 14_900)]
    assert (nothing.draft_cost, nothing.guard, nothing.cap) == (Cost(), Cut(0, 0), Cut(0, 0))
    assert tried(brand).rules[0].lines == 2


def test_refunds_cancellations_and_amendments_are_out_of_both_sides(brand: Brand) -> None:
    """6600 of 9900 is left → 908 and 198 in force, 726 and 66 in the draft. A-3 stands at 4000 → 550 and 120, 440 and
    40."""
    orders = [paid(order, ("1", "S1", 1, 9900), share="code") for order in ("A-1", "A-2", "A-3")]
    report(brand, *orders, paid("A-4", ("1", "S1", 1, 500)), paid("A-5", ("1", "S1", 1, 800)))
    told = paid("A-3", ("2", "S2", 1, 4000), share="code") | {"timestamp": (NOW + DAY).isoformat()}
    report(brand, refunded("A-1"), cancelled("A-2"), told, refunded("A-4", l1=200), cancelled("A-5"), at=NOW + 2 * DAY)
    found = tried(brand, "rate_bps: 1000, override_bps: 100")
    assert (found.actual_cost, found.draft_cost) == (Cost(908 + 550, 198 + 120), Cost(726 + 440, 66 + 40))
    assert (found.gmv_minor, found.gmv_credited_minor) == (6600 + 4000 + 300, 6600 + 4000)
    assert in_force(brand).draft_cost == found.actual_cost


def test_a_fixed_amount_goes_by_the_pieces_and_the_base_of_the_last_version(brand: Brand) -> None:
    report(brand, paid("A-1", ("1", "S1", 5, 1000), share="code"))
    told = paid("A-1", ("1", "S1", 2, 1000), share="code") | {"timestamp": (NOW + DAY).isoformat()}
    report(brand, told, refunded(l1=500), at=NOW + 2 * DAY)
    assert tried(brand, "fixed_minor: 100").draft_cost == Cost(150, 0)  # 2 × 100 × 1500 / 2000


def test_what_waits_to_be_answered_or_applied_is_left_out(brand: Brand) -> None:
    report(brand, paid(share="code"))
    send(brand, paid("A-2", share="code"), refunded())
    found = tried(brand, "rate_bps: 1000")
    assert (found.orders, found.orders_unanswered, found.gmv_minor, found.draft_cost) == (1, 1, 9900, Cost(1089, 0))


def test_days_are_those_of_the_brands_zone_and_the_last_is_not_in(brand: Brand) -> None:
    """Midnight in Shanghai is 16:00 of the day before in UTC."""
    starts, ends = datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC)
    second = timedelta(seconds=1)
    moments = {"A-1": starts - second, "A-2": starts, "A-3": ends - second, "A-4": ends}
    report(brand, *(paid(order, at=moment, share="code") for order, moment in moments.items()), at=ends + DAY)
    assert tried(brand).orders == 2
    assert tried(brand, first_day=AFTER, day_after=AFTER + DAY).orders == 1


def test_what_was_frozen_counts_not_what_is_now(brand: Brand) -> None:
    """Tier, multiplier, sponsor and guard are those of then. A product stands in the category of now."""
    report(brand, paid(share="code"))
    Tier.objects.filter(key="sprout").update(multiplier_bps=20_000)
    PayPolicy.objects.filter(brand=brand).update(total_cap_bps=100, paid_levels=1)
    Product.objects.filter(sku="S1").update(category="hair")
    assert in_force(brand).draft_cost == in_force(brand).actual_cost == Cost(1361, 297)
    assert tried(brand, "categories: [hair], tiers: [sprout], rate_bps: 1000").draft_cost == Cost(1089, 0)


def test_a_tier_that_is_no_more_keeps_its_line(brand: Brand) -> None:
    report(brand, paid(share="code"))
    Tier.objects.filter(key="sprout").update(key="sapling")
    assert [(tier.tier, tier.name, tier.parts) for tier in in_force(brand).tiers] == [
        ("seed", "种子", 0),
        ("sapling", "新芽", 0),
        ("sprout", "sprout", 1),
    ]


def test_new_customers_and_channels_are_seen_as_they_were(brand: Brand) -> None:
    make_customer(brand, "c-1")
    orders = [
        paid(order, at=NOW + place * DAY, share="code", customer={"id": "c-1"})
        for place, order in enumerate(("A-1", "A-2"))
    ]
    report(brand, *orders, paid("A-3", share="code"), at=NOW + 2 * DAY)
    rules = (
        "customer: new, rate_bps: 100",
        "customer: returning, rate_bps: 200",
        "channels: [moments], rate_bps: 300, priority: -1",
    )
    assert [(rule.place, rule.lines) for rule in tried(brand, *rules).rules] == [(1, 1), (2, 1), (3, 1), (None, 0)]


def test_shared_credit_is_split_as_it_was(brand: Brand) -> None:
    """9999 at 12.5 % = 1250, in halves 625 and 625: × 1.1 = 688 for `low`; `other` has no tier's extra and no sponsor,
    so of 300 only 150 are paid."""
    CreditPolicy.objects.filter(brand=brand).update(attribution="linear")
    low = make_share(Koc.objects.get(key="low"), make_kit(brand))
    other = make_share(make_koc(brand, "other"), make_kit(brand))
    first = Visit.objects.create(share=low, visitor="v1", visited_at=NOW - 2 * DAY)
    Visit.objects.create(share=other, visitor="v1", visited_at=NOW - DAY)
    report(
        brand, paid("A-1", ("1", "S1", 1, 9999), ("2", "S2", 1, 101), click=first.public_id), paid("A-2", share="code")
    )
    assert Order.objects.get(key="A-1").credit == "shared"
    found = in_force(brand)
    assert found.draft_cost == found.actual_cost
    assert gains(found)["low"] == (688 + 8 + 1361, 688 + 8 + 1361, 3)
    both = tried(brand, "tiers: [sprout], rate_bps: 1000", "tiers: [seed, sprout], rate_bps: 500")
    assert [(rule.place, rule.lines) for rule in both.rules] == [(1, 1), (2, 2), (None, 0)]


def test_bonuses_of_campaigns_stand_apart(brand: Brand) -> None:
    Campaign.objects.create(
        brand=brand, key="s1", kind="bounty", starts_at=NOW - DAY, skus=["S1"], fixed_minor=50, budget_minor=1000
    )
    report(brand, paid(share="code"))
    found = in_force(brand)
    assert (found.actual_cost, found.draft_cost, found.bonuses_minor) == (Cost(1361, 297), Cost(1361, 297), 50)
    assert gains(found)["low"] == (1361, 1361, 1)


def test_what_a_review_took_was_not_paid_but_would_be(brand: Brand) -> None:
    report(brand, paid(share="code"))
    taken = Commission.objects.get(level=1)
    reverse_commissions(brand=brand, commissions=[taken.pk], reason="fraud", by=None, at=NOW)
    assert gains(in_force(brand)) == {"low": (0, 1361, 1), "high": (297, 297, 0)}


def test_another_brands_orders_are_not_in_it(brand: Brand) -> None:
    other = make_brand("other")
    make_product(other)
    make_plan(other, rules=[{"rate_bps": 1000}])
    report(other, paid(share=make_share(make_koc(other), make_kit(other)).code))
    found = in_force(brand)
    assert (found.orders, found.gmv_minor, found.lines, found.actual_cost, found.kocs) == (0, 0, 0, Cost(), [])
    assert found.share_bps(found.draft_cost) is None


def test_a_backtest_of_orders_that_no_plan_answered_tells_what_a_first_plan_would_cost() -> None:
    brand = make_brand("fresh")
    make_product(brand)
    report(brand, paid(share=make_share(make_koc(brand, "solo"), make_kit(brand)).code))
    assert commissions(brand) == []
    found = tried(brand, "rate_bps: 1000")
    assert (found.actual_cost, found.draft_cost, gains(found)) == (Cost(), Cost(990, 0), {"solo": (0, 990, 1)})


def test_watching_tells_how_far_it_is(brand: Brand) -> None:
    report(brand, paid(share="code"))
    seen: list[tuple[int, int]] = []
    run_backtest(
        span=Span(brand, FIRST, AFTER), draft=Draft("draft", ()), watch=lambda done, whole: seen.append((done, whole))
    )
    assert seen == [(0, 1)]


# The command


@pytest.fixture
def sold(brand: Brand) -> Brand:
    report(brand, paid(share="code"), paid("A-2", ("1", "S1", 1, 100)))
    return brand


def run(tmp_path: Path, text: str = "rules: [{rate_bps: 1500}]", *options: str) -> tuple[str, str]:
    plan = tmp_path / "draft.yaml"
    plan.write_text(text)
    out, err = io.StringIO(), io.StringIO()
    call_command(
        "backtest",
        "--brand",
        "lumi",
        "--plan",
        str(plan),
        "--from",
        "2026-03-01",
        "--to",
        "2026-04-01",
        *options,
        stdout=out,
        stderr=err,
    )
    return out.getvalue(), err.getvalue()


CLOSING = "backtest: 1 lines of 1 orders, 2 KOCs, actual 16.58 CNY, draft 16.34 CNY, difference -0.24 CNY\n"


def test_the_command_prints_tables_and_a_last_line_that_counts(sold: Brand, tmp_path: Path) -> None:
    Campaign.objects.create(
        brand=sold, key="all", kind="bounty", starts_at=NOW - DAY, fixed_minor=50, budget_minor=1000
    )
    report(sold, paid("A-3", ("1", "S2", 1, 0), share="code"))
    send(sold, paid("A-4"))
    out, err = run(tmp_path)
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == "lumi: plan draft over orders paid from 2026-03-01 to before 2026-04-01, CNY"
    assert "orders     3, of which credited 2; 1 not answered yet are left out" in lines
    assert "GMV        100.00, of which credited 99.00" in lines
    assert [line.split() for line in lines if line.startswith("sprout")] == [
        ["sprout", "新芽", "2", "13.61", "2.97", "16.34", "0.00", "-0.24"]
    ]
    assert [line.split() for line in lines if line.startswith("all")] == [
        ["all", "2", "13.61", "2.97", "16.34", "0.00", "-0.24", "16.58", "%", "→", "16.34", "%"]
    ]
    assert [line.split()[-4:] for line in lines if line.startswith(("low", "high"))] == [
        ["2", "13.61", "16.34", "2.73"],
        ["0", "2.97", "0.00", "-2.97"],
    ]
    assert out.endswith(CLOSING.replace("1 lines of 1 orders", "2 lines of 2 orders"))


def test_the_csv_names_every_tier_rule_and_koc(sold: Brand, tmp_path: Path) -> None:
    out, err = run(tmp_path, "rules: [{rate_bps: 1500}]", "--format", "csv")
    assert err == CLOSING
    table = list(csv.reader(io.StringIO(out, newline="")))
    assert table == [
        [
            "part",
            "key",
            "name",
            "lines",
            "gmv",
            "actual_level1",
            "actual_level2",
            "actual",
            "draft_level1",
            "draft_level2",
            "draft",
            "difference",
            "cut",
        ],
        ["total", "", "", "1", "100.00", "13.61", "2.97", "16.58", "16.34", "0.00", "16.34", "-0.24", ""],
        ["bonuses", "", "", "", "", "0.00", "0.00", "0.00", "", "", "", "", ""],
        ["guard", "", "", "0", "", "", "", "", "", "", "", "", "0.00"],
        ["cap", "", "", "0", "", "", "", "", "", "", "", "", "0.00"],
        ["tier", "seed", "种子", "0", "", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00", ""],
        ["tier", "sprout", "新芽", "1", "", "13.61", "2.97", "16.58", "16.34", "0.00", "16.34", "-0.24", ""],
        ["rule", "1", "15 %", "1", "99.00", "", "", "", "16.34", "0.00", "16.34", "", ""],
        ["rule", "", "no rule", "0", "0.00", "", "", "", "0.00", "0.00", "0.00", "", ""],
        ["koc", "low", "'=小林", "1", "", "13.61", "0.00", "13.61", "16.34", "0.00", "16.34", "2.73", ""],
        ["koc", "high", "high", "0", "", "0.00", "2.97", "2.97", "0.00", "0.00", "0.00", "-2.97", ""],
    ]


def test_a_file_appears_with_the_same_rows_and_a_picture_beside_it(sold: Brand, tmp_path: Path) -> None:
    out, err = run(
        tmp_path,
        "rules: [{rate_bps: 1500}]",
        "--format",
        "csv",
        "--out",
        str(tmp_path / "found.csv"),
        "--plot",
        str(tmp_path / "found.png"),
    )
    assert (out, err) == (CLOSING, "")
    assert (tmp_path / "found.csv").read_bytes().startswith(b"part,key,name,lines,gmv,")
    assert (tmp_path / "found.png").read_bytes().startswith(b"\x89PNG\r\n")


def test_the_json_has_amounts_in_the_minor_unit(sold: Brand, tmp_path: Path) -> None:
    out, err = run(tmp_path, "rules: [{rate_bps: 1500}]", "--format", "json")
    found = json.loads(out)
    assert err == CLOSING
    assert (found["brand"], found["first_day"], found["gmv_minor"], found["difference_minor"]) == (
        "lumi",
        "2026-03-01",
        10_000,
        -24,
    )
    assert (found["actual_share_bps"], found["draft_share_bps"]) == (1658, 1634)
    assert [(koc["key"], koc["actual"]["level2_minor"], koc["draft"]["level1_minor"]) for koc in found["kocs"]] == [
        ("low", 0, 1634),
        ("high", 297, 0),
    ]
    assert found["tiers"][1]["draft"] == {"level1_minor": 1634, "level2_minor": 0}


def test_a_plan_may_come_from_standard_input(sold: Brand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"rules: [{rate_bps: 1500}]")))
    out = io.StringIO()
    call_command("backtest", "--brand", "lumi", "--plan", "-", "--from", "2026-03-01", "--to", "2026-04-01", stdout=out)
    assert out.getvalue().endswith(CLOSING)


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        (("--from", "2026-02-30"), "--from: 2026-02-30 is not a date (YYYY-MM-DD)"),
        (("--to", "March"), "--to: March is not a date (YYYY-MM-DD)"),
        (("--to", "2026-03-01"), "--to: 2026-03-01 is not after 2026-03-01"),
        (("--brand", "nobody"), "no brand nobody"),
        (("--plan", "/nowhere.yaml"), "/nowhere.yaml: No such file or directory"),
        (("--out", "/nowhere/found"), "/nowhere/found: No such file or directory"),
        (("--plot", "/nowhere/found.png"), "/nowhere/found.png: No such file or directory"),
    ],
)
def test_bad_arguments_are_refused_in_words(
    sold: Brand, tmp_path: Path, options: tuple[str, str], refusal: str
) -> None:
    with pytest.raises(Refusal) as refused:
        run(tmp_path, "rules: []", *options)
    assert refused.value.messages() == [refusal]


def test_a_bad_plan_is_refused_with_its_line(sold: Brand, tmp_path: Path) -> None:
    with pytest.raises(BadFile) as refused:
        run(tmp_path, "rules:\n- {tiers: [gold], rate_bps: 1500}\n")
    assert refused.value.messages() == [f"{tmp_path}/draft.yaml:2: unknown tier gold (rules.0.tiers, )"]


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
    for piece in ["16.58 CNY", "16.34 CNY", "-0.24 CNY", "16.34 % of GMV", "新芽", "1. 15 %", "low =小林"]:
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
