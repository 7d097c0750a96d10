"""What happened to a commission since it was made, and which dates are still to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.explanations.selectors.facts import OrderFacts
from commissions.orders.models import OrderVersion, Refund
from commissions.settlement.models.statements import Statement, StatementLine
from foundation.money.calendar import month_after


@dataclass(frozen=True, slots=True)
class Since:
    """Something that happened to a commission, and what it took; negative when it gave."""

    code: str
    happened_at: datetime
    took_minor: int
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date in the life of a commission: one that came, or one that is still to come; then `at` is empty if nobody
    knows it yet."""

    code: str
    at: datetime | None
    is_to_come: bool
    values: dict[str, Any] = field(default_factory=dict)


def changes_since(facts: OrderFacts, commission: Commission) -> list[Since]:
    """Refunds, amendments and reviews with what each took, by when they happened; those that took nothing too, unless
    the commission is younger."""
    took: dict[tuple[str, int], int] = {}
    for row in commission.reversals.all():
        cause = (
            ("refund", row.refund_id)
            if row.refund_id
            else ("version", row.version_id)
            if row.version_id
            else ("review", row.review_id)
        )
        took[cause[0], cause[1] or 0] = row.amount_minor
    found = [*_refunds(facts, commission, took), *_amendments(facts, commission, took), *_reviews(commission, took)]
    return sorted(found, key=lambda one: one.happened_at)


def _refunds(facts: OrderFacts, commission: Commission, took: dict[tuple[str, int], int]) -> Iterator[Since]:
    line = next(one for one in facts.lines if one.pk == commission.line_id)
    for refund in facts.refunds:
        is_cancellation = refund.kind == Refund.Kind.CANCELLATION
        amount = next((part.amount_minor for part in refund.lines.all() if part.line_key == line.key), None)
        concerns = (is_cancellation or amount is not None) and commission.left_minor is None
        if ("refund", refund.pk) in took or concerns:
            values = {} if is_cancellation else {"refund": refund.key, "refunded_minor": amount}
            yield Since(
                "cancellation" if is_cancellation else "refund",
                refund.refunded_at,
                took.get(("refund", refund.pk), 0),
                values,
            )


def _amendments(facts: OrderFacts, commission: Commission, took: dict[tuple[str, int], int]) -> Iterator[Since]:
    line = next(one for one in facts.lines if one.pk == commission.line_id)
    first = next((one for one in facts.versions if one.pk == commission.version_id), facts.answered_version)
    for version in facts.versions:
        if ("version", version.pk) in took or _follows(version, first):
            sold = facts.sold_by(version, line)
            values = {"base_minor": sold.base_minor if sold else 0, "quantity": sold.quantity if sold else 0}
            yield Since("amendment", version.reported_at, took.get(("version", version.pk), 0), values)


def _follows(version: OrderVersion, first: OrderVersion | None) -> bool:
    return first is not None and version.reported_at > first.reported_at


def _reviews(commission: Commission, took: dict[tuple[str, int], int]) -> Iterator[Since]:
    """A review is told by its reason once it is decided; the note is for staff."""
    for review in commission.reviews.all():
        said = {"reason": review.reason, "note": review.note}
        is_held = review.opened_at != review.closed_at
        if is_held:
            yield Since("held", review.opened_at, 0, {"note": review.note, "held_because": review.reason})
        if review.outcome != RiskReview.Outcome.OPEN and review.closed_at:
            yield Since(f"review_{review.outcome}", review.closed_at, took.get(("review", review.pk), 0), said)


def dates_of(facts: OrderFacts, commission: Commission | None) -> list[Moment]:
    """paid, made, delivered, hold over, approved, on a statement, paid out: those that came, and those to come while
    something is left to pay."""
    found = [Moment("paid", facts.order.paid_at, is_to_come=False)]
    if commission is None:
        return found
    found.append(Moment("made", commission.made_at, is_to_come=False))
    if facts.delivery:
        found.append(Moment("delivered", facts.delivery.delivered_at, is_to_come=False))
    if commission.approved_at:
        found.append(Moment("approved", commission.approved_at, is_to_come=False))
    on = facts.on_statements.get(commission.pk, ())
    found += [Moment("statement", None, is_to_come=False, values=_on_statement(row)) for row in on]
    found += [
        Moment(
            "paid_out", facts.paid_out.get(row.statement_id), is_to_come=False, values={"period": row.statement.period}
        )
        for row in _paid(on)
    ]
    if on and commission.settled_minor != commission.net_minor:
        found.append(
            Moment(
                "balance",
                None,
                is_to_come=True,
                values={"amount_minor": commission.net_minor - commission.settled_minor},
            )
        )
    if not commission.net_minor:
        return found
    return found + _to_come(facts, commission, on)


def _on_statement(row: StatementLine) -> dict[str, Any]:
    return {"period": row.statement.period, "statement": row.statement.public_id, "amount_minor": row.amount_minor}


def _paid(on: Sequence[StatementLine]) -> list[StatementLine]:
    return [row for row in on if row.statement.status == Statement.Status.PAID]


def _to_come(facts: OrderFacts, commission: Commission, on: Sequence[StatementLine]) -> list[Moment]:
    found = []
    ends_at = facts.delivery.hold_ends_at if facts.delivery else None
    if not facts.delivery:
        found.append(Moment("delivered", None, is_to_come=True))
    if commission.approved_at is None:
        found.append(Moment("approved", ends_at, is_to_come=True))
    if commission.status == Commission.Status.HELD:
        found.append(Moment("review", None, is_to_come=True))
    if not on:
        found.append(
            Moment(
                "statement", None, is_to_come=True, values={"period": _period(facts, commission.approved_at or ends_at)}
            )
        )
    if not _paid(on):
        found.append(Moment("paid_out", None, is_to_come=True))
    return found


def _period(facts: OrderFacts, approved_at: datetime | None) -> str | None:
    """The first month whose statement it can be on: that of its approval, or the one after the month that was settled
    last."""
    if approved_at is None:
        return None
    period = f"{approved_at.astimezone(ZoneInfo(facts.order.brand.timezone)):%Y-%m}"
    return max(period, month_after(facts.settled_period)) if facts.settled_period else period
