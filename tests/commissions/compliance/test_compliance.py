"""The compliance report of a brand: numbers that a person can check, from the book as it stands."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.compliance.domain.causes import CAUSES
from commissions.compliance.domain.facts import Facts
from commissions.compliance.domain.report import Money
from commissions.compliance.domain.verdicts import Verdict
from commissions.compliance.rendering import compliance_report
from commissions.compliance.selectors import queries
from commissions.compliance.selectors.figures import compliance_facts
from commissions.earnings.models.commissions import Commission
from commissions.ledger.models import Transfer, Wallet
from commissions.plans.models.policies import PayPolicy
from commissions.settlement.models.adjustments import Adjustment
from commissions.subsidies.services.subsidies import allocate, expire_subsidies, grant_subsidy
from tests.support.factories import NOW, make_brand, make_brand_with_plan, make_koc, make_share, make_staff
from tests.support.shop_events import paid, report

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 12, 1, tzinfo=UTC)


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
    # 798 / 4123
    assert (found.level_2.level_1_minor, found.level_2.level_2_minor, found.level_2.share_bps) == (
        3325,
        798,
        1935,
    )
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
    other = make_brand_with_plan("other", rules=[{"rate_bps": 1000}])
    report(other, paid(share=make_share(make_koc(other, "theirs")).code))
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
    make_share(kocs["grand"])
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
    ((model, kept),) = pgtrigger.registered("commissions.Commission:commissions_are_kept")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE commissions_commission DISABLE TRIGGER {kept.get_pgid(model)}"
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

    asked()  # a process reads the texts of a published version once
    before = asked()
    report(brand, *[paid(f"B-{n}", share="code") for n in range(20)], at=LATE)
    assert asked() == before
