"""One order, refund, amendment or delivery that raises is set aside; all others are done."""

from datetime import timedelta

import pytest

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from commissions.earnings.models.commissions import Commission
from commissions.orders.models import Delivery, Order, OrderLine, Refund
from commissions.schedule import run_due
from commissions.settlement.services.settlement import settle_period
from foundation.postgres.bulk import reserve_ids
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.database import cure, poison
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_plan, make_product, make_share
from tests.support.shop_events import delivered, paid, prove, refunded, report, send

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MANY = 7


@pytest.fixture
def brand() -> Brand:
    brand = make_brand()
    make_product(brand, "S1")
    make_plan(brand, rules=[{"rate_bps": 1000}])
    return brand


@pytest.fixture
def share(brand: Brand) -> str:
    return make_share(make_koc(brand, "sharer"), make_kit(brand)).code


def orders(share: str) -> list[dict]:
    return [paid(f"A-{number}", share=share) for number in range(MANY)]


def line_of(order: str) -> int:
    return OrderLine.objects.get(order__key=order).pk


def failures() -> list[tuple[str, int, int]]:
    return list(FailedFact.objects.order_by("kind", "fact").values_list("kind", "fact", "attempts"))


def credited() -> list[str]:
    return list(Order.objects.exclude(credited_at=None).order_by("key").values_list("key", flat=True))


def test_one_order_that_raises_is_set_aside_and_all_others_are_credited(brand: Brand, share: str) -> None:
    send(brand, *orders(share))
    poison("commissions_commission", f"NEW.line_id = {line_of('A-3')}")
    assert run_due(brand=brand, at=NOW).credited == MANY - 1
    assert credited() == ["A-0", "A-1", "A-2", "A-4", "A-5", "A-6"]
    assert failures() == [("order", Order.objects.get(key="A-3").pk, 1)]
    assert set(Commission.objects.values_list("line__order__key", flat=True)) == set(credited())
    prove(brand)


def test_what_failed_is_tried_again_after_pauses_that_grow_and_forgotten_when_it_succeeds(
    brand: Brand, share: str
) -> None:
    send(brand, *orders(share))
    poison("commissions_commission", f"NEW.line_id = {line_of('A-3')}")
    run_due(brand=brand, at=NOW)
    run_due(brand=brand, at=NOW + timedelta(seconds=59))
    assert [attempts for _, _, attempts in failures()] == [1]
    run_due(brand=brand, at=NOW + timedelta(seconds=60))
    assert [attempts for _, _, attempts in failures()] == [2]
    assert FailedFact.objects.get().next_try_at == NOW + timedelta(minutes=5)
    cure("commissions_commission")
    assert run_due(brand=brand, at=NOW + timedelta(minutes=4)).credited == 0
    assert run_due(brand=brand, at=NOW + timedelta(minutes=5)).credited == 1
    assert (failures(), len(credited())) == ([], MANY)
    assert Commission.objects.count() == MANY
    prove(brand)


def test_the_error_says_what_and_where_and_none_of_the_data(brand: Brand, share: str) -> None:
    send(brand, *orders(share))
    poison("commissions_commission", f"NEW.line_id = {line_of('A-3')}")
    run_due(brand=brand, at=NOW)
    error = FailedFact.objects.get().error
    assert error.startswith("IntegrityError at commissions/earnings/services/accruals.py:")
    assert "poison" not in error


def test_one_refund_that_raises_is_set_aside_and_all_others_are_applied(brand: Brand, share: str) -> None:
    report(brand, *orders(share))
    send(brand, *[refunded(f"A-{number}", f"R-{number}") for number in range(MANY)], at=NOW + DAY)
    bad = Refund.objects.get(key="R-3")
    poison("commissions_reversal", f"NEW.refund_id = {bad.pk}")
    assert run_due(brand=brand, at=NOW + DAY).changes == MANY - 1
    assert failures() == [("refund", bad.pk, 1)]
    assert set(Commission.objects.filter(reversed_minor=0).values_list("line__order__key", flat=True)) == {"A-3"}
    prove(brand)


def test_one_amendment_that_raises_is_set_aside_and_all_others_are_applied(brand: Brand, share: str) -> None:
    report(brand, *orders(share))
    cheaper = [
        paid(f"A-{number}", ("1", "S1", 1, 5000), share=share) | {"time": (NOW + DAY).isoformat()}
        for number in range(MANY)
    ]
    send(brand, *cheaper, at=NOW + DAY)
    bad = Order.objects.get(key="A-3").versions.latest("reported_at")
    poison("commissions_reversal", f"NEW.version_id = {bad.pk}")
    assert run_due(brand=brand, at=NOW + DAY).changes == MANY - 1
    assert failures() == [("amendment", bad.pk, 1)]
    assert set(Commission.objects.filter(reversed_minor=0).values_list("line__order__key", flat=True)) == {"A-3"}


def test_one_delivery_that_raises_is_set_aside_and_all_others_are_approved(brand: Brand, share: str) -> None:
    report(brand, *orders(share))
    send(brand, *[delivered(f"A-{number}") for number in range(MANY)])
    bad = Delivery.objects.get(order_key="A-3")
    poison("commissions_commission", f"NEW.line_id = {line_of('A-3')} AND NEW.status = 'approved'", when="UPDATE")
    assert run_due(brand=brand, at=NOW + 30 * DAY).approved == MANY - 1
    assert failures() == [("delivery", bad.pk, 1)]
    prove(brand)


def test_nothing_is_approved_of_an_order_whose_refund_failed(brand: Brand, share: str) -> None:
    report(brand, *orders(share))
    send(brand, refunded("A-3", "R-3"), delivered("A-3"), at=NOW + DAY)
    poison("commissions_reversal", f"NEW.refund_id = {Refund.objects.get(key='R-3').pk}")
    assert run_due(brand=brand, at=NOW + 30 * DAY).approved == 0
    cure("commissions_reversal")
    assert run_due(brand=brand, at=NOW + 31 * DAY).approved == 1
    assert Commission.objects.get(line__order__key="A-3").net_minor == 660
    prove(brand)


def test_a_settlement_leaves_out_what_a_failed_refund_may_take(brand: Brand, share: str) -> None:
    report(brand, *orders(share), *[delivered(f"A-{number}") for number in range(MANY)], at=NOW + 25 * DAY)
    assert Commission.objects.filter(status="approved").count() == MANY
    send(brand, refunded("A-3", "R-3", at=NOW + 26 * DAY), at=NOW + 26 * DAY)
    poison("commissions_reversal", f"NEW.refund_id = {Refund.objects.get(key='R-3').pk}")
    settled = settle_period(brand=brand, period="2026-03", at=NOW + 40 * DAY)
    assert settled.net_minor == 990 * (MANY - 1)
    assert Commission.objects.get(statement=None).line.order.key == "A-3"
    cure("commissions_reversal")
    assert settle_period(brand=brand, period="2026-04", at=NOW + 70 * DAY).carried_out_minor == 660
    prove(brand)


def test_one_order_whose_click_cannot_be_attached_is_set_aside_and_all_others_are_credited(
    brand: Brand, share: str
) -> None:
    clicks = reserve_ids(Visit, MANY)
    send(brand, *[paid(f"A-{number}", click=Visit.public_id_of(click)) for number, click in enumerate(clicks)])
    sharer = Share.objects.get(code=share)
    Visit.objects.bulk_create(
        Visit(pk=click, share=sharer, visitor=f"v{click}", visited_at=NOW - timedelta(hours=1)) for click in clicks
    )
    poison("commissions_order", "NEW.key = 'A-3' AND NEW.awaited_click IS NULL", when="UPDATE")
    assert run_due(brand=brand, at=NOW).credited == MANY - 1
    assert failures() == [("order", Order.objects.get(key="A-3").pk, 1)]
    cure("commissions_order")
    assert run_due(brand=brand, at=NOW + timedelta(minutes=1)).credited == 1
    assert (failures(), Commission.objects.count()) == ([], MANY)
    prove(brand)
