"""What KOCs are owed, period by period."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import action, display

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.earnings.admin.earnings import transfers
from commissions.ledger.models import Transfer
from commissions.payouts.admin.payouts import tell_of
from commissions.payouts.selectors import held, payable, without_payee
from commissions.payouts.services.payouts import make_batch
from commissions.settlement.models.statements import Statement, StatementLine
from foundation.admin.columns import amount, labelled, page
from foundation.admin.pages import link, moment, sections, table
from foundation.files.faults import Refusal
from foundation.texts.amounts import shown
from foundation.texts.translation import Text, translated_messages

OF_STATEMENTS = [
    Transfer.Reason.SETTLEMENT,
    Transfer.Reason.DEBT_ADVANCE,
    Transfer.Reason.DEBT_RECOVERY,
    Transfer.Reason.TAX,
]


class Payout(admin.SimpleListFilter):
    title, parameter_name = _("payout"), "payout"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Text]]:
        return [
            ("ready", _("ready, on no batch")),
            ("no_payee", _("ready, without a payee")),
            ("held", _("on a batch")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Statement]) -> QuerySet[Statement]:
        chosen = {"ready": payable, "no_payee": lambda rows: without_payee(payable(rows)), "held": held}.get(
            self.value() or ""
        )
        return chosen(queryset) if chosen else queryset


STATUS_LABELS = {Statement.Status.READY: "info", Statement.Status.CARRIED: "warning", Statement.Status.PAID: "success"}


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    brand_path = "koc__brand"
    list_display = ["period", "koc", "gross", "debt_in", "tax", "net", "carried_out", "status_label"]
    list_filter = [Payout, ("settlement", OnlyOwn), ("settlement__brand", OnlyOwn)]
    narrowing_filter = ["status"]
    search_fields = ["koc__name", "koc__key"]
    fieldsets = sections(
        {
            None: [("koc_page", "settlement"), ("status", "tax_by"), "public_id"],
            _("Amounts"): [("gross", "debt_in"), ("taxable", "tax"), ("net", "carried_out")],
            _("Commissions on it"): ["lines"],
            _("Payments"): ["payments"],
            _("Movements of money"): ["moved"],
        }
    )
    koc_page = page("koc", _("KOC"))
    gross = amount("gross_minor", _("gross"), currency="currency")
    debt_in = amount("debt_in_minor", _("debt taken off"), currency="currency")
    taxable = amount("taxable_minor", _("taxable"), currency="currency")
    tax = amount("tax_minor", _("tax"), currency="currency")
    net = amount("net_minor", pgettext_lazy("of a statement", "net"), currency="currency")
    carried_out = amount("carried_out_minor", _("carried out"), currency="currency")
    status_label = labelled("status", STATUS_LABELS)
    actions = ["draft_batch"]

    @display(description=_("tax method"))
    def tax_by(self, statement: Statement) -> SafeString | str:
        """The method, and the very table that was reckoned with."""
        return link(statement.settlement.tax_table) if statement.settlement.tax_table else statement.tax_method

    @display(description=_("commissions"))
    def lines(self, statement: Statement) -> SafeString:
        found = statement.lines.select_related(
            "commission__line__order", "adjustment__koc", "adjustment__brand"
        ).order_by("pk")[:500]
        return table(
            [_("item"), _("order"), _("level"), _("amount")],
            [(*item(row), shown(row.amount_minor, statement.currency)) for row in found],
        )

    @display(description=_("payments"))
    def payments(self, statement: Statement) -> SafeString:
        found = statement.payout_lines.select_related("batch").order_by("pk")
        return table(
            [_("payment"), _("batch"), _("amount"), _("status"), _("result"), _("given back"), _("reason")],
            [
                (
                    link(row, row.reference), link(row.batch), shown(row.amount_minor, statement.currency), row.get_status_display(),
                    moment(row.result_at), moment(row.returned_at or row.return_told_at), row.reason,
                )
                for row in found
            ],
        )  # fmt: skip

    @action(description=_("Put on a draft payout batch"))
    def draft_batch(self, request: HttpRequest, queryset: QuerySet[Statement]) -> None:
        """One draft for each brand, of those that are ready among the chosen ones."""
        for brand in Brand.objects.filter(pk__in=queryset.order_by().values("koc__brand")):
            try:
                made = make_batch(brand=brand, made_by=cast(User, request.user), at=timezone.now(), statements=queryset)
            except Refusal as refusal:
                messages.warning(request, " ".join(translated_messages(refusal)))
            else:
                tell_of(request, made)

    @display(description=_("transfers"))
    def moved(self, statement: Statement) -> SafeString:
        return transfers(Q(reason__in=OF_STATEMENTS, cause_id=statement.pk))


def item(line: StatementLine) -> tuple[object, object, object]:
    """What a line is for: a commission with its order and level, or an adjustment."""
    if line.commission is None:
        return link(line.adjustment), "—", "—"
    return link(line.commission, line.commission.line), link(line.commission.line.order), line.commission.level


@admin.register(StatementLine)
class StatementLineAdmin(ReadOnlyAdmin):
    brand_path = "statement__koc__brand"
    list_display = ["statement", "commission", "adjustment", "amount"]
    search_fields = ["statement__koc__key", "statement__koc__name"]
    amount = amount("amount_minor", _("amount"), currency="statement.currency")
