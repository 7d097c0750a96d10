"""A month of a million approved commission lines is settled for 100,000 KOCs, beside the least that PostgreSQL can do
with the same rows, in one run.

    python benchmarks/settle_million.py [LINES] [ROUNDS] [TAX]

The limit: one INSERT … SELECT … GROUP BY that writes only the sums per KOC into a bare table. It leaves behind no
lines, no marks on the commissions, no transfers; so there is a second yardstick: one bare INSERT for each table of the
same rows that a settlement must leave behind, once into heaps without any index, once with the indexes and checks of
the real tables, both without foreign keys and triggers. A third leaves the commissions and their lines out: what any
settlement into a ledger must write for its KOCs alone. Every round has its own copy of the database."""

import json
import os
import sys
import time
from collections.abc import Container
from statistics import median
from typing import Any

import psycopg
from own_server import copied, in_child, scratch_server

KOC_LINES, ORDER_LINES = 10, 5
# Few rows by the models; the millions by SQL.
BRAND = """
import sys
import django; django.setup()
from datetime import UTC, datetime
from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc
from commissions.ledger.models import Wallet
from commissions.plans.models.plans import Plan, Rule
from commissions.plans.models.policies import PayPolicy
from content.products.models import Product
from referrals.tree.models import CreditPolicy
start = datetime(2026, 1, 1, tzinfo=UTC)
brand = Brand.objects.create(slug="lumi", name="Lumi", currency="CNY", landing_url="https://shop.example/{sku}", created_at=start)
tier = Tier.objects.create(brand=brand, key="seed", name="种子", rank=0)
PayPolicy.objects.create(brand=brand, tax=sys.argv[2])
CreditPolicy.objects.create(brand=brand)
Rule.objects.create(plan=Plan.objects.create(brand=brand, key="spring", starts_at=start), position=0, rate_bps=1000)
Product.objects.create(brand=brand, sku="S1", name="Serum", price_minor=9900)
Wallet.objects.create(brand=brand, kind="commissions", currency="CNY")
kocs = (Koc(brand=brand, key=f"k{n}", name=f"K{n}", status="active", tier=tier, invite_code=f"i{n}", joined_at=start) for n in range(int(sys.argv[1])))
Koc.objects.bulk_create(kocs, batch_size=10_000)
"""
# Five lines an order, ten a KOC, in an order of time that has nothing to do with the KOCs'. One KOC in ten earns ten
# times as much: it pays tax.
SALES = [
    """
    CREATE TEMP TABLE sold AS
    SELECT n AS line, 1 + (n - 1) / %(order_lines)s AS sale, 1 + (n - 1) / %(order_lines)s * 48271 %% %(kocs)s AS koc,
        (5000 + n * 37 %% 20000) * CASE WHEN (n - 1) / %(order_lines)s * 48271 %% %(kocs)s %% 10 = 0 THEN 10 ELSE 1 END AS base,
        timestamptz '2026-03-01 00:00+08' + (n - 1) / %(order_lines)s * interval '15 days' / (%(lines)s / %(order_lines)s) AS paid_at
    FROM generate_series(1, %(lines)s::bigint) AS n
    """,
    """
    INSERT INTO commissions_order
        (id, brand_id, key, paid_at, order_discount_minor, shipping_minor, digest, received_at, credited_at, credit, given_koc_id, koc_id)
    SELECT sale, 1, 'A-' || sale, paid_at, 0, 0, md5(sale::text), paid_at, paid_at, 'koc', koc, koc
    FROM (SELECT DISTINCT ON (sale) * FROM sold ORDER BY sale) AS first
    """,
    """
    INSERT INTO commissions_orderline (id, order_id, position, key, product_id, quantity, unit_price_minor, discount_minor, base_minor)
    SELECT line, sale, (line - 1) %% %(order_lines)s, 1 + (line - 1) %% %(order_lines)s, 1, 1, base, 0, base FROM sold ORDER BY line
    """,
    """
    INSERT INTO commissions_delivery (brand_id, order_key, delivered_at, hold_ends_at, matured)
    SELECT 1, key, paid_at + interval '2 days', (date_trunc('day', (paid_at + interval '2 days') AT TIME ZONE 'Asia/Shanghai') + interval '8 days')
        AT TIME ZONE 'Asia/Shanghai', true
    FROM commissions_order ORDER BY id
    """,
    """
    INSERT INTO commissions_ordercredit (id, order_id, place, koc_id, credit_bps, tier, multiplier_bps, channel)
    SELECT id, id, 0, koc_id, 10000, 'seed', 10000, '' FROM commissions_order ORDER BY id
    """,
    """
    INSERT INTO commissions_lineterms (line_id, plan_id, rule_id, rate_bps, override_bps, total_cap_bps)
    SELECT line, plan.id, rule.id, 1000, 0, 3000 FROM sold, commissions_plan plan, commissions_rule rule ORDER BY line
    """,
    """
    INSERT INTO commissions_commission
        (id, brand_id, line_id, level, koc_id, credit_id, amount_minor, reversed_minor, settled_minor, status, made_at)
    SELECT line, 1, line, 1, koc, sale, (base * 1000 + 5000) / 10000, 0, 0, 'pending', paid_at FROM sold ORDER BY line
    """,
]
# As in a brand's own month, commissions were made first and approved later, some at a time: their table has room in it.
APPROVED = """
UPDATE commissions_commission earned SET status = 'approved', approved_at = delivery.hold_ends_at
FROM commissions_ordercredit credit JOIN commissions_order sale ON sale.id = credit.order_id
JOIN commissions_delivery delivery ON delivery.brand_id = 1 AND delivery.order_key = sale.key
WHERE earned.credit_id = credit.id AND earned.id BETWEEN %(first)s AND %(last)s
"""
MOVED = [
    """
    INSERT INTO commissions_wallet (brand_id, koc_id, kind, currency, balance_minor)
    SELECT 1, koc_id, kind, 'CNY', CASE kind WHEN 'approved' THEN sum(amount_minor) ELSE 0 END
    FROM commissions_commission, unnest(ARRAY['pending', 'approved']) AS kind GROUP BY koc_id, kind
    """,
    """
    INSERT INTO commissions_transfer (source_id, target_id, amount_minor, reason, cause_id, moved_at)
    SELECT cost.id, pending.id, amount_minor, 'accrual', earned.id, made_at
    FROM commissions_commission earned JOIN commissions_wallet pending ON pending.koc_id = earned.koc_id AND pending.kind = 'pending'
    JOIN commissions_wallet cost ON cost.kind = 'commissions' ORDER BY earned.id
    """,
    """
    INSERT INTO commissions_transfer (source_id, target_id, amount_minor, reason, cause_id, moved_at)
    SELECT pending.id, approved.id, amount_minor, 'approval', earned.id, approved_at
    FROM commissions_commission earned JOIN commissions_wallet pending ON pending.koc_id = earned.koc_id AND pending.kind = 'pending'
    JOIN commissions_wallet approved ON approved.koc_id = earned.koc_id AND approved.kind = 'approved' ORDER BY approved_at, earned.id
    """,
    "DROP TABLE sold",
]
NUMBERED = ("commissions_order", "commissions_orderline", "commissions_ordercredit", "commissions_commission")

LEAST = """
INSERT INTO sums SELECT koc_id, sum(amount_minor - reversed_minor) FROM commissions_commission
WHERE brand_id = 1 AND approved_at < '2026-03-31T16:00Z' AND statement_id IS NULL GROUP BY koc_id
"""
# What a settlement of this month leaves behind, new or anew: (table, which rows).
LEFT_BEHIND = [
    ("commissions_commission", "statement_id IS NOT NULL"),
    ("commissions_statement", "true"),
    ("commissions_statementline", "true"),
    ("commissions_transfer", "reason NOT IN ('accrual', 'approval')"),
    ("commissions_wallet", "koc_id IS NOT NULL AND kind <> 'pending'"),
]
PER_KOC = ("commissions_statement", "commissions_transfer", "commissions_wallet")
TIMED = """
import json, resource, time
import django; django.setup()
from datetime import UTC, datetime
from django.db import connection
from accounts.brands.models import Brand
from commissions.settlement.services.settlement import settle_period

took = {}
def timed(name, call, *arguments):
    start = time.perf_counter()
    try:
        return call(*arguments)
    finally:
        took[name] = took.get(name, 0) + time.perf_counter() - start

def timed_query(execute, sql, params, many, context):
    words = " ".join(sql.split())
    return timed(words[:words.find("(")][:48].strip() if words.startswith("INSERT") else words[:48].strip(), execute, sql, params, many, context)

brand = Brand.objects.get()
whole_commit = connection.commit
connection.commit = lambda: timed("COMMIT, with what constraints are checked then", whole_commit)
start = time.perf_counter()
with connection.execute_wrapper(timed_query):
    done = settle_period(brand=brand, period="2026-03", at=datetime(2026, 4, 1, 4, tzinfo=UTC))
ours = time.perf_counter() - start
took["COPY and Python"] = ours - sum(took.values())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
sums = {"statements": done.statements, "gross": done.gross_minor, "tax": done.tax_minor, "net": done.net_minor}
print(json.dumps({"ours": ours, "parts": took, "peak": peak} | sums))
"""
PROOF = """
import json
import django; django.setup()
from accounts.brands.models import Brand
from commissions.audit.selectors.proofs import ledger_faults
print(json.dumps([fault for faults in ledger_faults([Brand.objects.get()]).values() for fault in faults.first][:20]))
"""


def make_month(url: str, lines: int, tax: str) -> None:
    """Triggers and foreign keys are off meanwhile: the rows are made as they would demand, and proved afterwards."""
    params = {"lines": lines, "kocs": lines // KOC_LINES, "order_lines": ORDER_LINES}
    in_child(BRAND, url, str(params["kocs"]), tax)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in SALES:
            connection.execute(statement, params)
        connection.execute("ANALYZE")
        step = max(1, lines // 100)
        for first in range(1, lines + 1, step):
            connection.execute(APPROVED, {"first": first, "last": first + step - 1})
            if first // step % 20 == 0:
                connection.execute("VACUUM ANALYZE commissions_commission")
        for statement in MOVED:
            connection.execute(statement)
            connection.execute("ANALYZE commissions_wallet")
        for table in NUMBERED:
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    if faults := in_child(PROOF, url):
        raise SystemExit(f"the month that was made does not prove: {faults}")


def seconds(connection: psycopg.Connection, *statements: str) -> float:
    """In one transaction."""
    start = time.perf_counter()
    with connection.transaction():
        for statement in statements:
            connection.execute(statement)
    return time.perf_counter() - start


def least(connection: psycopg.Connection) -> float:
    """The quicker of two: the second finds the rows in the caches."""
    connection.execute("CREATE TABLE sums (koc bigint, amount_minor numeric)")
    return min(seconds(connection, LEAST) for _ in range(2))


def left_behind(
    connection: psycopg.Connection, schema: str, including: str, *, tables: Container[str] = dict(LEFT_BEHIND)
) -> float:
    """The rows of a settlement once more, into fresh tables; returns the seconds."""
    chosen_tables = [(table, condition) for table, condition in LEFT_BEHIND if table in tables]
    connection.execute(f"CREATE SCHEMA {schema}")
    for table, _ in chosen_tables:
        connection.execute(f"CREATE TABLE {schema}.{table} (LIKE public.{table} {including})")
    return seconds(
        connection,
        *(
            f"INSERT INTO {schema}.{table} SELECT * FROM public.{table} WHERE {condition}"
            for table, condition in chosen_tables
        ),
    )


def one_round(url: str) -> dict[str, Any]:
    database = copied(url, "run")
    with psycopg.connect(database, autocommit=True) as connection:
        limit = least(connection)
    settled = in_child(TIMED, database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        heaps = left_behind(connection, "heaps", "")
        tables = left_behind(connection, "tables", "INCLUDING ALL")
        per_koc = left_behind(connection, "per_koc", "INCLUDING ALL", tables=PER_KOC)
    if faults := in_child(PROOF, database):
        raise SystemExit(f"the settled month does not prove: {faults}")
    return settled | {"limit": limit, "heaps": heaps, "tables": tables, "per_koc": per_koc}


def main(lines: int, rounds: int, tax: str) -> None:
    with scratch_server() as url:
        make_month(url, lines, tax)
        results = [one_round(url) for _ in range(rounds)]
        medians = {
            name: median(result[name] for result in results)
            for name in ("ours", "limit", "heaps", "tables", "per_koc", "peak")
        }
        parts = {name: median(result["parts"].get(name, 0) for result in results) for name in results[0]["parts"]}
        report = {
            "commission lines": lines,
            **{name: results[0][name] for name in ("statements", "gross", "tax", "net")},
            "seconds, median": {
                name: round(medians[name], 2) for name in ("ours", "limit", "heaps", "tables", "per_koc")
            },
            "÷ limit: INSERT … SELECT … GROUP BY of the sums alone": [
                round(result["ours"] / result["limit"], 2) for result in results
            ],
            "÷ bare INSERT of the rows left behind, no indexes": [
                round(result["ours"] / result["heaps"], 2) for result in results
            ],
            "÷ bare INSERT of the rows left behind, with indexes and checks": [
                round(result["ours"] / result["tables"], 2) for result in results
            ],
            "bare INSERT of the KOCs' own rows ÷ limit": [
                round(result["per_koc"] / result["limit"], 2) for result in results
            ],
            "where the time goes, seconds": {
                name: round(value, 2)
                for name, value in sorted(parts.items(), key=lambda part: -part[1])
                if value > 0.005
            },
            "peak MB of the client": round(medians["peak"]),
            "load average": os.getloadavg()[0],
        }
        print(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(
        int(arguments[0]) if arguments else 1_000_000,
        int(arguments[1]) if len(arguments) > 1 else 3,
        arguments[2] if len(arguments) > 2 else "cn_labour_service",
    )
