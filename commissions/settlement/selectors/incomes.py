"""The income that a person had from a brand before: the basis of the tax on the next statement."""

from collections.abc import Collection, Mapping

from django.db import connection

from accounts.brands.models import Brand
from commissions.payees.selectors import persons_of
from commissions.settlement.domain.refusals import NoTaxTable
from commissions.settlement.domain.taxes import (
    NONE,
    PLATFORM_CUMULATIVE,
    Income,
    OtherIncome,
    Withholder,
    shared_incomes,
)
from commissions.settlement.models.taxes import TaxTable
from foundation.money.calendar import last_day
from foundation.texts.messages import Message

# A statement's income is what it pays and what it withholds; one that is carried or void pays nothing. The other months
# that had income are bits.
INCOMES = """
SELECT statement.koc_id,
    COALESCE(sum(net_minor + tax_minor) FILTER (WHERE period = %(period)s), 0)::bigint, COALESCE(sum(tax_minor) FILTER (WHERE period = %(period)s), 0)::bigint,
    sum(net_minor + tax_minor)::bigint, sum(tax_minor)::bigint,
    COALESCE(bit_or(1 << right(period, 2)::int) FILTER (WHERE period <> %(period)s AND net_minor + tax_minor > 0), 0)
FROM commissions_statement statement JOIN accounts_koc koc ON koc.id = statement.koc_id
WHERE koc.brand_id = %(brand)s AND period >= %(first)s AND period <= %(last)s AND statement.status NOT IN ('carried', 'void')
    AND (%(kocs)s::bigint[] IS NULL OR statement.koc_id = ANY(%(kocs)s))
GROUP BY statement.koc_id
"""


def incomes(
    brand: Brand, period: str, *, persons: Mapping[int, str], of_year: bool = True, kocs: Collection[int] | None = None
) -> dict[int, Income]:
    """KOC → the income of its person from the brand on other statements of the same month, and of the same year; `now`
    is 0. A KOC without income is missing.

    All written statements of the year count, those of later months too: the tax is computed on all that was paid so
    far. With `of_year` false only the month is read, and the year equals the month. `persons` are those of
    `persons_of`; `kocs` limits the query to these KOCs."""
    first, last = (f"{period[:4]}-01", f"{period[:4]}-12") if of_year else (period, period)
    with connection.cursor() as cursor:
        cursor.execute(
            INCOMES,
            {
                "brand": brand.pk,
                "period": period,
                "first": first,
                "last": last,
                "kocs": None if kocs is None else list(kocs),
            },
        )
        return shared_incomes((OtherIncome(*row) for row in cursor), persons)


def table_in_force(method: str, period: str) -> TaxTable | None:
    """The table in force on the last day of a period; `none` needs none. Raises NoTaxTable when a method has no table
    yet on that day."""
    if method == NONE:
        return None
    day = last_day(period)
    table = TaxTable.objects.filter(method=method, starts_on__lte=day).order_by("-starts_on").first()
    if table is None:
        raise NoTaxTable(
            Message(
                "%(period)s: no tax table of %(method)s holds on %(day)s; add one, or choose another method for the brand",
                period=period,
                method=method,
                day=day,
            )
        )
    return table


def withholder(brand: Brand, table: TaxTable | None, period: str, *, koc: int | None = None) -> Withholder:
    """The withholder for a settlement of a period by a table, with the persons and their incomes so far; without a
    table it withholds nothing.

    With `koc`, for the withdrawal of one KOC: only that person's rows are read, not those of the whole brand.
    """
    if table is None:
        return Withholder(NONE, None, incomes={}, persons={})
    persons = persons_of(brand, koc=koc)
    other_incomes = incomes(
        brand,
        period,
        persons=persons,
        of_year=table.method == PLATFORM_CUMULATIVE,
        kocs=None if koc is None else {koc, *persons},
    )
    return Withholder(table.method, table.as_table(), incomes=other_incomes, persons=persons)
