"""A search for fraud at a large brand: seconds of each kind, and the plans of the two heaviest statements. `python
benchmarks/find_signals.py [--plans]`"""

import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_server import scratch_server

KOCS, CUSTOMERS, ORDERS, VISITS, DAYS = 20_000, 100_000, 300_000, 1_000_000, 90
# Two brands of one size. Every tenth KOC is a customer, too; two and two of the other customers share a phone. A fifth of the
# orders came back, and all of 200 KOCs; 100 shares are flooded. Triggers are off while this is filled.
FILL = f"""
SET session_replication_role = replica;
INSERT INTO accounts_brand (id, slug, name, currency, timezone, landing_url, approval, candidate_purchases, created_at)
SELECT n, 'b' || n, 'B', 'CNY', 'Asia/Shanghai', 'https://x', 'auto', 8, now() FROM generate_series(1, 2) n;
INSERT INTO accounts_tier (id, brand_id, key, name, rank, growth, multiplier_bps, keep, keep_days) SELECT n, n, 'seed', 'Seed', 0, 0, 10000, 0, 0 FROM generate_series(1, 2) n;
INSERT INTO commissions_paypolicy (brand_id, hold_days, hold_rule, paid_levels, level2_acknowledged_by, total_cap_bps, min_payout_minor, rate_protection_days, withdrawals, tax)
SELECT n, 7, 'day_after', 1, '', 3000, 1, 30, false, 'none' FROM generate_series(1, 2) n;
INSERT INTO accounts_user (id, password, is_superuser, phone, name, language, is_staff, is_active, created_at)
SELECT n, '', false, '+86' || n, '', 'en', false, true, now() FROM generate_series(1, {2 * KOCS}) n;
INSERT INTO accounts_koc (id, brand_id, user_id, key, name, status, tier_id, tier_pinned, invite_code, answers, joined_at)
SELECT n, 1 + n % 2, n, 'k' || n, 'K', 'active', 1 + n % 2, false, 'i' || n, '{{}}', now() FROM generate_series(1, {2 * KOCS}) n;
INSERT INTO accounts_customer (id, brand_id, key, phone, name, first_seen_at)
SELECT n, 1 + n % 2, 'c' || n, CASE WHEN n <= {2 * KOCS} / 10 THEN '+86' || n ELSE '+87' || n / 2 END, '', now() FROM generate_series(1, {2 * CUSTOMERS}) n;
INSERT INTO referrals_acquaintance (customer_id, visitor) SELECT n, 'v' || (n - n / 50 % 2) FROM generate_series(1, {2 * CUSTOMERS}) n;
INSERT INTO content_kit (id, brand_id, key, title, status, created_at) SELECT n, n, 'kit', 'K', 'published', now() FROM generate_series(1, 2) n;
INSERT INTO referrals_share (id, brand_id, koc_id, kit_id, channel, depth, code, shared_at)
SELECT n, 1 + n % 2, n, 1 + n % 2, 'any', 0, 's' || n, now() FROM generate_series(1, {2 * KOCS}) n;
INSERT INTO referrals_visit (id, share_id, visitor, visited_at, uncounted)
SELECT n, 1 + n % {2 * KOCS}, 'v' || (n::bigint * 7919 % {2 * CUSTOMERS}), now() - (1 - n / {2 * VISITS}.0) * interval '{DAYS} days',
    CASE n % 10 WHEN 0 THEN 'repeat' WHEN 1 THEN 'robot' ELSE '' END FROM generate_series(1, {2 * VISITS}) n;
INSERT INTO commissions_order (id, brand_id, key, paid_at, customer_id, given_click_id, order_discount_minor, shipping_minor, digest, received_at, credited_at, credit, customer_is_new)
SELECT n, 1 + n % 2, 'A' || n, now() - (1 - n / {2 * ORDERS}.0) * interval '{DAYS} days', 1 + (n::bigint * 7919 + 1) % {2 * CUSTOMERS}, n, 0, 0, '', now(), now(), 'click', n % 400 = 0
FROM generate_series(1, {2 * ORDERS}) n;
INSERT INTO commissions_ordercredit (id, order_id, place, koc_id, credit_bps, tier, multiplier_bps, channel)
SELECT n, n, 0, 1 + (n::bigint * 104729 + 1) % {2 * KOCS}, 10000, 'seed', 10000, '' FROM generate_series(1, {2 * ORDERS}) n;
INSERT INTO commissions_orderline (id, order_id, position, key, product_id, quantity, unit_price_minor, discount_minor, base_minor)
SELECT n, n, 0, '1', 1, 1, 9900, 0, 9900 FROM generate_series(1, {2 * ORDERS}) n;
INSERT INTO commissions_refund (brand_id, order_key, kind, key, refunded_at, status, refusal, received_at)
SELECT 1 + n % 2, 'A' || n, 'refund', 'R', now() - (1 - n / {2 * ORDERS}.0) * interval '{DAYS} days', 'applied', '', now() FROM generate_series(1, {2 * ORDERS}, 5) n;
INSERT INTO commissions_refund (brand_id, order_key, kind, key, refunded_at, status, refusal, received_at)
SELECT sale.brand_id, sale.key, 'refund', 'R', sale.paid_at, 'applied', '', now()
FROM commissions_order sale JOIN commissions_ordercredit credit ON credit.order_id = sale.id AND credit.koc_id <= 400 ON CONFLICT DO NOTHING;
SELECT setval(pg_get_serial_sequence('referrals_visit', 'id'), 10000000);
INSERT INTO referrals_visit (share_id, visitor, visited_at, uncounted)
SELECT 2 * (n / 300), 'v', date_trunc('hour', now()) - interval '90 minutes', 'repeat' FROM generate_series(300, 30299) n;
SET session_replication_role = origin;
"""  # noqa: E501  constants


def main() -> None:
    with scratch_server() as url:
        import django  # noqa: PLC0415  after the server

        django.setup()
        from django.db import connection  # noqa: PLC0415
        from django.utils import timezone  # noqa: PLC0415

        from accounts.brands.models import Brand  # noqa: PLC0415
        from commissions.risk.selectors import fraud_sightings  # noqa: PLC0415
        from commissions.risk.selectors.fraud import policies_of  # noqa: PLC0415
        from commissions.risk.services import find_signals  # noqa: PLC0415

        assert url
        with connection.cursor() as cursor:
            cursor.execute(FILL)
            cursor.execute("VACUUM ANALYZE")
        at, brand = timezone.now(), Brand.objects.get(pk=1)
        print(
            f"{KOCS:,} KOCs, {CUSTOMERS:,} customers, {ORDERS:,} orders and {VISITS:,} visits in {DAYS} days; another brand of that size beside it"
        )
        for kind, policy in policies_of(brand).items():
            terms = fraud_sightings.SightingTerms(brand.pk, kind, at, policy.threshold, policy.beside, policy.days)
            start = perf_counter()
            count = len(fraud_sightings.SEARCHES[kind](terms))
            print(f"{kind:15} {perf_counter() - start:6.2f} s, {count:,} found")
        if "--plans" in sys.argv:
            for name, kind in [
                ("DEVICE", "device"),
                ("REFUND_RATE", "refund_rate"),
                ("CLICK_FLOOD", "click_flood"),
                ("SELF_PURCHASE", "self_purchase"),
            ]:
                policy = policies_of(brand)[kind]
                terms = fraud_sightings.SightingTerms(brand.pk, kind, at, policy.threshold, policy.beside, policy.days)
                with connection.cursor() as cursor:
                    cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + getattr(fraud_sightings, name), terms.asked())
                    print(name, *[line for (line,) in cursor], sep="\n")
        start = perf_counter()
        print(find_signals(brand=brand, at=at), f"{perf_counter() - start:.2f} s in all")


if __name__ == "__main__":
    main()
