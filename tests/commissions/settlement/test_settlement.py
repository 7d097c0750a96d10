from datetime import UTC, datetime, timedelta

import pytest

from commissions.earnings.models.commissions import Commission
from commissions.schedule import run_due
from commissions.settlement.domain.refusals import PeriodRefused
from commissions.settlement.models.statements import Statement, StatementLine
from commissions.settlement.services.settlement import settle_period
from tests.support.factories import NOW, TWO_LEVELS, make_brand_with_plan, make_koc, make_selling_brand, make_share
from tests.support.shop_events import balances, delivered, paid, prove, refunded, report, send, statements

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 12, 1, tzinfo=UTC)
MARCH_20, APRIL_5, APRIL_20 = (
    datetime(2026, 3, 20, tzinfo=UTC),
    datetime(2026, 4, 5, tzinfo=UTC),
    datetime(2026, 4, 20, tzinfo=UTC),
)


def brand_with(**policy):
    brand = make_selling_brand(rate_bps=1250, policy=policy)
    brand.tiers.update(multiplier_bps=11_000)
    return brand


@pytest.fixture
def brand():
    """Each order of 9900 earns `a` 1361."""
    return brand_with()


def sell(brand, order: str = "A-1", *, at: datetime = NOW) -> None:
    report(brand, paid(order, share="code", at=at), delivered(order, at), at=LATE)


def settle(brand, period: str):
    result = settle_period(brand=brand, period=period, at=LATE)
    prove(brand)
    return result


def test_a_statement_takes_what_was_approved_before_the_months_end(brand) -> None:
    sell(brand, "A-1")
    sell(brand, "A-2", at=MARCH_20)
    sell(brand, "A-3", at=datetime(2026, 3, 24, tzinfo=UTC))  # hold ends on the 1st of April
    settle(brand, "2026-03")
    assert statements(brand) == [("2026-03", "a", 2722, 0, 0, 2722, 0)]
    assert balances(brand) == {("a", "approved"): 1361, ("a", "settled"): 2722}
    assert dict(Commission.objects.values_list("line__order__key", "status")) == {
        "A-1": "settled",
        "A-2": "settled",
        "A-3": "approved",
    }


def test_settling_again_changes_nothing_and_says_so(brand) -> None:
    sell(brand)
    assert settle(brand, "2026-03").is_new
    sell(brand, "A-2")  # heard late: it belongs to the next period
    again = settle(brand, "2026-03")
    assert not again.is_new
    assert statements(brand) == [("2026-03", "a", 1361, 0, 0, 1361, 0)]
    settle(brand, "2026-04")
    assert statements(brand)[1] == ("2026-04", "a", 1361, 0, 0, 1361, 0)


def test_a_refund_after_settlement_is_a_debt_that_the_next_statement_takes_off_in_full(brand) -> None:
    sell(brand)
    settle(brand, "2026-03")
    report(brand, refunded("A-1", "R-1", APRIL_5), at=LATE)
    assert balances(brand) == {("a", "settled"): 1361, ("a", "debt"): -453}
    settle(brand, "2026-04")
    assert statements(brand)[1] == ("2026-04", "a", 0, 0, 0, 0, -453)
    sell(brand, "A-2", at=APRIL_20)
    sell(brand, "A-3", at=APRIL_20)
    settle(brand, "2026-05")
    assert statements(brand)[2] == ("2026-05", "a", 2722, 453, 0, 2269, 0)
    assert balances(brand) == {("a", "settled"): 1361 + 2269}


def test_a_debt_larger_than_the_next_earnings_is_carried_on_and_never_cut(brand) -> None:
    for order in ("A-1", "A-2", "A-3"):
        sell(brand, order)
    settle(brand, "2026-03")
    report(brand, *[refunded(f"A-{n}", "R", APRIL_5, l1=9900) for n in (1, 2, 3)], at=LATE)
    sell(brand, "A-4", at=APRIL_5)
    settle(brand, "2026-04")
    assert statements(brand)[1] == ("2026-04", "a", 0, 0, 0, 0, 1361 - 4083)
    assert balances(brand) == {("a", "settled"): 4083, ("a", "approved"): 1361, ("a", "debt"): -4083}


def test_below_the_minimum_everything_is_carried_forward() -> None:
    brand = brand_with(min_payout_minor=2000)
    sell(brand)
    settle(brand, "2026-03")
    assert statements(brand) == [("2026-03", "a", 0, 0, 0, 0, 1361)]
    assert Commission.objects.get().status == "approved"
    sell(brand, "A-2", at=APRIL_5)
    settle(brand, "2026-04")
    assert statements(brand)[1] == ("2026-04", "a", 2722, 0, 0, 2722, 0)


def test_what_counts_is_when_a_refund_happened_and_not_when_it_was_heard(brand) -> None:
    """A refund of April that is heard before March is settled belongs to April."""
    sell(brand)
    report(brand, refunded("A-1", "R-1", APRIL_5), at=LATE)
    settle(brand, "2026-03")
    assert statements(brand) == [("2026-03", "a", 1361, 0, 0, 1361, 0)]
    assert balances(brand) == {("a", "settled"): 1361, ("a", "debt"): -453}


@pytest.mark.parametrize("march_first", [True, False])
def test_two_refunds_on_both_sides_of_the_months_end_settle_the_same_in_either_order(brand, march_first: bool) -> None:
    sell(brand)
    in_march, in_april = refunded("A-1", "R-1", MARCH_20), refunded("A-1", "R-2", APRIL_5)
    for event in [in_march, in_april] if march_first else [in_april, in_march]:
        report(brand, event, at=LATE)
    settle(brand, "2026-03")
    settle(brand, "2026-04")
    assert statements(brand) == [("2026-03", "a", 0, 0, 0, 0, 908), ("2026-04", "a", 0, 0, 0, 0, 454)]


def test_a_commission_refunded_whole_in_april_is_on_the_statement_of_march(brand) -> None:
    sell(brand)
    report(brand, refunded("A-1", "R-1", APRIL_5, l1=9900), at=LATE)
    settle(brand, "2026-03")
    settle(brand, "2026-04")
    assert statements(brand) == [("2026-03", "a", 1361, 0, 0, 1361, 0), ("2026-04", "a", 0, 0, 0, 0, -1361)]
    assert list(StatementLine.objects.values_list("amount_minor", flat=True)) == [1361]


def test_a_month_before_a_settled_one_is_refused(brand) -> None:
    sell(brand)
    settle(brand, "2026-04")
    with pytest.raises(PeriodRefused, match="2026-04 already is"):
        settle_period(brand=brand, period="2026-03", at=LATE)
    assert Statement.objects.count() == 1


def test_what_is_no_month_is_refused(brand) -> None:
    with pytest.raises(PeriodRefused, match="is not a month"):
        settle_period(brand=brand, period="March", at=LATE)


def test_a_period_without_anything_is_settled_with_no_statements(brand) -> None:
    assert settle(brand, "2026-03").statements == 0


def test_tax_is_withheld_and_lies_in_the_brands_tax_wallet() -> None:
    brand = brand_with(tax="cn_labour_service")
    report(
        brand, *[paid(f"A-{n}", share="code") for n in range(74)], *[delivered(f"A-{n}") for n in range(74)], at=LATE
    )
    settle(brand, "2026-03")  # 74 × 13.61 = 1007.14 → (1007.14 − 800) × 20 % = 41.428 → 41.43
    assert statements(brand) == [("2026-03", "a", 100_714, 0, 4143, 96_571, 0)]
    assert balances(brand) == {("a", "settled"): 96_571}


def test_the_months_end_is_midnight_in_the_brands_zone(brand) -> None:
    delivered_at = datetime(2026, 3, 23, 15, tzinfo=UTC)  # the 23rd in Shanghai: the hold ends on the 31st at midnight
    report(brand, paid(share="code"), delivered("A-1", delivered_at), at=LATE)
    assert Commission.objects.get().approved_at == datetime(2026, 3, 30, 16, tzinfo=UTC)
    # Ends on the 1st of April there
    report(brand, paid("A-2", share="code"), delivered("A-2", delivered_at + timedelta(hours=2)), at=LATE)
    settle(brand, "2026-03")
    assert statements(brand) == [("2026-03", "a", 1361, 0, 0, 1361, 0)]


@pytest.mark.parametrize("march_first", [True, False])
def test_under_a_cap_two_refunds_on_both_sides_of_the_months_end_settle_the_same_in_either_order(
    march_first: bool,
) -> None:
    """Of 10000 at 10 % capped at 100, the refund that is heard first takes nothing, whichever it is; at the end of
    March 5200 was left."""
    brand = make_brand_with_plan(policy={"min_payout_minor": 1}, rules=[{"rate_bps": 1000, "cap_minor": 100}])
    make_share(make_koc(brand, "a"), code="code")
    report(brand, paid("A-1", ("1", "S1", 1, 10_000), share="code"), delivered(), at=LATE)
    in_march, in_april = refunded("A-1", "R-1", MARCH_20, l1=4800), refunded("A-1", "R-2", APRIL_5, l1=5000)
    for event in [in_march, in_april] if march_first else [in_april, in_march]:
        report(brand, event, at=LATE)
    settle(brand, "2026-03")
    settle(brand, "2026-04")
    assert statements(brand) == [("2026-03", "a", 100, 0, 0, 100, 0), ("2026-04", "a", 0, 0, 0, 0, -80)]


@pytest.mark.parametrize("heard_before", [True, False])
def test_what_is_on_a_statement_is_settled_whenever_its_later_refund_was_heard(brand, heard_before: bool) -> None:
    sell(brand)
    if heard_before:
        report(brand, refunded("A-1", "R-1", APRIL_5, l1=9900), at=LATE)
    settle(brand, "2026-03")
    report(brand, refunded("A-1", "R-1", APRIL_5, l1=9900), at=LATE)
    assert Commission.objects.get().status == "settled"
    assert balances(brand) == {("a", "settled"): 1361, ("a", "debt"): -1361}


@pytest.mark.parametrize("may_is_heard_before_april_is_settled", [True, False])
def test_a_unit_that_is_taken_in_april_and_given_back_in_may_is_on_both_statements(
    may_is_heard_before_april_is_settled: bool,
) -> None:
    """Under the total cap level 2 of base 348, 344 and 340 is 2, 1 and 2: what is settled is what it is worth now, and was
    not at the end of April."""
    brand = make_brand_with_plan(
        policy=TWO_LEVELS | {"total_cap_bps": 1500, "min_payout_minor": 1},
        rules=[{"rate_bps": 1450, "override_bps": 500}],
    )
    make_share(make_koc(brand, "a", sponsor=make_koc(brand, "b")), code="code")
    report(brand, paid("A-1", ("1", "S1", 1, 348), share="code"), delivered(), at=LATE)
    settle(brand, "2026-03")
    report(brand, refunded("A-1", "R-1", APRIL_5, l1=4), at=LATE)
    given_back = refunded("A-1", "R-2", datetime(2026, 5, 5, tzinfo=UTC), l1=4)
    if may_is_heard_before_april_is_settled:
        report(brand, given_back, at=LATE)
    settle(brand, "2026-04")
    report(brand, given_back, at=LATE)
    settle(brand, "2026-05")
    assert [row for row in statements(brand) if row[1] == "b"] == [
        ("2026-03", "b", 2, 0, 0, 2, 0),
        ("2026-04", "b", 0, 0, 0, 0, -1),
    ]


def test_settling_first_answers_what_is_known_and_approves_what_matured_in_the_month(brand) -> None:
    send(
        brand,
        paid(share="code"),
        delivered(),
        refunded("A-1", "R-1", MARCH_20),
        paid("A-2", share="code", at=MARCH_20),
        delivered("A-2", APRIL_5),
    )
    settle(brand, "2026-03")
    assert statements(brand) == [("2026-03", "a", 0, 0, 0, 0, 908)]
    assert balances(brand) == {("a", "approved"): 908, ("a", "pending"): 1361}


def test_a_month_far_ahead_is_taken_for_a_slip_and_refused(brand) -> None:
    with pytest.raises(PeriodRefused, match="2099-01 is more than 92 days ahead"):
        settle_period(brand=brand, period="2099-01", at=LATE)
    assert settle(brand, "2027-01").is_new


def test_whoever_watches_a_settlement_is_told_of_its_three_steps_and_of_none_the_second_time(brand) -> None:
    told: list[int] = []
    for _ in range(2):
        settle_period(brand=brand, period="2026-03", at=LATE, progress=told.append)
    assert told == [1, 2, 3]


def test_a_month_ahead_of_this_clock_is_settled_when_something_was_approved_in_it(brand) -> None:
    """Somebody let the clock run: `run_due --at`."""
    send(brand, paid(share="code"), delivered())
    run_due(brand=brand, at=LATE)
    with pytest.raises(PeriodRefused, match="2026-04 is more than 92 days ahead"):
        settle_period(brand=brand, period="2026-04", at=datetime(2025, 11, 1, tzinfo=UTC))
    assert settle_period(brand=brand, period="2026-03", at=datetime(2025, 11, 1, tzinfo=UTC)).gross_minor == 1361
