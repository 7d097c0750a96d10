"""What went back of an order, by the rules of money.md, section 5."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from commissions.orders.domain.refunds import CANCELLATION, UNDONE, Returned, ToldRefund, returned, too_early
from tests.support.factories import NOW

HOUR = timedelta(hours=1)
GOODS = {"A": 100, "B": 100}


def told(
    pk: int, at: int = 1, *, key: str = "", kind: str = "refund", amount: int = 0, dismissed: bool = False,
    received: datetime | None = None, **named: int,
) -> ToldRefund:  # fmt: skip
    moment = NOW + at * HOUR
    return ToldRefund(pk, kind, key or f"R-{pk}", moment, received or moment, named, amount, dismissed)


def named(pk: int, lines: Mapping[str, int]) -> ToldRefund:
    return told(pk)._replace(named=lines)


def of(*facts: ToldRefund, goods: Mapping[str, int] = GOODS, known: Any = None, before: int | None = None) -> Returned:
    moment = None if before is None else NOW + before * HOUR
    return returned(goods, facts, known=known or goods, paid_at=NOW, before=moment)


def refused(*facts: ToldRefund, **more: Any) -> dict[int, str]:
    return {pk: str(why.text) for pk, why in of(*facts, **more).refused.items()}


def test_a_discount_that_the_shop_rounds_otherwise_comes_to_0() -> None:
    goods = {"1": 66, "2": 67, "3": 67}
    back = [named(1, {"1": 67}), named(2, {"2": 67}), named(3, {"3": 66})]
    assert of(*back, goods=goods) == Returned({"1": 66, "2": 67, "3": 67}, {})


def test_an_amount_without_lines_is_spread_over_what_is_left_in_either_order() -> None:
    whole, part = told(1, 1, amount=100), told(2, 2, A=50)
    assert of(whole, part).lines == of(part, whole).lines == {"A": 83, "B": 67}
    swapped = told(1, 2, amount=100), told(2, 1, A=50)
    assert of(*swapped).lines == {"A": 83, "B": 67}


def test_more_than_one_minor_unit_a_line_beyond_the_bases_is_refused() -> None:
    assert of(told(1, A=102)).lines == {"A": 100, "B": 2}
    assert refused(told(1, A=103)) == {1: "more is refunded than was paid: 100 is left of line A"}
    assert refused(told(1, A=100), told(2, amount=101)) == {
        2: "more is refunded than was paid: 100 is left of the order"
    }
    assert refused(told(1, A=60), told(2, A=45)) == {2: "more is refunded than was paid: 40 is left of line A"}


def test_an_earlier_one_stands_and_a_refused_one_makes_room_for_the_next() -> None:
    assert set(refused(told(1, 2, amount=150), told(2, 1, amount=100))) == {1}
    assert set(refused(told(1, 1, amount=150), told(2, 2, amount=100), told(3, 3, amount=50))) == {2}
    assert set(refused(told(1, 1, key="b", amount=150), told(2, 1, key="a", amount=100))) == {1}, "then by key"


def test_lines_of_0_and_lines_that_are_no_goods_take_nothing() -> None:
    goods, known = {"A": 100, "free": 0}, {"A", "free", "tip", "gone"}
    assert of(told(1, A=100, tip=500, gone=70), goods=goods, known=known) == Returned({"A": 100, "free": 0}, {})
    assert refused(told(1, lost=1), goods=goods, known=known) == {1: "the order has no line lost"}
    assert of(told(1), goods=goods) == Returned({"A": 0, "free": 0}, {}), "shipping alone"


def test_from_a_cancellation_on_everything_went_back_and_later_refunds_are_no_doubt() -> None:
    cancelled = told(9, 5, kind=CANCELLATION)
    late, early, unknown = told(1, 5, A=1000), told(2, 1, A=30), told(3, 6, lost=1)
    assert of(cancelled, late, early, unknown) == Returned({"A": 100, "B": 100}, {})
    assert of(cancelled, early, before=5).lines == {"A": 30, "B": 0}
    assert set(refused(cancelled, told(1, 4, A=1000))) == {1}


def test_a_refund_counts_until_it_is_taken_back_and_a_refused_one_is_no_doubt_then() -> None:
    refund, back = told(1, 1, key="R", A=40), told(2, 3, key="R", kind=UNDONE)
    assert of(refund, back).lines == {"A": 0, "B": 0}
    assert of(refund, back, before=3).lines == {"A": 40, "B": 0}
    assert of(told(1, 1, key="R", A=999), back).refused == {}
    assert of(told(1, 1, key="R", lost=1), back).refused == {}
    other = told(3, 2, A=90)
    assert set(refused(refund, other)) == {3}
    assert of(refund, other, back) == Returned({"A": 90, "B": 0}, {})


def test_moments_that_cannot_be_are_refused_and_take_nothing() -> None:
    early = told(1, -1, A=10, received=NOW)
    late = told(2, 3, A=10, received=NOW)
    at_the_hour = told(3, 1, A=10, received=NOW)
    assert set(refused(early, late, at_the_hour)) == {1, 2}
    assert of(early, late, at_the_hour).lines == {"A": 10, "B": 0}
    odd = told(4, -1, kind=CANCELLATION, received=NOW), told(5, 9, key="R-3", kind=UNDONE, received=NOW)
    assert set(refused(*odd, at_the_hour)) == {4, 5}
    assert of(*odd, at_the_hour).lines == {"A": 10, "B": 0}


def test_an_order_is_delivered_30_days_before_its_payment_at_the_earliest() -> None:
    assert too_early(NOW - 720 * HOUR, paid_at=NOW) is None
    said = too_early(NOW - 721 * HOUR, paid_at=NOW)
    assert str(said) == f"is more than 30 days before the payment at {NOW.isoformat()}. Is the time zone right?"


def test_what_staff_dismissed_is_left_out() -> None:
    assert of(told(1, A=999, dismissed=True), told(2, A=10)) == Returned({"A": 10, "B": 0}, {})


def test_an_order_without_goods_gives_nothing_back() -> None:
    assert returned({}, [told(1, tip=5)], known=["tip"], paid_at=NOW) == Returned({}, {})
    assert set(returned({}, [told(1, amount=5)], known=["tip"], paid_at=NOW).refused) == {1}


facts = st.lists(
    st.one_of(
        st.builds(
            lambda at, a, b: {"at": at, "A": a, "B": b}, st.integers(-1, 6), st.integers(0, 70), st.integers(0, 70)
        ),
        st.builds(lambda at, amount: {"at": at, "amount": amount}, st.integers(0, 6), st.integers(0, 120)),
        st.builds(lambda at, key: {"at": at, "kind": UNDONE, "key": f"R-{key}"}, st.integers(0, 6), st.integers(0, 4)),
        st.builds(lambda at: {"at": at, "kind": CANCELLATION}, st.integers(3, 9)),
    ),
    max_size=4,
)


@given(
    facts, st.fixed_dictionaries({"A": st.integers(0, 100), "B": st.integers(0, 100)}), st.none() | st.integers(0, 8)
)
def test_the_order_of_arrival_never_matters_and_nothing_goes_back_beyond_its_base(
    said: list[dict[str, Any]], goods: dict[str, int], before: int | None
) -> None:
    known = [told(pk, received=NOW + 99 * HOUR, **({"key": f"R-{pk}"} | one)) for pk, one in enumerate(said)]
    first = of(*known, goods=goods, before=before)
    for order in permutations(known):
        assert of(*order, goods=goods, before=before) == first
    assert all(0 <= first.lines[line] <= base for line, base in goods.items())
    if not any(fact.kind == CANCELLATION for fact in known):
        stand = [fact for fact in known if fact.id not in first.refused and fact.kind == "refund"]
        assert sum(first.lines.values()) <= sum(fact.amount_minor for fact in stand)
