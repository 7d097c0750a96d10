"""What a person had from a brand before: the basis of the tax on what comes now."""

from django.db import connection

from accounts.models import Brand
from commissions.domain.calendar import last_day
from commissions.domain.refusals import NoTaxTable
from commissions.domain.taxes import NONE, Income, Withholder
from commissions.models import TaxTable
from commissions.selectors.payees import persons_of

# A statement's income is what it pays and what it withholds; one that is carried or void pays nothing. Two memberships of one person share the sums of both.
INCOMES = """
WITH earned AS (
    SELECT COALESCE(payee.person, koc.id::text) AS person, statement.period,
        sum(statement.net_minor + statement.tax_minor) AS paid, sum(statement.tax_minor) AS tax
    FROM commissions_statement statement
    JOIN accounts_koc koc ON koc.id = statement.koc_id
    LEFT JOIN commissions_payee payee ON payee.user_id = koc.user_id
    WHERE koc.brand_id = %(brand)s AND statement.period >= %(first)s AND statement.period <= %(last)s AND statement.status NOT IN ('carried', 'void')
    GROUP BY 1, 2
), had AS (
    SELECT person,
        COALESCE(sum(paid) FILTER (WHERE period = %(period)s), 0)::bigint AS month_paid,
        COALESCE(sum(tax) FILTER (WHERE period = %(period)s), 0)::bigint AS month_tax,
        sum(paid)::bigint AS year_paid, sum(tax)::bigint AS year_tax, count(*) FILTER (WHERE period <> %(period)s AND paid > 0) AS months
    FROM earned GROUP BY person
)
SELECT koc.id, had.month_paid, had.month_tax, had.year_paid, had.year_tax, had.months
FROM accounts_koc koc
LEFT JOIN commissions_payee payee ON payee.user_id = koc.user_id
JOIN had ON had.person = COALESCE(payee.person, koc.id::text)
WHERE koc.brand_id = %(brand)s
"""


def incomes(brand: Brand, period: str) -> dict[int, Income]:
    """KOC → what its person had from the brand on other statements of the same month, and of the same year; `now` is 0.

    All statements of the year that are written count, those of later months too: what is withheld is reckoned from all that was paid so far.
    """
    year = period[:4]
    with connection.cursor() as cursor:
        cursor.execute(INCOMES, {"brand": brand.pk, "period": period, "first": f"{year}-01", "last": f"{year}-12"})
        return {
            koc: Income(0, month_before=month, month_withheld=month_tax, year_before=paid, year_withheld=tax, year_months_before=months)
            for koc, month, month_tax, paid, tax, months in cursor
        }


def table_in_force(method: str, period: str) -> TaxTable | None:
    """The table that holds on the last day of a period; `none` needs none. Raises NoTaxTable when a method has no table yet on that day."""
    if method == NONE:
        return None
    day = last_day(period)
    found = TaxTable.objects.filter(method=method, starts_on__lte=day).order_by("-starts_on").first()
    if found is None:
        raise NoTaxTable(f"{period}: no tax table of {method} holds on {day}; add one, or choose another method for the brand")
    return found


def withholder(brand: Brand, method: str, period: str) -> Withholder:
    """Who withholds for a settlement of a period, or for a withdrawal in it: knows the table, the persons, and what each had before. Raises NoTaxTable."""
    table = table_in_force(method, period)
    return Withholder(method, table.as_table() if table else None, incomes=incomes(brand, period), persons=persons_of(brand))
