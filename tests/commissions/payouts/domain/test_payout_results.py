"""What two reports of a payment come to: paid and given back are both true, in either order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commissions.payouts.domain.payout_results import Result

PAID_AT = datetime(2026, 4, 2, 3, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
PAID = Result(status="paid", bank_reference="B-1", reason="ok", paid_at=PAID_AT)
RETURNED = Result(status="returned", reason="账户已销户", returned_at=PAID_AT + timedelta(days=3))
BOTH = Result("returned", None, "", "B-1", "账户已销户", PAID_AT, PAID_AT + timedelta(days=3))


def test_what_was_paid_and_given_back_keeps_both_facts_in_either_order() -> None:
    assert PAID.completed_by(RETURNED) == RETURNED.completed_by(PAID) == BOTH
    assert PAID.contradicted_by(RETURNED) == RETURNED.contradicted_by(PAID) == []


def test_the_reason_of_a_return_is_not_that_of_the_payment() -> None:
    bare = Result(status="returned")
    assert PAID.completed_by(bare).reason == bare.completed_by(PAID).reason == ""


def test_two_reasons_of_one_status_contradict_each_other() -> None:
    other = Result(status="returned", reason="户名不符")
    assert RETURNED.contradicted_by(other) == other.contradicted_by(BOTH) == ["reason"]
    assert RETURNED.completed_by(Result(status="returned")).reason == "账户已销户"
    assert Result(status="returned").completed_by(RETURNED).reason == "账户已销户"


@pytest.mark.parametrize("made", ["paid", "returned"])
def test_what_failed_was_never_paid_nor_given_back(made: str) -> None:
    failed = Result(status="failed")
    assert failed.contradicted_by(Result(status=made)) == Result(status=made).contradicted_by(failed) == ["status"]


def test_a_return_has_one_day_and_a_payment_one_number() -> None:
    assert BOTH.contradicted_by(Result(status="returned", returned_at=PAID_AT)) == ["returned_at"]
    assert BOTH.contradicted_by(Result(status="paid", bank_reference="B-2")) == ["bank_reference"]


PIECES = [
    Result(status="paid"),
    Result(status="paid", bank_reference="B-1"),
    Result(status="paid", paid_at=PAID_AT, amount_minor=1361),
    Result(status="returned"),
    Result(status="returned", reason="销户"),
    Result(status="returned", returned_at=PAID_AT),
    Result(amount_minor=1361, currency="CNY"),
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3, unique=True))
def test_pieces_in_any_order_with_repeats_come_to_the_same(pieces: list[Result]) -> None:
    ends = set()
    for order in permutations([*pieces, pieces[0]]):
        end = Result()
        for piece in order:
            assert end.contradicted_by(piece) == []
            end = end.completed_by(piece)
        ends.add(end)
    assert len(ends) == 1


def test_a_return_on_the_day_of_the_payment_is_possible_and_one_before_is_not() -> None:
    """Banks often give a day: its midnight in the brand's zone stands for it."""
    day = datetime(2026, 4, 2, tzinfo=SHANGHAI)
    assert not Result(paid_at=PAID_AT, returned_at=day).is_back_too_early(SHANGHAI)
    assert Result(paid_at=PAID_AT, returned_at=day - timedelta(minutes=1)).is_back_too_early(SHANGHAI)
    assert not Result(returned_at=day).is_back_too_early(SHANGHAI)
    assert not Result(paid_at=PAID_AT).is_back_too_early(SHANGHAI)
