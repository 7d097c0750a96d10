"""Why amounts are what they are, on the pages of commissions and orders."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from commissions.earnings.models.commissions import Commission
from commissions.explanations.rendering.told import Teller
from commissions.explanations.selectors.explained import Explained, LineExplained, explain_commission, explain_order
from commissions.orders.models import Order
from foundation.admin.pages import table
from foundation.money.amounts import shown

MOST_LINES = 20
PLAIN = '<div style="white-space: pre-line">{}</div>'
FOLDED = (
    '<details style="margin-top: 0.5rem"><summary style="cursor: pointer; font-weight: 600">{}</summary>{}</details>'
)


def commission_explained(commission: Commission) -> SafeString:
    """The derivation of one commission in sentences, and every step of it with its amount to unfold."""
    line, one = explain_commission(commission)
    teller, currency = _teller(commission), commission.brand.currency
    said = [teller.step(step) for step in (*one.steps, *one.now)]
    steps = table(
        ["step", "in words", "amount"],
        [(step["code"], step["text"], _money(step.get("amount_minor"), currency)) for step in said],
    )
    return _joined(
        [format_html(PLAIN, teller.words(line, one)), _doubt(one), format_html(FOLDED, "Step by step 逐步推导", steps)]
    )


def order_explained(order: Order) -> SafeString:
    """Every line of an order, the first of very many: what each KOC earned for it, and why, to unfold; or why
    nothing."""
    explained = explain_order(order.pk, most_lines=MOST_LINES)
    teller = _teller(order)
    found = [format_html(PLAIN, teller.step(explained.credit)["text"])]
    found += [_unfolding(line, one, teller) for line in explained.lines for one in line.amounts]
    if explained.rest:
        found.append(format_html(PLAIN, f"… {explained.rest} more lines: manage.py explain {order.public_id}"))
    return _joined(found)


def _unfolding(line: LineExplained, one: Explained, teller: Teller) -> SafeString:
    headline, _, rest = teller.words(line, one).partition("\n")
    return format_html(FOLDED, headline, _joined([_doubt(one), format_html(PLAIN, rest)]))


def _joined(parts: Sequence[SafeString | str]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _doubt(one: Explained) -> SafeString | str:
    return (
        ""
        if one.adds_up
        else format_html("<strong>{}</strong>", "The steps do not come to what is booked. 推导结果与记账不符。")
    )


def _teller(row: Commission | Order) -> Teller:
    return Teller(row.brand.currency, row.brand.timezone, for_staff=True)


def _money(amount_minor: int | None, currency: str) -> str:
    return "—" if amount_minor is None else shown(amount_minor, currency)
