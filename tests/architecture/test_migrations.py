"""A database of the first release is brought up to date, and nothing of its money is lost on the way."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from config.embedded import url_of
from tests.support.paths import ROOT

FIRST_RELEASE = "0002_the_database_states_the_law"
# A sale of 9900 at 12.5 % and 3 %, of which a third came back; level 1 is settled, level 2 is pending.
BOOK = """
INSERT INTO accounts_brand (id, slug, name, currency, timezone, landing_url, approval, candidate_purchases, created_at)
VALUES (1, 'old', 'Old', 'CNY', 'Asia/Shanghai', 'https://shop.example', 'auto', 8, '2026-01-01Z');
INSERT INTO accounts_tier (id, brand_id, key, name, rank, growth, multiplier_bps, keep, keep_days)
VALUES (1, 1, 'seed', 'Seed', 0, 0, 10000, 0, 0), (2, 1, 'gold', 'Gold', 1, 9, 10000, 0, 0);
INSERT INTO accounts_koc (id, brand_id, key, name, status, tier_id, tier_pinned, invite_code, answers, joined_at)
VALUES (1, 1, 'low', 'Low', 'active', 2, false, 'i1', '{}', '2026-01-01Z'), (2, 1, 'high', 'High', 'active', 1, false, 'i2', '{}', '2026-01-01Z');
INSERT INTO accounts_tierchange (koc_id, tier_before_id, changed_at) VALUES (1, 1, '2026-04-01Z');
INSERT INTO content_product (id, brand_id, sku, name, category, price_minor, landing_url) VALUES (1, 1, 'S1', 'Serum', 'skin', 9900, '');
INSERT INTO commissions_paypolicy (brand_id, hold_days, hold_rule, paid_levels, level2_acknowledged_by, level2_acknowledged_at,
    total_cap_bps, min_payout_minor, tax)
VALUES (1, 7, 'day_after', 2, 'Ann', '2026-01-01Z', 3000, 1, 'none');
INSERT INTO referrals_creditpolicy (brand_id, attribution, window_days, binding_mode, self_purchase) VALUES (1, 'last_click', 30, 'none', 'refuse');
INSERT INTO commissions_plan (id, brand_id, key, starts_at) VALUES (1, 1, 'base', '2026-01-01Z');
INSERT INTO commissions_rule (id, plan_id, position, priority, skus, categories, tiers, channels, customer, rate_bps, override_bps)
VALUES (1, 1, 0, 0, '{}', '{}', '{}', '{}', '', 1250, 300);
INSERT INTO commissions_order (id, brand_id, key, paid_at, given_koc_id, order_discount_minor, shipping_minor, digest, received_at, credited_at, credit, koc_id)
VALUES (1, 1, 'A-1', '2026-03-01Z', 1, 0, 0, 'd', '2026-03-01Z', '2026-03-01Z', 'koc', 1);
INSERT INTO commissions_orderline (id, order_id, position, key, product_id, quantity, unit_price_minor, discount_minor, base_minor)
VALUES (1, 1, 0, '1', 1, 1, 9900, 0, 9900);
INSERT INTO commissions_lineterms (line_id, koc_id, sponsor_id, plan_id, rule_id, rate_bps, multiplier_bps, override_bps, total_cap_bps)
VALUES (1, 1, 2, 1, 1, 1250, 10000, 300, 3000);
INSERT INTO commissions_settlement (id, brand_id, currency, period, settled_at) VALUES (1, 1, 'CNY', '2026-03', '2026-04-01Z');
INSERT INTO commissions_statement (id, settlement_id, koc_id, period, currency, gross_minor, debt_in_minor, tax_method, taxable_minor, tax_minor, net_minor,
    carried_out_minor, status) VALUES (1, 1, 1, '2026-03', 'CNY', 825, 0, 'none', 0, 0, 825, 0, 'ready');
INSERT INTO commissions_commission (id, brand_id, line_id, koc_id, level, amount_minor,
    reversed_minor, settled_minor, status, made_at, approved_at, statement_id)
VALUES (1, 1, 1, 1, 1, 1238, 413, 825, 'settled', '2026-03-01Z', '2026-03-09Z', 1), (2, 1, 1, 2, 2, 297, 99, 0, 'pending', '2026-03-01Z', NULL, NULL);
INSERT INTO commissions_statementline (statement_id, commission_id, amount_minor) VALUES (1, 1, 825);
INSERT INTO commissions_refund (id, brand_id, order_key, kind, key, refunded_at, status, refusal, received_at)
VALUES (1, 1, 'A-1', 'refund', 'R-1', '2026-03-02Z', 'applied', '', '2026-03-02Z');
INSERT INTO commissions_refundline (refund_id, line_key, amount_minor) VALUES (1, '1', 3300);
INSERT INTO commissions_reversal (id, commission_id, refund_id, amount_minor, refunded_at, booked_at)
VALUES (1, 1, 1, 413, '2026-03-02Z', '2026-03-02Z'), (2, 2, 1, 99, '2026-03-02Z', '2026-03-02Z');
INSERT INTO commissions_wallet (id, brand_id, koc_id, kind, currency, balance_minor)
VALUES (1, 1, NULL, 'commissions', 'CNY', NULL), (2, 1, 1, 'pending', 'CNY', 0), (3, 1, 1, 'approved', 'CNY', 0), (4, 1, 1, 'settled', 'CNY', 825),
    (5, 1, 2, 'pending', 'CNY', 198);
INSERT INTO commissions_transfer (source_id, target_id, amount_minor, reason, cause_id, moved_at)
VALUES (1, 2, 1238, 'accrual', 1, '2026-03-01Z'), (1, 5, 297, 'accrual', 2, '2026-03-01Z'), (2, 1, 413, 'reversal', 1, '2026-03-02Z'),
    (5, 1, 99, 'reversal', 2, '2026-03-02Z'), (2, 3, 825, 'approval', 1, '2026-03-09Z'), (3, 4, 825, 'settlement', 1, '2026-04-01Z');
SELECT setval(pg_get_serial_sequence('commissions_transfer', 'id'), 100), setval(pg_get_serial_sequence('accounts_brand', 'id'), 100);
"""


@pytest.fixture
def empty_database(transactional_db: None) -> Iterator[str]:
    """The address of a database of its own, beside the test's."""
    name = f"{connection.settings_dict['NAME']}_first_release"
    url = url_of(connection.settings_dict)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name}")
    yield url.removesuffix(connection.settings_dict["NAME"]) + name
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(url: str, *arguments: str) -> str:
    env = os.environ | {"DATABASE_URL": url, "GROVE_ENV_FILE": "no"}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_database_of_the_first_release_keeps_its_book(empty_database: str) -> None:
    manage(empty_database, "migrate", "commissions", FIRST_RELEASE)
    with psycopg.connect(empty_database) as old:
        old.execute(BOOK)
    manage(empty_database, "migrate")
    assert "0 faults" in manage(empty_database, "check_ledger")
    with psycopg.connect(empty_database) as new:
        credit = "SELECT koc_id, sponsor_id, credit_bps, tier, multiplier_bps, channel FROM commissions_ordercredit"
        assert new.execute(credit).fetchall() == [
            (1, 2, 10_000, "seed", 10_000, "")
        ]  # the tier that held when it was paid
        assert new.execute("SELECT id, credit_id IS NOT NULL FROM commissions_commission ORDER BY id").fetchall() == [
            (1, True),
            (2, True),
        ]
    explained = manage(empty_database, "explain", "A-1", "--brand", "old")
    assert "99.00 CNY × 12.5 %" in explained  # also what was answered before decisions were kept
    assert "2 amounts, 0 of them zero, each recomputed to what is booked" in explained
    assert "A-1,1,S1,1," in manage(empty_database, "export_commissions", "--brand", "old", "--period", "2026-03")


def test_pages_that_were_no_web_addresses_stop_no_upgrade(empty_database: str) -> None:
    """A product's is emptied, so that it has the brand's page; a brand's stays to be put right, and nothing else of it is held up by that."""
    manage(empty_database, "migrate", "content", "0001_initial")
    with psycopg.connect(empty_database) as old:
        old.execute(
            "INSERT INTO accounts_brand (id, slug, name, currency, timezone, landing_url, approval, candidate_purchases, created_at)"
            " VALUES (1, 'bad', 'Bad', 'CNY', 'Asia/Shanghai', 'javascript:alert(1)', 'auto', 8, '2026-01-01Z')"
        )
        old.execute(
            "INSERT INTO content_product (brand_id, sku, name, category, price_minor, landing_url) VALUES (1, 'S1', 'A', '', 1, 'shop.example'),"
            " (1, 'S2', 'B', '', 1, ''), (1, 'S3', 'C', '', 1, 'HTTPS://shop.example/c'), (1, 'S4', 'D', '', 1, E'x\\nhttps://shop.example')"
        )
    manage(empty_database, "migrate")
    with psycopg.connect(empty_database) as new:
        assert new.execute("SELECT landing_url FROM content_product ORDER BY sku").fetchall() == [
            ("",),
            ("",),
            ("HTTPS://shop.example/c",),
            ("",),
        ]
        assert new.execute("SELECT landing_url FROM accounts_brand").fetchall() == [("javascript:alert(1)",)]
        with pytest.raises(psycopg.errors.CheckViolation):
            new.execute("UPDATE accounts_brand SET landing_url = 'javascript:alert(2)'")


def test_secrets_that_lay_open_are_sealed_and_still_good(empty_database: str) -> None:
    """And the way back is open."""
    manage(empty_database, "migrate", "commissions", "0025_tax_table_of_a_settlement")
    secrets = [f"whsec_{letter * 43}=" for letter in "ab"]
    with psycopg.connect(empty_database) as old:
        brand = "id, slug, name, currency, timezone, landing_url, approval, candidate_purchases, created_at"
        old.execute(
            f"INSERT INTO accounts_brand ({brand}) VALUES (1, 'old', 'Old', 'CNY', 'Asia/Shanghai', 'https://shop.example', 'auto', 8, '2026-01-01Z')"
        )
        policy = "hold_days, hold_rule, paid_levels, level2_acknowledged_by, total_cap_bps, min_payout_minor, rate_protection_days, withdrawals, tax"
        old.execute(
            f"INSERT INTO commissions_paypolicy (brand_id, {policy}) VALUES (1, 7, 'day_after', 1, '', 3000, 1, 30, false, 'none')"
        )
        for day, secret in enumerate(secrets, 1):
            old.execute(
                "INSERT INTO commissions_intakesecret (brand_id, secret, made_at) VALUES (1, %s, %s)",
                (secret, f"2026-01-0{day}Z"),
            )
    manage(empty_database, "migrate", "commissions", "0026_intake_secrets_are_sealed")
    with psycopg.connect(empty_database) as new:
        rows = new.execute(
            "SELECT row_to_json(secret)::text, last4 FROM commissions_intakesecret secret ORDER BY id"
        ).fetchall()
    assert [last4 for _row, last4 in rows] == ["aaa=", "bbb="]
    assert not any("whsec_" in row or "aaaaa" in row or "bbbbb" in row for row, _last4 in rows)
    manage(empty_database, "migrate", "commissions", "0025_tax_table_of_a_settlement")
    with psycopg.connect(empty_database) as old:
        assert old.execute("SELECT secret FROM commissions_intakesecret ORDER BY id").fetchall() == [
            (secret,) for secret in secrets
        ]
    manage(empty_database, "migrate")
    assert manage(empty_database, "intake_secret", "--brand", "old").splitlines() == secrets[::-1]
