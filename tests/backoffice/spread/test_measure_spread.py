"""What the commands say of spread: decay with what each depth sold, whom to ask next, and graphs for other tools."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from django.core.management import call_command
from PIL import Image

from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc, TierChange
from commissions.plans.models.campaigns import Campaign
from foundation.files.faults import Refusal
from referrals.communities.services.communities import join_community, open_community
from referrals.propagation.selectors.slices import SLICED
from referrals.visits.models import Visit
from tests.support.factories import NOW, make_brand, make_brand_with_plan, make_kit, make_koc, make_product, make_share
from tests.support.shop_events import cancelled, paid, report

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
def lumi() -> Brand:
    """ana → ben a day later; four visits of ana's share brought two orders, one cancelled; two of ben's one; dan's
    share was opened by nobody, and sold one."""
    brand = make_brand_with_plan("lumi", rules=[{"rate_bps": 1000}])
    kit = make_kit(brand, "story", audience_size=20)
    first = make_share(make_koc(brand, "ana"), kit, key="A")
    second = make_share(make_koc(brand, "ben"), kit, key="=B", parent=first, shared_at=NOW + DAY)
    make_share(make_koc(brand, "dan"), kit, key="D")
    clicks = [Visit.objects.create(share=first, visitor=f"a{n}", visited_at=NOW).public_id for n in range(4)]
    clicks += [Visit.objects.create(share=second, visitor=f"b{n}", visited_at=NOW + DAY).public_id for n in range(2)]
    report(
        brand,
        paid("O-1", click=clicks[0], at=NOW + 2 * DAY),
        paid("O-2", click=clicks[1], at=NOW + 2 * DAY),
        cancelled("O-2", NOW + 2 * DAY + SECOND),
        paid("O-3", click=clicks[4], at=NOW + 2 * DAY),
        at=NOW + 3 * DAY,
    )
    return brand


def told(capsys: pytest.CaptureFixture[str], **options: Any) -> dict[str, Any]:
    call_command("measure_spread", brand="lumi", format="json", **options)
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_each_depth_says_what_it_sold(lumi: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    spread = told(capsys, kit="story")
    assert [
        (layer["depth"], layer["shares"], layer["visits"], layer["orders"], layer["gmv_minor"])
        for layer in spread["layers"]
    ] == [
        (0, 2, 4, 1, 9900),
        (1, 1, 2, 1, 9900),
        (2, 0, 0, 0, 0),
    ]
    assert [layer["conversion"] for layer in spread["layers"]] == [0.25, 0.5, None]
    low, high = spread["layers"][0]["interval"]
    assert (round(low, 3), round(high, 3)) == (0.046, 0.699)  # (0.25 + 0.48 ± 1.96·√(0.0469 + 0.06)) / 1.96
    assert (spread["reach"], spread["coverage"], spread["adoption"], spread["reuse"], spread["removal_loss"]) == (
        9,
        0.45,
        1.0,
        0.0,
        None,
    )


def test_the_past_and_one_koc(lumi: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, as_of=(NOW + DAY / 2).isoformat())["shares"] == 2
    assert [
        told(capsys, as_of=(NOW + 2 * DAY + second).isoformat())["layers"][0]["orders"]
        for second in (-SECOND, 0 * SECOND, SECOND)
    ] == [0, 2, 1]
    ben = told(capsys, koc="ben")
    assert (ben["shares"], ben["reach"], ben["removal_loss"]) == (1, 3, 3 / 9)


def test_whether_sharers_bring_sharers_is_said_of_a_whole_brand(
    lumi: Brand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Watched for two days: on the third ana's and dan's shares can be judged, and ana's brought ben, one of three
    KOCs."""
    found = told(capsys, as_of=(NOW + 2 * DAY).isoformat(), follow=2)
    assert found["growth_by_shares"] == {
        "active": 3,
        "sent": 2,
        "young": 1,
        "brought": 1,
        "k_factor": pytest.approx(1 / 3),
    }
    assert found["growth_by_invitations"] == {"active": 3, "sent": 0, "young": 0, "brought": 0, "k_factor": None}
    assert "growth_by_shares" not in told(capsys, kit="story")
    call_command("measure_spread", brand="lumi", as_of=(NOW + 2 * DAY).isoformat(), follow=2)
    assert "0.333, 2 sent brought 1; 1 too young" in capsys.readouterr().out


def test_the_table_and_the_pictures(lumi: Brand, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    png, svg = tmp_path / "decay.png", tmp_path / "growth.svg"
    call_command("measure_spread", brand="lumi", plot=str(png), growth=str(svg))
    out = capsys.readouterr().out
    assert "measured: 3 shares in 2 cascades, 6 visits, reach 9" in out
    assert "99.00 CNY" in out
    with Image.open(png) as picture:
        assert picture.size[0] > 1000
        assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 50
    assert ET.parse(svg).getroot().tag.endswith("svg")


def test_a_brand_without_shares_has_a_table_and_pictures_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_brand("bare")
    call_command("measure_spread", brand="bare", plot=str(tmp_path / "a.svg"), growth=str(tmp_path / "b.png"))
    assert "measured: 0 shares in 0 cascades" in capsys.readouterr().out
    assert (tmp_path / "a.svg").stat().st_size > 1000
    call_command("choose_seeds", brand="bare")
    assert "chosen: 0 KOCs, who cover 0 people" in capsys.readouterr().out
    call_command("export_graph", brand="bare", format="csv")
    assert capsys.readouterr().out == "id,parent,koc,at,depth,size,visits,kit,channel\n"


@pytest.mark.parametrize(
    ("command", "options", "why"),
    [
        ("measure_spread", {"kit": "story", "koc": "ana"}, "not two"),
        ("measure_spread", {"campaign": "nothing"}, "no campaign nothing"),
        ("measure_spread", {"community": "nothing"}, "no community"),
        ("measure_spread", {"koc": "nobody"}, "no KOC nobody"),
        ("measure_spread", {"as_of": "yesterday"}, "yesterday"),
        ("measure_spread", {"plot": "a.gif"}, "png or .svg"),
        ("measure_spread", {"plot": "/nowhere/a.png"}, "No such file"),
        ("measure_propagation", {"plot": "a.gif"}, "png or .svg"),
        ("measure_propagation", {"as_of": "2026"}, "2026"),
        ("measure_spread", {"window": 0}, "days, from 1"),
        ("choose_seeds", {"k": 0}, "at least 1"),
        ("choose_seeds", {"runs": 10**12}, "to 1,000,000"),
        ("export_graph", {"kit": "story", "graph": "referrals"}, "referrals have no kit"),
        ("export_graph", {"out": "/nowhere/a.csv"}, "No such file"),
    ],
)
def test_what_cannot_be_is_refused(lumi: Brand, command: str, options: dict[str, Any], why: str) -> None:
    with pytest.raises(Refusal, match=why):
        call_command(command, brand="lumi", **options)


def test_seeds_are_named_with_a_forecast_that_is_the_same_again(
    lumi: Brand, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = []
    for _ in range(2):
        call_command("choose_seeds", brand="lumi", k=2, runs=50, seed=3)
        outs.append(capsys.readouterr().out)
    assert outs[0] == outs[1]
    assert "chosen: 2 KOCs, who cover 9 people; greedy, at least 63 % of the best" in outs[0]
    assert [line.split()[0] for line in outs[0].splitlines()[:3]] == ["KOC", "ana", "dan"]
    assert "(50 runs, seed 3)" in outs[0]


def test_a_graph_goes_to_graphml_and_back(lumi: Brand, tmp_path: Path) -> None:
    path = tmp_path / "graph.graphml"
    call_command("export_graph", brand="lumi", out=str(path))
    graph = nx.read_graphml(path)
    assert set(graph.edges) == {("A", "=B")}
    assert graph.nodes["A"] == {
        "koc": "ana",
        "at": NOW.isoformat(),
        "depth": 0,
        "size": 2,
        "visits": 4,
        "kit": "story",
        "channel": "moments",
    }


def test_what_no_xml_may_hold_is_replaced(tmp_path: Path) -> None:
    make_koc(make_brand("odd"), "a\x01<&b")
    call_command("export_graph", brand="odd", graph="referrals", out=str(tmp_path / "odd.graphml"))
    assert list(nx.read_graphml(tmp_path / "odd.graphml")) == ["a�<&b"]


def test_a_graph_as_csv_runs_in_no_spreadsheet(lumi: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_graph", brand="lumi", format="csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["id"], row["parent"], row["depth"], row["visits"]) for row in rows] == [
        ("A", "", "0", "4"),
        ("D", "", "0", "0"),
        ("'=B", "A", "1", "2"),
    ]


def test_referrals_are_a_graph_of_kocs(lumi: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    make_koc(lumi, "low", sponsor=make_koc(lumi, "top"))
    call_command("export_graph", brand="lumi", graph="referrals", format="csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    chosen = [(row["id"], row["parent"], row["size"], row["kit"]) for row in rows if row["id"] in ("low", "top")]
    assert chosen == [("top", "", "2", ""), ("low", "top", "1", "")]


def test_a_community_is_what_grew_from_the_shares_of_its_kocs(lumi: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    ben, dan = Koc.objects.get(key="ben"), Koc.objects.get(key="dan")
    community = open_community(leader=ben, name="x", topic="", kind="group", at=NOW + DAY)
    join_community(community=community, koc=dan, at=NOW + 2 * DAY)
    found = told(capsys, community=community.code)
    assert (found["cascades"], found["shares"], found["reach"]) == (2, 2, 4)
    assert told(capsys, community=community.code, as_of=(NOW + DAY).isoformat())["shares"] == 1


def test_a_campaign_is_the_cascades_that_began_while_it_ran(lumi: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    cream = make_kit(lumi, "cream", product=make_product(lumi, "S2"))
    make_share(Koc.objects.get(key="dan"), cream, shared_at=NOW + DAY)
    same = {"brand": lumi, "kind": "bounty", "fixed_minor": 1, "budget_minor": 1, "starts_at": NOW}
    Campaign.objects.create(key="all", **same)
    Campaign.objects.create(key="short", ends_at=NOW + DAY, **same)
    Campaign.objects.create(key="cream", skus=["S2"], **same)
    assert [told(capsys, campaign=key)["shares"] for key in ("all", "short", "cream")] == [4, 3, 1]


def test_slices_stand_side_by_side(lumi: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    make_share(Koc.objects.get(key="dan"), make_kit(lumi, "cream"), channel="douyin", shared_at=NOW + 7 * DAY)
    by = {
        name: [(one["name"], one["cascades"], one["shares"], one["reach"]) for one in told(capsys, by=name)["slices"]]
        for name in SLICED
    }
    assert by["channel"] == [("douyin", 1, 1, 1), ("moments", 2, 3, 9)]
    assert by["kit"] == [("cream", 1, 1, 1), ("story", 2, 3, 9)]
    assert by["tier"] == [("seed", 3, 4, 9)]
    dan, gold = Koc.objects.get(key="dan"), Tier.objects.create(brand=lumi, key="gold", name="G", rank=1)
    TierChange.objects.create(koc=dan, tier_before=dan.tier, changed_at=NOW + DAY)
    Koc.objects.filter(key="dan").update(tier=gold)
    tiers = [
        [(one["name"], one["cascades"]) for one in told(capsys, by="tier", as_of=at.isoformat())["slices"]]
        for at in (NOW, NOW + DAY)
    ]
    assert tiers == [[("seed", 2)], [("gold", 1), ("seed", 1)]]
    assert by["week"] == [("2026-W09", 2, 3, 9), ("2026-W10", 1, 1, 1)]
    call_command("measure_spread", brand="lumi", by="kit")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines if line.startswith(("story", "cream"))] == [
        ["cream", "1", "1", "1", "0", "1", "1", "1", "0", "–"],
        ["story", "2", "3", "3", "6", "9", "2", "1.5", "1", "1.000"],
    ]
    make_brand("bare")
    call_command("measure_spread", brand="bare", by="week")
    assert "measured: 0 shares" in capsys.readouterr().out
