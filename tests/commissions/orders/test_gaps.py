"""What was left open when an order was told, and is said later: it is taken over, whenever it comes; what was said is never
contradicted."""

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.core.management import call_command

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.orders.domain.refusals import EventRefused
from commissions.orders.models import Doubt, Order, OrderVersion
from commissions.orders.models import Event as KeptEvent
from commissions.orders.services.doubts import dismiss_doubt
from commissions.orders.services.events import receive_event
from commissions.plans.models.policies import PayPolicy
from commissions.schedule import brands_with_facts, run_due
from commissions.settlement.domain.refusals import NothingToWithdraw
from commissions.settlement.services.withdrawals import request_withdrawal
from referrals.coupons.models import Coupon
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.factories import NOW, make_brand_with_plan, make_koc, make_payee, make_share, make_staff, make_user
from tests.support.shop_events import Event, cancelled, delivered, paid, prove, refunded, report, send

pytestmark = pytest.mark.django_db
DAY, MINUTES = timedelta(days=1), timedelta(minutes=5)
OWN_PHONE = "+8613900000001"


@pytest.fixture
def brand() -> Brand:
    brand = make_brand_with_plan(
        "hold", rules=[{"priority": 1, "customer": "new", "rate_bps": 2000}, {"rate_bps": 1000}]
    )
    make_share(make_koc(brand, "k", user=make_user(OWN_PHONE)), code="code")
    return brand


def again(event: Event, at: Any = NOW + MINUTES) -> Event:
    """The same sale, told later."""
    return event | {"timestamp": at.isoformat()}


def state() -> list[tuple[Any, ...]]:
    """Of every commission: KOC, what it is worth, its state, when its hold was over."""
    rows = Commission.objects.order_by("koc__key", "line__position").values_list(
        "koc__key", "amount_minor", "reversed_minor", "status", "approved_at"
    )
    return [(koc, amount - back, status, at) for koc, amount, back, status, at in rows]


@pytest.mark.parametrize("is_credited", [False, True])
@pytest.mark.parametrize("has_time", [False, True])
def test_a_share_that_is_named_later_credits_its_koc(brand: Brand, is_credited: bool, has_time: bool) -> None:
    first = paid(customer={"id": "c-1"})
    told = paid(customer={"id": "c-1"}, share="code")
    send(brand, first)
    if is_credited:
        run_due(brand=brand, at=NOW)
        assert Order.objects.get().credit == "nobody"
    send(brand, again(told) if has_time else told)
    for _beat in range(2):
        run_due(brand=brand, at=NOW)
        assert state() == [("k", 1980, "pending", None)]
    assert brands_with_facts(at=NOW) == []
    prove(brand)
    report(brand, told, first)  # and once more, in any order
    assert state() == [("k", 1980, "pending", None)]
    assert not Order.objects.get().told_again


def test_a_click_a_coupon_and_a_koc_are_taken_over_too(brand: Brand) -> None:
    share = Share.objects.get()
    click = Visit.objects.create(share=share, visitor="v" * 22, visited_at=NOW - DAY)
    coupon = Coupon.objects.create(brand=brand, koc=Koc.objects.get(), code="LULU10", starts_at=NOW - DAY)
    report(brand, paid("A-1"), paid("A-2"), paid("A-3"), paid("A-4", customer={"id": "c"}))
    assert state() == []
    report(brand, paid("A-1", click=click.public_id), paid("A-2", coupon="lulu10"), paid("A-3", koc="k"))
    assert list(Order.objects.order_by("key").values_list("credit", flat=True)) == ["click", "coupon", "koc", "nobody"]
    coupon.refresh_from_db()
    assert coupon.used == 1
    # The buyer of a click is the visitor, whichever of the two was told later, together or not.
    report(brand, paid("A-1", customer={"id": "c"}))
    report(brand, paid("A-5", customer={"id": "c"}, at=NOW + DAY), at=NOW + DAY)
    assert Order.objects.get(key="A-5").credit == "click"


def test_all_that_happened_meanwhile_is_applied_to_what_is_credited_anew(brand: Brand) -> None:
    sold = [("1", "S1", 1, 10_000), ("2", "S1", 1, 5_000)]
    first = paid("A-1", *sold, customer={"id": "c"})
    fewer = again(paid("A-1", sold[0], customer={"id": "c"}), NOW + DAY)
    facts = [fewer, refunded(refund="R-1", at=NOW + 2 * DAY, l1=4_000), delivered(at=NOW + DAY)]
    report(brand, first, *facts, at=NOW + 30 * DAY)
    assert state() == []
    report(brand, again(paid("A-1", sold[0], customer={"id": "c"}, share="code"), NOW + 3 * DAY), at=NOW + 31 * DAY)
    assert [(koc, net, status) for koc, net, status, _ in state()] == [("k", 1200, "approved"), ("k", 0, "reversed")]
    prove(brand)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_telling_does_not_matter_while_nothing_was_credited(brand: Brand, order: tuple[int, ...]) -> None:
    told = [
        paid(share="code"),
        again(paid(customer={"id": "c-1"}, share="code")),
        refunded(l1=3_300),
        delivered(at=NOW + DAY),
    ]
    for place in order:
        send(brand, told[place], at=NOW + 3 * DAY)
    run_due(brand=brand, at=NOW + 30 * DAY)
    assert [(koc, net, status) for koc, net, status, _ in state()] == [("k", 1320, "approved")]
    prove(brand)


def test_a_cancelled_order_earns_nothing_either(brand: Brand) -> None:
    report(brand, paid(customer={"id": "c"}), cancelled(), at=NOW + 2 * DAY)
    report(brand, paid(customer={"id": "c"}, share="code"), at=NOW + 2 * DAY)
    assert [(net, status) for _, net, status, _ in state()] == [(0, "reversed")]
    prove(brand)


def test_a_buyer_who_is_named_later_leaves_the_credit_as_it_is(brand: Brand) -> None:
    report(brand, paid(share="code"))
    assert state() == [("k", 990, "pending", None)]
    report(brand, again(paid(customer={"id": "c-1", "phone": "+8613800000061"}, share="code")))
    order = Order.objects.select_related("customer").get()
    assert order.customer
    assert (order.customer.key, order.customer.phone) == ("c-1", "+8613800000061")
    assert state() == [("k", 990, "pending", None)]
    # Later orders know that the person bought before.
    report(brand, paid("A-2", customer={"id": "c-1"}, share="code", at=NOW + DAY), at=NOW + DAY)
    assert Order.objects.get(key="A-2").customer_is_new is False
    prove(brand)


@pytest.mark.parametrize("day", [0, 20], ids=["pending", "approved"])
def test_an_own_purchase_that_shows_later_is_held(brand: Brand, day: int) -> None:
    report(brand, paid(share="code"), delivered(), at=NOW + day * DAY)
    assert state()[0][2] == {0: "pending", 20: "approved"}[day]
    report(brand, again(paid(customer={"id": "c-1", "phone": OWN_PHONE}, share="code")), at=NOW + day * DAY)
    assert state()[0][2] == "held"
    assert RiskReview.objects.get().reason == "self_purchase"
    report(
        brand,
        again(paid(customer={"id": "c-1", "phone": OWN_PHONE}, share="code"), NOW + 2 * MINUTES),
        at=NOW + 30 * DAY,
    )
    assert (state()[0][2], RiskReview.objects.count()) == ("held", 1)
    prove(brand)


def test_an_own_purchase_stays_held_when_a_doubt_beside_it_ends(brand: Brand) -> None:
    report(brand, paid(share="code"))
    with pytest.raises(EventRefused):
        receive_event(brand=brand, webhook_id="w", body=json.dumps(refunded(l1=99_999)).encode(), at=NOW + DAY)
    report(brand, again(paid(customer={"id": "c-1", "phone": OWN_PHONE}, share="code")), at=NOW + DAY)
    assert set(RiskReview.objects.values_list("reason", "outcome")) == {("doubt", ""), ("self_purchase", "")}
    dismiss_doubt(doubt=Doubt.objects.get(), reason="sent twice", by=make_staff(brand), at=NOW + 2 * DAY)
    run_due(brand=brand, at=NOW + 2 * DAY)
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


@pytest.mark.parametrize(
    ("first", "later", "place"),
    [
        ({"customer": {"id": "c-1"}}, {"customer": {"id": "c-2"}}, "data.customer"),
        ({"share": "code"}, {"share": "other"}, "data.share"),
        ({"koc": "k"}, {"koc": "other"}, "data.koc"),
    ],
)
def test_what_was_said_is_not_contradicted(
    brand: Brand, first: dict[str, Any], later: dict[str, Any], place: str
) -> None:
    make_share(make_koc(brand, "other"), code="other")
    report(brand, paid(**first))
    before = Order.objects.values().get()
    with pytest.raises(EventRefused, match="reported before, and differently") as refused:
        receive_event(brand=brand, webhook_id="w", body=json.dumps(again(paid(**later))).encode(), at=NOW + DAY)
    assert refused.value.place.startswith(place)
    assert Order.objects.values().get() == before
    assert KeptEvent.objects.get(webhook_id="w").status == "refused"


def test_what_is_left_open_later_contradicts_nothing_and_takes_nothing_away(brand: Brand) -> None:
    report(brand, paid(customer={"id": "c-1"}, share="code"))
    report(brand, again(paid()))
    order = Order.objects.select_related("customer", "given_share").get()
    assert order.customer
    assert order.given_share
    assert state() == [("k", 1980, "pending", None)]


def test_filled_gaps_are_said_in_words(brand: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    report(brand, paid(customer={"id": "c"}))
    report(brand, again(paid(customer={"id": "c"}, share="code")))
    call_command("explain", "A-1", "--brand", brand.slug, "--language", "en")
    assert "k is credited: the shop named their share code." in capsys.readouterr().out
    assert OrderVersion.objects.count() == 2
