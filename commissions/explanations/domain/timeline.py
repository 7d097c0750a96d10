"""What happened to a commission since it was created, and which dates are still to come."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from commissions.explanations.domain.records import (
    CommissionRecord,
    LineRecord,
    OrderRecord,
    RefundRecord,
    StatementLineRecord,
    VersionRecord,
)
from foundation.money.calendar import month_after

ReversedAmounts = Mapping[tuple[str, int], int]
"""the amount that a refund, a version or a review reversed, by its kind and number"""


@dataclass(frozen=True, slots=True)
class Change:
    """An event of a commission, and the amount that it reversed; negative when it added."""

    code: str
    happened_at: datetime
    took_minor: int
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Milestone:
    """A date in the life of a commission: past, or still to come; then `at` is empty while the date is unknown."""

    code: str
    at: datetime | None
    is_to_come: bool
    values: Mapping[str, Any] = field(default_factory=dict)


def changes_since(order: OrderRecord, line: LineRecord, commission: CommissionRecord) -> list[Change]:
    """Refunds, amendments and reviews with the amount that each reversed, by time; those that reversed nothing too,
    unless the commission is younger."""
    reversed_amounts = {(reversal.cause, reversal.cause_id): reversal.amount_minor for reversal in commission.reversals}
    changes = [
        *_refunds(order, line, commission, reversed_amounts),
        *_amendments(order, line, commission, reversed_amounts),
        *_reviews(commission, reversed_amounts),
    ]
    return sorted(changes, key=lambda change: change.happened_at)


def _refunds(
    order: OrderRecord, line: LineRecord, commission: CommissionRecord, reversed_amounts: ReversedAmounts
) -> Iterator[Change]:
    for refund in order.refunds:
        amount = dict(refund.lines).get(line.key, refund.unnamed_minor or None)
        concerns = (refund.is_cancellation or amount is not None) and commission.left_minor is None
        if ("refund", refund.id) in reversed_amounts or concerns:
            took = reversed_amounts.get(("refund", refund.id), 0)
            yield _refund(refund, amount, took)


def _refund(refund: RefundRecord, amount: int | None, took: int) -> Change:
    """One that names no lines says its whole amount; what it took of the line is the change."""
    if refund.is_cancellation:
        return Change("cancellation", refund.refunded_at, took)
    if refund.is_undone:
        return Change("refund_undone", refund.refunded_at, took, {"refund": refund.key})
    code = "refund_whole" if refund.unnamed_minor else "refund"
    return Change(code, refund.refunded_at, took, {"refund": refund.key, "refunded_minor": amount})


def _amendments(
    order: OrderRecord, line: LineRecord, commission: CommissionRecord, reversed_amounts: ReversedAmounts
) -> Iterator[Change]:
    first = next((version for version in order.versions if version.id == commission.version), order.first_version)
    for version in order.versions:
        if ("version", version.id) in reversed_amounts or _follows(version, first):
            sold = dict(version.lines).get(line.key)
            values = {"base_minor": sold.base_minor if sold else 0, "quantity": sold.quantity if sold else 0}
            yield Change("amendment", version.reported_at, reversed_amounts.get(("version", version.id), 0), values)


def _follows(version: VersionRecord, first: VersionRecord | None) -> bool:
    return first is not None and version.reported_at > first.reported_at


def _reviews(commission: CommissionRecord, reversed_amounts: ReversedAmounts) -> Iterator[Change]:
    """A review is shown with its reason once it is decided; the note is for staff."""
    for review in commission.reviews:
        if review.opened_at != review.closed_at:
            yield Change("held", review.opened_at, 0, {"note": review.note, "held_because": review.reason})
        if review.outcome and review.closed_at:
            values = {"reason": review.reason, "note": review.note}
            yield Change(
                f"review_{review.outcome}", review.closed_at, reversed_amounts.get(("review", review.id), 0), values
            )


def milestones(order: OrderRecord, line: str, commission: CommissionRecord | None) -> list[Milestone]:
    """paid, made, delivered (all of the order, or a parcel with the line), hold begun anew, approved, on a statement, paid
    out, given back: the past ones, and those to come while something is left to pay."""
    past = [Milestone("paid", order.paid_at, is_to_come=False)]
    if commission is None:
        return past
    past.append(Milestone("made", commission.made_at, is_to_come=False))
    past += [
        Milestone("parcel" if delivery.lines else "delivered", delivery.delivered_at, is_to_come=False)
        for delivery in order.deliveries_of(line)
    ]
    past += [Milestone("approval_withdrawn", moment, is_to_come=False) for moment in commission.withdrawn]
    if commission.approved_at:
        past.append(Milestone("approved", commission.approved_at, is_to_come=False))
    past += [
        Milestone("statement", None, is_to_come=False, values=_statement_values(line))
        for line in commission.statement_lines
    ]
    past += [milestone for line in commission.statement_lines for milestone in _paid_out(line)]
    return past + _to_come(order, line, commission)


def _paid_out(line: StatementLineRecord) -> Iterator[Milestone]:
    """Each payment of a statement; of those that the bank gave back when and why."""
    period = {"period": line.period}
    for payment in line.given_back:
        yield Milestone("paid_out", payment.paid_at, is_to_come=False, values=period)
        values = period | ({"reason": payment.reason} if payment.reason else {})
        yield Milestone("given_back", payment.returned_at, is_to_come=False, values=values)
    if line.is_paid:
        yield Milestone("paid_out", line.paid_at, is_to_come=False, values=period)


def _statement_values(line: StatementLineRecord) -> Mapping[str, Any]:
    return {"period": line.period, "statement": line.statement, "amount_minor": line.amount_minor}


def _to_come(order: OrderRecord, line: str, commission: CommissionRecord) -> list[Milestone]:
    balance_minor = commission.net_minor - commission.settled_minor
    to_come: list[tuple[str, datetime | None, Mapping[str, Any]]] = []
    if commission.statement_lines and balance_minor:
        to_come.append(("balance", None, {"amount_minor": balance_minor}))
    if commission.net_minor:
        to_come += _until_paid(order, line, commission)
    return [Milestone(code, at, is_to_come=True, values=values) for code, at, values in to_come]


def _until_paid(
    order: OrderRecord, line: str, commission: CommissionRecord
) -> Iterator[tuple[str, datetime | None, Mapping[str, Any]]]:
    deliveries = order.deliveries_of(line)
    hold_ends_at = deliveries[-1].hold_ends_at if deliveries else None
    if not deliveries:
        yield "delivered", None, {}
    if commission.approved_at is None:
        yield "approved", hold_ends_at, {}
    if commission.is_held:
        yield "review", None, {}
    if not commission.statement_lines:
        yield "statement", None, {"period": _first_period(order, commission.approved_at or hold_ends_at)}
    if not any(line.is_paid for line in commission.statement_lines):
        yield "paid_out", None, {}


def _first_period(order: OrderRecord, approved_at: datetime | None) -> str | None:
    """The first month whose statement it can be on: that of its approval, or the one after the month that was settled
    last."""
    if approved_at is None:
        return None
    period = f"{approved_at.astimezone(ZoneInfo(order.zone)):%Y-%m}"
    return max(period, month_after(order.settled_period)) if order.settled_period else period
