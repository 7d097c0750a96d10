"""What became of the shares that drew a variant: visits that are decided, and those of them that a sale followed."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts.brands.models import Brand
from content.kits.services.variants import CountedVariant

COUNTED_FOR = timedelta(days=180)
"""older visits count no more, so that the work has an end and a taste that changed is followed"""
CLOCK_SKEW_MINUTES = 5  # as where orders are credited: a shop's clock may run behind ours

BRANDS = """
SELECT DISTINCT kit.brand_id FROM content_section section JOIN content_kitversion version ON version.id = section.version_id
JOIN content_kit kit ON kit.id = version.kit_id WHERE section.variant <> '' AND version.status = 'published' ORDER BY 1
"""
# A sale belongs to one visit: the last counted one that its buyer made before paying, whichever share of the brand that
# opened. What was given back whole is a sale until its hold is over: of one that was delivered the hold of the order,
# else as many days after it was given back. OFFSET 0 keeps look-ups by key.
COUNTED = """
WITH written AS MATERIALIZED (
    SELECT version.id, version.reward_days FROM content_kitversion version JOIN content_kit kit ON kit.id = version.kit_id
    WHERE kit.brand_id = %(brand)s AND version.status = 'published'
        AND EXISTS (SELECT FROM content_section WHERE version_id = version.id AND variant <> '')
), shared AS MATERIALIZED (
    SELECT share.id, share.version_id, share.channel, share.drawn, make_interval(days => written.reward_days) AS within
    FROM written JOIN referrals_share share ON share.version_id = written.id AND share.drawn IS NOT NULL
), visited AS MATERIALIZED (
    SELECT visit.id, visit.share_id, visit.visitor, visit.visited_at, shared.within
    FROM shared JOIN referrals_visit visit ON visit.share_id = shared.id AND visit.uncounted = ''
        AND visit.visited_at > %(since)s AND visit.visited_at <= %(at)s
), visitor AS MATERIALIZED (
    SELECT DISTINCT visitor FROM visited
), sold AS MATERIALIZED (
    SELECT id, shop, key, paid_at, customer_id, given_click_id FROM commissions_order sale
    WHERE brand_id = %(brand)s AND paid_at > %(since)s AND paid_at <= %(at)s AND credit <> 'self_purchase'
        AND (customer_id IS NOT NULL OR given_click_id IS NOT NULL)
), bought AS MATERIALIZED (
    SELECT sold.id, sold.paid_at, sold.shop, sold.key, click.visitor FROM sold JOIN referrals_visit click ON click.id = sold.given_click_id
    WHERE click.visitor IN (SELECT visitor FROM visitor)
    UNION
    SELECT sold.id, sold.paid_at, sold.shop, sold.key, known.visitor FROM sold JOIN referrals_acquaintance known ON known.customer_id = sold.customer_id
    WHERE known.visitor IN (SELECT visitor FROM visitor)
), led AS MATERIALIZED (
    SELECT DISTINCT ON (bought.id) bought.id, bought.shop, bought.key, bought.paid_at, visit.id AS visit_id
    FROM bought CROSS JOIN LATERAL (
        SELECT id, share_id, visited_at FROM referrals_visit
        WHERE visitor = bought.visitor AND uncounted = '' AND visited_at <= bought.paid_at + make_interval(mins => %(skew_minutes)s)
            AND visited_at >= bought.paid_at - (SELECT max(within) FROM visited)
        OFFSET 0
    ) AS visit
    CROSS JOIN LATERAL (SELECT brand_id FROM referrals_share WHERE id = visit.share_id OFFSET 0) AS share
    WHERE share.brand_id = %(brand)s
    ORDER BY bought.id, visit.visited_at > bought.paid_at, visit.visited_at DESC, visit.id DESC
), rewarded AS MATERIALIZED (
    SELECT DISTINCT visited.id FROM led JOIN visited ON visited.id = led.visit_id AND led.paid_at <= visited.visited_at + visited.within
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(base_minor), 0) AS base_minor FROM commissions_orderline WHERE order_id = led.id OFFSET 0
    ) AS lines
    WHERE lines.base_minor > 0 AND NOT EXISTS (
        SELECT FROM commissions_refund refund
        LEFT JOIN LATERAL (
            SELECT max(hold_ends_at) AS hold_ends_at FROM commissions_delivery
            WHERE (brand_id, shop, order_key) = (refund.brand_id, refund.shop, refund.order_key) AND refusal = ''
        ) AS delivery ON true
        JOIN commissions_paypolicy policy ON policy.brand_id = refund.brand_id
        LEFT JOIN LATERAL (
            SELECT refund.amount_minor + COALESCE(sum(amount_minor), 0) AS amount_minor FROM commissions_refundline WHERE refund_id = refund.id
        ) AS back ON true
        WHERE (refund.brand_id, refund.shop, refund.order_key) = (%(brand)s, led.shop, led.key) AND refund.status <> 'refused' AND refund.kind <> 'undone'
            AND NOT EXISTS (
                SELECT FROM commissions_refund undone
                WHERE (undone.brand_id, undone.shop, undone.order_key) = (refund.brand_id, refund.shop, refund.order_key)
                    AND undone.kind = 'undone' AND undone.key = refund.key
                    AND refund.kind = 'refund'
            )
            AND COALESCE(delivery.hold_ends_at, refund.refunded_at + make_interval(days => policy.hold_days)) <= %(at)s
        HAVING bool_or(refund.kind = 'cancellation') OR sum(back.amount_minor) >= lines.base_minor
    )
)
SELECT shared.version_id, shared.channel, said.section, said.variant,
    count(*) FILTER (WHERE rewarded.id IS NOT NULL OR visited.visited_at + visited.within <= %(at)s), count(rewarded.id)
FROM shared CROSS JOIN LATERAL jsonb_each_text(shared.drawn) AS said(section, variant)
LEFT JOIN visited ON visited.share_id = shared.id LEFT JOIN rewarded ON rewarded.id = visited.id
GROUP BY 1, 2, 3, 4
"""


def brands_with_variants() -> list[Brand]:
    """The brands that share texts with variants."""
    with connection.cursor() as cursor:
        cursor.execute(BRANDS)
        return list(Brand.objects.filter(pk__in=[pk for (pk,) in cursor.fetchall()]).order_by("pk"))


def counted_variants(brand: Brand, *, at: datetime) -> list[CountedVariant]:
    """Trials and rewards of each variant that is shared now, by channel, as of `at`: one query for a brand.

    A visit is a trial when it was followed by a sale within the days of its version, or when they are over."""
    params: dict[str, Any] = {
        "brand": brand.pk,
        "at": at,
        "since": at - COUNTED_FOR,
        "skew_minutes": CLOCK_SKEW_MINUTES,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, params)
        return [CountedVariant(*row) for row in cursor.fetchall()]
