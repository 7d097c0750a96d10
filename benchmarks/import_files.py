"""Large files of KOCs, products and coupons, and a bank's results: how long each import takes, and by how much the
memory of the process that reads it grows.

    python benchmarks/import_files.py [ROWS] [RESULTS]

Of the KOCs two thirds have a sponsor and half a phone; their rows stand in no order. Each file is imported, imported
again, which changes nothing, and once more with another value in every row (of KOCs: another sponsor in each hundredth).
Everything runs against a PostgreSQL of its own, which is thrown away."""

import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from own_server import in_child, scratch_server

AT = "2026-01-01T00:00:00Z"
BRAND = """
import django; django.setup()
from datetime import UTC, datetime
from accounts.brands.models import Brand, Tier
from accounts.people.models import User
from commissions.plans.models.policies import PayPolicy
start = datetime(2026, 1, 1, tzinfo=UTC)
brand = Brand.objects.create(slug="lumi", name="Lumi", currency="CNY", landing_url="https://shop.example/{sku}", created_at=start)
Tier.objects.create(brand=brand, key="seed", name="S", rank=0, multiplier_bps=10000)
PayPolicy.objects.create(brand=brand)
User.objects.create(phone="+8613900000001", name="Maker"), User.objects.create(phone="+8613900000002", name="Checker")
"""
IMPORT = """
import json, resource, sys, time
import django; django.setup()
from django.core.management import call_command
from django.db import connection
connection.ensure_connection()
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, begin = peak(), time.perf_counter()
call_command(sys.argv[1], sys.argv[2], brand="lumi", stdout=sys.stderr)
print(json.dumps({"seconds": round(time.perf_counter() - begin, 1), "grown MB": round(peak() - before)}))
"""
# A batch at the bank, of one payment for each of some KOCs.
AT_THE_BANK = [
    """INSERT INTO commissions_settlement (id, brand_id, currency, period, settled_at, on_request, reopened_because)
    VALUES (1, 1, 'CNY', '2025-12', '2026-01-01Z', false, '')""",
    """INSERT INTO commissions_statement (id, settlement_id, koc_id, period, currency, gross_minor, debt_in_minor, tax_method, taxable_minor,
        tax_minor, net_minor, carried_out_minor, status, on_request)
    SELECT row_number() OVER (ORDER BY id), 1, id, '2025-12', 'CNY', 1000, 0, 'none', 0, 0, 1000, 0, 'ready', false
    FROM (SELECT id FROM accounts_koc ORDER BY id LIMIT {lines}) AS koc""",
    """INSERT INTO commissions_wallet (brand_id, koc_id, kind, currency, balance_minor)
    SELECT 1, koc_id, kind, 'CNY', CASE kind WHEN 'paying' THEN 1000 ELSE 0 END
    FROM commissions_statement, unnest(ARRAY['paying', 'settled']) AS kind ORDER BY id""",
    """INSERT INTO commissions_payoutbatch (id, brand_id, number, currency, title, status, lines_count, total_minor, made_by_id, made_at,
        template_key, template_text)
    SELECT 1, 1, 1, 'CNY', 'December', 'draft', count(*), sum(net_minor),
        (SELECT id FROM accounts_user WHERE phone = '+8613900000001'), '2026-01-02Z', '', '' FROM commissions_statement""",
    """INSERT INTO commissions_payoutline (batch_id, position, statement_id, koc_id, amount_minor, reference, status, method, account_last4,
        payee_sealed, bank_reference, reason, result_file)
    SELECT 1, id, id, koc_id, net_minor, 'R' || id, 'waiting', 'bank', '', '', '', '', '' FROM commissions_statement ORDER BY id""",
    """UPDATE commissions_payoutbatch SET status = 'approved', approved_at = '2026-01-02Z',
        approved_by_id = (SELECT id FROM accounts_user WHERE phone = '+8613900000002')""",
    "UPDATE commissions_payoutbatch SET status = 'exported', exported_at = '2026-01-03Z', exported_by_id = made_by_id, template_key = 'generic'",
    "ANALYZE",
]


def koc_rows(count: int, chance: random.Random, *, moved: bool) -> Iterator[str]:
    order = list(range(count))
    chance.shuffle(order)
    for number in order:
        above = number // 3 if number % 3 else number // 5 if moved and number % 100 == 0 and number else None
        phone = f"137{number:08}" if number % 2 else ""
        yield f"k{number},{phone},Koc {number},{'' if above is None else f'k{above}'},{AT}"


def written(folder: Path, name: str, header: str, rows: Iterator[str]) -> str:
    file = folder / f"{name}.csv"
    with file.open("w") as out:
        out.writelines(f"{row}\n" for row in (header, *rows))
    return str(file)


def measured(url: str, command: str, first: str, other: str) -> dict[str, object]:
    return {
        "first": in_child(IMPORT, url, command, first),
        "again": in_child(IMPORT, url, command, first),
        "changed": in_child(IMPORT, url, command, other),
    }


def main(rows: int, results: int) -> None:
    with TemporaryDirectory() as scratch, scratch_server() as url:
        folder, chance = Path(scratch), random.Random(1)
        in_child(BRAND, url)
        kocs, moved = (
            written(folder, name, "koc,phone,name,sponsor,joined_at", koc_rows(rows, chance, moved=name == "moved"))
            for name in ("kocs", "moved")
        )
        products, dearer = (
            written(
                folder, name, "sku,name,category,price_minor", (f"S{n},Serum {n},care,{price}" for n in range(rows))
            )
            for name, price in (("products", 100), ("dearer", 200))
        )
        coupons, fewer = (
            written(folder, name, "coupon,koc,starts_at,stock", (f"C{n},k{n},{AT},{stock}" for n in range(rows)))
            for name, stock in (("coupons", 100), ("fewer", 50))
        )
        told, completed = (
            written(
                folder,
                name,
                "reference,status,amount,bank_reference,paid_at",
                (
                    f"R{n + 1},{'paid' if n % 10 else 'failed'},10.00,{bank},{AT if n % 10 else ''}"
                    for n in range(results)
                ),
            )
            for name, bank in (("told", ""), ("completed", "B1"))
        )
        report = {
            "rows": rows,
            "kocs": measured(url, "import_kocs", kocs, moved),
            "products": measured(url, "import_products", products, dearer),
            "coupons": measured(url, "import_coupons", coupons, fewer),
        }
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in AT_THE_BANK:
                connection.execute(statement.format(lines=results))
        report["results"] = {"rows": results} | measured(url, "import_payout_results", told, completed)
        print(json.dumps(report | {"load average": os.getloadavg()[0]}, indent=1))


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers or [300_000, 200_000]))
