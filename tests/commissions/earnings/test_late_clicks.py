"""An order may name a click that was answered and is not in the table yet: its journal is on its way, perhaps on
another machine."""

from datetime import timedelta
from pathlib import Path

import pytest

from accounts.brands.models import Brand
from commissions.earnings.services.crediting import find_awaited_clicks
from commissions.orders.models import Event, Order
from commissions.schedule import run_due_everywhere
from commissions.tasks import credit_facts
from foundation.postgres.bulk import reserve_ids
from referrals.attribution.models import Acquaintance
from referrals.shares.models import Share
from referrals.visits.models import Visit
from referrals.visits.services.visits import record_clicks
from tests.support.factories import NOW, make_brand, make_brand_with_plan, make_koc, make_share
from tests.support.shop_events import commissions, paid, report, send

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def brand() -> Brand:
    return make_brand_with_plan(rules=[{"rate_bps": 1000}])


@pytest.fixture
def share(brand: Brand) -> Share:
    return make_share(make_koc(brand, "a"), code="abc")


@pytest.fixture
def number() -> int:
    """A click that was answered: its number is drawn, its row is not there."""
    return reserve_ids(Visit, 1)[0]


def click(number: int, code: str = "abc") -> bytes:
    at = int((NOW - HOUR).timestamp())
    return f"{number}\t{code}\t{'v' * 22}\t{at}000000\t\tf".encode()


def credit(key: str = "A-1") -> str:
    return Order.objects.get(key=key).credit


def test_an_order_waits_for_its_click_and_is_credited_by_it(brand: Brand, share: Share, number: int) -> None:
    assert report(brand, paid(click=Visit.public_id_of(number), customer={"id": "c"})).credited == 0
    assert (credit(), Order.objects.get().awaited_click) == ("", number)
    record_clicks(lines=[click(number)], at=NOW)
    assert report(brand).credited == 1
    order = Order.objects.get()
    assert (order.credit, order.given_click_id, order.awaited_click) == ("click", number, None)
    assert commissions(brand) == [("A-1", 1, "a", 990, 0)]
    assert Acquaintance.objects.get().visitor == "v" * 22


def test_the_click_ties_the_customer_to_the_visitor_for_later_orders(brand: Brand, share: Share, number: int) -> None:
    report(brand, paid(click=Visit.public_id_of(number), customer={"id": "c"}))
    record_clicks(lines=[click(number)], at=NOW)
    report(brand, paid("A-2", customer={"id": "c"}))
    assert (credit("A-1"), credit("A-2")) == ("click", "click")


def test_other_orders_do_not_wait(brand: Brand, share: Share, number: int) -> None:
    report(
        brand,
        paid("A-1", click=Visit.public_id_of(number)),
        paid("A-2", share="abc"),
        paid("A-3", click="clk_nonsense"),
    )
    assert [credit(key) for key in ("A-1", "A-2", "A-3")] == ["", "share", "nobody"]


def test_after_a_day_an_order_waits_no_longer_and_the_share_that_it_names_is_credited(
    brand: Brand, share: Share, number: int
) -> None:
    report(brand, paid(click=Visit.public_id_of(number), share="abc"))
    assert report(brand, at=NOW + DAY - HOUR).credited == 0
    assert report(brand, at=NOW + DAY).credited == 1
    assert (credit(), Order.objects.get().awaited_click) == ("share", number)


def test_a_click_of_another_brand_is_none_whenever_it_comes(brand: Brand, share: Share, number: int) -> None:
    other = make_brand()
    make_share(make_koc(other), code="other")
    report(brand, paid(click=Visit.public_id_of(number), customer={"id": "c"}))
    record_clicks(lines=[click(number, "other")], at=NOW)
    report(brand)
    assert credit() == "nobody"
    assert not Acquaintance.objects.exists()


@pytest.mark.parametrize("comes_before", ["the amendment", "nothing"])
def test_an_order_that_waits_may_be_amended(brand: Brand, share: Share, number: int, comes_before: str) -> None:
    named = Visit.public_id_of(number)
    report(brand, paid(click=named))
    if comes_before == "the amendment":
        record_clicks(lines=[click(number)], at=NOW)
        find_awaited_clicks(brand=brand, at=NOW)
    send(brand, paid("A-1", ("1", "S1", 1, 5000), click=named))
    assert Event.objects.filter(status="refused").count() == 0
    record_clicks(lines=[click(number)], at=NOW)
    report(brand)
    assert commissions(brand) == [("A-1", 1, "a", 500, 490)]


def test_finding_clicks_twice_changes_nothing(brand: Brand, share: Share, number: int) -> None:
    send(brand, paid(click=Visit.public_id_of(number), customer={"id": "c"}))
    record_clicks(lines=[click(number)], at=NOW)
    for _time in range(2):
        find_awaited_clicks(brand=brand, at=NOW)
        assert list(Order.objects.values_list("given_click_id", "awaited_click")) == [(number, None)]
        assert Acquaintance.objects.count() == 1


def test_what_is_due_takes_in_the_journals_of_this_machine_first(
    brand: Brand, share: Share, number: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "0-1-0.clicks").write_bytes(b"\n" + click(number) + b"\n")
    monkeypatch.setattr("commissions.schedule.journal_folder", lambda: tmp_path)
    send(brand, paid(click=Visit.public_id_of(number)))
    run_due_everywhere(at=NOW)
    assert credit() == "click"


def test_the_beat_knows_every_click_of_this_machine_before_it_answers(
    brand: Brand, share: Share, number: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Somebody clicked a second share and bought at once: the order names the first click, and the second is still in a
    journal."""
    record_clicks(lines=[click(number)], at=NOW)
    make_share(make_koc(brand, "b"), code="bcd")
    later = click(reserve_ids(Visit, 1)[0], "bcd").replace(b"000000\t", b"000001\t")
    (tmp_path / "0-1-0.clicks").write_bytes(b"\n" + later + b"\n")
    monkeypatch.setattr("commissions.earnings.services.facts.journal_folder", lambda: tmp_path)
    send(brand, paid(click=Visit.public_id_of(number), customer={"id": "c"}))
    credit_facts()
    assert commissions(brand) == [("A-1", 1, "b", 990, 0)]
