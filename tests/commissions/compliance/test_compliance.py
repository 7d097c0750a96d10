"""The compliance report of a brand: numbers that a person can check, from the book as it stands."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.forms import model_to_dict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.brands.models import Brand
from accounts.people.models import Koc
from backoffice.brand_file.services import import_brand
from commissions.compliance.domain.causes import CAUSES
from commissions.compliance.domain.facts import Facts
from commissions.compliance.domain.report import Money
from commissions.compliance.domain.verdicts import Verdict
from commissions.compliance.rendering import compliance_report
from commissions.compliance.selectors import queries
from commissions.compliance.selectors.figures import compliance_facts
from commissions.earnings.models.commissions import Commission
from commissions.ledger.models import Transfer, Wallet
from commissions.planning.services.policies import acknowledge_level_2
from commissions.plans.models.policies import Acknowledgement, PayPolicy
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.services.settlement import settle_period
from commissions.subsidies.services.subsidies import allocate, expire_subsidies, grant_subsidy
from foundation.files.faults import Refusal
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_plan, make_product, make_share, make_staff
from tests.support.shop_events import cancelled, delivered, paid, refunded, report

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def brand() -> Brand:
    """grand → sponsor → sharer, and a loner. Three orders: 9900 with a third refunded, 9900 cancelled, 20,000; all
    settled."""
    brand = make_brand(
        "lumi",
        policy={
            "paid_levels": 2,
            "level2_acknowledged_by": "Ann",
            "level2_acknowledged_at": NOW,
            "min_payout_minor": 0,
        },
    )
    acknowledge_level_2(brand=brand, by="Ann", at=NOW)
    make_product(brand)
    make_plan(brand, rules=[{"rate_bps": 1250, "override_bps": 300}])
    sponsor = make_koc(brand, "sponsor", name="Lan", sponsor=make_koc(brand, "grand"))
    share = make_share(make_koc(brand, "sharer", name="Mei", sponsor=sponsor), make_kit(brand), code="code")
    make_koc(brand, "loner")
    make_koc(brand, "waiting", status="applied", sponsor=sponsor)
    make_share(sponsor, make_kit(brand), channel="douyin")
    orders = [
        paid(share=share.code),
        paid("A-2", share=share.code),
        paid("A-3", ("1", "S1", 2, 10_000), share=share.code),
    ]
    report(brand, *orders, delivered(), delivered("A-3"), refunded(), cancelled("A-2"), at=LATE)
    settle_period(brand=brand, period="2026-03", at=LATE)
    return brand


def facts(brand: Brand) -> Facts:
    return compliance_facts(brand)


def verdicts_of(brand: Brand) -> dict[str, Verdict]:
    return {point.key: point.verdict for point in compliance_report(brand, at=LATE, language="en").points}


def test_members_are_counted_by_depth_and_by_tree(brand: Brand) -> None:
    people = facts(brand).people
    assert people.by_depth == [2, 1, 1]  # who only applied is no member
    assert (people.people, people.levels, people.trees) == (5, 4, 2)
    assert [(tree.root.text, tree.people, tree.levels) for tree in people.largest] == [
        ("grand (grand)", 3, 3),
        ("loner (loner)", 1, 1),
    ]


def test_pay_is_told_by_level_with_what_refunds_took_back_taken_off(brand: Brand) -> None:
    found = facts(brand)
    # level 1: 825 of 6600, 0, 2500 of 20,000; level 2: 198, 0, 600
    assert [(one.level, one.commissions, one.kocs, one.net_minor) for one in found.levels.paid] == [
        (1, 3, 1, 3325),
        (2, 3, 1, 798),
    ]
    assert (found.level_2.level_1_minor, found.level_2.level_2_minor, found.level_2.share_bps) == (
        3325,
        798,
        1935,
    )  # 798 / 4123
    assert found.level_2.mostly_level_2 == 1
    assert [(one.koc.text, one.recruits, one.level_1_minor, one.level_2_minor) for one in found.level_2.largest] == [
        ("Lan (sponsor)", 1, 0, 798)
    ]


def test_every_movement_is_followed_to_a_sale_and_nothing_was_paid_for_a_recruit(brand: Brand) -> None:
    recruiting = facts(brand).recruiting
    assert (recruiting.recruits, recruiting.uncaused, recruiting.per_recruit_minor, recruiting.examples) == (
        2,
        0,
        0,
        [],
    )
    # 1238 + 1238 + 2500 and 297 + 297 + 600 were made; 413 + 1238 and 99 + 297 taken back
    assert {
        (flow.reason, flow.giver, flow.taker): (flow.transfers, flow.amount_minor, flow.cause)
        for flow in recruiting.flows
    } == {
        ("accrual", "brand", "koc"): (6, 6170, "sale"),
        ("reversal", "koc", "brand"): (4, 2047, "sale"),
        ("approval", "koc", "same"): (4, 4123, "sale"),
        ("settlement", "koc", "same"): (2, 4123, "statement"),
    }
    assert [(one.koc.text, one.recruits, one.level_2_minor) for one in recruiting.recruiters] == [
        ("grand (grand)", 1, 0),
        ("Lan (sponsor)", 1, 798),
    ]


def move(brand: Brand, koc: str, amount: int, *, reason: str, cause: int) -> Transfer:
    costs = Wallet.objects.get(brand=brand, koc=None, kind="commissions")
    taker = Wallet.objects.get(brand=brand, koc__key=koc, kind="pending")
    return Transfer.objects.create(
        source=costs, target=taker, amount_minor=amount, reason=reason, cause_id=cause, moved_at=LATE
    )


def test_money_with_no_sale_behind_it_is_listed(brand: Brand) -> None:
    for_a_head = move(brand, "sponsor", 5000, reason="accrual", cause=10**9)
    unheard = move(brand, "sponsor", 1, reason="welcome", cause=1)
    found = facts(brand)
    assert (found.recruiting.uncaused, found.recruiting.uncaused_minor, found.recruiting.per_recruit_minor) == (
        2,
        5001,
        2501,
    )
    assert [(one.transfer.pk, one.reason, one.amount_minor) for one in found.recruiting.examples] == [
        (for_a_head.pk, "accrual", 5000),
        (unheard.pk, "welcome", 1),
    ]
    assert verdicts_of(brand)["recruiting"] is Verdict.BROKEN


def test_a_cause_of_another_brand_is_none(brand: Brand) -> None:
    other = make_brand("other")
    make_product(other)
    make_plan(other, rules=[{"rate_bps": 1000}])
    report(other, paid(share=make_share(make_koc(other, "theirs"), make_kit(other)).code))
    Commission.objects.filter(brand=other).update(status="pending")
    theirs = Commission.objects.get(brand=other)
    move(brand, "sharer", 7, reason="approval", cause=theirs.pk)
    assert facts(brand).recruiting.uncaused == 1
    assert facts(other).recruiting.uncaused == 0


def test_a_subsidy_and_a_write_off_are_causes_when_their_rows_say_so(brand: Brand) -> None:
    taker = Wallet.objects.get(brand=brand, koc__key="sharer", kind="approved")
    giver = Wallet.objects.create(brand=brand, kind="subsidies", currency="CNY")
    granted = Adjustment.objects.create(
        brand=brand, koc=Koc.objects.get(brand=brand, key="sharer"), kind="subsidy", amount_minor=500, happened_at=LATE
    )
    Transfer.objects.create(
        source=giver, target=taker, amount_minor=500, reason="subsidy", cause_id=granted.pk, moved_at=LATE
    )
    recruiting = facts(brand).recruiting
    assert recruiting.uncaused == 0
    assert [
        (flow.transfers, flow.amount_minor, flow.cause) for flow in recruiting.flows if flow.reason == "subsidy"
    ] == [(1, 500, "subsidy")]
    Transfer.objects.create(
        source=giver, target=taker, amount_minor=7, reason="write_off", cause_id=granted.pk, moved_at=LATE
    )
    assert facts(brand).recruiting.uncaused_minor == 7  # the row is a subsidy


def test_subsidies_are_followed_to_their_grants_and_newcomers_are_shown(brand: Brand) -> None:
    kocs = {koc.key: koc for koc in Koc.objects.filter(brand=brand)}
    Koc.objects.filter(key="grand").update(joined_at=NOW - timedelta(days=400))
    make_share(kocs["grand"], make_kit(brand))
    before = facts(brand).recruiting.flows
    terms: dict[str, Any] = {
        "may_pass_on": True,
        "expires_at": LATE,
        "note": "",
        "by": make_staff(brand),
        "at": NOW + timedelta(days=9),
    }
    subsidy = grant_subsidy(brand=brand, koc=kocs["grand"], own_minor=50, hand_on_minor=90, **terms)
    for to, amount, as_right in [("sharer", 20, False), ("sponsor", 30, True)]:
        allocate(
            subsidy=subsidy, to=kocs[to], amount_minor=amount, note="", as_right=as_right, at=NOW + timedelta(days=10)
        )
    expire_subsidies(brand=brand, at=LATE)
    found = facts(brand).recruiting
    assert (found.uncaused, found.per_recruit_minor) == (0, 0)
    assert [
        (flow.reason, flow.giver, flow.taker, flow.amount_minor, flow.cause)
        for flow in found.flows
        if flow not in before
    ] == [
        ("allocation", "koc", "koc", 20, "subsidy"),
        ("expiry", "koc", "brand", 70, "subsidy"),
        ("grant", "brand", "koc", 90, "subsidy"),
        ("passing", "koc", "koc", 30, "subsidy"),
        ("subsidy", "brand", "koc", 50, "subsidy"),
    ]
    assert facts(brand).fees.unexplained == 0
    assert [
        (one.giver, one.koc.text, one.kind, one.amount_minor, one.days, one.shares, one.orders)
        for one in found.early_examples
    ] == [
        ("grand", "Mei (sharer)", "money", 20, 10, 1, 3),
        ("grand", "Lan (sponsor)", "right", 30, 10, 1, 0),
    ]
    assert (found.early, found.early_days) == (2, 30)
    shown = [
        table
        for point in compliance_report(brand, at=LATE, language="zh-hans").points
        for table in point.evidence
        if table.title == "新加入者获得的补贴"
    ]
    assert [list(row)[1:4:2] for row in shown[0].rows] == [["grand", Money(20, "CNY")], ["grand", Money(30, "CNY")]]
    Transfer.objects.create(
        source=Wallet.objects.get(koc=None, kind="subsidies"), target=Wallet.objects.get(koc__key="grand", kind="subsidy"),
        amount_minor=7, reason="passing", cause_id=subsidy.pk, moved_at=LATE,
    )  # fmt: skip
    assert facts(brand).recruiting.uncaused_minor == 7  # the brand granted it, nobody passed it on


def test_every_reason_for_a_transfer_says_what_it_comes_from() -> None:
    assert set(CAUSES) == set(Transfer.Reason.values)
    assert {cause.noun for cause in CAUSES.values()} == set(queries.UNPROVEN) - {""}


def test_lines_are_held_against_what_is_left_of_their_base(brand: Brand) -> None:
    line_pay = facts(brand).line_pay
    assert line_pay.bands == [0, 2, 0, 0]  # the cancelled line has no pay left
    assert [(one.order.text, one.base_minor, one.net_minor, one.share_bps) for one in line_pay.highest] == [
        ("A-1", 6600, 1023, 1550),
        ("A-3", 20_000, 3100, 1550),
    ]
    assert line_pay.over_cap == 0
    PayPolicy.objects.filter(brand=brand).update(total_cap_bps=1549)
    assert facts(brand).line_pay.over_cap == 2
    assert verdicts_of(brand)["line_pay"] is Verdict.LOOK


def test_what_leaves_a_koc_is_listed(brand: Brand) -> None:
    fees = facts(brand).fees
    assert [(flow.reason, flow.transfers, flow.amount_minor) for flow in fees.taken] == [("reversal", 4, 2047)]
    source = Wallet.objects.get(brand=brand, koc__key="sharer", kind="settled")
    costs = Wallet.objects.get(brand=brand, koc=None, kind="commissions")
    Transfer.objects.create(source=source, target=costs, amount_minor=100, reason="joining", cause_id=1, moved_at=LATE)
    assert facts(brand).fees.unexplained == 1
    assert verdicts_of(brand)["fees"] is Verdict.BROKEN


def test_the_newest_share_of_each_channel_carries_the_mark(brand: Brand) -> None:
    samples = facts(brand).disclosure.samples
    assert [(one.channel, one.shares) for one in samples] == [("douyin", 1), ("moments", 1)]
    assert samples[1].newest.text == "code"
    assert samples[1].marked.startswith("广告 http")
    assert samples[1].marked.endswith("/s/code")


def test_records_are_locked_and_what_unlocks_them_shows(brand: Brand) -> None:
    assert [(one.table, one.rows, one.is_locked) for one in facts(brand).kept] == [
        ("commissions_order", 3, True),
        ("commissions_orderline", 3, True),
        ("commissions_commission", 6, True),
        ("commissions_reversal", 4, True),
        ("commissions_transfer", 16, True),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE commissions_commission DISABLE TRIGGER commissions_are_kept"
        )
    assert verdicts_of(brand)["retention"] is Verdict.BROKEN


def test_a_missing_check_shows(brand: Brand) -> None:
    assert verdicts_of(brand)["levels"] is Verdict.FINE
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE commissions_commission DROP CONSTRAINT commission_level_is_1_or_2"
        )
    assert verdicts_of(brand)["levels"] is Verdict.BROKEN


def test_a_brand_with_nothing_is_in_order() -> None:
    brand = make_brand()
    assert set(verdicts_of(brand).values()) == {Verdict.FINE}
    assert facts(brand).people.people == 1


def test_the_report_asks_as_many_questions_for_1_order_as_for_20(brand: Brand) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            compliance_report(brand, at=LATE, language="en")
        return len(captured)

    before = asked()
    report(brand, *[paid(f"B-{n}", share="code") for n in range(20)], at=LATE)
    assert asked() == before


# Who acknowledged the second level


LUMI = """\
brand: {slug: bare, name: Bare, currency: CNY, landing_url: "https://shop.example/"}
policy: {paid_levels: 2, level2_acknowledged_by: Compliance desk}
"""


def load(text: str, at: datetime = NOW) -> str:
    return str(import_brand(lines=text.splitlines(keepends=True), name="brand.yaml", at=at)[1])


def acknowledged() -> list[tuple[str, datetime, str]]:
    return list(Acknowledgement.objects.order_by("pk").values_list("acknowledged_by", "acknowledged_at", "version"))


def test_a_brand_file_that_names_somebody_records_who_when_and_what_was_read() -> None:
    load(LUMI)
    load(LUMI, LATE)  # the same file again: the same acknowledgement
    assert acknowledged() == [("Compliance desk", NOW, "1")]
    text = Acknowledgement.objects.get().text
    assert "禁止传销条例" in text
    assert "two-level schemes were fined in 2022 and 2023" in text


def test_who_answered_before_stays_known() -> None:
    load(LUMI)
    load(LUMI.replace("Compliance desk", "Ann"), LATE)
    load(LUMI.replace("paid_levels: 2, level2_acknowledged_by: Compliance desk", "paid_levels: 1"), LATE)
    assert acknowledged() == [("Compliance desk", NOW, "1"), ("Ann", LATE, "1")]
    assert PayPolicy.objects.get().level2_acknowledged_by == ""


def test_acknowledging_twice_is_one_acknowledgement_and_another_person_is_another() -> None:
    brand = make_brand()
    first, again = (acknowledge_level_2(brand=brand, by="Ann", at=at) for at in (NOW, LATE))
    assert first == again
    acknowledge_level_2(brand=brand, by="Bo", at=LATE)
    assert acknowledged() == [("Ann", NOW, "1"), ("Bo", LATE, "1")]
    policy = PayPolicy.objects.get()
    assert (policy.level2_acknowledged_by, policy.level2_acknowledged_at) == ("Bo", LATE)


@pytest.mark.parametrize(
    "change",
    ["UPDATE commissions_acknowledgement SET acknowledged_by = 'Bo'", "DELETE FROM commissions_acknowledgement"],
)
def test_an_acknowledgement_is_never_rewritten(change: str) -> None:
    acknowledge_level_2(brand=make_brand(), by="Ann", at=NOW)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert acknowledged() == [("Ann", NOW, "1")]


# On the command line


def test_the_command_tells_every_point_with_its_evidence(brand: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("compliance", brand="lumi")
    told = capsys.readouterr().out
    for piece in [
        "2. Paid levels: ✓ in order",
        "Share of level 2: 19.35 %",
        "Pay per recruit: 0.00 CNY",
        "Highest pay of one line: 15.50 %",
        "Lan (sponsor)",
    ]:
        assert piece in told
    assert told.splitlines()[-1] == "compliance: 8 points, 8 in order, 0 to be looked at, 0 broken"


def test_json_holds_nothing_but_the_report(brand: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("compliance", brand="lumi", format="json", language="zh-hans")
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert (told["brand"], told["verdicts"]) == ("lumi", {"fine": 8, "look": 0, "broken": 0})
    assert told["points"][3]["figures"][1] == {
        "title": "每发展一人所付款项",
        "value": {"amount_minor": 0, "currency": "CNY"},
    }
    assert captured.err.startswith("compliance: 8 points")


def test_a_page_to_print_is_written_to_a_file(brand: Brand, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Koc.objects.filter(key="sponsor").update(name="<b>Lan</b>")
    call_command("compliance", brand="lumi", format="html", language="zh-hans", out=str(tmp_path / "report.html"))
    page = (tmp_path / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    for piece in ["合规报告", "@media print", "&lt;b&gt;Lan&lt;/b&gt; (sponsor)", "7.98 CNY"]:
        assert piece in page
    assert capsys.readouterr().out.startswith("compliance: 8 points")


def test_an_unknown_brand_and_a_place_that_is_none_are_refused(brand: Brand, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no brand nowhere"):
        call_command("compliance", brand="nowhere")
    with pytest.raises(Refusal, match="No such file or directory"):
        call_command("compliance", brand="lumi", out=str(tmp_path / "none" / "report.txt"))


# In the admin


def page(brand: Brand, kind: str = "change") -> str:
    return reverse(f"admin:commissions_compliance_{kind}", args=[brand.pk])


def test_staff_read_the_report_of_their_brand_with_links_and_no_other(brand: Brand, client: Client) -> None:
    other = make_brand("other")
    client.force_login(make_staff(brand))
    assert client.get(reverse("admin:commissions_compliance_changelist"))["Location"] == page(brand)
    told = client.get(page(brand)).content.decode()
    for piece in ["19.35 %", page_of(brand, "sponsor"), "Lan (sponsor)", "A-3", page(brand, "paper")]:
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
    return {name: value for name, value in model_to_dict(policy).items() if value not in (None, False)} | fields


def test_a_second_level_is_switched_on_by_who_has_read_what_it_means(client: Client) -> None:
    brand = make_brand()
    staff = make_staff(brand, name="Ann")
    client.force_login(staff)
    policy = PayPolicy.objects.get()
    form = reverse("admin:commissions_paypolicy_change", args=[policy.pk])
    assert "禁止传销条例" in client.get(form).content.decode()
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
