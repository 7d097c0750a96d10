"""What the proofs of the ledger said, night by night."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin, of_own_brands
from accounts.brands.models import Brand
from commissions.audit.admin.reconciliation import reconciliation_urls
from commissions.audit.models import LedgerCheck
from commissions.audit.services import check_ledgers
from foundation.texts.translation import Text


@admin.register(LedgerCheck)
class LedgerCheckAdmin(ReadOnlyAdmin):
    is_small = True
    list_display = ["checked_at", "brand", "outcome", "laws", "fault_count", "seconds"]
    list_filter = [("brand", OnlyOwn), "checked_at"]
    ordering = ["-checked_at", "-pk"]
    fields = [("brand", "checked_at"), ("laws", "seconds"), "fault_count", "first_faults"]

    def get_urls(self) -> list[URLPattern]:
        check = path("check/", self.admin_site.admin_view(self.check_now), name="commissions_ledgercheck_check")
        return [check, *reconciliation_urls(self.admin_site), *super().get_urls()]

    def check_now(self, request: HttpRequest) -> HttpResponse:
        """Prove the ledgers of one's own brands at once; back to the front page, which says how they stand."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        checks = check_ledgers(
            brands=list(of_own_brands(Brand.objects.order_by("pk"), request.user, "pk")), at=timezone.now()
        )
        off = [check for check in checks if check.fault_count]
        if off:
            self.message_user(
                request,
                _("The ledger does not prove: %(brands)s") % {"brands": ", ".join(str(check.brand) for check in off)},
                messages.ERROR,
            )
        elif checks:
            self.message_user(request, _("The ledger proves."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:index"))

    @display(description=_("outcome"), ordering="fault_count", label={"proved": "success", "off": "danger"})
    def outcome(self, check: LedgerCheck) -> tuple[str, Text]:
        return ("off", _("off")) if check.fault_count else ("proved", _("proved"))

    @display(description=_("faults (the first hundred)"))
    def first_faults(self, check: LedgerCheck) -> SafeString | str:
        return format_html_join("", "<p>{}</p>", ((fault,) for fault in check.faults)) or "—"
