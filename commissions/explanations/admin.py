"""Why amounts are what they are, on the pages of commissions and orders."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from commissions.earnings.models.commissions import Commission
from commissions.explanations.domain.derivations import derive, derive_commission
from commissions.explanations.domain.explanations import AmountExplanation
from commissions.explanations.rendering.by_person import Told, lines_told, people_told
from commissions.explanations.rendering.explanation_text import ExplanationText
from commissions.explanations.selectors import commission_record, order_record
from commissions.orders.models import Order
from foundation.admin.pages import table

MOST_LINES = 20
PLAIN = '<div style="white-space: pre-line">{}</div>'
FOLDED = (
    '<details style="margin-top: 0.5rem"><summary style="cursor: pointer; font-weight: 600">{}</summary>{}</details>'
)


def commission_explanation(commission: Commission) -> SafeString:
    """The derivation of one commission in sentences, and every step of it with its amount to unfold."""
    order = commission_record(commission)
    line, amount = derive_commission(order, commission.pk)
    text = ExplanationText(order.currency, order.zone, for_staff=True)
    rows = [text.row(step) for step in (*amount.steps, *amount.now)]
    words = format_html(PLAIN, text.words(line, amount))
    unfolded = format_html(FOLDED, _("Step by step"), table([_("in words"), _("amount")], rows))
    return _times(order.zone) + words + _doubt(amount) + unfolded


def order_explanation(order: Order) -> SafeString:
    """The lines of an order, the first of very many, each told once; then each person with what they got or did not,
    and why, to unfold."""
    explanation = derive(order_record(order.pk, most_lines=MOST_LINES))
    text = ExplanationText(explanation.currency, explanation.zone, for_staff=True)
    parts = [_times(explanation.zone), format_html(PLAIN, text.step(explanation.credit)["text"])]
    parts += [_unfolding(told) for told in (*lines_told(text, explanation), *people_told(text, explanation))]
    if explanation.rest:
        parts.append(
            format_html(
                PLAIN,
                _("… and %(count)s more lines: manage.py explain %(order)s")
                % {"count": explanation.rest, "order": order.public_id},
            )
        )
    return format_html_join("", "{}", ((part,) for part in parts))


def _times(zone: str) -> SafeString:
    return format_html("<p>{}</p>", _("Times are in %(zone)s.") % {"zone": zone})


def _unfolding(told: Told) -> SafeString:
    return format_html(FOLDED, told.headline, _doubt(told) + format_html(PLAIN, told.text))


def _doubt(amount: AmountExplanation | Told) -> SafeString:
    if amount.adds_up:
        return SafeString()
    return format_html("<strong>{}</strong>", _("The steps do not come to what is booked."))
