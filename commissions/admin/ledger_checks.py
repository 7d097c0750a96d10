"""What the proofs of the ledger said, night by night."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.permissions.staff import OnlyOwn, Shown
from commissions.models import LedgerCheck


@admin.register(LedgerCheck)
class LedgerCheckAdmin(Shown):
    list_display = ["checked_at", "brand", "outcome", "laws", "fault_count", "seconds"]
    list_select_related = ["brand"]
    list_filter = [("brand", OnlyOwn), "checked_at"]
    ordering = ["-checked_at", "-pk"]
    fields = [("brand", "checked_at"), ("laws", "seconds"), "fault_count", "first_faults"]
    readonly_fields = ["first_faults"]

    @display(description="outcome", ordering="fault_count", label={"proved": "success", "off": "danger"})
    def outcome(self, check: LedgerCheck) -> tuple[str, str]:
        return ("off", "off 有误") if check.fault_count else ("proved", "proved 已证明")

    @display(description="faults (the first hundred)")
    def first_faults(self, check: LedgerCheck) -> SafeString | str:
        return format_html_join("", "<p>{}</p>", ((fault,) for fault in check.faults)) or "—"
