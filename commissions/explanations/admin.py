"""Why amounts are what they are, on the pages of commissions and orders."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from commissions.earnings.models.commissions import Commission
from commissions.explanations.domain.derivations import derive
from commissions.explanations.domain.explanations import AmountExplanation, LineExplanation, OrderExplanation
from commissions.explanations.rendering.explanation_text import ExplanationText
from commissions.explanations.selectors import commission_record, order_record
from commissions.orders.models import Order
from foundation.admin.pages import table
from foundation.money.amounts import shown

MOST_LINES = 20
PLAIN = '<div style="white-space: pre-line">{}</div>'
FOLDED = (
    '<details style="margin-top: 0.5rem"><summary style="cursor: pointer; font-weight: 600">{}</summary>{}</details>'
)


def commission_explanation(commission: Commission) -> SafeString:
    """The derivation of one commission in sentences, and every step of it with its amount to unfold."""
    order = derive(commission_record(commission))
    line, amount = order.of_commission(commission.pk)
    text = _text(order)
    steps = [text.step(step) for step in (*amount.steps, *amount.now)]
    rows = [(step["code"], step["text"], _money(step.get("amount_minor"), order.currency)) for step in steps]
    return _joined(
        [
            format_html(PLAIN, text.words(line, amount)),
            _doubt(amount),
            format_html(FOLDED, "Step by step 逐步推导", table(["step", "in words", "amount"], rows)),
        ]
    )


def order_explanation(order: Order) -> SafeString:
    """Every line of an order, the first of very many: what each KOC earned for it, and why, to unfold; or why
    nothing."""
    explanation = derive(order_record(order.pk, most_lines=MOST_LINES))
    text = _text(explanation)
    parts = [format_html(PLAIN, text.step(explanation.credit)["text"])]
    parts += [_unfolding(line, amount, text) for line in explanation.lines for amount in line.amounts]
    if explanation.rest:
        parts.append(format_html(PLAIN, f"… {explanation.rest} more lines: manage.py explain {order.public_id}"))
    return _joined(parts)


def _unfolding(line: LineExplanation, amount: AmountExplanation, text: ExplanationText) -> SafeString:
    headline, _, rest = text.words(line, amount).partition("\n")
    return format_html(FOLDED, headline, _joined([_doubt(amount), format_html(PLAIN, rest)]))


def _joined(parts: Sequence[SafeString | str]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _doubt(amount: AmountExplanation) -> SafeString | str:
    return (
        ""
        if amount.adds_up
        else format_html("<strong>{}</strong>", "The steps do not come to what is booked. 推导结果与记账不符。")
    )


def _text(order: OrderExplanation) -> ExplanationText:
    return ExplanationText(order.currency, order.zone, for_staff=True)


def _money(amount_minor: int | None, currency: str) -> str:
    return "—" if amount_minor is None else shown(amount_minor, currency)
