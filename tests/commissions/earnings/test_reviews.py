"""What is held waits; what is reversed stays reversed, whatever its order does."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from commissions.earnings.domain.refusals import NotReviewable
from commissions.earnings.models.commissions import Commission, Reversal, RiskReview
from commissions.earnings.services.reviews import hold_commissions, release_commissions, reverse_commissions
from commissions.settlement.services.settlement import settle_period
from tests.support.factories import NOW, make_brand, make_selling_brand, make_user
from tests.support.shop_events import balances, delivered, paid, prove, refunded, report, statements

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def brand() -> Brand:
    brand = make_selling_brand(rate_bps=1250, policy={"min_payout_minor": 1})
    report(brand, paid(share="code"))
    return brand


def ids() -> list[int]:
    return list(Commission.objects.order_by("pk").values_list("pk", flat=True))


def hold(brand: Brand, at=NOW) -> int:
    return hold_commissions(brand=brand, commissions=ids(), reason="fraud", note="one device", by=make_user(), at=at)


def state() -> list[tuple[str, int]]:
    return [(one.status, one.net_minor) for one in Commission.objects.order_by("pk")]


def test_what_is_held_is_on_no_statement_until_it_is_released(brand: Brand) -> None:
    assert hold(brand) == 1
    report(brand, delivered(), at=NOW + 20 * DAY)
    assert state() == [("held", 1238)]
    settle_period(brand=brand, period="2026-03", at=NOW + 35 * DAY)
    assert statements(brand) == []
    assert release_commissions(brand=brand, commissions=ids(), by=make_user(), at=NOW + 36 * DAY) == 1
    assert state() == [("approved", 1238)]
    settle_period(brand=brand, period="2026-04", at=NOW + 65 * DAY)
    assert statements(brand) == [("2026-04", "a", 1238, 0, 0, 1238, 0)]
    prove(brand)


def test_what_is_released_before_its_hold_ended_is_pending_again(brand: Brand) -> None:
    hold(brand)
    release_commissions(brand=brand, commissions=ids(), by=None, at=NOW)
    assert state() == [("pending", 1238)]
    report(brand, delivered(), at=NOW + 20 * DAY)
    assert state() == [("approved", 1238)]


def test_a_refund_lowers_what_is_held_and_a_whole_one_leaves_it_reversed_when_released(brand: Brand) -> None:
    hold(brand)
    report(brand, refunded())
    assert state() == [("held", 825)]
    report(brand, refunded("A-1", "R-2", l1=6600))
    assert state() == [("held", 0)]
    release_commissions(brand=brand, commissions=ids(), by=None, at=NOW)
    assert state() == [("reversed", 0)]


def test_what_is_reversed_stays_at_nothing_whatever_its_order_does(brand: Brand) -> None:
    hold(brand)
    assert reverse_commissions(brand=brand, commissions=ids(), reason="fraud", by=make_user(), at=NOW + DAY) == 1
    assert state() == [("reversed", 0)]
    assert balances(brand) == {}
    report(brand, refunded(), delivered(), at=NOW + 20 * DAY)
    settle_period(brand=brand, period="2026-03", at=NOW + 35 * DAY)
    assert (state(), balances(brand), statements(brand)) == ([("reversed", 0)], {}, [])
    review = RiskReview.objects.get()
    assert (review.reason, review.note, review.outcome, review.closed_at) == (
        "fraud",
        "one device",
        "reversed",
        NOW + DAY,
    )
    assert Reversal.objects.get().review == review


def test_what_was_settled_and_is_reversed_is_a_debt_from_then_on(brand: Brand) -> None:
    report(brand, delivered(), at=NOW + 20 * DAY)
    settle_period(brand=brand, period="2026-03", at=NOW + 35 * DAY)
    reverse_commissions(brand=brand, commissions=ids(), reason="terms", by=make_user(), at=NOW + 36 * DAY)
    assert balances(brand) == {("a", "settled"): 1238, ("a", "debt"): -1238}
    settle_period(brand=brand, period="2026-04", at=NOW + 65 * DAY)
    assert statements(brand)[1:] == [("2026-04", "a", 0, 0, 0, 0, -1238)]
    prove(brand)


def test_reversed_after_the_months_end_but_before_its_settlement_is_on_no_statement(brand: Brand) -> None:
    report(brand, delivered(), at=NOW + 20 * DAY)
    hold(brand, at=NOW + 21 * DAY)
    reverse_commissions(brand=brand, commissions=ids(), reason="fraud", by=make_user(), at=NOW + 40 * DAY)
    settle_period(brand=brand, period="2026-03", at=NOW + 41 * DAY)
    assert (statements(brand), balances(brand)) == ([], {})
    prove(brand)


@pytest.mark.parametrize("is_delivered_first", [True, False])
def test_what_is_found_void_was_never_earned_also_where_its_order_was_heard_after_the_months_end(
    brand: Brand, is_delivered_first: bool
) -> None:
    """Paid and delivered in March, heard and reversed in April, before March is settled."""
    events = [paid("A-9", share="code"), delivered("A-9")]
    report(brand, *events[: 2 if is_delivered_first else 1], at=NOW + 40 * DAY)
    reverse_commissions(brand=brand, commissions=[ids()[-1]], reason="fraud", by=make_user(), at=NOW + 41 * DAY)
    report(brand, *events, at=NOW + 42 * DAY)
    settle_period(brand=brand, period="2026-03", at=NOW + 43 * DAY)
    assert (statements(brand), balances(brand)) == ([], {("a", "pending"): 1238})
    prove(brand)


def test_each_move_happens_once_and_all_or_nothing(brand: Brand) -> None:
    report(brand, paid("A-2", share="code"))
    first, second = ids()
    hold_commissions(brand=brand, commissions=[first], reason="other", by=None, at=NOW)
    for refused in (
        lambda: hold_commissions(brand=brand, commissions=[first, second], reason="other", by=None, at=NOW),
        lambda: release_commissions(brand=brand, commissions=[first, second], by=None, at=NOW),
        lambda: release_commissions(brand=make_brand(), commissions=[first], by=None, at=NOW),
        lambda: hold_commissions(brand=brand, commissions=[second, 10**9], reason="other", by=None, at=NOW),
    ):
        with pytest.raises(NotReviewable):
            refused()
        assert state() == [("held", 1238), ("pending", 1238)]
    reverse_commissions(brand=brand, commissions=[first, second], reason="other", by=None, at=NOW)
    with pytest.raises(NotReviewable):
        reverse_commissions(brand=brand, commissions=[first], reason="other", by=None, at=NOW)
    assert state() == [("reversed", 0)] * 2
    prove(brand)


def test_a_review_of_21_commissions_takes_the_same_queries_as_of_1(brand: Brand) -> None:
    orders = [f"{kind}-{number}" for kind in ("held", "free") for number in range(23)]
    report(brand, *[paid(order, share="code") for order in orders])
    held, free = ids()[1:24], ids()[24:]

    def queries(numbers: slice) -> list[int]:
        moves = [
            lambda: hold_commissions(brand=brand, commissions=held[numbers], reason="other", by=None, at=NOW),
            lambda: release_commissions(brand=brand, commissions=held[numbers], by=None, at=NOW),
            lambda: hold_commissions(brand=brand, commissions=held[numbers], reason="other", by=None, at=NOW),
            lambda: reverse_commissions(
                brand=brand, commissions=held[numbers] + free[numbers], reason="fraud", by=None, at=NOW
            ),
        ]
        counts = []
        for move in moves:
            with CaptureQueriesContext(connection) as captured:
                move()
            counts.append(len(captured))
        return counts

    queries(slice(1))
    assert queries(slice(1, 2)) == queries(slice(2, 23))
    assert state()[1:] == [("reversed", 0)] * 46
    assert RiskReview.objects.filter(outcome="reversed").count() == 46
    prove(brand)
