"""All that is kept of an order and of what it earned, read once: so many queries for one line as for all of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.people.models import Koc
from commissions.earnings.models.commissions import Commission, Decision, LineTerms, MissedBonus
from commissions.earnings.models.credits import OrderCredit
from commissions.explanations.domain.explanations import Basis, Sold
from commissions.orders.models import Delivery, Order, OrderLine, OrderVersion, Refund, VersionLine
from commissions.payouts.models import PayoutLine
from commissions.plans.domain.rates import Part
from commissions.plans.models.plans import Rule
from commissions.settlement.models.statements import Statement, StatementLine
from commissions.settlement.selectors.settlement import latest_settlement


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order with everything that an explanation of its lines rests on. `lines` may be one of them; `rest` counts
    those that were not read."""

    order: Order
    named: Koc | None
    """the KOC who would have been credited, and is not"""
    credits: Sequence[OrderCredit]
    lines: Sequence[OrderLine]
    rest: int
    decisions: Mapping[int, Decision]
    rules: Mapping[int, Rule]
    earned: Mapping[int, Sequence[Commission]]
    """line → its commissions, in the order in which they were made"""
    on_statements: Mapping[int, Sequence[StatementLine]]
    paid_out: Mapping[int, datetime | None]
    """statement → when the bank paid it"""
    missed: Mapping[int, Sequence[MissedBonus]]
    refunds: Sequence[Refund]
    """applied ones, the earliest first"""
    versions: Sequence[OrderVersion]
    """applied ones, the earliest first"""
    delivery: Delivery | None
    settled_period: str
    """the latest month that the brand settled, or empty"""

    @property
    def parts(self) -> list[Part]:
        return [
            Part(credit.credit_bps, credit.multiplier_bps, credit.sponsor_id is not None) for credit in self.credits
        ]

    @property
    def answered_version(self) -> OrderVersion | None:
        return next((version for version in self.versions if version.answered), None)

    def sold_by(self, version: OrderVersion | None, line: OrderLine) -> Sold | None:
        """A line as a version of the order tells it, or as it stands where there is none; None when the version does
        not have it."""
        if version is None:
            return _sold(line)
        told = next((one for one in version.lines.all() if one.key == line.key), None)
        return None if told is None else _sold(told)

    def refunded_minor(self, line: OrderLine) -> int:
        return sum(
            part.amount_minor for refund in self.refunds for part in refund.lines.all() if part.line_key == line.key
        )

    def basis_now(self, line: OrderLine) -> Basis:
        """What is left of a line by all that was applied to it."""
        sold = self.sold_by(self.versions[-1] if self.versions else None, line)
        base, quantity = (sold.base_minor, sold.quantity) if sold else (0, 0)
        is_cancelled = any(refund.kind == Refund.Kind.CANCELLATION for refund in self.refunds)
        return Basis(base, 0 if is_cancelled else max(0, base - self.refunded_minor(line)), quantity)


def _sold(line: OrderLine | VersionLine) -> Sold:
    return Sold(line.quantity, line.unit_price_minor, line.discount_minor, line.base_minor)


def order_facts(order_id: int, *, line_id: int | None = None, most_lines: int | None = None) -> OrderFacts:
    """Read an order: one of its lines, or the first `most_lines`, or all. Raises Order.DoesNotExist."""
    order = Order.objects.select_related("brand", "koc", "share", "customer").get(pk=order_id)
    lines = list(_lines(order, line_id)[:most_lines])
    rest = order.lines.count() - len(lines) if line_id is None and most_lines is not None else 0
    ids = [line.pk for line in lines]
    answers = [line.answer for line in lines if hasattr(line, "answer")]
    decisions = _decisions(answers)
    said = {entry["rule"] for decision in decisions.values() for entry in decision.verdicts}
    earned = list(
        Commission.objects.filter(line__in=ids)
        .select_related("koc", "credit", "campaign", "bonus", "version")
        .prefetch_related("reversals", "reviews")
        .order_by("pk")
    )
    on_statements = _statement_lines(earned)
    latest = latest_settlement(order.brand)
    return OrderFacts(
        order=order,
        named=Koc.objects.filter(pk=(order.credit_seen or {}).get("koc", 0)).first(),
        credits=list(
            OrderCredit.objects.filter(order=order).select_related("koc", "sponsor", "share").order_by("place")
        ),
        lines=lines,
        rest=rest,
        decisions=decisions,
        rules={rule.pk: rule for rule in Rule.objects.filter(pk__in=said).select_related("plan")},
        earned=_by(earned, "line_id"),
        on_statements=on_statements,
        paid_out=_paid_out({row.statement_id for rows in on_statements.values() for row in rows}),
        missed=_by(
            MissedBonus.objects.filter(line__in=ids).select_related("campaign").order_by("campaign", "credit__place"),
            "line_id",
        ),
        refunds=list(_applied_refunds(order)),
        versions=list(
            order.versions.filter(status=OrderVersion.Status.APPLIED).prefetch_related("lines").order_by("reported_at")
        ),
        delivery=Delivery.objects.filter(brand=order.brand_id, order_key=order.key).first(),
        settled_period=latest.period if latest else "",
    )


def _lines(order: Order, line_id: int | None) -> Any:
    lines = order.lines.select_related("product", "answer__plan", "answer__protected_from", "answer__rule").order_by(
        "position"
    )
    return lines if line_id is None else lines.filter(pk=line_id)


def _decisions(answers: Sequence[LineTerms]) -> dict[int, Decision]:
    """The decisions that spoke for the lines, and those of other plans that were looked at."""
    wanted = {answer.decision_id for answer in answers if answer.decision_id} | {
        pk for answer in answers for pk in answer.compared or ()
    }
    return {decision.pk: decision for decision in Decision.objects.filter(pk__in=wanted)}


def _statement_lines(earned: Sequence[Commission]) -> Mapping[int, Sequence[StatementLine]]:
    found = StatementLine.objects.filter(commission__in=[one.pk for one in earned]).exclude(
        statement__status=Statement.Status.VOID
    )
    return _by(found.select_related("statement").order_by("statement__period", "pk"), "commission_id")


def _paid_out(statements: Collection[int]) -> dict[int, datetime | None]:
    return dict(
        PayoutLine.objects.filter(statement__in=statements, status=PayoutLine.Status.PAID).values_list(
            "statement", "paid_at"
        )
    )


def _applied_refunds(order: Order) -> Any:
    found = Refund.objects.filter(brand=order.brand_id, order_key=order.key, status=Refund.Status.APPLIED)
    return found.prefetch_related("lines").order_by("refunded_at", "pk")


def _by(rows: Iterable[Any], field: str) -> Mapping[int, Sequence[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, field)].append(row)
    return found
