"""Income tax that a brand withholds. Amounts in the minor unit; every table carries the day from which it holds.

Sources: the labour-service table of the Individual Income Tax Law's implementing rules (劳务报酬预扣预缴); the annual table of
the cumulative method for platform workers, State Taxation Administration announcement 2025 No. 16.
"""

from collections.abc import Callable
from dataclasses import dataclass

from commissions.domain.rates import half_up

YUAN = 100
# (taxable income up to, in yuan; rate in percent; quick deduction in yuan)
LABOUR_SERVICE = ((20_000, 20, 0), (50_000, 30, 2_000), (None, 40, 7_000))
ANNUAL = (
    (36_000, 3, 0),
    (144_000, 10, 2_520),
    (300_000, 20, 16_920),
    (420_000, 25, 31_920),
    (660_000, 30, 52_920),
    (960_000, 35, 85_920),
    (None, 45, 181_920),
)
MONTHLY_DEDUCTION = 5_000 * YUAN


@dataclass(frozen=True, slots=True)
class Income:
    """One payee's income from one brand: now, and before now in the same month and the same year. All in the minor unit."""

    now: int
    month_before: int = 0
    month_withheld: int = 0
    year_before: int = 0
    year_withheld: int = 0
    year_months_before: int = 0


@dataclass(frozen=True, slots=True)
class Withholding:
    taxable_minor: int
    tax_minor: int


def by_table(taxable_fifths: int, table: tuple[tuple[int | None, int, int], ...]) -> int:
    """Tax in the minor unit, rounded half up, of a taxable income given in fifths of the minor unit (80 % of a whole number is a whole number of fifths)."""
    for limit, percent, quick in table:
        if limit is None or taxable_fifths <= 5 * limit * YUAN:
            return half_up(max(0, taxable_fifths * percent - 500 * quick * YUAN), 500)
    raise AssertionError("the last row of a table has no limit")


def none(income: Income) -> Withholding:
    return Withholding(0, 0)


def labour_service(income: Income) -> Withholding:
    """All income of a month is one item: ≤ 800 yuan nothing, ≤ 4000 less 800, above less 20 %; 20/30/40 %; minus what the month already withheld."""
    total = income.month_before + income.now
    if total <= 800 * YUAN:
        fifths = 0
    elif total <= 4_000 * YUAN:
        fifths = 5 * (total - 800 * YUAN)
    else:
        fifths = 4 * total
    return Withholding(half_up(fifths, 5), max(0, by_table(fifths, LABOUR_SERVICE) - income.month_withheld))


def platform_cumulative(income: Income) -> Withholding:
    """The year's income less 20 % and 5000 yuan for each month with income, by the annual table, minus what was withheld; never below 0."""
    months = income.year_months_before + 1
    fifths = max(0, 4 * (income.year_before + income.now) - 5 * MONTHLY_DEDUCTION * months)
    return Withholding(half_up(fifths, 5), max(0, by_table(fifths, ANNUAL) - income.year_withheld))


METHODS: dict[str, Callable[[Income], Withholding]] = {"none": none, "cn_labour_service": labour_service, "cn_platform_cumulative": platform_cumulative}
