"""The shop's events over many connections at once: each a webhook-id of its own, all about one order."""

import json
from datetime import timedelta
from typing import Any

import pytest

from accounts.brands.models import Brand
from accounts.people.models import Customer
from commissions.orders.domain.refusals import EventRefused
from commissions.orders.models import Delivery, Event, Order, OrderLine, Refund
from commissions.orders.selectors.intake import resolve
from commissions.orders.selectors.refunds import refused_now
from commissions.orders.services import events, intake
from commissions.orders.services.events import Receipt, receive_event
from tests.support.concurrency import THREADS, Rendezvous, run_at_once
from tests.support.factories import NOW, make_selling_brand
from tests.support.shop_events import balances, cancelled, commissions, delivered, paid, refunded, report


def make_shop() -> Brand:
    return make_selling_brand()


def receive_at_once(brand: Brand, told: list[dict[str, Any]]) -> list[Any]:
    bodies = [json.dumps(event).encode() for event in told]
    calls = [
        lambda n=n, body=body: receive_event(brand=brand, webhook_id=f"msg_{n}", body=body, at=NOW + timedelta(days=2))
        for n, body in enumerate(bodies, start=Event.objects.count())
    ]
    return run_at_once(*calls)


def test_one_order_under_many_webhook_ids_is_kept_once_and_every_event_accepted(committed: None) -> None:
    brand = make_shop()
    for event in (paid(share="code", customer={"id": "c"}), delivered(), refunded(), cancelled()):
        answers = receive_at_once(brand, [event] * THREADS)
        assert [answer for answer in answers if not isinstance(answer, Receipt)] == []
    assert [kind.objects.count() for kind in (Order, OrderLine, Customer, Delivery)] == [1, 1, 1, 1]
    assert Refund.objects.count() == 2
    report(brand)
    assert commissions(brand) == [("A-1", 1, "a", 0, 990)]


def test_two_orders_at_once_of_a_customer_whom_neither_knows_are_of_one_customer(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both look before either writes; the second waits for the first one's row, gets none back, and looks again."""
    brand = make_shop()
    looked = Rendezvous(resolve)
    monkeypatch.setattr(intake, "resolve", looked)
    answers = receive_at_once(brand, [paid(order, customer={"id": "c"}) for order in ("A-1", "A-2")])
    assert [type(answer) for answer in answers] == [Receipt, Receipt]
    assert looked.most == 2
    assert set(Order.objects.values_list("customer", flat=True)) == {Customer.objects.get().pk}


def test_of_refunds_at_once_that_are_too_much_together_one_is_taken(committed: None) -> None:
    brand = make_shop()
    report(brand, paid(share="code"))
    answers = receive_at_once(brand, [refunded("A-1", f"R-{n}", l1=6000) for n in range(THREADS)])
    # Of one moment, the lower key counts: it is taken also when a higher one was before it, which is refused then.
    assert {type(answer) for answer in answers} <= {Receipt, EventRefused}
    assert Receipt in {type(answer) for answer in answers}
    assert Refund.objects.count() == THREADS
    report(brand)
    assert Refund.objects.get(status="applied").key == "R-0"
    assert Event.objects.filter(status="refused").count() == THREADS - 1
    assert sorted(Refund.objects.values_list("status", flat=True)) == ["applied"] + ["refused"] * (THREADS - 1)


def test_without_the_guard_two_refunds_are_taken_that_are_too_much_together(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And even then one of them is refused when it is applied."""
    brand = make_shop()
    report(brand, paid(share="code"))

    monkeypatch.setattr(events, "INSERT_EVENT", events.INSERT_EVENT.replace(f", {events.ONE_OF_AN_ORDER}", ""))
    monkeypatch.setattr(intake, "refused_now", Rendezvous(refused_now))
    answers = receive_at_once(brand, [refunded("A-1", f"R-{n}", l1=6000) for n in range(2)])
    assert [type(answer) for answer in answers] == [Receipt, Receipt]
    report(brand)
    assert list(Refund.objects.order_by("status").values_list("status", flat=True)) == ["applied", "refused"]
    assert commissions(brand) == [("A-1", 1, "a", 390, 600)]


def test_refunds_at_once_before_their_order_never_give_back_more_than_was_paid(committed: None) -> None:
    """Nobody knows yet what was paid: whoever is too much is refused when it is applied, and the commission is what is
    left."""
    brand = make_shop()
    answers = receive_at_once(brand, [refunded("A-1", f"R-{n}", l1=6000) for n in range(THREADS)])
    assert [type(answer) for answer in answers] == [Receipt] * THREADS
    report(brand, paid(share="code"))
    assert Refund.objects.filter(status="applied").count() == 1
    assert commissions(brand) == [("A-1", 1, "a", 390, 600)]
    assert balances(brand) == {("a", "pending"): 390}
