"""A settled month is reopened, and a KOC is paid beside the monthly run."""

from datetime import timedelta

import pytest

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.payouts.services.reopening import reopen_period
from commissions.plans.models.policies import PayPolicy
from commissions.settlement.domain.refusals import AmountChanged, NothingToWithdraw, PeriodRefused, WithdrawalsOff
from commissions.settlement.models.statements import Settlement, Statement
from commissions.settlement.services.settlement import settle_period
from commissions.settlement.services.withdrawals import request_withdrawal
from tests.support.factories import NOW, make_selling_brand, make_user
from tests.support.shop_events import balances, delivered, paid, prove, refunded, report, statements

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def brand() -> Brand:
    brand = make_selling_brand(rate_bps=1250, policy={"min_payout_minor": 500, "withdrawals": True})
    report(brand, paid(share="code"), delivered(), at=NOW + 20 * DAY)
    return brand


def reopen(brand: Brand, period: str = "2026-03", because: str = "wrong hold") -> Settlement:
    return reopen_period(brand=brand, period=period, because=because, by=make_user(), at=NOW + 40 * DAY)


def settle(brand: Brand, period: str = "2026-03") -> None:
    settle_period(brand=brand, period=period, at=NOW + 65 * DAY)


def live(brand: Brand) -> list[tuple[str, str, int, int, int, int, int]]:
    void = {(s.period, s.koc.key, s.gross_minor) for s in Statement.objects.filter(status="void").select_related("koc")}
    return [row for row in statements(brand) if (row[0], row[1], row[2]) not in void]


def test_reopening_takes_everything_back_and_settling_again_comes_to_the_same(brand: Brand) -> None:
    settle(brand)
    before = (statements(brand), balances(brand))
    reopen(brand)
    assert balances(brand) == {("a", "approved"): 1238}
    assert live(brand) == []
    prove(brand)
    settle(brand)
    assert (Statement.objects.filter(status="ready").count(), balances(brand)) == (1, before[1])
    prove(brand)


def test_what_was_refunded_since_leaves_the_approved_wallet_when_a_month_is_reopened(brand: Brand) -> None:
    settle(brand)
    report(brand, refunded("A-1", "R-1", NOW + 35 * DAY), at=NOW + 36 * DAY)
    assert balances(brand) == {("a", "settled"): 1238, ("a", "debt"): -413}
    reopen(brand)
    assert balances(brand) == {("a", "approved"): 825}
    prove(brand)
    settle(brand)
    assert balances(brand) == {("a", "settled"): 1238, ("a", "debt"): -413}  # the refund happened in April
    prove(brand)


def test_tax_and_adjustments_are_open_again(brand: Brand) -> None:
    PayPolicy.objects.update(tax="cn_labour_service")
    report(brand, paid("A-2", ("1", "S1", 10, 99_000), share="code"), delivered("A-2"), at=NOW + 20 * DAY)
    settle(brand)
    assert statements(brand) == [("2026-03", "a", 124_988, 0, 8_998, 115_990, 0)]  # (1249.88 − 800) × 20 %
    reopen(brand)
    assert balances(brand) == {("a", "approved"): 124_988}
    prove(brand)


@pytest.mark.parametrize(
    ("period", "why"), [("2026-02", "is not settled"), ("2026-04", "is not settled"), ("2026-13", "is not settled")]
)
def test_a_period_that_is_not_settled_cannot_be_reopened(brand: Brand, period: str, why: str) -> None:
    settle(brand)
    with pytest.raises(PeriodRefused, match=why):
        reopen(brand, period)


def test_only_the_latest_month_is_reopened_with_a_reason_and_once(brand: Brand) -> None:
    settle(brand)
    with pytest.raises(PeriodRefused, match="say why"):
        reopen(brand, because=" ")
    settle(brand, "2026-04")
    with pytest.raises(PeriodRefused, match="2026-04 is settled on top of it"):
        reopen(brand)
    reopen(brand, "2026-04")
    reopen(brand)
    with pytest.raises(PeriodRefused):
        reopen(brand)
    prove(brand)


def withdraw(brand: Brand, amount: int | None = None, at=NOW + 21 * DAY) -> Statement:
    return request_withdrawal(koc=Koc.objects.select_related("brand").get(key="a"), amount_minor=amount, at=at)


def test_a_withdrawal_is_a_statement_of_all_that_is_approved_and_a_second_finds_nothing(brand: Brand) -> None:
    statement = withdraw(brand, 1238)
    assert (statement.period, statement.net_minor, statement.on_request, statement.status) == (
        "2026-03",
        1238,
        True,
        "ready",
    )
    assert balances(brand) == {("a", "settled"): 1238}
    with pytest.raises(NothingToWithdraw):
        withdraw(brand)
    settle(brand)
    assert Statement.objects.count() == 1
    prove(brand)


def test_a_refund_after_a_withdrawal_is_a_debt_of_the_month(brand: Brand) -> None:
    withdraw(brand)
    report(brand, refunded("A-1", "R-1", NOW + 22 * DAY), at=NOW + 23 * DAY)
    settle(brand)
    assert [row for row in statements(brand) if row[6]] == [("2026-03", "a", 0, 0, 0, 0, -413)]
    report(brand, paid("A-2", share="code", at=NOW + 40 * DAY), delivered("A-2", NOW + 40 * DAY), at=NOW + 50 * DAY)
    statement = withdraw(brand, at=NOW + 51 * DAY)
    assert (statement.gross_minor, statement.debt_in_minor, statement.net_minor) == (1238, 413, 825)
    settle(brand, "2026-04")
    assert balances(brand) == {("a", "settled"): 1238 + 825}
    prove(brand)


def test_what_the_koc_saw_must_still_be_so(brand: Brand) -> None:
    report(brand, refunded(at=NOW + 19 * DAY), at=NOW + 20 * DAY)
    with pytest.raises(AmountChanged, match=r"CN¥8\.25"):
        withdraw(brand, 1238)
    assert not Statement.objects.exists()
    assert withdraw(brand, 825).net_minor == 825


def test_a_brand_that_does_not_allow_it_pays_once_a_month(brand: Brand) -> None:
    PayPolicy.objects.update(withdrawals=False)
    with pytest.raises(WithdrawalsOff):
        withdraw(brand)
    assert not Settlement.objects.exists()


def test_a_month_is_not_reopened_under_a_later_withdrawal(brand: Brand) -> None:
    settle(brand)
    report(brand, paid("A-2", share="code", at=NOW + 33 * DAY), delivered("A-2", NOW + 33 * DAY), at=NOW + 45 * DAY)
    withdraw(brand, at=NOW + 46 * DAY)
    with pytest.raises(PeriodRefused, match="was paid on request since"):
        reopen(brand)


def test_two_items_of_one_month_are_taxed_as_one(brand: Brand) -> None:
    """3000 and 3000: 440, then 520."""
    PayPolicy.objects.update(tax="cn_labour_service")
    # 298762 + 1238 = 3000.00
    report(brand, paid("A-2", ("1", "S1", 1, 2_390_096), share="code"), delivered("A-2"), at=NOW + 20 * DAY)
    assert withdraw(brand).tax_minor == 44_000
    report(brand, paid("A-3", ("1", "S1", 1, 2_400_000), share="code"), delivered("A-3"), at=NOW + 25 * DAY)
    settle(brand)
    assert Statement.objects.get(on_request=False).tax_minor == 52_000
    prove(brand)
