"""What looks like fraud: numbers that a person can count, one below the threshold and at it; what is held, and what
staff decide."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from commissions.earnings.domain.refusals import NotReviewable
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.earnings.services.reviews import hold_commissions, release_commissions
from commissions.orders.models import Order
from commissions.risk.models import Signal, SignalFact, SignalHold, SignalPolicy, SignalSearch
from commissions.risk.selectors.fraud import brands_due_for_a_search, policies_of
from commissions.risk.services import confirm_signals, dismiss_signals, find_signals
from commissions.settlement.domain.refusals import AlreadyDecided
from commissions.tasks import find_signals_of_the_night
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.database import cure, poison
from tests.support.factories import NOW, make_koc, make_share, make_user
from tests.support.fraud import (
    DAY,
    LATER,
    buy_by_click,
    commission_statuses,
    find,
    make_searched_brand,
    orders_of,
    search_only_for,
    sell,
)
from tests.support.shop_events import paid, prove, refunded, report

pytestmark = pytest.mark.django_db


def confirm_the_held(brand: Brand, **more: bool) -> int:
    """Staff confirm the one signal that holds three orders."""
    buy_by_click(brand, "A-1", "A-2", "A-3", seconds=5)
    search_only_for(brand, "click_to_order", holds=True)
    find_signals(brand=brand, at=LATER)
    chosen = [Signal.objects.get().pk]
    return confirm_signals(brand=brand, signals=chosen, reason="a bot", by=make_user(), at=LATER, **more)


def ids(*orders: str) -> list[int]:
    return list(Commission.objects.filter(line__order__key__in=orders).values_list("pk", flat=True))


def test_half_of_ten_orders_that_came_back_are_a_signal_with_its_evidence(brand: Brand) -> None:
    sell(brand, 1, 10, back=5)
    assert find(brand) == [("refund_rate", "a", 5000, 5000)]
    signal = Signal.objects.get()
    assert (signal.evidence, orders_of(signal)) == ({"orders": 10, "came_back": 5}, [f"A-{n}" for n in range(1, 6)])
    assert (signal.found_at, signal.state) == (LATER, "open")


@pytest.mark.parametrize(("orders", "back"), [(10, 4), (9, 9)])
def test_fewer_refunds_or_fewer_orders_are_none(brand: Brand, orders: int, back: int) -> None:
    sell(brand, 1, orders, back=back)
    assert find(brand) == []


def test_orders_and_refunds_of_another_time_say_nothing(brand: Brand) -> None:
    sell(brand, 1, 10, back=5, at=NOW - 95 * DAY)
    assert find(brand) == []
    sell(brand, 11, 20, back=5)
    assert find(brand, at=NOW + timedelta(minutes=30)) == []  # before they came back
    assert find(brand) == [("refund_rate", "a", 5000, 5000)]


@pytest.mark.parametrize(("seconds", "is_signal"), [(0, True), (9.9, True), (10, False), (-1, False)])
def test_three_orders_paid_within_ten_seconds_of_their_click_are_a_signal(
    brand: Brand, seconds: float, is_signal: bool
) -> None:
    """Paid before the click are two clocks that differ."""
    buy_by_click(brand, "A-1", "A-2", seconds=5)
    assert find(brand) == []
    buy_by_click(brand, "A-3", seconds=seconds)
    buy_by_click(brand, "A-4", seconds=60)
    assert find(brand) == ([("click_to_order", "a", 3, 3)] if is_signal else [])
    if is_signal:
        signal = Signal.objects.get()
        assert (signal.evidence, orders_of(signal)) == (
            {"orders_by_click": 4, "fastest_seconds": min(5, seconds)},
            ["A-1", "A-2", "A-3"],
        )


def test_the_same_evidence_is_never_raised_twice(brand: Brand) -> None:
    sell(brand, 1, 10, back=5)
    assert len(find(brand)) == 1
    assert find(brand) == []
    signal = Signal.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        SignalFact.objects.create(signal=signal, kind=signal.kind, koc=signal.koc, order=Order.objects.get(key="A-1"))


def test_new_evidence_raises_a_new_signal_that_names_only_what_is_new(brand: Brand) -> None:
    sell(brand, 1, 10, back=5)
    find(brand)
    sell(brand, 11, 16, back=2)  # 7 of 16
    assert find(brand) == []
    sell(brand, 17, 18, back=2)  # 9 of 18, of which 4 are new
    assert find(brand) == [("refund_rate", "a", 5000, 5000)]
    assert orders_of(Signal.objects.latest("pk")) == ["A-11", "A-12", "A-17", "A-18"]


def test_what_was_dismissed_counts_no_more_and_changes_no_threshold(brand: Brand) -> None:
    buy_by_click(brand, "A-1", "A-2", "A-3", seconds=5)
    find(brand)
    before = list(SignalPolicy.objects.order_by("pk").values())
    staff = make_user()
    dismiss_signals(brand=brand, signals=[Signal.objects.get().pk], reason="a till in the shop", by=staff, at=LATER)
    assert find(brand) == []
    buy_by_click(brand, "A-4", "A-5", seconds=5)
    assert find(brand) == []  # with the dismissed ones they would be five
    buy_by_click(brand, "A-6", seconds=5)
    assert find(brand) == [("click_to_order", "a", 3, 3)]
    assert list(SignalPolicy.objects.order_by("pk").values()) == before
    old = Signal.objects.earliest("pk")
    assert (old.state, old.reason, old.decided_by, old.decided_at) == ("dismissed", "a till in the shop", staff, LATER)


def test_what_is_open_or_confirmed_still_counts(brand: Brand) -> None:
    buy_by_click(brand, "A-1", "A-2", "A-3", seconds=5)
    find(brand)
    buy_by_click(brand, "A-4", seconds=5)
    assert find(brand) == [("click_to_order", "a", 4, 3)]
    confirm_signals(
        brand=brand, signals=list(Signal.objects.values_list("pk", flat=True)), reason="a bot", by=make_user(), at=LATER
    )
    buy_by_click(brand, "A-5", seconds=5)
    assert find(brand) == [("click_to_order", "a", 5, 3)]


def test_another_brands_orders_never_count(brand: Brand) -> None:
    other = make_searched_brand("other")
    for each in (brand, other):
        buy_by_click(each, "A-1", "A-2", seconds=5)
    assert (find(brand), find(other)) == ([], [])
    buy_by_click(other, "A-3", seconds=5)
    assert (find(brand), find(other)) == ([], [("click_to_order", "a", 3, 3)])
    signal = Signal.objects.get()
    with pytest.raises(AlreadyDecided):
        dismiss_signals(brand=brand, signals=[signal.pk], reason="not mine", by=make_user(), at=LATER)
    signal.refresh_from_db()
    assert signal.state == "open"


def test_a_brand_chooses_its_own_numbers_and_what_it_looks_for(brand: Brand) -> None:
    buy_by_click(brand, "A-1", seconds=25)
    search_only_for(brand, "click_to_order", threshold=1, beside=30)
    assert find(brand) == [("click_to_order", "a", 1, 1)]
    SignalPolicy.objects.update(is_on=False)
    buy_by_click(brand, "A-2", seconds=25)
    assert find(brand) == []
    assert {kind: policy.is_on for kind, policy in policies_of(brand).items()} == dict.fromkeys(
        policies_of(brand), False
    )


def test_a_signal_holds_nothing_until_the_brand_lets_it(brand: Brand) -> None:
    for order in ("A-1", "A-2", "A-3", "A-4"):
        buy_by_click(brand, order, seconds=5 if order != "A-4" else 60)
    assert tuple(find_signals(brand=brand, at=LATER)) == (1, 0)
    search_only_for(brand, "click_to_order", holds=True)
    assert tuple(find_signals(brand=brand, at=LATER)) == (0, 3)
    assert commission_statuses() == {"A-1": "held", "A-2": "held", "A-3": "held", "A-4": "pending"}
    assert set(RiskReview.objects.values_list("reason", "opened_by")) == {("risk_rule", None)}
    assert tuple(find_signals(brand=brand, at=LATER)) == (0, 0)
    assert SignalHold.objects.count() == 3
    prove(brand)


def test_a_kind_of_signal_that_cannot_be_written_stops_no_other_kind(brand: Brand) -> None:
    buy_by_click(brand, "A-1", "A-2", "A-3", seconds=5)
    sell(brand, 11, 20, back=7)
    poison("commissions_signal", "NEW.kind = 'click_to_order'")
    with pytest.raises(IntegrityError):
        find_signals(brand=brand, at=LATER)
    assert list(Signal.objects.values_list("kind", flat=True)) == ["refund_rate"]
    assert brand in brands_due_for_a_search(at=LATER)
    cure("commissions_signal")
    assert tuple(find_signals(brand=brand, at=LATER)) == (1, 0)
    assert brand not in brands_due_for_a_search(at=LATER)


def held_by_two_signals(brand: Brand) -> tuple[int, int]:
    """A-1, A-2 and A-3 are held as ordered too soon; A-1 also since a third of two orders or more came back."""
    buy_by_click(brand, "A-1", "A-2", "A-3", seconds=5)
    report(brand, refunded("A-1", "R-1"), refunded("A-2", "R-2"), refunded("A-3", "R-3"), at=LATER)
    search_only_for(brand, "click_to_order", holds=True)
    SignalPolicy.objects.filter(kind="refund_rate").update(is_on=True, holds=True, beside=1)
    assert tuple(find_signals(brand=brand, at=LATER)) == (2, 3)
    fast, back = (Signal.objects.get(kind=kind).pk for kind in ("click_to_order", "refund_rate"))
    assert SignalHold.objects.count() == 6
    return fast, back


def test_dismissing_releases_what_a_signal_alone_held(brand: Brand) -> None:
    fast, back = held_by_two_signals(brand)
    assert dismiss_signals(brand=brand, signals=[fast], reason="no", by=make_user(), at=LATER) == 0
    assert set(commission_statuses().values()) == {"held"}
    assert dismiss_signals(brand=brand, signals=[back], reason="no", by=make_user(), at=LATER) == 3
    assert set(commission_statuses().values()) == {"pending"}
    assert tuple(find_signals(brand=brand, at=LATER)) == (0, 0)
    prove(brand)


def test_two_that_are_dismissed_at_once_release_what_they_held_together(brand: Brand) -> None:
    assert dismiss_signals(brand=brand, signals=held_by_two_signals(brand), reason="no", by=make_user(), at=LATER) == 3


def test_what_staff_hold_themselves_is_not_released_by_a_dismissal(brand: Brand) -> None:
    buy_by_click(brand, "A-1", "A-2", "A-3", seconds=5)
    hold_commissions(brand=brand, commissions=ids("A-1"), reason="fraud", by=make_user(), at=LATER)
    search_only_for(brand, "click_to_order", holds=True)
    assert tuple(find_signals(brand=brand, at=LATER)) == (1, 2)
    assert dismiss_signals(brand=brand, signals=[Signal.objects.get().pk], reason="no", by=make_user(), at=LATER) == 2
    assert commission_statuses() == {"A-1": "held", "A-2": "pending", "A-3": "pending"}


def test_confirming_leaves_held_what_is_held_and_what_staff_let_go_is_not_held_again(brand: Brand) -> None:
    assert confirm_the_held(brand) == 0
    assert set(commission_statuses().values()) == {"held"}
    release_commissions(brand=brand, commissions=ids("A-1"), by=make_user(), at=LATER)
    assert tuple(find_signals(brand=brand, at=LATER)) == (0, 0)
    assert commission_statuses() == {"A-1": "pending", "A-2": "held", "A-3": "held"}


def test_confirming_may_reverse_what_is_held(brand: Brand) -> None:
    assert confirm_the_held(brand, reverse=True) == 3
    assert set(Commission.objects.values_list("status", "line__order__brand")) == {("reversed", brand.pk)}
    assert set(RiskReview.objects.values_list("outcome", flat=True)) == {"reversed"}
    prove(brand)


def test_a_second_decision_is_refused_and_none_of_those_chosen_is_decided(brand: Brand) -> None:
    fast, back = held_by_two_signals(brand)
    confirm_signals(brand=brand, signals=[fast], reason="yes", by=make_user(), at=LATER)
    for decide in (confirm_signals, dismiss_signals):
        with pytest.raises(AlreadyDecided):
            decide(brand=brand, signals=[fast, back], reason="no", by=make_user(), at=LATER)
    with pytest.raises(NotReviewable):
        dismiss_signals(brand=brand, signals=[back], reason=" ", by=make_user(), at=LATER)
    assert list(Signal.objects.order_by("pk").values_list("state", "reason")) in (
        [("confirmed", "yes"), ("open", "")],
        [("open", ""), ("confirmed", "yes")],
    )
    assert set(commission_statuses().values()) == {"held"}


def test_a_search_asks_as_many_questions_with_one_koc_as_with_ten(brand: Brand) -> None:
    search_only_for(brand, "click_to_order", holds=True)
    SignalPolicy.objects.update(is_on=True)

    def of(koc: str) -> None:
        make_share(make_koc(brand, koc), code=koc)
        for n in range(3):
            visit = Visit.objects.create(share=Share.objects.get(code=koc), visitor=f"{koc}{n}", visited_at=NOW)
            report(brand, paid(f"{koc}-{n}", click=visit.public_id), at=LATER)

    of("b")
    with CaptureQueriesContext(connection) as one:
        assert tuple(find_signals(brand=brand, at=LATER)) == (1, 3)
    for number in range(10):
        of(f"c{number}")
    with CaptureQueriesContext(connection) as ten:
        assert tuple(find_signals(brand=brand, at=LATER)) == (10, 30)
    assert len(ten) == len(one)


def test_the_command_and_the_clock_look_once_a_night(
    brand: Brand, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    buy_by_click(brand, "A-1", "A-2", "A-3", seconds=5)
    assert brands_due_for_a_search(at=LATER) == [brand]
    monkeypatch.setattr("commissions.tasks.timezone.now", lambda: LATER)
    find_signals_of_the_night()
    assert (Signal.objects.count(), SignalSearch.objects.get().searched_at) == (1, LATER)
    assert brands_due_for_a_search(at=LATER) == []
    assert brands_due_for_a_search(at=LATER + DAY) == [brand]
    call_command("find_signals", brand="lumi")
    assert "0 signals found, 0 commissions held" in capsys.readouterr().out


def test_a_brand_that_cannot_be_searched_does_not_stop_the_others(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_searched_brand("other")
    SignalPolicy.objects.bulk_create(policies_of(brand).values())
    monkeypatch.setitem(
        policies_of.__globals__["SEARCHES"], "click_to_order", lambda terms: 1 / (terms.brand != brand.pk) and []
    )
    find_signals_of_the_night()
    assert list(SignalSearch.objects.values_list("brand", flat=True)) == [other.pk]
