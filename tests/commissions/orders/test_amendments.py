"""An order that is told again, and differently: the difference is booked, at both levels, whenever it is heard."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission, Reversal
from commissions.orders.models import Order, OrderLine, OrderVersion, Refund
from commissions.settlement.services.settlement import settle_period
from foundation.files.faults import BadFile
from tests.support.factories import NOW, TWO_LEVELS, make_brand_with_plan, make_koc, make_product, make_share
from tests.support.shop_events import Event, balances, commissions, delivered, paid, refunded, report, send, statements

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def brand() -> Brand:
    brand = make_brand_with_plan(
        policy=TWO_LEVELS | {"min_payout_minor": 1},
        rules=[
            {"rate_bps": 1250, "override_bps": 300},
            {"priority": 1, "skus": ["S2"], "rate_bps": 1000, "override_bps": 100},
        ],
    )
    make_product(brand, "S2")
    make_share(make_koc(brand, "low", sponsor=make_koc(brand, "high")), code="code")
    return brand


def told(*lines: tuple[str, str, int, int], at: Any = None, **more: Any) -> Event:
    """Order A-1 as told at a moment."""
    event = paid("A-1", *lines, share="code", **more)
    return event | ({"timestamp": at.isoformat()} if at else {})


FIRST = ("1", "S1", 1, 9900)
SMALLER, SECOND = ("1", "S1", 1, 6600), ("2", "S2", 2, 5000)


def test_a_smaller_order_takes_the_difference_back_at_both_levels(brand: Brand) -> None:
    report(brand, told(FIRST, at=NOW))
    assert commissions(brand) == [("A-1", 1, "low", 1238, 0), ("A-1", 2, "high", 297, 0)]
    report(brand, told(SMALLER, at=NOW + HOUR))
    assert commissions(brand) == [("A-1", 1, "low", 825, 413), ("A-1", 2, "high", 198, 99)]
    assert balances(brand) == {("low", "pending"): 825, ("high", "pending"): 198}
    assert set(Reversal.objects.values_list("version__reported_at", flat=True)) == {NOW + HOUR}


def test_a_larger_order_books_more_and_a_new_line_is_paid_by_the_plan_of_the_payment(brand: Brand) -> None:
    report(brand, told(SMALLER, at=NOW))
    report(brand, told(FIRST, SECOND, at=NOW + HOUR))
    assert commissions(brand) == [
        ("A-1", 1, "low", 1238, -413),
        ("A-1", 2, "high", 297, -99),
        ("A-1", 1, "low", 1000, 0),
        ("A-1", 2, "high", 100, 0),
    ]
    assert balances(brand) == {("low", "pending"): 2238, ("high", "pending"): 397}


def test_a_month_between_two_versions_has_its_due_also_when_both_were_heard_before_it_was_settled(brand: Brand) -> None:
    """April takes line 2 out. What March owes does not depend on whether that was known already: 825 + 1000, and 198 +
    100."""
    april = datetime(2026, 4, 10, tzinfo=UTC)
    report(
        brand, told(SMALLER, SECOND, at=NOW), told(SMALLER, at=april), delivered(), at=datetime(2026, 5, 1, tzinfo=UTC)
    )
    for period in ("2026-03", "2026-04"):
        settle_period(brand=brand, period=period, at=datetime(2026, 5, 2, tzinfo=UTC))
    assert statements(brand) == [
        ("2026-03", "high", 298, 0, 0, 298, 0),
        ("2026-03", "low", 1825, 0, 0, 1825, 0),
        ("2026-04", "high", 0, 0, 0, 0, -100),
        ("2026-04", "low", 0, 0, 0, 0, -1000),
    ]


def test_one_file_may_tell_an_order_larger_and_then_smaller_again(brand: Brand) -> None:
    """Only what was refunded keeps a line from coming to less, not what a version of the same file made of it."""
    report(brand, told(SMALLER, at=NOW), told(FIRST, at=NOW + HOUR), told(("1", "S1", 1, 3000), at=NOW + 2 * HOUR))
    assert commissions(brand) == [("A-1", 1, "low", 375, 450), ("A-1", 2, "high", 90, 108)]


def test_a_line_that_goes_out_earns_nothing_any_more_and_comes_back_with_the_next_version(brand: Brand) -> None:
    report(brand, told(FIRST, SECOND, at=NOW))
    report(brand, told(FIRST, at=NOW + HOUR))
    assert [net for *_, net, _ in commissions(brand)] == [1238, 297, 0, 0]
    assert list(OrderLine.objects.order_by("position").values_list("key", "quantity", "base_minor")) == [
        ("1", 1, 9900),
        ("2", 0, 0),
    ]
    report(brand, told(FIRST, SECOND, at=NOW + 2 * HOUR))
    assert [net for *_, net, _ in commissions(brand)] == [1238, 297, 1000, 100]
    assert balances(brand) == {("low", "pending"): 2238, ("high", "pending"): 397}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1), (1, 2, 0), (0, 2, 1)])
def test_versions_heard_in_any_order_any_number_of_times_come_to_the_same(brand: Brand, order: tuple[int, ...]) -> None:
    versions = [
        told(FIRST, at=NOW),
        told(SMALLER, SECOND, at=NOW + HOUR),
        told(("1", "S1", 1, 3300), SECOND, at=NOW + DAY),
    ]
    for number in (*order, *order):
        report(brand, versions[number])
    assert [(level, koc, net) for _, level, koc, net, _ in commissions(brand)] == [
        (1, "low", 413),
        (2, "high", 99),
        (1, "low", 1000),
        (2, "high", 100),
    ]
    assert balances(brand) == {("low", "pending"): 1413, ("high", "pending"): 199}
    assert OrderVersion.objects.count() == 3


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1), (1, 2, 0), (0, 2, 1)])
def test_an_edit_that_is_undone_comes_to_the_same_in_whatever_order_it_is_heard(
    brand: Brand, order: tuple[int, ...]
) -> None:
    """The undoing says the same as the first telling: heard before the edit, it must not be taken for it."""
    versions = [told(FIRST, at=NOW), told(SMALLER, at=NOW + HOUR), told(FIRST, at=NOW + DAY)]
    for number in order:
        report(brand, versions[number])
    assert balances(brand) == {("low", "pending"): 1238, ("high", "pending"): 297}


def test_an_order_that_is_amended_before_it_is_answered_ends_as_one_that_is_amended_after_it(brand: Brand) -> None:
    send(brand, told(FIRST, at=NOW))
    send(brand, told(SMALLER, at=NOW + HOUR))
    report(brand)
    assert commissions(brand) == [("A-1", 1, "low", 825, 413), ("A-1", 2, "high", 198, 99)]
    assert set(Reversal.objects.values_list("version__reported_at", flat=True)) == {NOW + HOUR}


def test_the_same_file_again_changes_nothing_also_when_the_shop_does_not_say_when(brand: Brand) -> None:
    events = [told(FIRST), told(SMALLER), delivered()]
    assert str(send(brand, *events)) == "3 created, 0 updated, 0 unchanged"
    assert str(send(brand, *events)) == "0 created, 0 updated, 3 unchanged"
    report(brand)
    assert [net for *_, net, _ in commissions(brand)] == [825, 198]


def test_refunds_and_amendments_meet(brand: Brand) -> None:
    report(brand, told(FIRST, at=NOW), refunded("A-1", "R-1", NOW + HOUR, l1=3300))
    report(brand, told(SMALLER, at=NOW + 2 * HOUR))
    assert commissions(brand) == [("A-1", 1, "low", 413, 825), ("A-1", 2, "high", 99, 198)]  # of 6600 − 3300


def test_what_was_approved_and_settled_when_an_order_is_amended_becomes_a_debt_or_is_paid_with_the_next_month(
    brand: Brand,
) -> None:
    report(brand, told(FIRST, at=NOW), delivered(), at=NOW + 20 * DAY)
    settle_period(brand=brand, period="2026-03", at=NOW + 35 * DAY)
    report(brand, told(SMALLER, at=NOW + 40 * DAY), at=NOW + 40 * DAY)
    assert balances(brand) == {
        ("low", "settled"): 1238,
        ("high", "settled"): 297,
        ("low", "debt"): -413,
        ("high", "debt"): -99,
    }
    report(brand, told(FIRST, SECOND, at=NOW + 41 * DAY), at=NOW + 41 * DAY)
    settle_period(brand=brand, period="2026-04", at=NOW + 65 * DAY)
    report(brand)
    assert statements(brand)[2:] == [("2026-04", "high", 100, 0, 0, 100, 0), ("2026-04", "low", 1000, 0, 0, 1000, 0)]
    assert balances(brand) == {("low", "settled"): 2238, ("high", "settled"): 397}


def test_a_version_counts_from_when_it_was_told_however_late_it_is_heard(brand: Brand) -> None:
    """Amended in April, heard before March is settled: March has the first version, April owes the difference."""
    report(brand, told(FIRST, at=NOW), delivered(), told(SMALLER, at=NOW + 40 * DAY), at=NOW + 42 * DAY)
    settle_period(brand=brand, period="2026-03", at=NOW + 42 * DAY)
    assert statements(brand) == [("2026-03", "high", 297, 0, 0, 297, 0), ("2026-03", "low", 1238, 0, 0, 1238, 0)]
    assert balances(brand) == {
        ("low", "settled"): 1238,
        ("high", "settled"): 297,
        ("low", "debt"): -413,
        ("high", "debt"): -99,
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"share": "other"}, "an amendment changes lines, not share (share, other)"),
        ({"at": NOW + DAY}, "an amendment changes lines, not paid_at (paid_at, 2026-03-02T02:00:00+00:00)"),
        ({"currency": "USD"}, "currency is not the brand's CNY (currency, USD)"),
    ],
)
def test_an_amendment_changes_nothing_but_lines(brand: Brand, change: dict[str, Any], fault: str) -> None:
    report(brand, told(FIRST))
    with pytest.raises(BadFile) as refused:
        send(brand, paid("A-1", SMALLER, **{"share": "code"} | change))
    assert fault in refused.value.messages()[0]
    assert not OrderVersion.objects.exists()
    assert commissions(brand)[0] == ("A-1", 1, "low", 1238, 0)


def test_what_a_later_telling_leaves_open_contradicts_nothing_nor_does_a_time_that_is_a_second_off(
    brand: Brand,
) -> None:
    sale = paid("A-1", ("1", "S1", 2, 1000), share="code", customer={"id": "c-1"})
    send(brand, sale)
    for change in ({"share": None, "customer": None}, {"paid_at": (NOW + timedelta(seconds=59)).isoformat()}):
        send(brand, sale | {"timestamp": (NOW + DAY).isoformat(), "data": sale["data"] | change})
    order = Order.objects.get()
    assert (order.paid_at, order.customer and order.customer.key, order.given_share is not None) == (NOW, "c-1", True)
    with pytest.raises(BadFile, match="not paid_at"):
        send(brand, sale | {"data": sale["data"] | {"paid_at": (NOW + timedelta(seconds=60)).isoformat()}})


def test_an_amendment_cannot_change_the_product_of_a_line_and_may_leave_a_refund_in_doubt(brand: Brand) -> None:
    report(brand, told(FIRST, at=NOW), refunded("A-1", "R-1", NOW + HOUR, l1=3300))
    with pytest.raises(BadFile, match="line 1 was of another product"):
        send(brand, told(("1", "S2", 1, 9900), at=NOW + 2 * HOUR))
    assert Commission.objects.get(level=1).net_minor == 825
    report(brand, told(("1", "S1", 1, 3299), at=NOW + 2 * HOUR))
    assert Refund.objects.get().status == "refused"
    assert Commission.objects.get(level=1).status == "held", "a doubt pays nothing"
    report(brand, told(("1", "S1", 1, 9900), at=NOW + 3 * HOUR))
    assert Refund.objects.get().status == "applied"
    assert (Commission.objects.get(level=1).status, Commission.objects.get(level=1).net_minor) == ("pending", 825)


def test_amendments_of_16_orders_take_the_same_queries_as_of_1(brand: Brand) -> None:
    """Each order is amended twice in one file: a smaller line, then one more that is on no other version."""

    def queries(*orders: str) -> int:
        report(brand, *[paid(order, FIRST, share="code") | {"timestamp": NOW.isoformat()} for order in orders])
        told = [
            paid(order, *lines, share="code") | {"timestamp": moment.isoformat()}
            for order in orders
            for lines, moment in [((SMALLER,), NOW + HOUR), ((SMALLER, SECOND), NOW + 2 * HOUR)]
        ]
        with CaptureQueriesContext(connection) as captured:
            assert send(brand, *told).created == len(told)
        return len(captured)

    assert queries("A-0") == queries(*[f"B-{number}" for number in range(16)])
    report(brand)
    assert OrderVersion.objects.count() == 17 * 3
    assert set(OrderLine.objects.values_list("key", "position", "quantity", "base_minor")) == {
        ("1", 0, 1, 6600),
        ("2", 1, 2, 10_000),
    }
    assert {amount for _, level, _, amount, _ in commissions(brand) if level == 1} == {825, 1000}


@pytest.mark.parametrize("times", [1, 2])
def test_a_line_that_is_taken_out_within_the_hold_and_comes_back_is_approved_anew(brand: Brand, times: int) -> None:
    """As it is where all is heard before the hold ends; however often the shop changes its mind."""
    heard = NOW + 60 * DAY
    report(brand, told(FIRST, SECOND, at=NOW), delivered("A-1"), at=heard)
    whole, kept = balances(brand), [True, *[False, True] * times]
    assert whole == {("low", "approved"): 2238, ("high", "approved"): 397}
    for number, is_there in enumerate(kept[1:], start=1):
        lines = [FIRST, SECOND] if is_there else [FIRST]
        report(brand, told(*lines, at=NOW + number * HOUR), at=heard)
        assert balances(brand) == (whole if is_there else {("low", "approved"): 1238, ("high", "approved"): 297})
        of_second = Commission.objects.filter(line__key="2")
        assert {one.approved_at is not None for one in of_second} == {is_there}
        assert {one.status for one in of_second} == {"approved" if is_there else "reversed"}
    settle_period(brand=brand, period="2026-03", at=heard)
    assert [one[5] for one in statements(brand)] == [397, 2238]
