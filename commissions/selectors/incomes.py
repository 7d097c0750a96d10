"""What a person had from a brand before: the basis of the tax on what comes now."""

from django.db import connection

from accounts.models import Brand
from commissions.domain.calendar import last_day
from commissions.domain.refusals import NoTaxTable
from commissions.domain.taxes import NONE, PLATFORM_CUMULATIVE, Income, Withholder
from commissions.models import TaxTable
from commissions.selectors.payees import persons_of

# A statement's income is what it pays and what it withholds; one that is carried or void pays nothing. First each KOC's sums, with the months that had income
# as bits, then those of its person: a month in which two memberships were paid is one month.
INCOMES = """
WITH earned AS (
    SELECT statement.koc_id AS koc,
        COALESCE(sum(net_minor + tax_minor) FILTER (WHERE period = %(period)s), 0) AS month_paid,
        COALESCE(sum(tax_minor) FILTER (WHERE period = %(period)s), 0) AS month_tax,
        sum(net_minor + tax_minor) AS year_paid, sum(tax_minor) AS year_tax,
        COALESCE(bit_or(1 << right(period, 2)::int) FILTER (WHERE period <> %(period)s AND net_minor + tax_minor > 0), 0) AS months
    FROM commissions_statement statement JOIN accounts_koc koc ON koc.id = statement.koc_id
    WHERE koc.brand_id = %(brand)s AND period >= %(first)s AND period <= %(last)s AND statement.status NOT IN ('carried', 'void')
    GROUP BY statement.koc_id
), had AS (
    SELECT koc.id, sum(month_paid) OVER person AS month_paid, sum(month_tax) OVER person AS month_tax,
        sum(year_paid) OVER person AS year_paid, sum(year_tax) OVER person AS year_tax, bit_or(months) OVER person AS months
    FROM accounts_koc koc LEFT JOIN commissions_payee payee ON payee.user_id = koc.user_id LEFT JOIN earned ON earned.koc = koc.id
    WHERE koc.brand_id = %(brand)s
    WINDOW person AS (PARTITION BY COALESCE(payee.person, koc.id::text))
)
SELECT id, month_paid::bigint, month_tax::bigint, year_paid::bigint, year_tax::bigint, bit_count(months::bit(16)) FROM had WHERE year_paid IS NOT NULL
"""


def incomes(brand: Brand, period: str, *, of_year: bool = True) -> dict[int, Income]:
    """KOC → what its person had from the brand on other statements of the same month, and of the same year; `now` is 0.

    All statements of the year that are written count, those of later months too: what is withheld is reckoned from all that was paid so far. With `of_year`
    false only the month is looked at, and the year is said to be just that.
    """
    first, last = (f"{period[:4]}-01", f"{period[:4]}-12") if of_year else (period, period)
    with connection.cursor() as cursor:
        cursor.execute(INCOMES, {"brand": brand.pk, "period": period, "first": first, "last": last})
        return {koc: Income(0, *sums) for koc, *sums in cursor}


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
    if table is None:
        return Withholder(method, None, incomes={}, persons={})
    before = incomes(brand, period, of_year=method == PLATFORM_CUMULATIVE)
    return Withholder(method, table.as_table(), incomes=before, persons=persons_of(brand))
