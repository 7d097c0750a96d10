"""Whom orders are credited to, why rules spoke, and how orders stood before."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from commissions.earnings.models.commissions import Decision, FormerTerms
from commissions.earnings.models.credits import FormerAnswer, OrderCredit
from commissions.orders.models import OrderVersion, VersionLine
from foundation.admin.columns import amount
from foundation.admin.pages import as_json
from foundation.texts.amounts import percent


@admin.register(OrderCredit)
class OrderCreditAdmin(ReadOnlyAdmin):
    brand_path = "order__brand"
    list_display = ["order", "koc", "credit_bps", "sponsor", "no_level_2", "tier", "multiplier_bps", "channel"]
    search_fields = ["order__key", "koc__key", "koc__name"]


@admin.register(FormerAnswer)
class FormerAnswerAdmin(ReadOnlyAdmin):
    brand_path = "order__brand"
    list_display = ["order", "credit", "kocs", "ended_at"]
    search_fields = ["order__key"]
    fields = [("order", "ended_at"), ("credit", "customer_is_new"), "kocs"]
    readonly_fields = ["kocs"]

    @display(description=_("KOC"))
    def kocs(self, answer: FormerAnswer) -> str:
        return ", ".join(f"{percent(one.credit_bps)} {one.koc.called}" for one in answer.credits.select_related("koc").order_by("place"))  # fmt: skip


@admin.register(FormerTerms)
class FormerTermsAdmin(ReadOnlyAdmin):
    brand_path = "former__order__brand"
    list_display = ["line", "former", "plan", "rule", "rate_bps", "fixed_minor", "override_bps"]
    list_select_related = ["former__order__brand", "line__order", "plan", "rule__plan"]
    search_fields = ["line__order__key"]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "brand", "seen"]
    list_filter = [("brand", OnlyOwn)]
    fields = ["brand", "digest", "looked_at", "judged"]

    @display(description=_("looked at"))
    def looked_at(self, decision: Decision) -> SafeString:
        return as_json(decision.seen)

    @display(description=_("verdicts"))
    def judged(self, decision: Decision) -> SafeString:
        return as_json(decision.verdicts)


@admin.register(OrderVersion)
class OrderVersionAdmin(ReadOnlyAdmin):
    brand_path = "order__brand"
    list_display = ["order", "reported_at", "status", "order_discount", "received_at"]
    list_select_related = ["order__brand"]
    narrowing_filter = ["status", "reported_at"]
    search_fields = ["order__key"]
    order_discount = amount("order_discount_minor", _("order discount"), currency="order.brand.currency")


@admin.register(VersionLine)
class VersionLineAdmin(ReadOnlyAdmin):
    brand_path = "version__order__brand"
    list_display = ["version", "key", "product", "quantity", "base"]
    list_select_related = ["version__order__brand", "product"]
    search_fields = ["version__order__key"]
    base = amount("base_minor", _("base"), currency="version.order.brand.currency")
