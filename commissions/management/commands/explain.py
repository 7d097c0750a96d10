import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from accounts.brands.models import Brand
from accounts.brands.selectors import brand_by_slug
from commissions.earnings.models.commissions import Commission
from commissions.explanations.rendering.told import Teller
from commissions.explanations.selectors.explained import Explained, OrderExplained, explain_commission, explain_order
from commissions.orders.models import Order
from foundation.files.counts import counted
from foundation.files.faults import Refusal


class Command(BaseCommand):
    help = "The whole derivation of one commission, or of every line of an order, those that came to nothing too; exit 1 when steps and books differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "what",
            metavar="COMMISSION_ID",
            help="com_… or a commission's number; ord_…, or an order's key with --brand",
        )
        parser.add_argument("--brand", metavar="SLUG", help="then COMMISSION_ID is the key of an order of this brand")
        parser.add_argument("--language", choices=[code for code, _ in settings.LANGUAGES], default="en")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *, what: str, brand: str | None, language: str, format: str, **options: Any) -> None:
        order = order_named(what, brand)
        with translation.override(language):
            explained = self._order(order, format) if order is not None else self._commission(what, format)
        off = [one for one in explained if not one.adds_up]
        if off:
            raise Refusal("\n".join(difference(one) for one in off))
        zeros = len([one for one in explained if not one.amount_minor])
        said = (
            f"explained: {counted(len(explained), 'amount')}, {zeros} of them zero, each recomputed to what is booked"
        )
        (self.stdout if format == "text" else self.stderr).write(said)

    def _commission(self, what: str, format: str) -> list[Explained]:
        commission = commission_named(what)
        line, one = explain_commission(commission)
        teller = teller_of(commission.brand)
        if format == "json":
            self._json({"commission": commission.public_id, "status": commission.status, **teller.amount(line, one)})
        else:
            self.stdout.write(
                f"{commission.public_id} ({commission.status}; {commission.brand.timezone})\n{teller.words(line, one)}\n"
            )
        return [one]

    def _order(self, order: Order, format: str) -> list[Explained]:
        explained = explain_order(order.pk)
        teller = teller_of(order.brand)
        if format == "json":
            self._json(teller.order(explained))
        else:
            self.stdout.write("\n\n".join(pieces(explained, teller)) + "\n")
        return explained.amounts

    def _json(self, told: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))


def teller_of(brand: Brand) -> Teller:
    return Teller(brand.currency, brand.timezone, for_staff=True)


def pieces(explained: OrderExplained, teller: Teller) -> list[str]:
    """An order in words: whom it is credited to, then each line with all that it earned or did not."""
    order = explained.order
    found = [f"{order.public_id} {order.key} ({order.brand.timezone})\n{teller.step(explained.credit)['text']}"]
    for line in explained.lines:
        if not line.amounts:
            found.append(f"{line.line.key} ({line.sku}): {teller.step(line.sold)['text']}")
        found += [teller.words(line, one) for one in line.amounts]
    return found


def order_named(what: str, brand: str | None) -> Order | None:
    """The order that is asked for, or None when it is a commission. Raises Refusal when there is no such order."""
    if brand is not None:
        found = Order.objects.filter(brand=brand_by_slug(brand), key=what).select_related("brand").first()
    elif what.startswith("ord_"):
        found = Order.objects.with_public_id(what).select_related("brand").first()
    else:
        return None
    if found is None:
        raise Refusal(f"no order {what}" + (f" of {brand}" if brand else ""))
    return found


def commission_named(what: str) -> Commission:
    """Raises Refusal when there is none."""
    rows: Any = Commission.objects
    chosen = (
        rows.filter(pk=int(what)) if what.isascii() and what.isdigit() and len(what) < 19 else rows.with_public_id(what)
    )
    found: Commission | None = chosen.select_related("brand", "line").first()
    if found is None:
        raise Refusal(
            f"no commission {what}: give a com_… id or its number, or an order as ord_… or as its key with --brand"
        )
    return found


def difference(one: Explained) -> str:
    booked = one.commission
    amount, net = (booked.amount_minor, booked.net_minor) if booked else (0, 0)
    return f"line {one.line.key}, level {one.level}: the steps come to {one.amount_minor} and now {one.net_minor}, booked is {amount} and now {net}"
