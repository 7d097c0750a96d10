import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.brands.models import Brand
from foundation.files.faults import Refusal
from referrals.propagation.domain.graphs import TreeEdge, cascade_graph
from referrals.propagation.rendering.pictures import radial_layout
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_share

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    """Two cascades of a kit for 50 people: `b` is a star of four with a tail, 根 is alone."""
    brand = make_brand("lumi")
    kit = make_kit(brand, "story", audience_size=50)
    make_kit(brand, "unshared")
    root = make_share(make_koc(brand, "ana"), kit, key="b")
    leaves = [
        make_share(make_koc(brand), kit, parent=root, shared_at=NOW + timedelta(minutes=minutes))
        for minutes in (1, 2, 3)
    ]
    make_share(root.koc, kit, parent=leaves[0], shared_at=NOW + timedelta(minutes=9))
    make_share(root.koc, kit, key="根")
    return brand


def test_csv_has_exactly_the_columns_of_the_contract_and_nothing_else(
    brand: Brand, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("measure_propagation", brand="lumi", kit="story", format="csv")
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "root,size,people,depth,max_breadth,structural_virality,breadth_by_depth,reach,coverage,influence_horizon",
        "b,5,4,2,3,1.8,1|3|1,4,0.08,2",
        "根,1,1,0,1,,1,1,0.02,0",
    ]
    assert printed.err == "shares: 2 cascades, n = 6\n"


def test_json_also_tells_reproduction_and_times(brand: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("measure_propagation", brand="lumi", format="json")
    first, alone = json.loads(capsys.readouterr().out)
    assert first == {
        "root": "b", "size": 5, "people": 4, "depth": 2, "max_breadth": 3, "structural_virality": 1.8, "breadth_by_depth": [1, 3, 1], "reach": 4,
        "coverage": 0.08, "influence_horizon": 2, "reproduction": [3.0, 1 / 3], "time_to_depth": [0.0, 60.0, 540.0],
    }  # fmt: skip
    assert (alone["structural_virality"], alone["reproduction"]) == (None, [])


def test_a_table_says_n_beside_depth_and_virality_and_ends_with_a_count(
    brand: Brand, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("measure_propagation", brand="lumi")
    header, first, alone, closing = capsys.readouterr().out.splitlines()
    assert header.split()[:6] == ["root", "n", "people", "depth", "widest", "virality"]
    assert first.split() == ["b", "5", "4", "2", "3", "1.800", "4", "8.00%", "2", "1", "3", "1"]
    assert alone.split()[:6] == ["根", "1", "1", "0", "1", "–"]
    assert closing == "shares: 2 cascades, n = 6"
    assert alone.index("–") == first.index("1.800") + 3  # 根 is two columns wide


def test_referrals_are_measured_too(brand: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    make_koc(brand, "zoe", sponsor=make_koc(brand, "yan"))
    call_command("measure_propagation", brand="lumi", graph="referrals", format="csv")
    rows = {row["root"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert len(rows) == 5
    assert (rows["yan"]["size"], rows["yan"]["structural_virality"], rows["yan"]["breadth_by_depth"]) == (
        "2",
        "1.0",
        "1|1",
    )


@pytest.mark.parametrize("options", [{}, {"kit": "unshared"}, {"graph": "referrals"}])
def test_a_picture_is_drawn_of_much_and_of_nothing(
    brand: Brand, options: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "picture"
    call_command("measure_propagation", brand="lumi", plot=str(path), **options)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_written_is_refused(brand: Brand, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="No such file"):
        call_command("measure_propagation", brand="lumi", plot=str(tmp_path / "none" / "picture.png"))


def test_what_does_not_exist_is_refused_by_name(brand: Brand) -> None:
    with pytest.raises(Refusal, match="lumi has no kit nokit"):
        call_command("measure_propagation", brand="lumi", kit="nokit")
    with pytest.raises(Refusal, match="no brand nobody"):
        call_command("measure_propagation", brand="nobody")
    with pytest.raises(Refusal, match="referrals have no kit"):
        call_command("measure_propagation", brand="lumi", kit="story", graph="referrals")


def test_a_layout_gives_every_leaf_the_same_slice() -> None:
    places = radial_layout(cascade_graph([TreeEdge(0), TreeEdge(1, 0), TreeEdge(2, 0), TreeEdge(3, 0), TreeEdge(4, 0)]))
    assert places[0] == (0.0, 0.0)
    corners = {(round(x / abs(x)), round(y / abs(y))) for x, y in (places[node] for node in (1, 2, 3, 4))}
    assert corners == {(1, 1), (-1, 1), (-1, -1), (1, -1)}
