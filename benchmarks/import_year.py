"""A year of orders: imported and credited, beside a bare COPY of all the rows that this leaves behind, in the same run.

    python benchmarks/import_year.py FOLDER

FOLDER holds brand.yaml, products.csv, kocs.csv, orders.csv.gz and refunds.jsonl.gz in the formats of the import
commands. The bare COPY goes into empty copies of the same tables, once with their indexes and checks but without
foreign keys, once into a whole second database, foreign keys included. Everything runs against a PostgreSQL of its own,
which is thrown away."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
PARENTS_FIRST = [
    "accounts_customer",
    "commissions_order",
    "commissions_orderline",
    "commissions_delivery",
    "commissions_refund",
    "commissions_refundline",
    "commissions_lineterms",
    "commissions_commission",
    "commissions_reversal",
    "commissions_wallet",
    "commissions_transfer",
]


STEPS = """
import json, resource, sys, time
import django
django.setup()
from django.core.management import call_command
seconds = []
for step in json.loads(sys.argv[1]):
    start = time.perf_counter()
    call_command(*step, stdout=sys.stderr)
    seconds.append(time.perf_counter() - start)
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def manage(*steps: list[str]) -> tuple[list[float], float]:
    """Run commands one after another in one client process; returns the seconds of each, without Python's start, and
    the peak MB of the process."""
    process = subprocess.run(
        [sys.executable, "-c", STEPS, json.dumps(steps)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    seconds, peak = json.loads(process.stdout)
    return seconds, peak


def copy_out(connection: psycopg.Connection, folder: Path) -> int:
    """Every row that the import left behind, as files; returns how many."""
    rows = 0
    for table in PARENTS_FIRST:
        with (
            (folder / table).open("wb") as file,
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} TO STDOUT") as copy,
        ):
            for block in copy:
                file.write(block)
        rows += connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return rows


def copy_in(connection: psycopg.Connection, folder: Path, tables: dict[str, str]) -> float:
    """The same rows back, in one transaction; returns the seconds."""
    start = time.perf_counter()
    with connection.transaction():
        for table, target in tables.items():
            with (
                (folder / table).open("rb") as file,
                connection.cursor() as cursor,
                cursor.copy(f"COPY {target} FROM STDIN") as copy,
            ):
                while block := file.read(1 << 20):
                    copy.write(block)
    return time.perf_counter() - start


def bare_copy(connection: psycopg.Connection, folder: Path) -> float:
    """Into tables with the same indexes and checks, without foreign keys and triggers."""
    connection.execute("CREATE SCHEMA bare")
    for table in PARENTS_FIRST:
        connection.execute(f"CREATE TABLE bare.{table} (LIKE public.{table} INCLUDING ALL)")
    return copy_in(connection, folder, {table: f"bare.{table}" for table in PARENTS_FIRST})


def whole_copy(connection: psycopg.Connection, folder: Path) -> float:
    """Back into the very tables, emptied: with foreign keys and triggers."""
    connection.execute("SET session_replication_role = replica")
    connection.execute(f"TRUNCATE {', '.join(PARENTS_FIRST)} CASCADE")
    connection.execute("SET session_replication_role = origin")
    return copy_in(connection, folder, {table: table for table in PARENTS_FIRST})


def main(source: Path) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        os.environ |= {"VAR_DIR": str(folder / "var"), "DJANGO_SETTINGS_MODULE": "config.settings"}
        sys.path.insert(0, str(ROOT))
        from django.conf import settings  # noqa: PLC0415  after VAR_DIR: this starts the server, and keeps it up between the commands

        database = settings.DATABASES["default"]
        brand = source / "brand.yaml"
        slug = next(
            line.split("slug:")[1].split(",")[0].strip() for line in brand.read_text().splitlines() if "slug:" in line
        )
        of_brand = ["--brand", slug]
        manage(
            ["migrate"],
            ["import_brand", str(brand)],
            ["import_products", str(source / "products.csv"), *of_brand],
            ["import_kocs", str(source / "kocs.csv"), *of_brand],
        )
        orders = ["import_orders", str(source / "orders.csv.gz"), *of_brand]
        names = ["import_orders", "import_events", "credit (run_due)", "import_orders again"]
        timed, peak_mb = manage(
            orders,
            ["import_events", str(source / "refunds.jsonl.gz"), *of_brand],
            ["run_due", "--at", "2000-01-01T00:00:00Z"],
            orders,
        )
        figures = dict(zip(names, timed, strict=True))
        with psycopg.connect(
            host=database["HOST"],
            port=database["PORT"] or None,
            user=database["USER"],
            dbname=database["NAME"],
            autocommit=True,
        ) as connection:
            lines = connection.execute("SELECT count(*) FROM commissions_orderline").fetchone()[0]
            rows = copy_out(connection, folder)
            figures["approve (run_due)"] = manage(["run_due", "--at", "2011-06-01T00:00:00Z"])[0][0]
            figures["bare COPY, no foreign keys"] = bare_copy(connection, folder)
            figures["bare COPY into the same tables"] = whole_copy(connection, folder)
        ours = figures["import_orders"] + figures["import_events"] + figures["credit (run_due)"]
        report = {
            "order lines": lines,
            "rows left behind": rows,
            "seconds": {name: round(value, 2) for name, value in figures.items()},
            "import and credit": round(ours, 2),
            "lines per second": round(lines / ours),
            "÷ bare COPY, no foreign keys": round(ours / figures["bare COPY, no foreign keys"], 2),
            "÷ bare COPY into the same tables": round(ours / figures["bare COPY into the same tables"], 2),
            "again ÷ import and credit": round(figures["import_orders again"] / ours, 3),
            "peak MB of the client": round(peak_mb),
        }
        print(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
