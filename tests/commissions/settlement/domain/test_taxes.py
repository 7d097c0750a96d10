from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.settlement.domain.tax_tables import brackets_of, faults_of
from commissions.settlement.domain.taxes import (
    Bracket,
    Income,
    OtherIncome,
    TaxScale,
    Withholder,
    Withholding,
    shared_incomes,
    withhold,
)

FEN = 100
LABOUR = TaxScale(
    (Bracket(20_000, 20, 0), Bracket(50_000, 30, 2000), Bracket(None, 40, 7000)),
    flat_deduction=800,
    flat_deduction_up_to=4000,
)
ANNUAL = TaxScale(
    (
        Bracket(36_000, 3, 0),
        Bracket(144_000, 10, 2520),
        Bracket(300_000, 20, 16_920),
        Bracket(420_000, 25, 31_920),
        Bracket(660_000, 30, 52_920),
        Bracket(960_000, 35, 85_920),
        Bracket(None, 45, 181_920),
    ),
    monthly_deduction=5000,
)


def labour_service(income: Income) -> int:
    return withhold("cn_labour_service", LABOUR, income).tax_minor


def platform_cumulative(income: Income) -> int:
    return withhold("cn_platform_cumulative", ANNUAL, income).tax_minor


@pytest.mark.parametrize(
    ("income", "tax"),
    [
        (800, 0),
        (801, 0.20),
        (1000, 40),
        (2000, 240),
        (4000, 640),
        (5000, 800),
        (10_000, 1600),
        (25_000, 4000),
        (25_125, 4030),  # 20100 are taxable: 30 % less 2000
        (30_000, 5200),
        (50_000, 10_000),
        (62_500, 13_000),
        (100_000, 25_000),
    ],
)
def test_the_worked_numbers_of_labour_service(income: int, tax: float) -> None:
    assert labour_service(Income(income * FEN)) == round(tax * FEN)


@pytest.mark.parametrize(("income", "taxable"), [(800, 0), (2000, 1200), (4000, 3200), (5000, 4000)])
def test_what_is_taxable_of_labour_service(income: int, taxable: int) -> None:
    assert withhold("cn_labour_service", LABOUR, Income(income * FEN)).taxable_minor == taxable * FEN


@pytest.mark.parametrize(
    ("income", "before", "taxable"), [(6250, 0, 0), (10_000, 0, 3000), (10_000, 10_000, 11_000), (6251.37, 0, 1.10)]
)
def test_what_is_taxable_of_a_years_income(income: float, before: int, taxable: float) -> None:
    """80 % of what was earned in the one month less 5000. Of 6251.37, 5001.096 are 1.10 above it."""
    earned = Income(round(income * FEN), year_before=before * FEN)
    assert withhold("cn_platform_cumulative", ANNUAL, earned).taxable_minor == round(taxable * FEN)


def test_two_items_of_a_month_are_one() -> None:
    first = labour_service(Income(3000 * FEN))
    second = labour_service(Income(3000 * FEN, month_before=3000 * FEN, month_withheld=first))
    assert (first, second) == (440 * FEN, 520 * FEN)


@pytest.mark.parametrize(
    ("incomes", "taxes"),
    [
        ([6250] * 12, [0] * 12),
        ([6251], [0.02]),
        ([8000] * 3, [42, 42, 42]),
        ([10_000] * 12, [90] * 12),
        ([30_000] * 12, [570, 710, *[1900] * 5, 2700, *[3800] * 4]),
        ([50_000] * 4, [1050, 3430, 3500, 3500]),
        ([100_000] * 3, [4980, 8100, 15_000]),
        ([20_000, 2000, 2000, 2000], [330, 0, 0, 0]),
    ],
)
def test_the_worked_numbers_of_the_cumulative_method(incomes: list[int], taxes: list[float]) -> None:
    before = withheld = 0
    for month, (income, tax) in enumerate(zip(incomes, taxes, strict=True)):
        got = platform_cumulative(
            Income(income * FEN, year_before=before, year_withheld=withheld, year_months_before=month)
        )
        assert got == round(tax * FEN)
        before, withheld = before + income * FEN, withheld + got


def test_thirty_thousand_a_month_comes_to_28680_a_year() -> None:
    assert sum([570, 710, *[1900] * 5, 2700, *[3800] * 4]) == 28_680


def test_no_method_withholds_nothing_and_needs_no_table() -> None:
    assert withhold("none", None, Income(10**9)).tax_minor == 0


def test_a_method_without_its_table_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a table"):
        withhold("cn_labour_service", None, Income(1))


def test_two_memberships_of_one_person_are_taxed_one_after_another() -> None:
    taxes = Withholder("cn_labour_service", LABOUR, incomes={}, persons={1: "li", 2: "li"})
    assert [taxes.withhold(koc, 3000 * FEN).tax_minor for koc in (1, 2)] == [440 * FEN, 520 * FEN]


def test_two_persons_are_taxed_each_for_themselves() -> None:
    taxes = Withholder("cn_labour_service", LABOUR, incomes={}, persons={1: "li", 2: "wang"})
    assert [taxes.withhold(koc, 3000 * FEN).tax_minor for koc in (1, 2, 3, 4)] == [440 * FEN] * 4


def test_what_a_person_had_before_counts_once_for_both_memberships() -> None:
    """3000 on a statement before; 1 and 2 are one person, each is told of the same sum: 3000 → 520, then 4000 more of
    10,000 → 1600 − 960 = 640."""
    before = Income(
        0, month_before=3000 * FEN, month_withheld=440 * FEN, year_before=3000 * FEN, year_withheld=440 * FEN
    )
    taxes = Withholder("cn_labour_service", LABOUR, incomes={1: before, 2: before}, persons={1: "li", 2: "li"})
    assert [taxes.withhold(1, 3000 * FEN).tax_minor, taxes.withhold(2, 4000 * FEN).tax_minor] == [520 * FEN, 640 * FEN]


def test_a_month_with_two_items_is_one_month_of_the_year() -> None:
    """6250 a month is free: so are 3125 twice in each. A second deduction of 5000 would hide income; none at all would
    tax it."""
    withheld, before = 0, 0
    for month in range(12):
        income = Income(0, year_before=before, year_withheld=withheld, year_months_before=month)
        taxes = Withholder("cn_platform_cumulative", ANNUAL, incomes={1: income, 2: income}, persons={1: "li", 2: "li"})
        assert [taxes.withhold(koc, 3125 * FEN).tax_minor for koc in (1, 2)] == [0, 0]
        before += 6250 * FEN
    taxes = Withholder("cn_platform_cumulative", ANNUAL, incomes={}, persons={1: "li", 2: "li"})
    # 20000 in one month: 330
    assert [taxes.withhold(koc, 10_000 * FEN).tax_minor for koc in (1, 2)] == [
        90 * FEN,
        240 * FEN,
    ]


def test_a_brand_that_withholds_nothing_needs_no_table() -> None:
    taxes = Withholder("none", None, incomes={1: Income(0, month_before=10**9)}, persons={1: "li"})
    assert [taxes.withhold(1, 10**9) for _ in range(2)] == [Withholding(0, 0)] * 2


def test_all_kocs_of_a_person_are_told_of_the_same_income() -> None:
    """Li is 1, 2 and 3: 100 and 40 this month, 500 and 40 this year, in January (bit 1), February (2) and March (4),
    where two of them were paid."""
    earned = [
        OtherIncome(1, 100, 10, 500, 50, 0b011),
        OtherIncome(2, 40, 4, 40, 4, 0b110),
        OtherIncome(4, 7, 1, 9, 2, 0b001),
        OtherIncome(5, 1, 0, 1, 0, 0b1),
    ]
    persons = {1: "li", 2: "li", 3: "li", 4: "wang", 6: "zhao"}
    li = Income(0, month_before=140, month_withheld=14, year_before=540, year_withheld=54, year_months_before=3)
    assert shared_incomes(earned, persons) == {
        1: li,
        2: li,
        3: li,
        4: Income(0, 7, 1, 9, 2, 1),
        5: Income(0, 1, 0, 1, 0, 1),
    }


@pytest.mark.parametrize(("method", "table"), [("cn_labour_service", LABOUR), ("cn_platform_cumulative", ANNUAL)])
@given(amounts=st.lists(st.integers(0, 20_000_000), min_size=1, max_size=6))
def test_however_a_months_income_is_split_its_tax_is_that_of_the_sum(
    method: str, table: TaxScale, amounts: list[int]
) -> None:
    taxes = Withholder(method, table, incomes={}, persons={})
    assert (
        sum(taxes.withhold(1, amount).tax_minor for amount in amounts)
        == withhold(method, table, Income(sum(amounts))).tax_minor
    )


@pytest.mark.parametrize(("method", "table"), [("cn_labour_service", LABOUR), ("cn_platform_cumulative", ANNUAL)])
def test_the_tables_of_the_law_have_no_fault(method: str, table: TaxScale) -> None:
    assert faults_of(method, table) == []


@pytest.mark.parametrize(
    "table",
    [
        replace(ANNUAL, taxed_percent=1),
        replace(ANNUAL, taxed_percent=100),
        TaxScale((Bracket(1, 0, 0), Bracket(None, 100, 1))),  # 1 yuan is free, and of what is above it nothing is left
    ],
)
def test_a_table_at_the_end_of_what_can_be_has_no_fault(table: TaxScale) -> None:
    assert faults_of("cn_platform_cumulative", table) == []


@pytest.mark.parametrize(
    ("method", "table", "fault"),
    [
        (
            "cn_labour_service",
            replace(LABOUR, flat_deduction_up_to=5000),
            "5000 less 800 must be 80 % of 5000, or what is taxed would jump there",
        ),
        (
            "cn_labour_service",
            replace(LABOUR, monthly_deduction=5000),
            "cn_labour_service knows no monthly deduction: write 0",
        ),
        (
            "cn_platform_cumulative",
            replace(ANNUAL, flat_deduction_up_to=4000),
            "cn_platform_cumulative knows no flat deduction: write 0",
        ),
        ("cn_platform_cumulative", replace(ANNUAL, taxed_percent=0), "from 1 to 100 percent of the income is taxed"),
        ("cn_platform_cumulative", replace(ANNUAL, taxed_percent=101), "from 1 to 100 percent of the income is taxed"),
    ],
)
def test_deductions_that_cannot_be_are_told_why(method: str, table: TaxScale, fault: str) -> None:
    assert faults_of(method, table) == [fault]


@pytest.mark.parametrize("table", [LABOUR, ANNUAL])
def test_the_tax_goes_on_without_a_jump_at_every_limit(table: TaxScale) -> None:
    """One fen more of income is never more than one fen more of tax."""
    for bracket in table.brackets[:-1]:
        assert bracket.limit
        edge = bracket.limit * FEN * 100 // 80
        method = "cn_labour_service" if table is LABOUR else "cn_platform_cumulative"
        bare = replace(table, flat_deduction=0, flat_deduction_up_to=0, monthly_deduction=0)
        taxes = [withhold(method, bare, Income(edge + step)).tax_minor for step in range(-3, 4)]
        assert all(0 <= after - before <= 1 for before, after in pairwise(taxes))


def test_an_income_above_every_bracket_is_a_fault_and_not_free_of_tax() -> None:
    with pytest.raises(AssertionError, match=r"^the last bracket has no limit$"):
        withhold("cn_platform_cumulative", TaxScale((Bracket(10, 20, 0),)), Income(10_000 * FEN))


@pytest.mark.parametrize(
    ("brackets", "fault"),
    [
        ([], "a table needs at least one bracket"),
        ([(20_000, 20, 0)], "bracket 1: the last bracket has no limit, or high incomes would have no tax"),
        ([(None, 20, 5)], "bracket 1: the first bracket has no quick deduction"),
        ([(None, 101, 0)], "bracket 1: a rate is from 0 to 100 percent"),
        ([(0, 10, 0), (None, 20, 0)], "bracket 1: a limit is above 0"),
        ([(None, 20, -1)], "bracket 1: a quick deduction is not below 0"),
        ([(None, 20, 0), (None, 30, 0)], "bracket 2: stands above one without a limit"),
        (
            [(50_000, 20, 0), (20_000, 30, 5000), (None, 40, 7000)],
            "bracket 2: its limit 20000 is not above 50000 of the one before",
        ),
        (
            [(20_000, 20, 0), (20_000, 30, 2000), (None, 40, 4000)],
            "bracket 2: its limit 20000 is not above 20000 of the one before",
        ),
        ([(20_000, 20, 0), (None, 20, 0)], "bracket 2: its rate 20 % is not above 20 % of the one before"),
        (
            [(20_000, 20, 0), (50_000, 30, 2000), (None, 40, 6999)],
            "bracket 3: its quick deduction is 6999 but must be 7000, or the tax would jump at 50000",
        ),
        ([(20_000, 30, 0), (None, 20, 0)], "bracket 2: its rate 20 % is not above 30 % of the one before"),
        (
            [(20_000, 20, 0), (None, 30, 200)],
            "bracket 2: its quick deduction is 200 but must be 2000, or the tax would jump at 20000",
        ),
    ],
)
def test_a_table_that_cannot_be_is_told_why(brackets: Sequence[tuple[int | None, int, int]], fault: str) -> None:
    assert fault in faults_of("cn_platform_cumulative", TaxScale(tuple(Bracket(*row) for row in brackets)))


def test_brackets_are_read_as_a_person_writes_them() -> None:
    assert brackets_of("20000 20% 0\n\n 50000, 30, 2000\n- 40 7000") == LABOUR.brackets


@pytest.mark.parametrize("line", ["20000 20", "x 20 0", "20000 20.5 0", "20000 -20 0", "20000 20 0 0", "∞ 20 0"])
def test_a_line_that_is_no_bracket_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        brackets_of(f"10000 10 0\n{line}")


def test_of_a_long_line_as_much_is_shown_as_tells_it() -> None:
    with pytest.raises(ValueError, match=r"\(x{60}\)$"):
        brackets_of("x" * 70)
