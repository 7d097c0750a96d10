"""What is held for review."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.access.permissions.staff import ReadOnlyAdmin
from commissions.earnings.models.commissions import RiskReview
from foundation.admin.columns import amount, page


@admin.register(RiskReview)
class RiskReviewAdmin(ReadOnlyAdmin):
    brand_path = "commission__koc__brand"
    list_display = [
        "opened_at",
        "commission_page",
        "koc_page",
        "reason",
        "net",
        "opened_by",
        "outcome",
        "closed_by",
        "closed_at",
    ]
    list_select_related = ["commission__brand", "commission__koc", "opened_by", "closed_by"]
    list_filter = ["outcome", "reason", "opened_at"]
    search_fields = ["commission__koc__key", "commission__koc__name", "commission__line__order__key"]
    commission_page = page("commission", _("commission"))
    koc_page = page("commission.koc", _("KOC"))
    net = amount("commission.net_minor", _("net"), currency="commission.brand.currency", is_sorted=False)
