import pytest

from commissions.domain.taxes import Income, labour_service, none, platform_cumulative

FEN = 100


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
        (30_000, 5200),
        (50_000, 10_000),
        (62_500, 13_000),
        (100_000, 25_000),
    ],
)
def test_the_worked_numbers_of_labour_service(income: int, tax: float) -> None:
    assert labour_service(Income(income * FEN)).tax_minor == round(tax * FEN)


def test_two_items_of_a_month_are_one() -> None:
    first = labour_service(Income(3000 * FEN)).tax_minor
    second = labour_service(Income(3000 * FEN, month_before=3000 * FEN, month_withheld=first)).tax_minor
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
        got = platform_cumulative(Income(income * FEN, year_before=before, year_withheld=withheld, year_months_before=month)).tax_minor
        assert got == round(tax * FEN)
        before, withheld = before + income * FEN, withheld + got


def test_no_method_withholds_nothing() -> None:
    assert none(Income(10**9)).tax_minor == 0
