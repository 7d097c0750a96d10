"""Which KOCs bought what their kits are about, as the shop's orders say."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.brands.models import Brand
from accounts.brands.selectors import shown_number_in
from content.products.services import UseByOrder

# What is asked for: the products of kits that only users may share, and of kits of which a text says the days of use.
ASKED = r"""
kit.product_id IS NOT NULL AND (
    kit.needs_use OR EXISTS (
        SELECT FROM content_kitversion version LEFT JOIN content_section section ON section.version_id = version.id
        LEFT JOIN content_heading heading ON heading.version_id = version.id
        WHERE version.kit_id = kit.id AND (section.text ~ '\{\s*days\s*[|}]' OR heading.title ~ '\{\s*days\s*[|}]')
    )
)
"""
BRANDS = f"""
SELECT brand.id FROM accounts_brand brand
WHERE EXISTS (SELECT FROM content_kit kit WHERE kit.brand_id = brand.id AND {ASKED})
    OR EXISTS (SELECT FROM content_productuse WHERE brand_id = brand.id AND source = 'order')
ORDER BY brand.id
"""  # noqa: S608  constants
BOUGHT_AS = shown_number_in("bought")
# A customer is the same person as a KOC when their phones are the same, as where a purchase of one's own earns nothing.
# Each step looks up by a key what the one before found, so that the sales of everybody else are never read: OFFSET 0
# keeps it so. A line that cost nothing is given back when all that its order cost is.
OWN = f"""
WITH asked AS MATERIALIZED (
    SELECT DISTINCT kit.product_id FROM content_kit kit WHERE kit.brand_id = %(brand)s AND {ASKED}
), member AS MATERIALIZED (
    SELECT koc.id, person.phone FROM accounts_koc koc JOIN accounts_user person ON person.id = koc.user_id
    WHERE koc.id = ANY(%(kocs)s) AND EXISTS (SELECT FROM asked)
), bought AS MATERIALIZED (
    SELECT member.id AS koc_id, sale.id, sale.shop, sale.key
    FROM member
    CROSS JOIN LATERAL (
        SELECT id FROM accounts_customer WHERE brand_id = %(brand)s AND phone = member.phone AND phone <> '' OFFSET 0
    ) AS customer
    CROSS JOIN LATERAL (SELECT id, shop, key FROM commissions_order WHERE customer_id = customer.id OFFSET 0) AS sale
)
SELECT DISTINCT ON (bought.koc_id, line.product_id) bought.koc_id, line.product_id, delivery.delivered_at, {BOUGHT_AS}
FROM bought
CROSS JOIN LATERAL (
    SELECT key, product_id, base_minor, refunded_minor, sum(base_minor) OVER () AS order_minor, sum(refunded_minor) OVER () AS returned_minor
    FROM commissions_orderline WHERE order_id = bought.id AND quantity > 0 AND product_id IS NOT NULL OFFSET 0
) AS line
CROSS JOIN LATERAL (
    SELECT max(delivered_at) AS delivered_at FROM commissions_delivery
    WHERE (brand_id, shop, order_key) = (%(brand)s, bought.shop, bought.key) AND refusal = '' AND (lines = '{{}}' OR line.key = ANY(lines))
) AS delivery
WHERE line.product_id IN (SELECT product_id FROM asked) AND delivery.delivered_at <= %(at)s
    AND NOT (line.base_minor > 0 AND line.refunded_minor >= line.base_minor)
    AND NOT (line.base_minor = 0 AND line.order_minor > 0 AND line.returned_minor >= line.order_minor)
    AND NOT EXISTS (
        SELECT FROM commissions_refund WHERE (brand_id, shop, order_key) = (%(brand)s, bought.shop, bought.key) AND kind = 'cancellation'
            AND status <> 'refused' OFFSET 0
    )
ORDER BY bought.koc_id, line.product_id, delivery.delivered_at, bought.shop, bought.key
"""  # noqa: S608  constants


def brands_that_ask_for_uses() -> list[Brand]:
    """The brands with a kit that asks who has used its product, and those of which uses are known from then."""
    with connection.cursor() as cursor:
        cursor.execute(BRANDS)
        return list(Brand.objects.filter(pk__in=[pk for (pk,) in cursor.fetchall()]).order_by("pk"))


def own_purchases(brand: Brand, *, kocs: Sequence[int], at: datetime) -> list[UseByOrder]:
    """What some KOCs of a brand bought for themselves, of the products that its kits ask for: delivered by `at`, neither
    cancelled nor given back whole; the earliest order of each. One query."""
    params: dict[str, Any] = {"brand": brand.pk, "kocs": list(kocs), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(OWN, params)
        return [UseByOrder(*row) for row in cursor.fetchall()]
