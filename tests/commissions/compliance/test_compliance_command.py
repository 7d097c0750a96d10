"""The command `compliance`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.brands.models import Brand
from accounts.people.models import Koc
from foundation.files.faults import Refusal

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 12, 1, tzinfo=UTC)


# On the command line


def test_the_command_tells_every_point_with_its_evidence(brand: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("compliance", brand="lumi")
    told = capsys.readouterr().out
    for piece in [
        "2. Paid levels: ✓ in order",
        "Share of level 2: 19.35%",
        "Pay per recruit: CN¥0.00",
        "Highest pay of one line: 15.5%",
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
    for piece in ["合规报告", "@media print", "&lt;b&gt;Lan&lt;/b&gt; (sponsor)", "¥7.98"]:
        assert piece in page
    assert capsys.readouterr().out.startswith("compliance: 8 points")


def test_an_unknown_brand_and_a_place_that_is_none_are_refused(brand: Brand, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no brand nowhere"):
        call_command("compliance", brand="nowhere")
    with pytest.raises(Refusal, match="No such file or directory"):
        call_command("compliance", brand="lumi", out=str(tmp_path / "none" / "report.txt"))
