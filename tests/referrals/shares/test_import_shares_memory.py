"""How much memory a large file of shares takes, as the process that imports it says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from config.embedded import url_of
from referrals.shares.models import Share
from tests.support.factories import make_brand, make_kit
from tests.support.paths import ROOT

IMPORT = """
import json, resource, sys
import django; django.setup()
from django.core.management import call_command
for path in sys.argv[1:]:
    call_command("import_shares", path, brand="lumi", create_kocs=True, stdout=sys.stderr)
    print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
"""


def write_shares(path: Path, name: str, count: int) -> str:
    """A file of shares whose parents stand below them; every third is of another KOC."""
    rows = (
        f"{name}{number},{name}{number // 3},story,{f'{name}{number // 2}' if number else ''},2026-01-01T00:00:00Z\n"
        for number in reversed(range(count))
    )
    with path.open("w") as file:
        file.write("share,koc,kit,parent,shared_at\n")
        file.writelines(rows)
    return str(path)


@pytest.mark.heavy
def test_250_000_shares_more_take_less_than_200_bytes_each(committed: None, tmp_path: Path) -> None:
    """Reading all rows into Python took 1,200 bytes each. `benchmarks/import_shares.py` has 1.27 million."""
    make_kit(make_brand("lumi"), "story")
    files = [
        write_shares(tmp_path / f"{name}.csv", name, count) for name, count in (("few", 100_000), ("many", 350_000))
    ]
    run = subprocess.run(
        [sys.executable, "-c", IMPORT, *files],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ
        | {"DATABASE_URL": url_of(connection.settings_dict), "DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    few_mb, many_mb = map(json.loads, run.stdout.splitlines())
    assert Share.objects.count() == 450_000
    assert (many_mb - few_mb) * 2**20 < 250_000 * 200
