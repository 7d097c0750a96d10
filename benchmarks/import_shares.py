"""A large history of shares: how long its import takes, and the largest memory of the process that reads it.

    python benchmarks/import_shares.py [SHARES] [--known]

The file has cascades of all depths; its rows stand in no order, so most children come before their parents. A third as
many people as shares have shared: the import makes KOCs of them, or knows all of them before (`--known`). Then the same
file once more, which changes nothing. Everything runs against a PostgreSQL of its own, which is thrown away."""

import json
import os
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from own_server import in_child, scratch_server

BRAND = """
import django; django.setup()
from datetime import UTC, datetime
from accounts.brands.models import Brand, Tier
from content.kits.models import Kit
start = datetime(2026, 1, 1, tzinfo=UTC)
brand = Brand.objects.create(slug="lumi", name="Lumi", currency="CNY", landing_url="https://shop.example/{sku}", created_at=start)
Tier.objects.create(brand=brand, key="seed", name="S", rank=0, multiplier_bps=10000)
Kit.objects.create(brand=brand, key="spring", title="28 days", created_at=start)
"""
KNOWN = """
import sys
from django.core.management import call_command
import django; django.setup()
call_command("import_kocs", sys.argv[1], brand="lumi", stdout=sys.stderr)
"""
IMPORT = """
import json, resource, sys, time
import django; django.setup()
from django.core.management import call_command
begin = time.perf_counter()
call_command("import_shares", sys.argv[1], brand="lumi", create_kocs=sys.argv[2] == "create", stdout=sys.stderr)
took = time.perf_counter() - begin
print(json.dumps({"seconds": round(took, 1), "peak MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))
"""


def write_files(folder: Path, shares: int) -> tuple[Path, Path]:
    """The shares, and the KOCs of those who shared."""
    chance = random.Random(1)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    people = max(1, shares // 3)
    rows = []
    for number in range(shares):
        parent = (
            "" if number == 0 or chance.random() < 0.02 else f"s{chance.randrange(max(0, number - 50_000), number)}"
        )
        at = start + timedelta(seconds=number)
        rows.append(f"s{number},k{chance.randrange(people)},spring,moments,{parent},{at.isoformat()}\n")
    chance.shuffle(rows)
    history, kocs = folder / "shares.csv", folder / "kocs.csv"
    history.write_text("share,koc,kit,channel,parent,shared_at\n" + "".join(rows))
    with kocs.open("w") as file:
        file.write("koc,name,joined_at\n")
        file.writelines(f"k{number},K,{start.isoformat()}\n" for number in range(people))
    return history, kocs


def main(shares: int, *, known: bool) -> None:
    with TemporaryDirectory() as scratch, scratch_server() as url:
        history, kocs = write_files(Path(scratch), shares)
        in_child(BRAND, url)
        if known:
            in_child(KNOWN, url, str(kocs))
        kind = "known" if known else "create"
        report = {
            "shares": shares,
            "people": kind,
            "first": in_child(IMPORT, url, str(history), kind),
            "again": in_child(IMPORT, url, str(history), kind),
            "load average": os.getloadavg()[0],
        }
        print(json.dumps(report, indent=1))


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    main(numbers[0] if numbers else 1_270_000, known="--known" in sys.argv)
