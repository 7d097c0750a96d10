"""What is told of a buyer later, and shows that a KOC bought through their own share: nothing of it is paid."""

import json

import pytest

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.models.commissions import RiskReview
from commissions.orders.domain.refusals import EventRefused
from commissions.orders.models import Doubt, Order
from commissions.orders.services.doubts import dismiss_doubt
from commissions.orders.services.events import receive_event
from commissions.plans.models.policies import PayPolicy
from commissions.schedule import run_due
from commissions.settlement.domain.refusals import NothingToWithdraw
from commissions.settlement.services.withdrawals import request_withdrawal
from tests.commissions.orders.test_gaps import DAY, MINUTES, OWN_PHONE, again, brand_with_share, state
from tests.support.factories import NOW, make_payee, make_staff
from tests.support.shop_events import delivered, paid, prove, refunded, report, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return brand_with_share()


@pytest.mark.parametrize(("day", "status"), [(0, "reversed"), (20, "held")])
def test_an_own_purchase_that_shows_later_earns_nothing(brand: Brand, day: int, status: str) -> None:
    """It is credited anew, to nobody; where something is approved it is held."""
    report(brand, paid(share="code"), delivered(), at=NOW + day * DAY)
    told = paid(customer={"id": "c-1", "phone": OWN_PHONE}, share="code")
    report(brand, again(told), at=NOW + day * DAY)
    assert [one[2] for one in state()] == [status]
    assert RiskReview.objects.get().reason == {"reversed": "told_again", "held": "self_purchase"}[status]
    report(brand, again(told, NOW + 2 * MINUTES), at=NOW + 30 * DAY)
    assert ([one[2] for one in state()], RiskReview.objects.count()) == ([status], 1)
    assert Order.objects.get().credit == {"reversed": "self_purchase", "held": "share"}[status]


def test_an_own_purchase_stays_held_when_a_doubt_beside_it_ends(brand: Brand) -> None:
    report(brand, paid(share="code"), delivered(), at=NOW + 20 * DAY)
    with pytest.raises(EventRefused):
        receive_event(brand=brand, webhook_id="w", body=json.dumps(refunded(l1=99_999)).encode(), at=NOW + 20 * DAY)
    report(brand, again(paid(customer={"id": "c-1", "phone": OWN_PHONE}, share="code")), at=NOW + 20 * DAY)
    assert set(RiskReview.objects.values_list("reason", "outcome")) == {("doubt", ""), ("self_purchase", "")}
    dismiss_doubt(doubt=Doubt.objects.get(), reason="sent twice", by=make_staff(brand), at=NOW + 21 * DAY)
    run_due(brand=brand, at=NOW + 21 * DAY)
    assert state()[0][2] == "held"
    prove(brand)


@pytest.mark.parametrize("first", [None, "", "139****0001"])
@pytest.mark.parametrize("has_time", [False, True])
def test_a_phone_that_is_told_later_may_show_an_own_purchase(brand: Brand, first: str | None, has_time: bool) -> None:
    report(brand, paid(customer={"id": "c-1", "phone": first}, share="code"))
    assert state() == [("k", 1980, "pending", None)]
    told = paid(customer={"id": "c-1", "phone": OWN_PHONE}, share="code")
    for _time in range(2):
        report(brand, again(told) if has_time else told)
        assert (state()[0][2], RiskReview.objects.count()) == ("held", 1)
    order = Order.objects.select_related("customer").get()
    assert order.customer
    assert (order.phone_unreadable, order.customer.phone) == (False, OWN_PHONE)


@pytest.mark.parametrize("phone", [OWN_PHONE, "+8613800000061"])
def test_a_withdrawal_does_not_pay_what_turns_out_to_be_an_own_purchase(brand: Brand, phone: str) -> None:
    PayPolicy.objects.filter(brand=brand).update(withdrawals=True, min_payout_minor=1)
    koc = Koc.objects.get()
    make_payee(koc.user)
    report(brand, paid(share="code"), delivered(), at=NOW + 20 * DAY)
    send(brand, again(paid(customer={"id": "c-1", "phone": phone}, share="code")), at=NOW + 20 * DAY)
    if phone != OWN_PHONE:
        assert request_withdrawal(koc=koc, amount_minor=None, at=NOW + 21 * DAY).net_minor == 990
        return
    with pytest.raises(NothingToWithdraw):
        request_withdrawal(koc=koc, amount_minor=None, at=NOW + 21 * DAY)
    run_due(brand=brand, at=NOW + 21 * DAY)
    assert state()[0][2] == "held"
    prove(brand)


def test_a_withdrawal_pays_nothing_of_an_order_that_will_be_credited_anew(brand: Brand) -> None:
    """Its hold is over, and the clock has not come by since the buyer was named."""
    PayPolicy.objects.filter(brand=brand).update(withdrawals=True, min_payout_minor=1)
    koc = Koc.objects.get()
    make_payee(koc.user)
    report(brand, paid(share="code"), delivered())
    send(brand, again(paid(customer={"id": "c-1"}, share="code")), at=NOW + 20 * DAY)
    with pytest.raises(NothingToWithdraw):
        request_withdrawal(koc=koc, amount_minor=None, at=NOW + 21 * DAY)
    assert state() == [("k", 990, "pending", None)]
    run_due(brand=brand, at=NOW + 21 * DAY)
    assert request_withdrawal(koc=koc, amount_minor=None, at=NOW + 21 * DAY).net_minor == 1980
    prove(brand)
