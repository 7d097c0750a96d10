"""Explanations of the orders of a test: read, derived, and held against what is booked."""

from datetime import datetime, timedelta
from typing import Any

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.explanations.domain.derivations import derive, derive_commission
from commissions.explanations.domain.explanations import AmountExplanation, LineExplanation, OrderExplanation
from commissions.explanations.rendering.explanation_text import ExplanationText
from commissions.explanations.selectors import commission_record, order_record
from commissions.orders.models import Order
from commissions.plans.models.campaigns import Campaign
from tests.support.factories import NOW
from tests.support.shop_events import Event, paid

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def explain_order(order: Order, *, most_lines: int | None = None) -> OrderExplanation:
    return derive(order_record(order.pk, most_lines=most_lines))


def explain_commission(commission: Commission) -> tuple[LineExplanation, AmountExplanation]:
    return derive_commission(commission_record(commission), commission.pk)


def explanation_of(order: str = "A-1") -> OrderExplanation:
    """An order by its key, whose steps come to what is booked."""
    explanation = explain_order(Order.objects.get(key=order))
    for amount in explanation.amounts:
        assert amount.adds_up, (amount.commission, amount.steps, amount.now)
    return explanation


def amount(
    level: int = 1, order: str = "A-1", line: int = 0, place: int = 0, campaign: str | None = None
) -> AmountExplanation:
    """One of the amounts of an order."""
    return next(
        amount
        for amount in explanation_of(order).lines[line].amounts
        if amount.level == level
        and amount.credit.place == place
        and (amount.campaign and amount.campaign.key) == campaign
    )


def codes(amount: AmountExplanation) -> list[str]:
    return [step.code for step in amount.steps]


def step(amount: AmountExplanation, code: str) -> dict[str, Any]:
    """The last step of a kind among the first ones."""
    return dict([step for step in amount.steps if step.code == code][-1].values)


def words(amount: AmountExplanation, *, order: str = "A-1", for_staff: bool = False) -> str:
    """An amount of an order in sentences, in the active language."""
    explanation = explain_order(Order.objects.get(key=order))
    line = next(line for line in explanation.lines if line.key == amount.line_key)
    return ExplanationText(explanation.currency, explanation.zone, for_staff=for_staff).words(line, amount)


def sold(*lines: tuple[str, str, int, int], at: datetime) -> Event:
    """How order A-1 stands from a moment on."""
    return paid("A-1", *lines, share="code") | {"timestamp": at.isoformat()}


def make_campaign(brand: Brand, kind: str, **fields: Any) -> Campaign:
    return Campaign.objects.create(
        brand=brand, key=kind, kind=kind, **({"starts_at": NOW - DAY, "budget_minor": 1_000_000} | fields)
    )
