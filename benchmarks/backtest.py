"""A draft plan over a million past lines, beside a cursor that only reads these lines, in the same run.

    python benchmarks/backtest.py [LINES [KOCS]]

The lines are made by set-based SQL, as `run_due` would have left them: three tiers, five channels, new and returning
customers and guests, every tenth order shared by two KOCs, every twentieth refunded in part or cancelled, level 2 for
every second KOC. First the plan in force itself is run: it must come to exactly what was paid, for every KOC. Each
thing is timed ROUNDS times, in turn, and the best counts; everything runs against a PostgreSQL of its own, which is
thrown away.

* "bare lines": all columns of the order lines of the span, joined to nothing but their orders.
* "with what a backtest needs": of each line the KOCs who are credited, their terms, the product and the total cap.
"""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import psycopg
from book import scratch_database
from own_server import ROOT

ROUNDS = 3
BRAND = """
brand: {slug: bench, name: Bench, currency: CNY, landing_url: "https://shop.example/p/{sku}"}
policy: {paid_levels: 2, level2_acknowledged_by: Benchmark}
tiers:
  - {key: seed, name: 种子}
  - {key: sprout, name: 新芽, growth: 1000, multiplier_bps: 11000}
  - {key: tree, name: 大树, growth: 5000, multiplier_bps: 12500}
plans:
  - key: force
    starts_at: 2026-01-01T00:00:00+08:00
    rules:
      - {priority: 20, categories: [c0, c1, c2], tiers: [sprout, tree], rate_bps: 1500, override_bps: 300}
      - {priority: 10, customer: new, rate_bps: 1200, override_bps: 200}
      - {rate_bps: 800, override_bps: 100}
"""
DRAFT = """
rules:
  - {priority: 20, categories: [c0, c1], tiers: [tree], rate_bps: 2500, override_bps: 500}
  - {priority: 10, customer: new, rate_bps: 1000, override_bps: 100, cap_minor: 2000}
  - {priority: 5, channels: [moments, douyin], fixed_minor: 300, override_bps: 50}
  - {tiers: [sprout, tree], rate_bps: 700, override_bps: 100}
"""
# A sale in 40 seconds from new year on; two lines, three when its number is even.
SALES = """
INSERT INTO content_product (sku, name, category, price_minor, landing_url, brand_id)
SELECT 'S' || n, 'Serum ' || n, 'c' || n % 10, 1000 + n * 7, '', brand.id FROM generate_series(1, 2000) AS n, accounts_brand brand;
INSERT INTO accounts_koc (key, name, status, tier_pinned, invite_code, answers, joined_at, brand_id, tier_id)
SELECT 'k' || n, '小林 ' || n, 'active', false, 'i' || n, '{}', '2026-01-01Z', tier.brand_id, tier.id
FROM generate_series(0, :kocs - 1) AS n JOIN accounts_tier tier ON tier.rank = n % 3;
CREATE TEMP TABLE person AS
SELECT koc.id, substr(koc.key, 2)::int AS n, tier.key AS tier, tier.multiplier_bps, sponsor.id AS sponsor
FROM accounts_koc koc JOIN accounts_tier tier ON tier.id = koc.tier_id
LEFT JOIN accounts_koc sponsor ON substr(koc.key, 2)::int % 2 = 1 AND sponsor.key = 'k' || (substr(koc.key, 2)::int / 2);
CREATE TEMP TABLE sale AS
SELECT n AS id, 'A-' || n AS key, timestamptz '2026-01-01 00:00+08' + n * interval '40 seconds' AS paid_at, (n * 7919 % :kocs)::int AS koc,
    (ARRAY['', 'moments', 'community', 'xiaohongshu', 'douyin'])[1 + n % 5] AS channel,
    CASE WHEN n % 10 < 9 THEN n % 4 = 0 END AS is_new, n % 10 = 3 AS is_shared
FROM generate_series(1, :lines::bigint * 2 / 5) AS n;
ANALYZE person, sale;
INSERT INTO commissions_order (id, key, paid_at, order_discount_minor, shipping_minor, digest, received_at, credited_at, credit, customer_is_new,
    brand_id, koc_id)
SELECT sale.id, key, paid_at, 0, 0, 'd', paid_at, paid_at, CASE WHEN is_shared THEN 'shared' ELSE 'click' END, is_new, brand.id, person.id
FROM sale JOIN person ON person.n = sale.koc CROSS JOIN accounts_brand brand ORDER BY sale.id;
INSERT INTO commissions_ordercredit (place, credit_bps, tier, multiplier_bps, channel, koc_id, order_id, sponsor_id)
SELECT place, CASE WHEN is_shared THEN 5000 ELSE 10000 END, tier, multiplier_bps, channel, person.id, sale.id, person.sponsor
FROM sale CROSS JOIN generate_series(0, 1) AS place JOIN person ON person.n = (sale.koc + place) % :kocs
WHERE place = 0 OR is_shared ORDER BY sale.id, 1;
INSERT INTO commissions_orderline (position, key, quantity, unit_price_minor, discount_minor, base_minor, product_id, order_id)
SELECT place, place::text, 1 + (sale.id + place) % 3, product.price_minor, 0, (1 + (sale.id + place) % 3) * product.price_minor, product.id, sale.id
FROM sale CROSS JOIN generate_series(0, 2) AS place
JOIN content_product product ON product.sku = 'S' || (1 + (sale.id * 31 + sale.id / 2000 + place * 17) % 2000)
WHERE place < 2 OR sale.id % 2 = 0 ORDER BY sale.id, 1;
INSERT INTO commissions_refund (id, order_key, kind, key, refunded_at, status, refusal, received_at, brand_id)
SELECT sale.id, sale.key, CASE WHEN sale.id % 100 = 0 THEN 'cancellation' ELSE 'refund' END, CASE WHEN sale.id % 100 = 0 THEN '' ELSE 'R' END,
    paid_at, 'applied', '', paid_at, brand.id FROM sale CROSS JOIN accounts_brand brand WHERE sale.id % 20 = 0;
INSERT INTO commissions_refundline (line_key, amount_minor, refund_id) SELECT '0', 700, id FROM commissions_refund WHERE kind = 'refund'
"""
# The commissions of every line: of two equal parts the first has the odd unit, at both levels, before its multiplier is
# taken.
EARNINGS = """
CREATE TEMP TABLE sold AS
SELECT line.id, line.order_id, line.base_minor AS base, sale.is_shared,
    CASE WHEN sale.id % 100 = 0 THEN 0 WHEN sale.id % 20 = 0 AND line.key = '0' THEN line.base_minor - 700 ELSE line.base_minor END AS rest,
    CASE WHEN product.category IN ('c0', 'c1', 'c2') AND NOT credit.has_seed THEN 0 WHEN sale.is_new THEN 1 ELSE 2 END AS rule
FROM commissions_orderline line JOIN sale ON sale.id = line.order_id JOIN content_product product ON product.id = line.product_id
JOIN (SELECT order_id, bool_or(tier = 'seed') AS has_seed FROM commissions_ordercredit GROUP BY order_id) AS credit ON credit.order_id = line.order_id;
INSERT INTO commissions_lineterms (line_id, rate_bps, override_bps, cap_minor, total_cap_bps, plan_id, rule_id)
SELECT sold.id, rule.rate_bps, rule.override_bps, rule.cap_minor, 3000, rule.plan_id, rule.id
FROM sold JOIN commissions_rule rule ON rule.position = sold.rule ORDER BY sold.id;
INSERT INTO commissions_commission (level, amount_minor, reversed_minor, settled_minor, status, made_at, brand_id, koc_id, line_id, credit_id)
SELECT level, amount, amount - net, 0, 'pending', '2026-01-01Z', brand.id, koc, line, credit
FROM (
    SELECT sold.id AS line, credit.id AS credit, level, CASE level WHEN 1 THEN credit.koc_id ELSE credit.sponsor_id END AS koc,
        worth(level, base, rate_bps, override_bps, multiplier_bps, is_shared, place) AS amount,
        worth(level, rest, rate_bps, override_bps, multiplier_bps, is_shared, place) AS net
    FROM sold JOIN commissions_lineterms answer ON answer.line_id = sold.id JOIN commissions_ordercredit credit ON credit.order_id = sold.order_id
    CROSS JOIN generate_series(1, 2) AS level
) AS earned CROSS JOIN accounts_brand brand WHERE amount > 0 AND koc IS NOT NULL ORDER BY line, credit, level
"""
WORTH = """
CREATE FUNCTION pg_temp.worth(level int, base bigint, rate int, override int, multiplier int, is_shared boolean, place int) RETURNS bigint LANGUAGE sql AS $$
    SELECT CASE
        WHEN level = 2 THEN CASE WHEN is_shared THEN ((base * override + 5000) / 10000 + 1 - place) / 2 ELSE (base * override + 5000) / 10000 END
        WHEN is_shared THEN (((base * rate + 5000) / 10000 + 1 - place) / 2 * multiplier + 5000) / 10000
        ELSE (base * rate * multiplier + 50000000) / 100000000 END
$$
"""
CLIENT = """
import json, resource, sys, time
from datetime import date
import django
django.setup()
from django.db import connection
from accounts.brands.models import Brand
from commissions.planning.domain.drafts import read_draft
from commissions.plans.models.plans import Plan
from commissions.planning.selectors.backtest import Span, draft_of, tier_names
from commissions.planning.services.backtest import run_backtest
span = Span(Brand.objects.get(), date(2026, 1, 1), date(2100, 1, 1))
BARE = '''SELECT line.* FROM commissions_order sale JOIN commissions_orderline line ON line.order_id = sale.id
WHERE sale.brand_id = %(brand)s AND sale.paid_at >= %(starts)s AND sale.paid_at < %(ends)s'''
NEEDED = '''SELECT line.id, line.base_minor, line.quantity, product.sku, product.category, sale.customer_is_new, answer.total_cap_bps,
    credit.koc_id, credit.sponsor_id, credit.credit_bps, credit.multiplier_bps, credit.tier, credit.channel
FROM commissions_order sale JOIN commissions_orderline line ON line.order_id = sale.id JOIN commissions_lineterms answer ON answer.line_id = line.id
JOIN content_product product ON product.id = line.product_id JOIN commissions_ordercredit credit ON credit.order_id = sale.id
WHERE sale.brand_id = %(brand)s AND sale.paid_at >= %(starts)s AND sale.paid_at < %(ends)s'''
def read(query):
    rows = 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, span.named())
        while block := cursor.fetchmany(2000):
            rows += len(block)
    return rows
def backtest(draft):
    result = run_backtest(span=span, draft=draft)
    assert sys.argv[1] != "force" or [koc for koc in result.kocs if koc.actual != koc.draft] == []
    return [result.lines, result.actual_cost.total_minor, result.draft_cost.total_minor]
connection.ensure_connection()
draft = read_draft(sys.argv[2], "draft", tiers=tier_names(span.brand)) if sys.argv[1] != "force" else draft_of(Plan.objects.get())
start = time.perf_counter()
output = {"bare": lambda: read(BARE), "needed": lambda: read(NEEDED)}.get(sys.argv[1], lambda: backtest(draft))()
print(json.dumps([time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, output]))
"""


def make_sales(connection: psycopg.Connection, *, lines: int, kocs: int) -> None:
    """Make the sales of an empty brand. Triggers are off: the rows are made as they would demand. Statistics are fresh
    afterwards."""
    connection.execute("SET session_replication_role = replica")
    connection.execute(WORTH)
    for statement in SALES.split(";\n") + EARNINGS.replace("worth(", "pg_temp.worth(").split(";\n"):
        connection.execute(statement.replace(":lines", str(lines)).replace(":kocs", str(kocs)))
    connection.execute("SET session_replication_role = origin")
    connection.execute("VACUUM ANALYZE")


def client(measurement: str) -> tuple[float, float, Any]:
    """Seconds, peak MB and the output of one measurement in a process of its own."""
    process = subprocess.run(
        [sys.executable, "-c", CLIENT, measurement, DRAFT], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    seconds, peak, output = json.loads(process.stdout)
    return seconds, peak, output


def main(lines: int, kocs: int) -> None:
    with scratch_database() as (connection, _):
        from django.core.management import call_command  # noqa: PLC0415  after the settings

        with NamedTemporaryFile("w", suffix=".yaml") as file:
            Path(file.name).write_text(BRAND, encoding="utf-8")
            call_command("import_brand", file.name, stdout=StringIO())
        make_sales(connection, lines=lines, kocs=kocs)
        _, _, (count, actual, rerun) = client("force")
        measurements = ["bare", "needed", "backtest"]
        runs = {name: [] for name in measurements}
        for _ in range(ROUNDS):
            for name in measurements:
                runs[name].append(client(name))
        best = {name: min(seconds for seconds, _, _ in runs[name]) for name in measurements}
        report = {
            "lines": count,
            "the plan in force": {"paid": actual, "tried": rerun, "equal for every KOC": actual == rerun},
            "seconds": {
                "bare lines": round(best["bare"], 2),
                "with what a backtest needs": round(best["needed"], 2),
                "backtest": round(best["backtest"], 2),
            },
            "÷ bare lines": round(best["backtest"] / best["bare"], 2),
            "÷ with what a backtest needs": round(best["backtest"] / best["needed"], 2),
            "all rounds": {name: [round(seconds, 2) for seconds, _, _ in runs[name]] for name in measurements},
            "peak MB of the client": round(max(peak for _, peak, _ in runs["backtest"])),
        }
        print(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 20_000)
