"""Payments: one statement in one batch, whom it went to, and what the bank said."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from accounts.access.permissions.staff import OnlyOwn
from accounts.access.permissions.stepping import ConfirmedActions
from accounts.people.models import User
from commissions.earnings.admin.earnings import transfers
from commissions.payees.domain.payees import PayeeShown
from commissions.payees.selectors import payees_shown
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.selectors import OF_LINES, lines_without_result
from commissions.payouts.services.payouts import remove_line
from foundation.admin import columns
from foundation.admin.pages import full_moment, page_of, sections
from foundation.sealing import Unreadable
from foundation.texts.translation import Text

LINE_LABELS = {
    PayoutLine.Status.WAITING: "warning",
    PayoutLine.Status.PAID: "success",
    PayoutLine.Status.FAILED: "danger",
    PayoutLine.Status.RETURNED: "danger",
    PayoutLine.Status.DROPPED: "info",
}


class NoResult(admin.SimpleListFilter):
    """Whom to ask the bank about."""

    title, parameter_name = _("no result"), "no_result"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(days), _("exported more than %(days)s days ago") % {"days": days}) for days in (3, 7, 14, 30)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PayoutLine]) -> QuerySet[PayoutLine]:
        days = self.value()
        return (
            queryset.filter(lines_without_result(days=int(days), at=timezone.now()))
            if days in dict(self.lookup_choices)
            else queryset
        )


@admin.register(PayoutLine)
class PayoutLineAdmin(ConfirmedActions):
    brand_path = "batch__brand"
    list_display = [
        "reference",
        "koc",
        "batch",
        "amount",
        "status_label",
        "batch__exported_at",
        "result_at",
        "bank_reference",
        "reason",
    ]
    list_filter = ["status", NoResult, ("batch__brand", OnlyOwn)]
    narrowing_filter = ["method", "result_at"]
    search_fields = ["=reference", "koc__name", "koc__key", "=bank_reference", "=batch__number"]
    fieldsets = sections(
        {
            None: [("reference", "status"), ("koc_page", "statement_page"), ("batch_page", "position"), "amount"],
            _("Whom it went to"): [("payee", "account"), "method"],
            _("What the bank said"): [
                "said",
                ("bank_reference", "paid_at"),
                ("result_at", "result_file"),
                ("returned_at", "reason"),
                ("return_told_at", "return_file"),
            ],
            _("Movements of money"): ["moved"],
        }
    )
    amount = columns.amount("amount_minor", _("amount"), currency="batch.currency")
    status_label = columns.labelled("status", LINE_LABELS)
    koc_page = columns.page("koc", _("KOC"))
    statement_page = columns.page("statement", _("statement"))
    batch_page = columns.page("batch", _("batch"))
    actions_detail = ["take_out"]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        line = self.get_object(request, object_id)
        drafted = line is not None and (line.status, line.batch.status) == (
            PayoutLine.Status.WAITING,
            PayoutBatch.Status.DRAFT,
        )
        return super().get_actions_detail(request, object_id) if drafted else []

    @display(description=_("payee now"))
    def payee(self, line: PayoutLine) -> str:
        return whom(line, known_payees([line]))[0]

    @display(description=_("account"))
    def account(self, line: PayoutLine) -> str:
        return whom(line, known_payees([line]))[1]

    @display(description=_("the payment in words"))
    def said(self, line: PayoutLine) -> Text:
        return what_became_of(line)

    @display(description=_("transfers"))
    def moved(self, line: PayoutLine) -> SafeString:
        return transfers(Q(reason__in=OF_LINES, cause_id=line.pk))

    @action(description=_("Take out of the batch"), url_path="take-out", icon="remove")
    def take_out(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        line = self.found(request, object_id)

        def act(_form: Any) -> str:
            remove_line(line=line, by=cast(User, request.user), at=timezone.now())
            return _("%(reference)s is taken out of %(batch)s") % {
                "reference": line.reference,
                "batch": line.batch,
            }

        texts = [
            _("%(line)s for %(koc)s: the statement is free for another batch.")
            % {"line": self.amount(line), "koc": line.koc}
        ]
        title = _("Take %(reference)s out of %(batch)s") % {"reference": line.reference, "batch": line.batch}
        return self.step(request, act, title=title, texts=texts, submit=_("Take out"), back=page_of(line.batch))


def what_became_of(line: PayoutLine) -> Text:
    """What the bank said of a payment, in sentences: of one that it gave back that it paid, and that it gave back."""
    said = {
        "paid_at": full_moment(line.paid_at),
        "returned_at": full_moment(line.returned_at),
        "reason": line.reason or _("it did not say why"),
    }
    if line.status == PayoutLine.Status.FAILED:
        return _("The bank did not pay: %(reason)s. The statement is free for another batch.") % said
    if line.status not in (PayoutLine.Status.PAID, PayoutLine.Status.RETURNED):
        return "—"
    paid = _("The bank paid on %(paid_at)s.") % said if line.paid_at else _("The bank paid.")
    if line.status == PayoutLine.Status.PAID:
        return paid
    back = (
        _("It gave the money back on %(returned_at)s: %(reason)s. The statement is free for another batch.")
        if line.returned_at
        else _("It gave the money back: %(reason)s. The statement is free for another batch.")
    )
    return f"{paid} {back % said}"


def known_payees(lines: list[PayoutLine]) -> dict[int, PayeeShown]:
    try:
        return payees_shown([line.koc_id for line in lines])
    except Unreadable:  # a page about money is shown all the same
        return {}


def whom(line: PayoutLine, payees: dict[int, PayeeShown]) -> tuple[str, str]:
    """The payee's name, and the end of the account: as exported, or of today while nothing was."""
    payee = payees.get(line.koc_id)
    last4 = line.account_last4 or (payee.account_last4 if payee else "")
    return payee.name if payee else "—", f"…{last4}" if last4 else "—"
