"""Where money is, and every movement of it. Nothing here can be changed, by anybody."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, Sum
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from commissions.earnings.admin.earnings import transfers
from commissions.earnings.models.commissions import ApprovalWithdrawal, Commission, Reversal
from commissions.ledger.models import Transfer, Wallet
from commissions.payouts.models import PayoutLine
from commissions.payouts.selectors import OF_LINES
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.statements import Statement
from commissions.subsidies.models import Subsidy
from foundation.admin.columns import amount, page
from foundation.admin.pages import link, sections
from foundation.texts.amounts import shown
from foundation.texts.translation import Text

# Every other reason is a statement's.
CAUSES: dict[str, Any] = {
    Transfer.Reason.ACCRUAL: Commission,
    Transfer.Reason.APPROVAL: Commission,
    Transfer.Reason.APPROVAL_WITHDRAWN: ApprovalWithdrawal,
    Transfer.Reason.REAPPROVAL: ApprovalWithdrawal,
    Transfer.Reason.REVERSAL: Reversal,
    Transfer.Reason.SUBSIDY: Adjustment,
    Transfer.Reason.ALLOCATION: Adjustment,
    Transfer.Reason.WRITE_OFF: Adjustment,
    Transfer.Reason.GRANT: Subsidy,
    Transfer.Reason.PASSING: Subsidy,
    Transfer.Reason.EXPIRY: Subsidy,
    **dict.fromkeys(OF_LINES, PayoutLine),
}


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    list_display = ["kind", "koc", "balance", "brand"]
    list_filter = [("brand", OnlyOwn)]
    narrowing_filter = ["kind"]
    search_fields = ["koc__name", "koc__key"]
    fieldsets = sections(
        {
            None: [("koc_page", "brand"), ("kind", "currency"), ("balance", "folded")],
            _("Latest transfers"): ["latest"],
        }
    )
    koc_page = page("koc", _("KOC"))

    @display(description=_("balance"), ordering="balance_minor")
    def balance(self, wallet: Wallet) -> Text:
        return _("see the page") if wallet.balance_minor is None else shown(wallet.balance_minor, wallet.currency)

    @display(description=_("sum of its transfers"))
    def folded(self, wallet: Wallet) -> str:
        came, went = (
            end.filter(pk__gt=wallet.folded_to).aggregate(sum=Sum("amount_minor"))["sum"] or 0
            for end in (wallet.incoming, wallet.outgoing)
        )
        return shown(wallet.folded_minor + came - went, wallet.currency)

    @display(description=_("transfers"))
    def latest(self, wallet: Wallet) -> SafeString:
        newest = [
            pk
            for end in (wallet.incoming, wallet.outgoing)
            for pk in end.order_by("-pk").values_list("pk", flat=True)[:50]
        ]
        return transfers(Q(pk__in=newest), latest=50)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    brand_path = "source__brand"
    list_display = ["moved_at", "reason", "amount", "source", "target"]
    list_select_related = ["source__brand", "source__koc", "target__brand", "target__koc"]
    list_filter = ["reason", "moved_at"]
    search_fields = ["source__koc__name", "source__koc__key", "target__koc__name", "target__koc__key"]
    fields = ["moved_at", "reason", "amount", "source_page", "target_page", "cause"]
    amount = amount("amount_minor", _("amount"), currency="source.currency")
    source_page = page("source", _("from"))
    target_page = page("target", _("to"))

    @display(description=_("cause"))
    def cause(self, transfer: Transfer) -> SafeString | str:
        """The row that moved it, by the reason: see docs/money.md."""
        return link(CAUSES.get(transfer.reason, Statement).objects.filter(pk=transfer.cause_id).first())
