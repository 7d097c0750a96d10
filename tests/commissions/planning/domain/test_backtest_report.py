"""The report of a backtest: its order, its rows and its picture."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from commissions.planning.domain.report import Backtest, Cost, Cut, OfKoc, OfRule, OfTier, Row, rows
from commissions.planning.rendering.pictures import LOSS, backtest_picture
from foundation.terminal.arguments import save_picture


def found(*differences: int, gmv_minor: int = 100_000) -> Backtest:
    kocs = [
        OfKoc(f"k{place}", "", 1, Cost(100, 0), Cost(100 + difference, 0))
        for place, difference in enumerate(differences)
    ]
    kocs.sort(key=lambda koc: -koc.difference_minor)
    sums = Cost(sum(koc.actual.level1_minor for koc in kocs)), Cost(sum(koc.draft.level1_minor for koc in kocs))
    return Backtest(
        "lumi", "draft", "CNY", date(2026, 3, 1), date(2026, 4, 1), 3, 2, 1, 2, gmv_minor, 50_000, *sums, 7, Cut(1, 2), Cut(0, 0), [], [], kocs
    )  # fmt: skip


def test_who_gains_and_who_loses_stand_the_farthest_first() -> None:
    report = found(5, -10, 0, 30, -20)
    assert [koc.difference_minor for koc in report.gainers()] == [30, 5]
    assert [koc.difference_minor for koc in report.losers()] == [-20, -10]
    assert [koc.key for koc in report.gainers(1) + report.losers(1)] == ["k3", "k4"]
    assert report.difference_minor == 5


def test_a_share_of_the_gmv_is_rounded_half_up_and_none_of_nothing() -> None:
    assert found(5).share_bps(Cost(1361, 297)) == 166  # 165.8
    assert found(5).share_bps(Cost(5, 0)) == 1  # 0.5
    assert found(5, gmv_minor=0).share_bps(Cost(5, 0)) is None


def test_the_rows_of_the_file_have_one_cell_a_column() -> None:
    assert [row.part for row in rows(found(5, -5))] == ["total", "bonuses", "guard", "cap", "koc", "koc"]
    total, bonuses, guard, cap, first, second = rows(found(5, -4))
    assert total == Row("total", lines=2, gmv_minor=100_000, actual=Cost(200), draft=Cost(201))
    assert (bonuses, guard, cap) == (
        Row("bonuses", actual=Cost(7)),
        Row("guard", lines=1, cut_minor=2),
        Row("cap", lines=0, cut_minor=0),
    )
    assert (first, second) == (
        Row("koc", "k0", "", 1, actual=Cost(100), draft=Cost(105)),
        Row("koc", "k1", "", 1, actual=Cost(100), draft=Cost(96)),
    )
    tiers = [OfTier("gold", "Gold", 3, Cost(100, 20), Cost(90, 10))]
    rules = [OfRule(1, "10%", 2, 900, Cost(90, 10)), OfRule(None, "no rule", 1, 50, Cost())]
    assert list(rows(replace(found(), tiers=tiers, rules=rules)))[4:] == [
        Row("tier", "gold", "Gold", 3, actual=Cost(100, 20), draft=Cost(90, 10)),
        Row("rule", "1", "10%", 2, 900, draft=Cost(90, 10)),
        Row("rule", "", "no rule", 1, 50, draft=Cost()),
    ]
    assert list(Row("total", lines=1, gmv_minor=9, actual=Cost(1, 2), draft=Cost(4, 5)).amounts()) == [
        9,
        1,
        2,
        3,
        4,
        5,
        9,
        6,
        None,
    ]
    assert list(Row("cap", lines=1, cut_minor=2).amounts()) == [None] * 8 + [2]


def test_a_picture_names_tiers_as_people_wrote_them() -> None:
    tiers = [
        OfTier("seed", "种子 $\\frac$ 🌱", 1, Cost(100, 20), Cost(90, 10)),
        OfTier("gold", "Gold", 0, Cost(), Cost()),
    ]
    figure = backtest_picture(replace(found(5, -10, 0, *[1] * 200), tiers=tiers))
    by_tier, by_koc = figure.axes
    assert [label.get_text() for label in by_tier.get_xticklabels()] == ["种子 $\\frac$ □", "Gold"]
    assert (
        by_tier.get_title()
        == "by tier of who is credited\nactual 203.00 CNY (20.3% of GMV) → draft 204.95 CNY (20.5% of GMV)"
    )
    assert by_koc.get_title() == "n = 203 KOCs: 201 gain, 1 lose, 1 stay"
    bars = [bar for bar in by_koc.patches if isinstance(bar, Rectangle) and bar.get_height()]
    assert sum(bar.get_height() for bar in bars) == 202
    assert {bar.get_facecolor() for bar in bars if bar.get_x() < 0} == {to_rgba(LOSS)}


@pytest.mark.parametrize(("differences", "scale"), [([5, -10], "linear"), ([-10, *[1] * 200], "log")])
def test_a_bar_that_hides_the_others_is_drawn_on_a_scale_that_shows_them(differences: list[int], scale: str) -> None:
    _, by_koc = backtest_picture(found(*differences)).axes
    assert by_koc.get_yscale() == scale


def test_a_picture_of_nothing_is_drawn_too(tmp_path: Path) -> None:
    save_picture(backtest_picture(found(gmv_minor=0)), str(tmp_path / "none.png"))
    assert (tmp_path / "none.png").read_bytes().startswith(b"\x89PNG\r\n")
