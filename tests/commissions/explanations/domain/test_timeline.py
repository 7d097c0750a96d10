"""What happened to a commission, and which dates came or are to come."""

from dataclasses import replace
from typing import Any

from commissions.explanations.domain.records import (
    CommissionRecord,
    DeliveryRecord,
    GivenBackRecord,
    OrderRecord,
    ReversalRecord,
)
from commissions.explanations.domain.timeline import changes_since, milestones
from tests.support.records.order_records import (
    DAY,
    HOUR,
    NOON,
    make_commission,
    make_delivery,
    make_line,
    make_order,
    make_refund,
    make_review,
    make_statement_line,
    make_version,
)


def changes(made: CommissionRecord, **order: Any) -> list[tuple[str, int, dict[str, Any]]]:
    line = make_line(made)
    return [
        (change.code, change.took_minor, dict(change.values))
        for change in changes_since(make_order(line, **order), line, made)
    ]


def test_refunds_of_the_line_are_shown_with_what_each_took_and_those_of_others_are_not() -> None:
    made = make_commission(reversals=(ReversalRecord("refund", 1, 453),))
    refunds = (make_refund(1, 3300), make_refund(2, 1), make_refund(3, 900, line="2"), make_refund(4, None))
    assert changes(made, refunds=refunds) == [
        ("refund", 453, {"refund": "R-1", "refunded_minor": 3300}),
        ("refund", 0, {"refund": "R-2", "refunded_minor": 1}),
        ("cancellation", 0, {}),
    ]


def test_a_refund_without_lines_says_its_whole_amount_and_one_that_was_taken_back_what_it_gave() -> None:
    made = make_commission(reversals=(ReversalRecord("refund", 1, 453), ReversalRecord("refund", 2, -453)))
    whole = replace(make_refund(1, None), key="R-1", is_cancellation=False, unnamed_minor=5000)
    undone = replace(make_refund(2, None), key="R-1", is_cancellation=False, is_undone=True)
    assert changes(made, refunds=(whole, undone)) == [
        ("refund_whole", 453, {"refund": "R-1", "refunded_minor": 5000}),
        ("refund_undone", -453, {"refund": "R-1"}),
    ]


def test_a_commission_that_a_change_made_knows_only_what_took_of_it() -> None:
    made = make_commission(left_minor=4000, reversals=(ReversalRecord("refund", 2, 125),))
    refunds = (make_refund(1, 1000), make_refund(2, 1000))
    assert changes(made, refunds=refunds) == [("refund", 125, {"refund": "R-2", "refunded_minor": 1000})]


def test_amendments_after_the_first_version_are_shown_with_the_base_from_then_on() -> None:
    versions = (make_version(1, 9900, is_first=True), make_version(2, 6600), make_version(3, None))
    made = make_commission(reversals=(ReversalRecord("version", 2, 453), ReversalRecord("version", 3, 908)))
    assert changes(made, versions=versions) == [
        ("amendment", 453, {"base_minor": 6600, "quantity": 1}),
        ("amendment", 908, {"base_minor": 0, "quantity": 0}),
    ]
    assert changes(make_commission(version=2, left_minor=1), versions=versions) == [
        ("amendment", 0, {"base_minor": 0, "quantity": 0})
    ]


def test_where_no_version_is_known_as_the_first_only_those_that_took_are_shown() -> None:
    made = make_commission(reversals=(ReversalRecord("version", 2, -10),))
    versions = (make_version(1, 9900), make_version(2, 6600))
    assert changes(made, versions=versions) == [("amendment", -10, {"base_minor": 6600, "quantity": 1})]


def test_reviews_are_shown_from_when_they_opened_to_what_they_decided() -> None:
    held = ("held", 0, {"note": "one device", "held_because": "fraud"})
    decided = {"reason": "fraud", "note": "one device"}
    assert changes(make_commission(reviews=(make_review(1),))) == [held]
    assert changes(make_commission(reviews=(make_review(1, "released"),))) == [held, ("review_released", 0, decided)]
    made = make_commission(
        reviews=(make_review(1, "reversed", is_held=False),), reversals=(ReversalRecord("review", 1, 1361),)
    )
    assert changes(made) == [("review_reversed", 1361, decided)]


def test_changes_stand_in_the_order_in_which_they_happened() -> None:
    made = make_commission(reviews=(make_review(30),))
    versions = (make_version(1, 9900, is_first=True), make_version(2, 6600))
    line = make_line(made)
    order = make_order(line, refunds=(make_refund(1, 100), make_refund(2, 100)), versions=versions)
    assert [(change.code, change.happened_at) for change in changes_since(order, line, made)] == [
        ("amendment", NOON + HOUR), ("refund", NOON + DAY), ("held", NOON + 30 * HOUR), ("refund", NOON + 2 * DAY),
    ]  # fmt: skip


def dates(made: CommissionRecord | None, order: OrderRecord | None = None) -> list[tuple[str, bool]]:
    return [(date.code, date.is_to_come) for date in milestones(order or make_order(), "1", made)]


def test_what_earned_nothing_has_the_payment_alone() -> None:
    assert [(date.code, date.at, date.is_to_come) for date in milestones(make_order(), "1", None)] == [
        ("paid", NOON, False)
    ]


def test_a_commission_waits_for_the_delivery_the_hold_the_statement_and_the_bank() -> None:
    assert dates(make_commission()) == [
        ("paid", False), ("made", False), ("delivered", True), ("approved", True), ("statement", True), ("paid_out", True),
    ]  # fmt: skip
    order = make_order(deliveries=(make_delivery(),))
    assert [(date.code, date.at, dict(date.values)) for date in milestones(order, "1", make_commission(is_held=True))][2:] == [
        ("delivered", NOON + HOUR, {}), ("approved", NOON + 7 * DAY, {}), ("review", None, {}),
        ("statement", None, {"period": "2026-03"}), ("paid_out", None, {}),
    ]  # fmt: skip


def test_an_approved_commission_comes_on_the_first_statement_that_is_not_settled_yet() -> None:
    """Approved on 31 March at 17:00 UTC, which is April in Shanghai."""
    made = make_commission(approved_at=NOON + 30 * DAY + 5 * HOUR)
    for settled, period in (("", "2026-04"), ("2026-02", "2026-04"), ("2026-04", "2026-05")):
        order = make_order(deliveries=(make_delivery(),), settled_period=settled)
        found = milestones(order, "1", made)
        assert [date.code for date in found] == ["paid", "made", "delivered", "approved", "statement", "paid_out"]
        assert found[4].values == {"period": period}
    assert milestones(make_order(), "1", make_commission())[4].values == {"period": None}


def test_on_a_statement_it_waits_for_the_bank_and_then_for_nothing() -> None:
    order = make_order(deliveries=(make_delivery(),))
    on = make_commission(approved_at=NOON + 7 * DAY, settled_minor=1361, statement_lines=(make_statement_line(1361),))
    assert dates(on, order)[3:] == [("approved", False), ("statement", False), ("paid_out", True)]
    assert milestones(order, "1", on)[4].values == {"period": "2026-03", "statement": "stm_1", "amount_minor": 1361}
    paid = make_commission(
        approved_at=NOON + 7 * DAY, settled_minor=1361, statement_lines=(make_statement_line(1361, is_paid=True),)
    )
    assert dates(paid, order)[3:] == [("approved", False), ("statement", False), ("paid_out", False)]
    assert (milestones(order, "1", paid)[-1].at, milestones(order, "1", paid)[-1].values) == (
        NOON + 40 * DAY,
        {"period": "2026-03"},
    )


def test_a_payment_that_the_bank_gave_back_is_told_before_the_one_that_stays() -> None:
    order = make_order(deliveries=(make_delivery(),))
    first = GivenBackRecord(NOON + 40 * DAY, NOON + 43 * DAY, "账户已销户")
    second = GivenBackRecord(None, None, "")
    line = replace(make_statement_line(1361), given_back=(first, second))
    waiting = make_commission(approved_at=NOON + 7 * DAY, settled_minor=1361, statement_lines=(line,))
    assert dates(waiting, order)[4:] == [
        ("statement", False), ("paid_out", False), ("given_back", False), ("paid_out", False), ("given_back", False), ("paid_out", True),
    ]  # fmt: skip
    told = milestones(order, "1", waiting)
    assert (told[5].at, told[6].at, told[6].values) == (
        NOON + 40 * DAY, NOON + 43 * DAY, {"period": "2026-03", "reason": "账户已销户"},
    )  # fmt: skip
    assert (told[8].at, told[8].values) == (None, {"period": "2026-03"})
    again = replace(waiting, statement_lines=(replace(line, is_paid=True, paid_at=NOON + 50 * DAY),))
    assert (dates(again, order)[-1], milestones(order, "1", again)[-1].at) == (("paid_out", False), NOON + 50 * DAY)


def test_what_was_settled_too_high_or_too_low_is_balanced_later() -> None:
    line = make_statement_line(1361, is_paid=True)
    less = make_commission(net_minor=908, settled_minor=1361, statement_lines=(line,))
    assert (dates(less)[-2:], milestones(make_order(), "1", less)[4].values) == (
        [("delivered", True), ("approved", True)],
        {"amount_minor": -453},
    )
    nothing = make_commission(net_minor=0, settled_minor=1361, statement_lines=(line,))
    assert dates(nothing)[-1] == ("balance", True)
    assert milestones(make_order(), "1", nothing)[-1].values == {"amount_minor": -1361}


def test_nothing_is_to_come_of_what_is_worth_nothing() -> None:
    assert dates(make_commission(net_minor=0)) == [("paid", False), ("made", False)]


def test_a_line_waits_for_the_last_parcel_that_it_is_in_and_says_when_its_hold_began_anew() -> None:
    whole, other = make_delivery(), replace(make_delivery(), lines=("2",))
    last = DeliveryRecord(NOON + 5 * DAY, NOON + 12 * DAY, ("1", "2"))
    order = make_order(deliveries=(whole, other, last))
    told = milestones(order, "1", make_commission(withdrawn=(NOON + 9 * DAY,)))
    assert [(one.code, one.at) for one in told[2:6]] == [
        ("delivered", NOON + HOUR),
        ("parcel", NOON + 5 * DAY),
        ("approval_withdrawn", NOON + 9 * DAY),
        ("approved", NOON + 12 * DAY),
    ]
    assert [one.is_to_come for one in told[2:6]] == [False, False, False, True]
