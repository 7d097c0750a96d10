"""The basis of a tax: what a person had from a brand before, by the table that holds at the month's end."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.payees.selectors import persons_of
from commissions.settlement.domain.refusals import NoTaxTable, TaxTableRefused
from commissions.settlement.domain.taxes import Bracket, Income, TaxScale, Withholder
from commissions.settlement.models.statements import Settlement, Statement
from commissions.settlement.models.taxes import TaxTable
from commissions.settlement.selectors.incomes import incomes, table_in_force, withholder
from commissions.settlement.services.settlement import settle_period
from commissions.settlement.services.taxes import add_tax_table
from tests.commissions.settlement.domain.test_taxes import ANNUAL, LABOUR
from tests.support.database import assert_refused_by_database
from tests.support.factories import (
    IDS,
    NOW,
    make_brand,
    make_brand_with_plan,
    make_koc,
    make_payee,
    make_share,
    make_user,
)
from tests.support.shop_events import delivered, paid, prove, report, statements

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 12, 1, tzinfo=UTC)
FEN = 100


def had(koc: Koc, period: str, gross: int, tax: int = 0, status: str = "ready") -> None:
    """A statement of an earlier moment."""
    settlement, _ = Settlement.objects.get_or_create(
        brand=koc.brand, currency="CNY", period=period, defaults={"settled_at": NOW}
    )
    amounts = (
        {"carried_out_minor": gross}
        if status == "carried"
        else {"gross_minor": gross, "tax_minor": tax, "net_minor": gross - tax}
    )
    Statement.objects.create(
        settlement=settlement,
        koc=koc,
        period=period,
        currency="CNY",
        tax_method="cn_labour_service",
        status=status,
        **amounts,
    )


def one_person(brand: Brand, *keys: str) -> list[Koc]:
    kocs = [make_koc(brand, key, user=make_user()) for key in keys]
    for koc in kocs:
        make_payee(koc.user)
    return kocs


def test_two_memberships_of_one_person_have_one_income() -> None:
    brand = make_brand()
    one, other = one_person(brand, "a", "b")
    had(one, "2026-01", 1000, 100)
    had(other, "2026-01", 500, 50)
    had(other, "2026-03", 300, 30)
    both = Income(0, month_before=300, month_withheld=30, year_before=1800, year_withheld=180, year_months_before=1)
    assert before(brand, "2026-03") == {one.pk: both, other.pk: both}


def test_a_membership_that_had_nothing_shares_what_the_other_had() -> None:
    brand = make_brand()
    one, other = one_person(brand, "a", "b")
    had(one, "2026-03", 300, 30)
    assert before(brand, "2026-03")[other.pk] == before(brand, "2026-03")[one.pk] == Income(0, 300, 30, 300, 30, 0)


def test_a_month_in_which_both_were_paid_is_one_month() -> None:
    brand = make_brand()
    one, other = one_person(brand, "a", "b")
    for koc, month in ((one, "01"), (other, "01"), (one, "02"), (other, "04")):
        had(koc, f"2026-{month}", 100)
    assert before(brand, "2026-03")[one.pk].year_months_before == 3


def test_who_has_no_payee_is_a_person_of_their_own() -> None:
    brand = make_brand()
    a, b = make_koc(brand, "a", user=make_user()), make_koc(brand, "b")
    had(a, "2026-01", 1000, 100)
    had(b, "2026-02", 7)
    assert before(brand, "2026-03") == {
        a.pk: Income(0, year_before=1000, year_withheld=100, year_months_before=1),
        b.pk: Income(0, year_before=7, year_months_before=1),
    }


def test_what_is_carried_or_of_another_year_or_brand_is_no_income() -> None:
    brand = make_brand()
    [koc] = one_person(brand, "a")
    [elsewhere] = one_person(make_brand(), "a")
    had(koc, "2026-01", 500, status="carried")
    had(koc, "2025-12", 1000)
    had(elsewhere, "2026-01", 1000)
    assert before(brand, "2026-03") == {}


def test_a_later_month_that_was_paid_first_counts() -> None:
    """A withdrawal of April before March was settled: what is withheld in March is reckoned from all that was paid."""
    brand = make_brand()
    [koc] = one_person(brand, "a")
    had(koc, "2026-04", 1000, 100)
    assert before(brand, "2026-03") == {koc.pk: Income(0, year_before=1000, year_withheld=100, year_months_before=1)}


def before(brand: Brand, period: str) -> dict[int, Income]:
    return incomes(brand, period, persons=persons_of(brand))


def sells(brand: Brand, *kocs: Koc, each: int) -> None:
    """Every KOC earns `each` in March."""
    for koc in kocs:
        make_share(koc, code=f"code-{koc.key}")
        order = f"A-{koc.key}"
        report(brand, paid(order, ("1", "S1", 1, each), share=f"code-{koc.key}"), delivered(order), at=LATE)


@pytest.fixture
def brand() -> Brand:
    return make_brand_with_plan(
        policy={"tax": "cn_labour_service", "total_cap_bps": 10_000}, rules=[{"rate_bps": 10_000}]
    )


def test_one_person_under_two_memberships_is_taxed_as_one_payee(brand: Brand) -> None:
    sells(brand, *one_person(brand, "a", "b"), make_koc(brand, "c"), each=3000 * FEN)
    settle_period(brand=brand, period="2026-03", at=LATE)
    prove(brand)
    assert [(koc, tax) for _period, koc, _gross, _debt, tax, _net, _carried in statements(brand)] == [
        ("a", 44_000),
        ("b", 52_000),
        ("c", 44_000),
    ]


def test_settling_again_withholds_nothing_more(brand: Brand) -> None:
    sells(brand, *one_person(brand, "a", "b"), each=3000 * FEN)
    settle_period(brand=brand, period="2026-03", at=LATE)
    before = statements(brand)
    settle_period(brand=brand, period="2026-03", at=LATE)
    assert statements(brand) == before


def withholds(brand: Brand, koc: int | None = None) -> Withholder:
    return withholder(brand, table_in_force("cn_labour_service", "2026-03"), "2026-03", koc=koc)


def test_what_another_statement_of_the_month_withheld_is_counted() -> None:
    brand = make_brand()
    one, other = one_person(brand, "a", "b")
    had(one, "2026-02", 9000 * FEN, 1440 * FEN)  # another month: nothing to do with March
    had(one, "2026-03", 3000 * FEN, 440 * FEN)
    taxes = withholds(brand)
    assert [taxes.withhold(koc.pk, amount * FEN).tax_minor for koc, amount in ((one, 3000), (other, 4000))] == [
        520 * FEN,
        640 * FEN,
    ]


def test_for_the_withdrawal_of_one_koc_its_person_alone_is_looked_at() -> None:
    brand = make_brand()
    one, other = one_person(brand, "a", "b")
    stranger = make_koc(brand, "c")
    for koc in (one, stranger):
        had(koc, "2026-03", 3000 * FEN, 440 * FEN)
    assert withholds(brand, other.pk).withhold(other.pk, 3000 * FEN).tax_minor == 520 * FEN
    assert withholds(brand, stranger.pk).withhold(stranger.pk, 3000 * FEN).tax_minor == 520 * FEN
    assert set(incomes(brand, "2026-03", persons={}, kocs=[one.pk])) == {one.pk}


def test_the_shipped_tables_are_those_of_the_law() -> None:
    shipped = {table.method: (table.as_table(), table.starts_on) for table in TaxTable.objects.all()}
    assert shipped == {
        "cn_labour_service": (LABOUR, date(1994, 1, 1)),
        "cn_platform_cumulative": (ANNUAL, date(2019, 1, 1)),
    }


TWICE = TaxScale((Bracket(20_000, 40, 0), Bracket(None, 60, 4000)), flat_deduction=800, flat_deduction_up_to=4000)


def add(starts_on: date, table: TaxScale = TWICE) -> TaxTable:
    return add_tax_table(method="cn_labour_service", starts_on=starts_on, table=table, source="a new law", at=NOW)


def test_a_month_is_taxed_by_the_table_of_its_last_day(brand: Brand) -> None:
    added = add(date(2026, 3, 31))
    assert [table_in_force("cn_labour_service", period) == added for period in ("2026-02", "2026-03", "2026-12")] == [
        False,
        True,
        True,
    ]
    sells(brand, make_koc(brand, "a"), each=3000 * FEN)
    settle_period(brand=brand, period="2026-03", at=LATE)
    assert statements(brand)[0][4] == 880 * FEN  # (3000 − 800) × 40 %


def test_a_table_of_the_first_of_april_says_nothing_of_march(brand: Brand) -> None:
    add(date(2026, 4, 1))
    sells(brand, make_koc(brand, "a"), each=3000 * FEN)
    settle_period(brand=brand, period="2026-03", at=LATE)
    assert statements(brand)[0][4] == 440 * FEN


def test_a_correction_is_a_later_row(brand: Brand) -> None:
    add(date(2026, 3, 1))
    corrected = add(date(2026, 3, 2), LABOUR)
    assert table_in_force("cn_labour_service", "2026-03") == corrected
    assert TaxTable.objects.filter(method="cn_labour_service").count() == 3


def test_a_settlement_says_by_which_table_it_withheld_also_after_a_correction(brand: Brand) -> None:
    """A correction begins on a later day of the month; what was withheld before it stays explained."""
    table = add(date(2026, 3, 1))
    sells(brand, make_koc(brand, "a"), each=3000 * FEN)
    settle_period(brand=brand, period="2026-03", at=LATE)
    add(date(2026, 3, 2), LABOUR)
    settled = Settlement.objects.get(brand=brand)
    assert (settled.tax_table, statements(brand)[0][4]) == (table, 880 * FEN)


def test_a_method_without_a_table_yet_settles_nothing_and_says_why(brand: Brand) -> None:
    with pytest.raises(NoTaxTable, match="no tax table of cn_platform_cumulative holds on 2018-12-31"):
        table_in_force("cn_platform_cumulative", "2018-12")
    assert table_in_force("none", "1970-01") is None


def test_a_second_table_of_one_day_is_refused() -> None:
    add(date(2026, 3, 31))
    with pytest.raises(TaxTableRefused, match="has a table from 2026-03-31 already"):
        add(date(2026, 3, 31), LABOUR)
    assert TaxTable.objects.count() == 3


def test_a_table_with_faults_is_refused_with_all_of_them() -> None:
    with pytest.raises(TaxTableRefused) as refused:
        add(date(2026, 3, 31), TaxScale((Bracket(10, 20, 5), Bracket(5, 30, 6))))
    assert len(refused.value.messages()) > 2
    assert TaxTable.objects.count() == 2


@pytest.mark.parametrize(
    "write",
    [
        "UPDATE commissions_taxtable SET taxed_percent = 70",
        "DELETE FROM commissions_taxtable",
        "TRUNCATE commissions_taxtable CASCADE",
    ],
)
def test_nobody_rewrites_a_table(write: str) -> None:
    assert_refused_by_database(write, "only added")


@pytest.mark.parametrize("brackets", ["[]", "{}", "[[20000, 20, 0]]"])
def test_the_database_refuses_a_table_that_ends_with_a_limit(brackets: str) -> None:
    with (
        pytest.raises(IntegrityError, match="tax_table_ends_without_a_limit"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO commissions_taxtable (method, starts_on, brackets, flat_deduction, flat_deduction_up_to, taxed_percent, monthly_deduction, source,"
            " added_at) VALUES ('cn_labour_service', '2030-01-01', %s, 0, 0, 80, 0, '', now())",
            [brackets],
        )


def test_a_person_who_changes_their_id_number_keeps_their_income() -> None:
    brand = make_brand()
    [koc] = one_person(brand, "a")
    had(koc, "2026-03", 1000, 100)
    as_was = before(brand, "2026-03")
    make_payee(koc.user, IDS[1])
    assert before(brand, "2026-03") == as_was
