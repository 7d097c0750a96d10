"""The shop's events over many connections at once: each a webhook-id of its own, all about one order."""

import json
from typing import Any

from accounts.models import Brand, Customer
from commissions.models import Delivery, Event, Order, OrderLine, Refund
from commissions.services.events import Receipt, receive_event
from tests.factories import NOW, make_brand, make_kit, make_koc, make_plan, make_product, make_share
from tests.races.test_api_races import HANDS, at_once
from tests.shop import balances, cancelled, commissions, delivered, paid, refunded, report


def make_shop() -> Brand:
    brand = make_brand()
    make_product(brand)
    make_plan(brand, rules=[{"rate_bps": 1000}])
    make_share(make_koc(brand, "a"), make_kit(brand), code="code")
    return brand


def receive_at_once(brand: Brand, events: list[dict[str, Any]]) -> list[Any]:
    bodies = [json.dumps(event).encode() for event in events]
    calls = [lambda n=n, body=body: receive_event(brand=brand, webhook_id=f"msg_{n}", body=body, at=NOW) for n, body in enumerate(bodies)]
    return at_once(*calls)


def test_one_order_under_many_webhook_ids_is_kept_once_and_every_event_accepted(committed: None) -> None:
    brand = make_shop()
    for event in (paid(share="code", customer={"id": "c"}), delivered(), refunded(), cancelled()):
        Event.objects.all().delete()
        answers = receive_at_once(brand, [event] * HANDS)
        assert [answer for answer in answers if not isinstance(answer, Receipt)] == []
    assert [kind.objects.count() for kind in (Order, OrderLine, Customer, Delivery)] == [1, 1, 1, 1]
    assert Refund.objects.count() == 2
    report(brand)
    assert commissions(brand) == [("A-1", 1, "a", 0, 990)]


def test_refunds_at_once_never_give_back_more_than_was_paid(committed: None) -> None:
    """Each looks before the others have written; whoever is too much is refused when it is applied, and the commission is what is left."""
    brand = make_shop()
    report(brand, paid(share="code"))
    receive_at_once(brand, [refunded("A-1", f"R-{n}", l1=6000) for n in range(HANDS)])
    report(brand)
    assert Refund.objects.filter(status="applied").count() == 1
    assert commissions(brand) == [("A-1", 1, "a", 390, 600)]
    assert balances(brand) == {("a", "pending"): 390}
