from datetime import timedelta

import pytest

from commissions.earnings.models.commissions import Commission
from commissions.schedule import run_due
from tests.support.factories import NOW, make_brand_with_plan, make_koc, make_selling_brand, make_share
from tests.support.shop_events import balances, cancelled, delivered, paid, refunded, report

pytestmark = pytest.mark.django_db
# NOW is 2026-03-01 10:00 in Shanghai: seven days of hold end on the 9th at midnight there.
HOLD_ENDS = NOW.replace(day=8, hour=16)


@pytest.fixture
def brand():
    return make_selling_brand()


def test_a_commission_is_approved_when_the_hold_has_ended_and_not_a_second_before(brand) -> None:
    report(brand, paid(share="code"), delivered(), at=HOLD_ENDS - timedelta(seconds=1))
    assert balances(brand) == {("a", "pending"): 990}
    assert report(brand, at=HOLD_ENDS).approved == 1
    assert balances(brand) == {("a", "approved"): 990}


def test_approved_at_is_when_the_hold_ended_however_late_the_clock_noticed(brand) -> None:
    report(brand, paid(share="code"), delivered(), at=HOLD_ENDS + timedelta(days=99))
    assert Commission.objects.get().approved_at == HOLD_ENDS


def test_what_was_not_delivered_is_not_approved_however_old(brand) -> None:
    assert report(brand, paid(share="code"), at=NOW + timedelta(days=999)).approved == 0


def test_a_second_run_approves_nothing(brand) -> None:
    report(brand, paid(share="code"), delivered(), at=HOLD_ENDS)
    assert run_due(brand=brand, at=HOLD_ENDS).approved == 0


def test_a_delivery_may_come_before_its_order(brand) -> None:
    report(brand, delivered(), at=HOLD_ENDS)
    assert report(brand, paid(share="code"), at=HOLD_ENDS).approved == 1


def test_a_rolling_hold(brand) -> None:
    rolling = make_brand_with_plan(policy={"hold_rule": "rolling", "hold_days": 3}, rules=[{"rate_bps": 1000}])
    share = make_share(make_koc(rolling, "a"))
    report(rolling, paid(share=share.code), delivered(), at=NOW + timedelta(days=4))
    assert Commission.objects.get().approved_at == NOW + timedelta(days=3)


def test_what_was_cancelled_during_the_hold_was_never_approved(brand) -> None:
    report(brand, paid(share="code"), delivered(), cancelled(), at=HOLD_ENDS)
    assert Commission.objects.values_list("status", "approved_at").get() == ("reversed", None)


def test_what_was_refunded_whole_after_the_hold_was_approved_before(brand) -> None:
    report(
        brand,
        paid(share="code"),
        delivered(),
        refunded("A-1", "R-1", HOLD_ENDS + timedelta(days=1), l1=9900),
        at=HOLD_ENDS + timedelta(days=9),
    )
    assert Commission.objects.values_list("status", "approved_at").get() == ("reversed", HOLD_ENDS)
    assert balances(brand) == {}


@pytest.mark.parametrize("cancellation_first", [True, False])
def test_what_was_cancelled_during_the_hold_was_never_approved_whatever_came_after(
    brand, cancellation_first: bool
) -> None:
    in_the_hold, after_it = (
        cancelled("A-1", NOW + timedelta(days=2)),
        refunded("A-1", "R-1", HOLD_ENDS + timedelta(days=9)),
    )
    report(brand, paid(share="code"), delivered())
    for event in [in_the_hold, after_it] if cancellation_first else [after_it, in_the_hold]:
        report(brand, event)
    assert report(brand, at=HOLD_ENDS).approved == 0
    assert Commission.objects.values_list("status", "approved_at").get() == ("reversed", None)


@pytest.mark.parametrize("refund", [None, refunded("A-1", "R-1", HOLD_ENDS + timedelta(days=9), l1=9900)])
def test_a_cancellation_during_the_hold_that_is_heard_after_it_takes_the_approval_back(brand, refund) -> None:
    report(brand, paid(share="code"), delivered(), at=HOLD_ENDS)
    if refund:
        report(brand, refund, at=HOLD_ENDS)
    assert Commission.objects.get().approved_at == HOLD_ENDS
    report(brand, cancelled("A-1", NOW + timedelta(days=2)), at=HOLD_ENDS)
    assert Commission.objects.values_list("status", "approved_at").get() == ("reversed", None)
    assert balances(brand) == {}
