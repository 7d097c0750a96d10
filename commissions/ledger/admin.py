"""Where money is, and every movement of it. Nothing here can be changed, by anybody."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, Sum
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from commissions.earnings.admin.earnings import transfers
from commissions.earnings.models.commissions import Commission, Reversal
from commissions.ledger.models import Transfer, Wallet
from commissions.payouts.models import PayoutLine
from commissions.payouts.selectors import OF_LINES
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.statements import Statement
from commissions.subsidies.models import Subsidy
from foundation.admin.pages import link
from foundation.money.amounts import shown

# Every other reason is a statement's.
CAUSES: dict[str, Any] = {
    Transfer.Reason.ACCRUAL: Commission,
    Transfer.Reason.APPROVAL: Commission,
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
    list_display = ["pk", "koc", "kind", "balance", "brand"]
    list_select_related = ["brand", "koc"]
    list_filter = ["kind", ("brand", OnlyOwn), "currency"]
    search_fields = ["koc__name", "koc__key"]
    ordering = ["brand", "koc", "kind"]
    fieldsets = [
        (None, {"fields": [("koc_page", "brand"), ("kind", "currency"), ("balance", "folded")]}),
        ("Latest transfers 最近记账", {"fields": ["latest"]}),
    ]
    readonly_fields = ["koc_page", "balance", "folded", "latest"]

    @display(description="KOC")
    def koc_page(self, wallet: Wallet) -> SafeString | str:
        return link(wallet.koc)

    @display(description="balance", ordering="balance_minor")
    def balance(self, wallet: Wallet) -> str:
        return "see the page" if wallet.balance_minor is None else shown(wallet.balance_minor, wallet.currency)

    @display(description="sum of its transfers")
    def folded(self, wallet: Wallet) -> str:
        came = wallet.incoming.aggregate(sum=Sum("amount_minor"))["sum"] or 0
        went = wallet.outgoing.aggregate(sum=Sum("amount_minor"))["sum"] or 0
        return shown(came - went, wallet.currency)

    @display(description="transfers")
    def latest(self, wallet: Wallet) -> SafeString:
        return transfers(Q(source=wallet) | Q(target=wallet), latest=50)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    brand_path = "source__brand"
    list_display = ["pk", "moved_at", "reason", "amount", "source", "target"]
    list_select_related = ["source__brand", "source__koc", "target__brand", "target__koc"]
    list_filter = ["reason", "moved_at"]
    search_fields = ["source__koc__name", "source__koc__key", "target__koc__name", "target__koc__key"]
    ordering = ["-moved_at", "-pk"]
    fields = ["moved_at", "reason", "amount", "source_page", "target_page", "cause"]
    readonly_fields = ["amount", "source_page", "target_page", "cause"]

    @display(description="amount", ordering="amount_minor")
    def amount(self, transfer: Transfer) -> str:
        return shown(transfer.amount_minor, transfer.source.currency)

    @display(description="from")
    def source_page(self, transfer: Transfer) -> SafeString | str:
        return link(transfer.source)

    @display(description="to")
    def target_page(self, transfer: Transfer) -> SafeString | str:
        return link(transfer.target)

    @display(description="cause")
    def cause(self, transfer: Transfer) -> SafeString | str:
        """The row that moved it, by the reason: see docs/money.md."""
        return link(CAUSES.get(transfer.reason, Statement).objects.filter(pk=transfer.cause_id).first())
