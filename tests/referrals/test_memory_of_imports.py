"""How much memory a large file takes, as the process that imports it says."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.factories import make_brand, make_kit, make_koc, make_share
from tests.support.processes.measured import bytes_a_row

pytestmark = pytest.mark.heavy
AT = "2026-01-01T00:00:00Z"


def share_rows(name: str, count: int) -> list[str]:
    """Parents stand below their children; every third share is of another KOC."""
    numbers: Iterable[int] = reversed(range(count))
    return [f"{name}{n},{name}{n // 3},story,{f'{name}{n // 2}' if n else ''},{AT}\n" for n in numbers]


def test_250_000_more_shares_take_less_than_200_bytes_each(committed: None, tmp_path: Path) -> None:
    """Reading all rows into Python took 1,100 bytes each. `benchmarks/import_shares.py` has 1.27 million."""
    make_kit(make_brand("lumi"), "story")
    few, many = share_rows("few", 100_000), share_rows("many", 350_000)
    command = ["import_shares", "--brand", "lumi", "--create-kocs"]
    assert bytes_a_row(tmp_path, "share,koc,kit,parent,shared_at\n", few, many, command) < 200
    assert Share.objects.count() == 450_000


def test_400_000_more_visits_take_less_than_50_bytes_each(committed: None, tmp_path: Path) -> None:
    make_share(make_koc(make_brand("lumi")), key="a", code="a")
    few, many = ([f"a,{name}{n},{AT}\n" for n in range(count)] for name, count in (("few", 50_000), ("many", 450_000)))
    command = ["import_visits", "--brand", "lumi"]
    assert bytes_a_row(tmp_path, "share,visitor,visited_at\n", few, many, command) < 50
    assert Visit.objects.count() == 500_000
