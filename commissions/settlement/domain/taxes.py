"""Income tax that a brand withholds. Amounts in the minor unit; those of a table in the major unit, as the law writes
them.

The tables are data with the day from which they are in force; here is only the calculation with a table. Sources: the
labour-service table of the Individual Income Tax Law's implementing rules (劳务报酬预扣预缴); the annual table of the
cumulative method for platform workers, State Taxation Administration announcement 2025 No. 16."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from commissions.plans.domain.rates import half_up
from foundation.texts.messages import Message

YUAN = 100
NONE, LABOUR_SERVICE, PLATFORM_CUMULATIVE = "none", "cn_labour_service", "cn_platform_cumulative"


class Bracket(NamedTuple):
    """Taxable income up to `limit` (None: any) is taxed by `percent`, less the quick deduction."""

    limit: int | None
    percent: int
    quick_deduction: int


@dataclass(frozen=True, slots=True)
class TaxScale:
    """The numbers that a method uses. Amounts in the major unit."""

    brackets: tuple[Bracket, ...]
    flat_deduction: int = 0
    flat_deduction_up_to: int = 0
    taxed_percent: int = 80
    monthly_deduction: int = 0


@dataclass(frozen=True, slots=True)
class Income:
    """One person's income from one brand: `now`, and the income on other statements of the same month and of the same
    year. All in the minor unit."""

    now: int
    month_before: int = 0
    month_withheld: int = 0
    year_before: int = 0
    """of the whole year, this month included"""
    year_withheld: int = 0
    year_months_before: int = 0
    """how many other months of the year had income: this one is not among them, whether it had some before or not"""

    def with_now(self, amount_minor: int) -> "Income":
        return Income(
            amount_minor,
            self.month_before,
            self.month_withheld,
            self.year_before,
            self.year_withheld,
            self.year_months_before,
        )

    def after(self, tax_minor: int) -> "Income":
        """The income before the person's next item of the same month, once this one is taxed."""
        now = self.now
        return Income(
            0,
            self.month_before + now,
            self.month_withheld + tax_minor,
            self.year_before + now,
            self.year_withheld + tax_minor,
            self.year_months_before,
        )


class OtherIncome(NamedTuple):
    """What one KOC had on other statements: paid and withheld in the month, in the whole year, and which other months
    had income, as bits."""

    koc: int
    month_paid: int
    month_tax: int
    year_paid: int
    year_tax: int
    months: int

    def plus(self, other: "OtherIncome") -> "OtherIncome":
        return OtherIncome(
            self.koc,
            self.month_paid + other.month_paid,
            self.month_tax + other.month_tax,
            self.year_paid + other.year_paid,
            self.year_tax + other.year_tax,
            self.months | other.months,
        )


def shared_incomes(other_incomes: Iterable[OtherIncome], persons: Mapping[int, str]) -> dict[int, Income]:
    """KOC → the income of its person: the sums of all their KOCs, the same for each; a month in which two of them were
    paid is one month.

    `persons` maps a KOC to its person; a KOC that is not in it is a person of its own.
    """
    sums: dict[str | int, OtherIncome] = {}
    for income in other_incomes:
        person = persons.get(income.koc, income.koc)
        sums[person] = sums[person].plus(income) if person in sums else income
    shared = {koc: sums[person] for koc, person in persons.items() if person in sums} | {
        income.koc: income for person, income in sums.items() if person == income.koc
    }
    return {
        koc: Income(
            0, income.month_paid, income.month_tax, income.year_paid, income.year_tax, income.months.bit_count()
        )
        for koc, income in shared.items()
    }


@dataclass(frozen=True, slots=True)
class Withholding:
    taxable_minor: int
    tax_minor: int


NOTHING = Withholding(0, 0)


def withhold(method: str, table: TaxScale | None, income: Income) -> Withholding:
    """The tax withheld from an income by one of the methods; `none` needs no table."""
    if method == NONE:
        return NOTHING
    if table is None:
        raise ValueError(Message("%(method)s needs a table", method=method))
    return labour_service(income, table) if method == LABOUR_SERVICE else platform_cumulative(income, table)


def labour_service(income: Income, table: TaxScale) -> Withholding:
    """All income of a month is one item: ≤ 800 yuan nothing, ≤ 4000 less 800, above less 20 %; 20/30/40 %; minus what
    the month already withheld."""
    total = income.month_before + income.now
    is_small = total <= table.flat_deduction_up_to * YUAN
    hundredths = 100 * max(0, total - table.flat_deduction * YUAN) if is_small else table.taxed_percent * total
    return Withholding(
        half_up(hundredths, 100), max(0, by_brackets(hundredths, table.brackets) - income.month_withheld)
    )


def platform_cumulative(income: Income, table: TaxScale) -> Withholding:
    """The year's income less 20 % and 5000 yuan for each month with income, by the annual table, minus what was
    withheld; never below 0."""
    months = income.year_months_before + 1
    hundredths = max(
        0, table.taxed_percent * (income.year_before + income.now) - 100 * table.monthly_deduction * YUAN * months
    )
    return Withholding(half_up(hundredths, 100), max(0, by_brackets(hundredths, table.brackets) - income.year_withheld))


def by_brackets(taxable_hundredths: int, brackets: Sequence[Bracket]) -> int:
    """Tax in the minor unit, rounded half up once, of a taxable income in hundredths of it: a percentage of a whole
    number is a whole number of them."""
    for limit, percent, quick in brackets:
        if limit is None or taxable_hundredths <= 100 * limit * YUAN:
            return half_up(max(0, taxable_hundredths * percent - 10_000 * quick * YUAN), 10_000)
    raise AssertionError("the last bracket has no limit")


class Withholder:
    """The withholding of one settlement. KOCs of one person are one payee: each is taxed on top of the amounts of the
    ones before it.

    `incomes` are those of the KOC's person before this settlement, the same for all KOCs of a person; `persons` maps a
    KOC to its person, and a KOC that is not in it is a person of its own."""

    def __init__(
        self, method: str, table: TaxScale | None, *, incomes: Mapping[int, Income], persons: Mapping[int, str]
    ) -> None:
        self.method, self.table, self._persons, self._incomes = method, table, persons, incomes
        self._taxed: dict[str | int, Income] = {}

    def withhold(self, koc: int, amount_minor: int) -> Withholding:
        """Tax an amount of a KOC and remember it. Call in the order of KOC ids, so that a settlement that is run again
        gives the same result."""
        if self.method == NONE:
            return NOTHING
        person = self._persons.get(koc, koc)
        before = self._taxed.get(person) or self._incomes.get(koc) or Income(0)
        income = before.with_now(amount_minor)
        withheld = withhold(self.method, self.table, income)
        self._taxed[person] = income.after(withheld.tax_minor)
        return withheld
