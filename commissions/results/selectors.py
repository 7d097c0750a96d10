"""What content brought: counted from shares, cascades, visits and orders, in three queries a brand."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.results.models import KitResult

PAUSE, AT_LEAST_EVERY = timedelta(hours=1), timedelta(days=1)

# Visits, refunds and corrections alone make no brand due within the hour, but within the day.
DUE = """
SELECT brand.id FROM accounts_brand brand LEFT JOIN commissions_resultcount counted ON counted.brand_id = brand.id
WHERE EXISTS (SELECT FROM referrals_share WHERE brand_id = brand.id) AND (
    counted.counted_at IS NULL OR counted.counted_at <= %(long_ago)s OR counted.counted_at <= %(pause)s AND (
        EXISTS (SELECT FROM referrals_share WHERE brand_id = brand.id AND id > counted.newest_share)
        OR EXISTS (SELECT FROM commissions_order WHERE brand_id = brand.id AND id > counted.newest_order)
    )
) ORDER BY brand.id
"""
NEWEST = """
SELECT COALESCE((SELECT max(id) FROM referrals_share WHERE brand_id = %(brand)s), 0),
    COALESCE((SELECT max(id) FROM commissions_order WHERE brand_id = %(brand)s), 0)
"""
# An order that was cancelled, or of which all was given back, sold nothing, from when that was processed. A person whom two cascades reached is one.
COUNTED = """
WITH shared AS MATERIALIZED (
    SELECT share.id, share.koc_id, share.kit_id, share.depth, share.shared_at, {subject} AS subject
    FROM referrals_share share JOIN content_kit kit ON kit.id = share.kit_id
    WHERE share.brand_id = %(brand)s AND share.shared_at <= %(at)s AND {subject} IS NOT NULL
), used AS (
    SELECT subject, sum(times)::bigint AS shares, count(DISTINCT koc_id) AS kocs, count(DISTINCT koc_id) FILTER (WHERE times > 1) AS again,
        max(depth) AS depth, count(DISTINCT kit_id) AS kits
    FROM (SELECT subject, koc_id, kit_id, count(*) AS times, max(depth) AS depth FROM shared GROUP BY 1, 2, 3) AS taken GROUP BY 1
), reached AS (
    SELECT subject, count(DISTINCT person.person) AS people
    FROM shared JOIN referrals_cascadeperson person ON person.root_id = shared.id WHERE shared.depth = 0 GROUP BY 1
), visited AS (
    SELECT subject, count(*) AS visits,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(visit.visited_at - shared.shared_at, interval '0')) AS half_life
    FROM shared JOIN referrals_visit visit ON visit.share_id = shared.id AND visit.uncounted = '' AND visit.visited_at <= %(at)s GROUP BY 1
), sold AS (
    SELECT shared.subject, shared.id, sum(line.base_minor - line.refunded_minor)::bigint AS net_minor
    FROM commissions_order sale JOIN shared ON shared.id = sale.share_id JOIN commissions_orderline line ON line.order_id = sale.id
    WHERE sale.brand_id = %(brand)s AND sale.share_id IS NOT NULL AND sale.paid_at <= %(at)s
    GROUP BY shared.subject, shared.id, sale.id
), by_share AS (
    SELECT subject, count(*) AS orders, sum(net_minor) AS gmv_minor FROM sold WHERE net_minor > 0 GROUP BY subject, id
), earned AS (
    SELECT subject, sum(orders)::bigint AS orders, sum(gmv_minor)::bigint AS gmv_minor, sum(gmv_minor::numeric ^ 2) AS gmv_squares FROM by_share GROUP BY 1
)
SELECT used.subject, used.shares, used.kocs, used.again, used.depth, used.kits, COALESCE(reached.people, 0) AS people,
    COALESCE(visited.visits, 0) AS visits, visited.half_life, COALESCE(earned.orders, 0) AS orders, COALESCE(earned.gmv_minor, 0) AS gmv_minor,
    round(COALESCE(earned.gmv_squares, 0)) AS gmv_squares
FROM used LEFT JOIN reached USING (subject) LEFT JOIN visited USING (subject) LEFT JOIN earned USING (subject) ORDER BY 1
"""
OF_KITS, OF_AUTHORS = COUNTED.format(subject="kit.id"), COUNTED.format(subject="kit.author_id")


def brands_with_results_due(*, at: datetime) -> list[Brand]:
    """The brands where something was shared, and whose results were counted a day ago or, if there are new shares or
    orders, an hour ago."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"pause": at - PAUSE, "long_ago": at - AT_LEAST_EVERY})
        return list(Brand.objects.filter(pk__in=[pk for (pk,) in cursor.fetchall()]).order_by("pk"))


def newest_facts(brand: Brand) -> tuple[int, int]:
    """The numbers of the newest share and of the newest order; 0 where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, {"brand": brand.pk})
        share, order = cursor.fetchone()
        return share, order


def counted_results(query: str, brand: Brand, *, at: datetime) -> list[dict[str, Any]]:
    """What became of the shares of a brand as of `at`, by kit (`OF_KITS`) or by author (`OF_AUTHORS`): a dict for each
    `subject`, with the counts of a `ContentResult` and the number of `kits`."""
    with connection.cursor() as cursor:
        cursor.execute(query, {"brand": brand.pk, "at": at})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def results_of_author(koc: Koc) -> QuerySet[KitResult]:
    """The results of the kits whose content a KOC wrote."""
    return KitResult.objects.filter(kit__author=koc)
