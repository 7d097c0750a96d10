"""The command `backtest`: its tables, its files, and what it refuses."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.brands.models import Brand
from commissions.plans.models.campaigns import Campaign
from foundation.files.faults import BadFile, Refusal
from tests.support.factories import NOW
from tests.support.shop_events import paid, report, send

pytestmark = pytest.mark.django_db


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
        brand=sold, key="all", kind="bounty", starts_at=NOW - timedelta(days=1), fixed_minor=50, budget_minor=1000
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
        ["all", "2", "13.61", "2.97", "16.34", "0.00", "-0.24", "16.58%", "→", "16.34%"]
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
        ["rule", "1", "15%", "1", "99.00", "", "", "", "16.34", "0.00", "16.34", "", ""],
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
