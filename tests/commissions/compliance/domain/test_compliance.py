"""How figures stand to the law, without a database."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest

from commissions.compliance.domain import verdicts
from commissions.compliance.domain.causes import CAUSES, origin_of
from commissions.compliance.domain.facts import (
    Acknowledged,
    Disclosure,
    Fees,
    Flow,
    Guard,
    Levels,
    LevelTwo,
    LinePay,
    Named,
    PaidLevel,
    PaidLine,
    People,
    Recruiting,
    RetainedRecords,
    Sample,
)
from commissions.compliance.domain.report import Cell, Money, Point, Proportion, Report, ReportTable, as_builtins, plain
from commissions.compliance.domain.verdicts import Verdict
from commissions.plans.domain.law import Book, Entry, Words, law_book, law_on

FINE, LOOK, BROKEN = Verdict.FINE, Verdict.LOOK, Verdict.BROKEN
LAW = law_on(date(2026, 3, 1))
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 1, tzinfo=UTC)
ROW = Named("commissions_order", 1, "A-1")


def test_the_lines_of_the_contract_hold_today() -> None:
    assert (LAW.criminal_people.value, LAW.criminal_levels.value, LAW.paid_levels.value, LAW.line_pay_bps.value) == (
        30,
        3,
        2,
        3000,
    )
    assert (LAW.disclosure.value, LAW.retention_years.value, LAW.pay_per_recruit.value, LAW.joining_fee.value) == (
        "广告",
        3,
        0,
        0,
    )


def test_every_rule_speaks_both_languages_and_names_its_source() -> None:
    for rule in fields(LAW):
        entry: Entry = getattr(LAW, rule.name)
        for words in (entry.says, entry.source):
            assert words.told_in("en") != words.told_in("zh-hans")
            assert all(words.told_in(language).strip() for language in ("en", "zh-hans"))


def test_a_rule_holds_from_its_day_until_a_later_one_does() -> None:
    [old] = law_book().line_pay_bps
    new = Entry(since=date(2027, 1, 1), value=2000, says=Words("x", "甲"), source=Words("y", "乙"))
    entries = Book(
        **{field.name: getattr(law_book(), field.name) for field in fields(LAW)} | {"line_pay_bps": [new, old]}
    )
    held = [
        law_on(day, entries).line_pay_bps.value
        for day in (date(2005, 12, 1), date(2026, 12, 31), date(2027, 1, 1), date(2030, 1, 1))
    ]
    assert held == [3000, 3000, 2000, 2000]
    assert law_on(date(1999, 1, 1)).line_pay_bps is old  # before the first entry the first holds


@pytest.mark.parametrize(
    ("by_depth", "people", "levels", "verdict"),
    [
        ([], 1, 1, FINE),
        ([28], 29, 2, FINE),
        ([29], 30, 2, FINE),  # 30 people on 2 levels: a star under the brand
        ([14, 14], 29, 3, FINE),
        ([14, 15], 30, 3, LOOK),
        ([1] * 28, 29, 29, FINE),
    ],
)
def test_people_and_levels_count_the_brand_as_organiser(
    by_depth: list[int], people: int, levels: int, verdict: Verdict
) -> None:
    found = People(by_depth, trees=1, largest=[])
    assert (found.people, found.levels) == (people, levels)
    assert verdicts.of_people(found, LAW) is verdict


ONE = Levels(1, [], [PaidLevel(1, 3, 2, 300, SUNDAY)], [Guard("check", "CHECK …")])
SAID = Acknowledged("Ann", SUNDAY, "1", "…")
TWO = replace(ONE, paid_levels=2, acknowledged=[SAID], paid=[*ONE.paid, PaidLevel(2, 1, 1, 30, MONDAY)])


@pytest.mark.parametrize(
    ("levels", "verdict"),
    [
        (ONE, FINE),
        (TWO, FINE),
        (replace(TWO, acknowledged=[]), BROKEN),
        (replace(ONE, paid=TWO.paid), BROKEN),  # one level now, but a second was paid and nobody answers for it
        (replace(ONE, paid=TWO.paid, acknowledged=[SAID]), FINE),
        (replace(TWO, paid_levels=3), BROKEN),
        (replace(TWO, paid=[PaidLevel(3, 1, 1, 1, MONDAY)]), BROKEN),
        (replace(TWO, guards=[Guard("check", "")]), BROKEN),
        (replace(TWO, acknowledged=[replace(SAID, version="", text="")]), LOOK),  # what was read is not recorded
        (
            replace(TWO, acknowledged=[replace(SAID, at=datetime(2026, 3, 3, tzinfo=UTC))]),
            LOOK,
        ),  # paid before it was acknowledged
        (
            replace(TWO, acknowledged=[replace(SAID, version="0"), replace(SAID, at=MONDAY)]),
            FINE,
        ),  # an old text, then today's
        (replace(TWO, paid=ONE.paid), FINE),  # switched on, not yet paid
        (replace(TWO, paid=ONE.paid, acknowledged=[]), BROKEN),
        (
            replace(TWO, acknowledged=[replace(SAID, at=MONDAY)]),
            FINE,
        ),  # paid from the instant at which it was acknowledged
    ],
)
def test_a_second_level_needs_somebody_who_read_todays_text_first(levels: Levels, verdict: Verdict) -> None:
    assert verdicts.of_levels(levels, LAW) is verdict


@pytest.mark.parametrize(
    ("one", "two", "bps", "verdict"),
    [(0, 0, 0, FINE), (75, 25, 2500, FINE), (50, 50, 5000, FINE), (4_999, 5_001, 5001, LOOK)],
)
def test_the_share_of_level_2(one: int, two: int, bps: int, verdict: Verdict) -> None:
    found = LevelTwo(one, two, 0, [])
    assert found.share_bps == bps
    assert verdicts.of_level_2_share(found, LAW) is verdict


@pytest.mark.parametrize(
    ("recruits", "uncaused", "minor", "each", "verdict"),
    [
        (0, 0, 0, 0, FINE),
        (5, 0, 0, 0, FINE),
        (5, 1, 1, 1, BROKEN),
        (3, 2, 1000, 334, BROKEN),
        (0, 1, 700, 700, BROKEN),
        (5, 1, 0, 0, BROKEN),
    ],
)
def test_pay_per_recruit_is_all_that_nothing_else_explains(
    recruits: int, uncaused: int, minor: int, each: int, verdict: Verdict
) -> None:
    found = Recruiting(recruits, [], uncaused, minor, [], [])
    assert found.per_recruit_minor == each
    assert verdicts.of_recruiting(found, LAW) is verdict


@pytest.mark.parametrize(
    ("net", "base", "cap", "over", "bps", "verdict"),
    [
        (3000, 10_000, 3000, 0, 3000, FINE),
        (3001, 10_000, 4000, 0, 3001, LOOK),
        (300_001, 1_000_000, 4000, 0, 3001, LOOK),  # 30.0001 % is over 30 %
        (1500, 10_000, 4000, 0, 1500, LOOK),  # nobody was paid so much yet, but the policy would allow it
        (1500, 10_000, 1000, 1, 1500, LOOK),
    ],
)
def test_the_highest_pay_of_a_line_stands_next_to_the_caps(
    net: int, base: int, cap: int, over: int, bps: int, verdict: Verdict
) -> None:
    found = LinePay(cap, [0, 0, 0, 0], over, [PaidLine(ROW, "1", base, net)])
    assert found.highest_bps == bps
    assert verdicts.of_line_pay(found, LAW) is verdict


def test_a_brand_that_paid_nothing_has_no_highest_line() -> None:
    assert LinePay(3000, [0, 0, 0, 0], 0, []).highest_bps == 0


def test_money_leaves_a_koc_for_known_reasons_only() -> None:
    tax, odd = (
        Flow(reason, reason, "koc", "brand", origin_of(reason, takes=True), 2, 10) for reason in ("tax", "joining")
    )
    assert verdicts.of_fees(Fees([tax])) is FINE
    assert verdicts.of_fees(Fees([replace(odd, transfers=1)])) is BROKEN
    assert (Fees([tax, odd]).unexplained, verdicts.of_fees(Fees([tax, odd]))) == (2, BROKEN)
    assert origin_of("accrual", takes=True) == ""  # pay does not flow backwards
    assert {origin_of(reason, takes=False) for reason in CAUSES} == {"sale", "statement", "subsidy", "write_off"}


def test_every_sample_carries_the_mark() -> None:
    marked = Sample("moments", 3, ROW, "广告 https://host/s/x")
    assert verdicts.of_disclosure(Disclosure("广告", [marked]), LAW) is FINE
    assert (
        verdicts.of_disclosure(Disclosure("广告", [marked, replace(marked, marked="https://host/s/x")]), LAW) is BROKEN
    )
    assert verdicts.of_disclosure(Disclosure("", []), LAW) is BROKEN


def test_records_that_can_be_deleted_are_not_kept() -> None:
    kept = RetainedRecords("commissions_order", 3, SUNDAY, is_locked=True)
    assert verdicts.of_kept([kept]) is FINE
    assert verdicts.of_kept([kept, replace(kept, is_locked=False)]) is BROKEN


def test_cells_are_read_by_people_and_by_programs() -> None:
    cells: list[Cell] = [Money(1361, "CNY"), Proportion(1234), ROW, SUNDAY, 12_345, "text", None]
    assert [plain(cell, "Asia/Shanghai", "zh-hans") for cell in cells] == [
        "¥13.61",
        "12.34%",
        "A-1",
        "2026-03-01 08:00",
        "12,345",
        "text",
        "—",
    ]
    point = Point("people", LOOK, "t", "s", "o", "w", [("pay", cells[0])], [ReportTable("rows", ["c"] * 7, [cells])])
    told = as_builtins(Report("lumi", "Lumi", "en", SUNDAY, "Asia/Shanghai", [point]))
    assert (told["made_at"], told["verdicts"]) == ("2026-03-01T00:00:00Z", {"fine": 0, "look": 1, "broken": 0})
    assert told["points"][0]["evidence"][0]["rows"] == [
        [
            {"amount_minor": 1361, "currency": "CNY"},
            {"bps": 1234},
            {"table": "commissions_order", "row": 1, "text": "A-1"},
            "2026-03-01T00:00:00Z",
            12_345,
            "text",
            None,
        ]
    ]
