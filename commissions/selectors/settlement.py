"""What a settlement looks at."""

from datetime import datetime

from django.db import connection

from accounts.models import Brand
from commissions.domain.taxes import Income
from commissions.models import Settlement, Statement
from commissions.selectors.refunds import line_states

# Commissions whose refunds stand on both sides of the period's end, or after it: their value at the end is not what it is now.
STRADDLING = """
SELECT earned.id, line.order_id, line.key, earned.level
FROM commissions_commission earned JOIN commissions_orderline line ON line.id = earned.line_id
WHERE earned.brand_id = %s AND earned.approved_at < %s
    AND EXISTS (SELECT FROM commissions_reversal WHERE commission_id = earned.id AND refunded_at >= %s)
"""


def values_before(brand: Brand, end: datetime) -> dict[int, int]:
    """commission → its value at a moment, for those that refunds since have changed."""
    with connection.cursor() as cursor:
        cursor.execute(STRADDLING, [brand.pk, end, end])
        rows = cursor.fetchall()
    states = line_states({order for _, order, _, _ in rows}, before=end)
    return {pk: states[order][line].worth(level) for pk, order, line, level in rows}


def latest_settlement(brand: Brand) -> Settlement | None:
    return Settlement.objects.filter(brand=brand, currency=brand.currency).order_by("-period").first()


def debts_carried(brand: Brand, before: Settlement | None) -> dict[int, int]:
    """KOC → the debt that the last settlement carried out."""
    if before is None:
        return {}
    owed = Statement.objects.filter(settlement=before, carried_out_minor__lt=0)
    return {koc: -amount for koc, amount in owed.values_list("koc", "carried_out_minor")}


YEAR_SO_FAR = """
SELECT statement.koc_id, sum(net_minor + tax_minor)::bigint, sum(tax_minor)::bigint, count(DISTINCT statement.period)
FROM commissions_statement statement JOIN commissions_settlement settlement ON settlement.id = statement.settlement_id
WHERE settlement.brand_id = %s AND statement.period >= %s AND statement.period < %s AND net_minor > 0 GROUP BY statement.koc_id
"""


def incomes(brand: Brand, period: str) -> dict[int, Income]:
    """KOC → what the brand paid in the same year before a period: the basis of the cumulative method. `now` is 0."""
    with connection.cursor() as cursor:
        cursor.execute(YEAR_SO_FAR, [brand.pk, f"{period[:4]}-01", period])
        return {koc: Income(0, year_before=paid, year_withheld=tax, year_months_before=months) for koc, paid, tax, months in cursor}
