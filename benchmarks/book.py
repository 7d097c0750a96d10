"""A brand's whole book of a month, made by set-based SQL: the data of the benchmarks of exports and of the proof.

Of ten lines six are settled, three more approved; one in twenty was refunded by a third before its hold ended. The
ledger proves."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from own_server import scratch_var

MONTH = "2026-03"
BRAND = """
INSERT INTO accounts_brand (id, slug, name, currency, timezone, landing_url, approval, candidate_purchases, created_at)
VALUES (1, 'lumi', 'Lumi', 'CNY', 'Asia/Shanghai', 'https://shop.example', 'manual', 8, '2026-01-01Z');
INSERT INTO accounts_tier (id, brand_id, key, name, rank, growth, multiplier_bps, keep, keep_days) VALUES (1, 1, 'seed', '种子', 0, 0, 11000, 0, 0);
INSERT INTO commissions_paypolicy (brand_id, hold_days, hold_rule, paid_levels, level2_acknowledged_by, total_cap_bps, min_payout_minor,
    rate_protection_days, withdrawals, tax)
VALUES (1, 7, 'day_after', 1, '', 3000, 1000, 30, false, 'none');
INSERT INTO commissions_plan (id, brand_id, key, version, starts_at) VALUES (1, 1, 'spring', 1, '2026-01-01Z');
INSERT INTO commissions_rule (id, plan_id, priority, position, skus, categories, tiers, channels, customer, rate_bps, override_bps)
VALUES (1, 1, 0, 0, '{}', '{}', '{}', '{}', '', 1250, 0);
INSERT INTO accounts_koc (id, brand_id, key, name, status, tier_id, tier_pinned, invite_code, answers, joined_at)
SELECT n, 1, 'k' || lpad(n::text, 7, '0'), '小林 ' || n, 'active', 1, false, 'i' || n, '{}', '2026-01-01Z' FROM generate_series(1, %(kocs)s) AS n;
INSERT INTO content_product (id, brand_id, sku, name, category, price_minor, landing_url)
SELECT n, 1, 'S' || n, 'Serum ' || n, 'skincare', 9900, '' FROM generate_series(1, 100) AS n;
INSERT INTO commissions_settlement (id, brand_id, currency, period, settled_at, on_request, reopened_because)
VALUES (1, 1, 'CNY', '2026-03', '2026-04-01Z', false, '');
"""
# One row a line: two lines an order, paid in the order of their numbers.
LINES = """
CREATE TEMP TABLE sold AS
SELECT n AS line, (n + 1) / 2 AS sale, ((n + 1) / 2 * 7919 + (n + 1) / 20) %% %(kocs)s + 1 AS koc, base, refunded, settled, approved,
    (base * 1250 * 11000 + 50000000) / 100000000 AS amount, ((base - refunded) * 1250 * 11000 + 50000000) / 100000000 AS net,
    timestamptz '2026-03-01Z' + ((n + 1) / 2) * interval '2500 milliseconds' / greatest(1, %(lines)s / 2000000.0) AS paid_at
FROM (
    SELECT n::bigint AS n, 9900 + n %% 50 * 100::bigint AS base, CASE WHEN n %% 20 = 0 THEN (9900 + n %% 50 * 100::bigint) / 3 ELSE 0 END AS refunded,
        n %% 10 < 6 AS settled, n %% 10 < 9 AS approved
    FROM generate_series(1, %(lines)s) AS n
) AS line
"""
SALES = """
INSERT INTO commissions_order (id, brand_id, key, paid_at, order_discount_minor, shipping_minor, digest, received_at, credited_at, credit, koc_id)
SELECT sale, 1, 'A-' || sale, min(paid_at), 0, 0, 'd', min(paid_at), min(paid_at), 'koc', min(koc) FROM sold GROUP BY sale ORDER BY sale;
INSERT INTO commissions_orderline (id, order_id, position, key, product_id, quantity, unit_price_minor, discount_minor, base_minor)
SELECT line, sale, (line + 1) % 2, 1 + (line + 1) % 2, 1 + line % 100, 1, base, 0, base FROM sold ORDER BY line;
INSERT INTO commissions_delivery (brand_id, order_key, delivered_at, hold_ends_at, matured)
SELECT 1, 'A-' || sale, min(paid_at), min(paid_at) + interval '8 days', true FROM sold GROUP BY sale;
INSERT INTO commissions_refund (id, brand_id, order_key, kind, key, refunded_at, status, refusal, received_at)
SELECT line, 1, 'A-' || sale, 'refund', 'R-' || line, paid_at, 'applied', '', paid_at FROM sold WHERE refunded > 0;
INSERT INTO commissions_refundline (refund_id, line_key, amount_minor)
SELECT line, 1 + (line + 1) % 2, refunded FROM sold WHERE refunded > 0;
"""
EARNINGS = """
INSERT INTO commissions_ordercredit (id, order_id, place, koc_id, credit_bps, tier, multiplier_bps, channel)
SELECT sale, sale, 0, min(koc), 10000, 'seed', 11000, '' FROM sold GROUP BY sale ORDER BY sale;
INSERT INTO commissions_lineterms (line_id, plan_id, rule_id, rate_bps, override_bps, total_cap_bps)
SELECT line, 1, 1, 1250, 0, 3000 FROM sold;
INSERT INTO commissions_statement (id, settlement_id, koc_id, period, currency, gross_minor, debt_in_minor, tax_method, taxable_minor, tax_minor,
    net_minor, carried_out_minor, status, on_request)
SELECT koc, 1, koc, '2026-03', 'CNY', gross, 0, 'cn_labour_service', gross, gross / 10, gross - gross / 10, 0, 'ready', false
FROM (SELECT koc, sum(net)::bigint AS gross FROM sold WHERE settled GROUP BY koc) AS owed;
INSERT INTO commissions_commission (id, brand_id, line_id, koc_id, credit_id, level, amount_minor, reversed_minor, settled_minor, status, made_at,
    approved_at, statement_id)
SELECT line, 1, line, koc, sale, 1, amount, amount - net, CASE WHEN settled THEN net ELSE 0 END,
    CASE WHEN settled THEN 'settled' WHEN approved THEN 'approved' ELSE 'pending' END, paid_at,
    CASE WHEN approved THEN paid_at + interval '8 days' END, CASE WHEN settled THEN koc END
FROM sold ORDER BY line;
INSERT INTO commissions_reversal (id, commission_id, refund_id, amount_minor, happened_at, booked_at)
SELECT line, line, line, amount - net, paid_at, paid_at FROM sold WHERE refunded > 0;
INSERT INTO commissions_statementline (statement_id, commission_id, amount_minor) SELECT koc, line, net FROM sold WHERE settled ORDER BY koc, line;
"""
LEDGER = """
INSERT INTO commissions_wallet (id, brand_id, koc_id, kind, currency, balance_minor)
VALUES (1, 1, NULL, 'commissions', 'CNY', NULL), (2, 1, NULL, 'tax', 'CNY', NULL);
INSERT INTO commissions_wallet (id, brand_id, koc_id, kind, currency, balance_minor)
SELECT 4 * koc, 1, koc, 'pending', 'CNY', sum(net) FILTER (WHERE NOT approved) FROM sold GROUP BY koc HAVING bool_or(NOT approved)
UNION ALL SELECT 4 * koc, 1, koc, 'pending', 'CNY', 0 FROM sold GROUP BY koc HAVING bool_and(approved)
UNION ALL SELECT 4 * koc + 1, 1, koc, 'approved', 'CNY', COALESCE(sum(net) FILTER (WHERE NOT settled), 0) FROM sold WHERE approved GROUP BY koc
UNION ALL SELECT 4 * koc_id + 2, 1, koc_id, 'settled', 'CNY', net_minor FROM commissions_statement;
INSERT INTO commissions_transfer (source_id, target_id, amount_minor, reason, cause_id, moved_at)
SELECT source, target, amount, reason, cause, moved_at FROM (
    SELECT 1 AS source, 4 * koc AS target, amount, 'accrual' AS reason, line AS cause, paid_at AS moved_at FROM sold
    UNION ALL SELECT 4 * koc, 1, amount - net, 'reversal', line, paid_at + interval '1 hour' FROM sold WHERE refunded > 0
    UNION ALL SELECT 4 * koc, 4 * koc + 1, net, 'approval', line, paid_at + interval '8 days' FROM sold WHERE approved
    UNION ALL SELECT 4 * koc_id + 1, 4 * koc_id + 2, gross_minor, 'settlement', id, '2026-04-01Z' FROM commissions_statement
    UNION ALL SELECT 4 * koc_id + 2, 2, tax_minor, 'tax', id, '2026-04-01Z' FROM commissions_statement WHERE tax_minor > 0
) AS movement ORDER BY moved_at, reason, cause;
"""


def make_book(connection: psycopg.Connection, *, lines: int, kocs: int) -> None:
    """Fill an empty, migrated database. Triggers are off: the rows are made as they would demand. Statistics are fresh
    afterwards."""
    params = {"lines": lines, "kocs": kocs}
    connection.execute("SET session_replication_role = replica")
    for statement in filter(str.strip, [*BRAND.split(";\n"), *LINES.split(";\n")]):
        connection.execute(statement, params if "%(" in statement else None)
    for text in (SALES, EARNINGS, LEDGER):
        connection.execute(text)
    connection.execute("SET session_replication_role = origin")
    connection.execute("VACUUM ANALYZE")


@contextmanager
def scratch_database() -> Iterator[tuple[psycopg.Connection, dict[str, Any]]]:
    """A PostgreSQL of its own, migrated, thrown away afterwards: a connection to it, and its address. Child processes
    find it by VAR_DIR."""
    with scratch_var():
        import django  # noqa: PLC0415  after VAR_DIR: this starts the server
        from django.conf import settings  # noqa: PLC0415
        from django.core.management import call_command  # noqa: PLC0415

        django.setup()
        call_command("migrate", verbosity=0)
        database = settings.DATABASES["default"]
        address = {
            "host": database["HOST"],
            "port": database["PORT"] or None,
            "user": database["USER"],
            "dbname": database["NAME"],
        }
        with psycopg.connect(**address, autocommit=True) as connection:
            yield connection, address


@contextmanager
def scratch_book(*, lines: int, kocs: int) -> Iterator[tuple[psycopg.Connection, dict[str, Any]]]:
    """A scratch database with such a book."""
    with scratch_database() as (connection, address):
        make_book(connection, lines=lines, kocs=kocs)
        yield connection, address
