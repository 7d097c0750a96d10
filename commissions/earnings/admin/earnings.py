"""What sales earned: the terms, the commissions, and what refunds took back."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from commissions.earnings.admin.reviewing import ReviewActions
from commissions.earnings.models.commissions import ApprovalWithdrawal, Commission, LineTerms, Reversal
from commissions.explanations.admin import commission_explanation
from commissions.ledger.models import Transfer
from foundation.admin import columns
from foundation.admin.pages import link, moment, sections, table
from foundation.texts.amounts import shown


@admin.register(LineTerms)
class LineTermsAdmin(ReadOnlyAdmin):
    brand_path = "line__order__brand"
    list_display = ["line", "plan", "rule", "rate_bps", "fixed_minor", "override_bps", "protected_from"]
    list_select_related = ["line", "plan", "rule__plan", "protected_from"]
    search_fields = ["line__order__key"]


STATUS_LABELS = {
    Commission.Status.PENDING: "warning",
    Commission.Status.APPROVED: "info",
    Commission.Status.SETTLED: "success",
    Commission.Status.PAID: "success",
    Commission.Status.HELD: "danger",
    Commission.Status.REVERSED: "danger",
}


@admin.register(Commission)
class CommissionAdmin(ReviewActions):
    brand_path = "koc__brand"  # an index leads to a KOC's commissions, none to a brand's
    list_display = [
        "of_line",
        "koc",
        "level",
        "amount",
        "net",
        "status_label",
        "made_at",
        "approved_at",
        "period",
    ]
    list_select_related = ["brand", "koc", "line__order", "statement", "credit"]
    list_filter = [("brand", OnlyOwn), "made_at"]
    narrowing_filter = ["status", "approved_at"]
    search_fields = ["koc__name", "koc__key", "line__order__key"]
    fieldsets = sections(
        {
            None: [
                ("koc_page", "brand"),
                ("order", "line"),
                ("level", "status"),
                ("made_at", "approved_at"),
                "public_id",
            ],
            _("Amounts"): [("amount", "taken_back"), ("net", "settled")],
            _("Explanation"): ["explanation", "terms"],
            _("Refunds that took back"): ["reversals"],
            _("Statements"): ["statements"],
            _("Movements of money"): ["transfers"],
        }
    )
    koc_page = columns.page("koc", _("KOC"))
    order = columns.page("line.order", _("order"))
    amount = columns.amount("amount_minor", _("amount"))
    taken_back = columns.amount("reversed_minor", _("taken back"))
    net = columns.amount("net_minor", _("net"), is_sorted=False)
    settled = columns.amount("settled_minor", _("on statements"), is_sorted=False)
    status_label = columns.labelled("status", STATUS_LABELS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The page of one reads at once what the list does."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    @display(description=_("commission"), ordering="pk")
    def of_line(self, commission: Commission) -> str:
        return str(commission.line)

    @display(description=_("statement"), ordering="statement__period")
    def period(self, commission: Commission) -> SafeString | str:
        return link(commission.statement, commission.statement and commission.statement.period)

    @display(description=_("why"))
    def explanation(self, commission: Commission) -> SafeString:
        return commission_explanation(commission)

    @display(description=_("terms"))
    def terms(self, commission: Commission) -> SafeString | str:
        """The frozen terms of the line, and the decision behind them, on pages of their own."""
        rows = commission.credit.former.terms if commission.credit.former else LineTerms.objects
        answer = rows.filter(line=commission.line_id).select_related("decision").first()
        return format_html("{} · {}", link(answer), link(answer and answer.decision))

    @display(description=_("reversals"))
    def reversals(self, commission: Commission) -> SafeString:
        taken = commission.reversals.select_related("refund", "version__order", "review").order_by("happened_at")
        return table(
            [_("because of"), _("happened"), _("booked"), _("amount")],
            [
                (
                    link(row.refund) if row.refund else row.version or row.review, moment(row.happened_at), moment(row.booked_at),
                    shown(row.amount_minor, commission.brand.currency),
                )
                for row in taken
            ],
        )  # fmt: skip

    @display(description=_("statements"))
    def statements(self, commission: Commission) -> SafeString:
        lines = commission.statement_lines.select_related("statement").order_by("statement__period")
        currency = commission.brand.currency
        return table(
            [_("statement"), _("amount")],
            [(link(row.statement, row.statement.period), shown(row.amount_minor, currency)) for row in lines],
        )

    @display(description=_("transfers"))
    def transfers(self, commission: Commission) -> SafeString:
        """What moved for it: its own movements by their cause, and those of its reversals. A statement moves a KOC's
        sum, on its own page."""
        own = Q(reason__in=[Transfer.Reason.ACCRUAL, Transfer.Reason.APPROVAL], cause_id=commission.pk)
        taken = Q(reason=Transfer.Reason.REVERSAL, cause_id__in=commission.reversals.values("pk"))
        anew = [Transfer.Reason.APPROVAL_WITHDRAWN, Transfer.Reason.REAPPROVAL]
        withdrawn = Q(reason__in=anew, cause_id__in=commission.withdrawals.values("pk"))
        return transfers(own | taken | withdrawn)


@admin.register(ApprovalWithdrawal)
class ApprovalWithdrawalAdmin(ReadOnlyAdmin):
    brand_path = "commission__koc__brand"
    list_display = ["commission", "delivery", "amount", "withdrawn_at"]
    list_select_related = ["commission__brand", "delivery__brand"]
    search_fields = ["delivery__order_key", "commission__koc__key"]
    amount = columns.amount("amount_minor", _("amount"), currency="commission.brand.currency")


@admin.register(Reversal)
class ReversalAdmin(ReadOnlyAdmin):
    brand_path = "commission__koc__brand"
    list_display = ["commission", "refund", "version", "review", "amount", "happened_at", "booked_at"]
    list_select_related = ["commission__brand", "refund", "version__order", "review"]
    search_fields = ["refund__order_key", "commission__koc__key"]
    amount = columns.amount("amount_minor", _("amount"), currency="commission.brand.currency")


def transfers(which: Q, *, latest: int = 100) -> SafeString:
    """The latest movements of money among some, as a table."""
    found = (
        Transfer.objects.filter(which)
        .select_related("source__koc", "source__brand", "target__koc", "target__brand")
        .order_by("-moved_at", "-pk")[:latest]
    )
    return table(
        [_("at"), _("from"), _("to"), _("amount"), _("why")],
        [
            (
                moment(row.moved_at), link(row.source), link(row.target),
                link(row, shown(row.amount_minor, row.source.currency)), row.get_reason_display(),
            )
            for row in found
        ],
    )  # fmt: skip
