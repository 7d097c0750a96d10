"""What the shop reported, and what became of it."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from commissions.earnings.models.commissions import Commission, LineTerms
from commissions.explanations.admin import order_explanation
from commissions.orders.admin.refusals import SaysWhy, why_refused
from commissions.orders.models import Delivery, Event, IntakeSecret, Order, OrderLine, Refund, RefundLine
from foundation.admin import columns
from foundation.admin.pages import as_json, link, moment, sections, table
from foundation.texts.amounts import percent, shown
from foundation.texts.translation import Text


@admin.register(Event)
class EventAdmin(SaysWhy, ReadOnlyAdmin):
    list_display = ["type", "webhook_id", "brand", "status_label", "why", "received_at"]
    list_filter = ["status", ("brand", OnlyOwn), "received_at"]
    search_fields = ["webhook_id"]
    fields = ["public_id", ("brand", "shop"), "webhook_id", "type", "status", "why", "received_at", "what_was_sent"]
    status_label = columns.labelled("status", {Event.Status.ACCEPTED: "success", Event.Status.REFUSED: "danger"})

    @display(description=_("body"))
    def what_was_sent(self, event: Event) -> SafeString:
        return as_json(event.body)


CREDIT_LABELS = {
    Order.Credit.UNANSWERED: "warning",
    Order.Credit.KOC: "success",
    Order.Credit.CLICK: "success",
    Order.Credit.SHARE: "success",
    Order.Credit.SHARED: "success",
    Order.Credit.BINDING: "success",
    Order.Credit.COUPON: "success",
    Order.Credit.NOBODY: "info",
    Order.Credit.SELF_PURCHASE: "info",
}


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["number", "brand", "paid_at", "total", "credit_label", "koc", "customer", "credited_at"]
    list_filter = [("brand", OnlyOwn), "paid_at"]
    narrowing_filter = ["credit", "credited_at"]
    search_fields = ["key", "koc__name", "koc__key", "customer__key"]
    ordering, sortable_by = ["-paid_at"], ["number", "paid_at"]
    fieldsets = sections(
        {
            None: [
                ("number", "brand"),
                ("total", "customer_page"),
                ("order_discount", "shipping"),
                ("paid_at", "received_at"),
                "public_id",
            ],
            _("How it was brought"): [("given_koc", "given_share"), ("given_click", "awaited_click")],
            _("Whom it is credited to"): [
                ("credit", "koc_page"),
                ("share_page", "customer_is_new"),
                ("credited_at", "phone_unreadable"),
            ],
            _("Lines and the terms that were found"): ["lines"],
            _("Commissions"): ["commissions"],
            _("Explanation"): ["explanation"],
            _("Delivery and refunds"): ["deliveries", "refunds"],
        }
    )
    order_discount = columns.amount("order_discount_minor", _("order discount"), is_sorted=False)
    shipping = columns.amount("shipping_minor", _("shipping"), is_sorted=False)
    credit_label = columns.labelled("credit", CREDIT_LABELS)
    customer_page = columns.page("customer", _("customer"))
    koc_page = columns.page("koc", _("KOC"))
    share_page = columns.page("share", _("share"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        base = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order").values_list(Sum("base_minor"))
        return super().get_queryset(request).annotate(base_minor=Subquery(base))

    @display(description=_("total"), ordering="base_minor")
    def total(self, order: Any) -> str:
        return shown(order.base_minor or 0, order.brand.currency)

    @display(description=_("lines"))
    def lines(self, order: Order) -> SafeString:
        currency = order.brand.currency
        lines = order.lines.select_related("product", "answer__rule__plan", "answer__plan")
        return table(
            [_("line"), _("product"), _("quantity"), _("unit price"), _("base"), _("answer")],
            [
                (
                    link(line, line.key),
                    line.product or "—",
                    line.quantity,
                    shown(line.unit_price_minor, currency),
                    shown(line.base_minor, currency),
                    terms(line),
                )
                for line in lines
            ],
        )

    @display(description=_("commissions"))
    def commissions(self, order: Order) -> SafeString:
        currency = order.brand.currency
        made = (
            Commission.objects.filter(line__order=order)
            .select_related("koc", "line", "statement")
            .order_by("line__position", "level")
        )
        return table(
            [_("line"), _("level"), _("KOC"), _("amount"), _("taken back"), _("net"), _("status"), _("statement")],
            [
                (
                    row.line.key, row.level, link(row.koc), link(row, shown(row.amount_minor, currency)), shown(row.reversed_minor, currency),
                    shown(row.net_minor, currency), row.get_status_display(), link(row.statement, row.statement and row.statement.period),
                )
                for row in made
            ],
        )  # fmt: skip

    @display(description=_("why"))
    def explanation(self, order: Order) -> SafeString:
        return order_explanation(order)

    @display(description=_("delivery"))
    def deliveries(self, order: Order) -> SafeString:
        found = Delivery.objects.filter(brand=order.brand_id, shop=order.shop, order_key=order.key)
        rows = [
            (
                moment(row.delivered_at), ", ".join(row.lines) or _("all"), moment(row.hold_ends_at),
                why_refused(row.refusal, order.brand) or link(row, _("yes") if row.matured else _("no")),
            )
            for row in found.order_by("number")
        ]  # fmt: skip
        return table([_("delivered"), _("lines"), _("hold ends"), _("hold was found to be over")], rows)

    @display(description=_("refunds"))
    def refunds(self, order: Order) -> SafeString:
        found = (
            Refund.objects.filter(brand=order.brand_id, shop=order.shop, order_key=order.key)
            .prefetch_related("lines")
            .order_by("refunded_at")
        )
        return table(
            [_("refund"), _("at"), _("kind"), _("what went back"), _("status"), _("why")],
            [
                (
                    link(row, row.key or row.get_kind_display()), moment(row.refunded_at), row.get_kind_display(),
                    went_back(row, order.brand.currency), row.get_status_display(), why_refused(row.refusal, order.brand),
                )
                for row in found
            ],
        )  # fmt: skip


def went_back(refund: Refund, currency: str) -> Text:
    """What a refund gives back: of lines, without lines, of shipping; a cancellation all that was left."""
    if refund.kind == Refund.Kind.CANCELLATION:
        return _("all that was left")
    parts = [f"{line.line_key}: {shown(line.amount_minor, currency)}" for line in refund.lines.all()]
    if refund.amount_minor:
        parts.append(shown(refund.amount_minor, currency))
    if refund.shipping_minor:
        parts.append(str(_("shipping %(amount)s") % {"amount": shown(refund.shipping_minor, currency)}))
    return ", ".join(parts) or "—"


def terms(line: OrderLine) -> SafeString | Text:
    """What was found for a line, in short; the whole on a page of its own."""
    answer: LineTerms | None = getattr(line, "answer", None)
    if answer is None and line.product is None:
        return _("no goods: it earns nothing")
    if answer is None:
        return _("none: not credited, or not credited yet")
    if answer.rule is None:
        return link(answer, _("no rule applied") if answer.plan_id else _("no plan was in force"))
    if answer.rate_bps is not None:
        return link(answer, f"{answer.rule}: {percent(answer.rate_bps)}")
    fixed = shown(answer.fixed_minor or 0, line.order.brand.currency)
    return link(answer, _("%(rule)s: %(fixed)s a piece") % {"rule": answer.rule, "fixed": fixed})


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdmin):
    brand_path = "order__brand"
    list_display = ["order", "key", "product", "quantity", "unit_price", "discount", "base"]
    list_select_related = ["order__brand", "product"]
    search_fields = ["order__key", "product__sku"]
    unit_price = columns.amount("unit_price_minor", _("unit price"), currency="order.brand.currency")
    discount = columns.amount("discount_minor", _("own discount"), currency="order.brand.currency")
    base = columns.amount("base_minor", _("base"), currency="order.brand.currency")


class OfOrderKey(ReadOnlyAdmin):
    """A fact that names its order by the shop's number: the order may not have been heard of yet."""

    search_fields = ["order_key"]
    readonly_fields = ["order_page"]

    @display(description=_("order"))
    def order_page(self, fact: Any) -> SafeString | str:
        return link(Order.objects.filter(brand=fact.brand_id, shop=fact.shop, key=fact.order_key).first())


@admin.register(Delivery)
class DeliveryAdmin(SaysWhy, OfOrderKey):
    list_display = ["order_number", "brand", "delivered_at", "named_lines", "hold_ends_at", "matured", "why"]
    fields = [("order_page", "brand"), ("number", "named_lines"), ("delivered_at", "hold_ends_at"), "matured", "why"]
    list_filter = ["matured", ("brand", OnlyOwn)]
    narrowing_filter = ["delivered_at"]

    @display(description=_("lines"))
    def named_lines(self, delivery: Delivery) -> str:
        return ", ".join(delivery.lines) or str(_("all"))


REFUND_LABELS = {Refund.Status.WAITING: "warning", Refund.Status.APPLIED: "success", Refund.Status.REFUSED: "danger"}


@admin.register(Refund)
class RefundAdmin(SaysWhy, OfOrderKey):
    list_display = ["order_number", "key", "brand", "kind", "status_label", "refunded_at", "why"]
    fields = [
        ("order_page", "brand"), ("key", "kind"), ("refunded_at", "received_at"), ("amount", "shipping"), "status", "why", "dismissed_at",
        "lines", "reversals",
    ]  # fmt: skip
    list_filter = ["status", ("brand", OnlyOwn)]
    narrowing_filter = ["kind", "refunded_at"]
    readonly_fields = [*OfOrderKey.readonly_fields, "lines", "reversals"]
    status_label = columns.labelled("status", REFUND_LABELS)
    amount = columns.amount("amount_minor", _("amount without lines"), is_sorted=False)
    shipping = columns.amount("shipping_minor", _("shipping"), is_sorted=False)

    @display(description=_("lines"))
    def lines(self, refund: Refund) -> SafeString:
        return table(
            [_("line"), _("amount")],
            [(line.line_key, shown(line.amount_minor, refund.brand.currency)) for line in refund.lines.order_by("pk")],
        )

    @display(description=_("taken back"))
    def reversals(self, refund: Refund) -> SafeString:
        taken = refund.reversals.select_related("commission__koc", "commission__line__order").order_by("pk")
        return table(
            [_("commission"), _("KOC"), _("amount")],
            [
                (
                    link(row.commission, row.commission.line),
                    link(row.commission.koc),
                    shown(row.amount_minor, refund.brand.currency),
                )
                for row in taken
            ],
        )


@admin.register(RefundLine)
class RefundLineAdmin(ReadOnlyAdmin):
    brand_path = "refund__brand"
    list_display = ["refund", "line_key", "amount"]
    list_select_related = ["refund__brand"]
    search_fields = ["refund__order_key"]
    amount = columns.amount("amount_minor", _("amount"), currency="refund.brand.currency")


@admin.register(IntakeSecret)
class IntakeSecretAdmin(ReadOnlyAdmin):
    is_small = True
    list_display = ["brand", "shop", "made_at", "ends_in"]
    exclude = ["secret_sealed", "last4"]
    readonly_fields = ["ends_in"]

    @display(description=_("ends in"))
    def ends_in(self, secret: IntakeSecret) -> str:
        """Enough to tell two apart; `intake_secret` prints the whole."""
        return f"…{secret.last4}"
