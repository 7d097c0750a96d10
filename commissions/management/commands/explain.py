import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.brands.models import Brand
from accounts.brands.selectors import brand_by_slug
from commissions.earnings.models.commissions import Commission
from commissions.explanations.domain.derivations import derive, derive_commission
from commissions.explanations.domain.explanations import AmountExplanation, OrderExplanation
from commissions.explanations.domain.records import OrderRecord
from commissions.explanations.rendering.explanation_text import ExplanationText
from commissions.explanations.selectors import commission_record, order_record
from commissions.orders.models import Order
from foundation.files.counts import counted
from foundation.files.faults import Refusal
from foundation.texts.keys import clean_code
from foundation.texts.moments import full_moment


class Command(BaseCommand):
    help = "The whole derivation of one commission, or of every line of an order, amounts of 0 too; exit 1 when the steps differ from what is booked."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "what",
            metavar="COMMISSION_ID",
            help="com_… or a commission's number; ord_…, or an order's key with --brand",
        )
        parser.add_argument(
            "--brand",
            metavar="SLUG",
            help="then COMMISSION_ID is the key of an order of this brand; of a shop that is not main SHOP/KEY",
        )
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="en")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *, what: str, brand: str | None, language: str, format: str, **options: Any) -> None:
        order = find_order(what, brand)
        with translation.override(language):
            amounts = self._order(order, format) if order is not None else self._commission(what, format)
        off = [amount for amount in amounts if not amount.adds_up]
        if off:
            raise Refusal("\n".join(difference(amount) for amount in off))
        zeros = len([amount for amount in amounts if not amount.amount_minor])
        summary = (
            f"explained: {counted(len(amounts), 'amount')}, {zeros} of them zero, each recomputed to what is booked"
        )
        (self.stdout if format == "text" else self.stderr).write(summary)

    def _commission(self, identifier: str, format: str) -> list[AmountExplanation]:
        commission = find_commission(identifier)
        order = commission_record(commission)
        line, amount = derive_commission(order, commission.pk)
        text = text_of(order)
        if format == "json":
            self._json({"commission": commission.public_id, "status": commission.status, **text.amount(line, amount)})
        else:
            self.stdout.write(
                f"{commission.public_id} ({commission.status}; {order.zone})\n{text.words(line, amount)}\n"
            )
        return [amount]

    def _order(self, order: Order, format: str) -> list[AmountExplanation]:
        explanation = derive(order_record(order.pk))
        text = text_of(explanation)
        former = [
            (one.ended_at, derive(order_record(order.pk, former=one))) for one in order.former_answers.order_by("pk")
        ]
        if format == "json":
            before = [{"until": at.isoformat(), **text.order(one)} for at, one in former]
            self._json(text.order(explanation) | ({"former": before} if before else {}))
        else:
            written = paragraphs(explanation, text)
            for at, one in former:
                until = full_moment(at, explanation.zone)
                written += [_("Until %(at)s it was credited otherwise; then it was told again.") % {"at": until}, *paragraphs(one, text)]  # fmt: skip
            self.stdout.write("\n\n".join(written) + "\n")
        return [*explanation.amounts, *(amount for _at, one in former for amount in one.amounts)]

    def _json(self, explanation: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(explanation, ensure_ascii=False, indent=2))


def text_of(order: OrderExplanation | OrderRecord) -> ExplanationText:
    return ExplanationText(order.currency, order.zone, for_staff=True)


def paragraphs(order: OrderExplanation, text: ExplanationText) -> list[str]:
    """An order in words: whom it is credited to, then each line with all that it earned or did not."""
    written = [f"{order.public_id} {order.key} ({order.zone})\n{text.step(order.credit)['text']}"]
    for line in order.lines:
        if not line.amounts:
            written.append(f"{line.key}{f' ({line.sku})' if line.sku else ''}: {text.step(line.sold)['text']}")
        written += [text.words(line, amount) for amount in line.amounts]
    return written


def find_order(identifier: str, brand: str | None) -> Order | None:
    """The order with this id or key, or None when it is a commission. Raises Refusal when there is no such order."""
    if brand is not None:
        order = _numbered(brand_by_slug(brand), clean_code(identifier) or identifier)
    elif identifier.startswith("ord_"):
        order = Order.objects.with_public_id(identifier).select_related("brand").first()
    else:
        return None
    if order is None:
        raise Refusal(f"no order {identifier}" + (f" of {brand}" if brand else ""))
    return order


def _numbered(brand: Brand, number: str) -> Order | None:
    """The order of this number, `shop/number` where a shop is not `main`; by the number alone where only one shop has it.
    Raises Refusal where several others have."""
    shop, _, key = number.partition("/")
    rows = Order.objects.filter(Q(key=number) | Q(shop=shop, key=key), brand=brand).select_related("brand")
    found: dict[str, Order] = {order.number: order for order in rows}
    if number not in found and len(found) > 1:
        raise Refusal(f"several shops have an order {number}: {', '.join(sorted(found))}")
    return found.get(number) or next(iter(found.values()), None)


def find_commission(identifier: str) -> Commission:
    """The commission with this id or number. Raises Refusal when there is none."""
    rows: Any = Commission.objects
    matching = (
        rows.filter(pk=int(identifier))
        if identifier.isascii() and identifier.isdigit() and len(identifier) < 19
        else rows.with_public_id(identifier)
    )
    commission: Commission | None = matching.select_related("brand", "line").first()
    if commission is None:
        raise Refusal(
            f"no commission {identifier}: give a com_… id or its number, or an order as ord_… or as its key with --brand"
        )
    return commission


def difference(amount: AmountExplanation) -> str:
    booked = amount.commission
    first, net = (booked.amount_minor, booked.net_minor) if booked else (0, 0)
    return (
        f"line {amount.line_key}, level {amount.level}: the steps come to {amount.amount_minor} and now"
        f" {amount.net_minor}, booked is {first} and now {net}"
    )
