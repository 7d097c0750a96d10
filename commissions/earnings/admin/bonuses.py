"""What campaigns paid on top, and what they could not pay any more."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from commissions.earnings.models.commissions import BonusTerms, MissedBonus
from foundation.admin.columns import amount, page


@admin.register(BonusTerms)
class BonusTermsAdmin(ReadOnlyAdmin):
    brand_path = "commission__koc__brand"
    list_display = ["commission_page", "granted", "base", "fixed", "came_from"]
    list_select_related = ["commission__brand"]
    search_fields = ["commission__koc__key"]
    commission_page = page("commission", _("commission"))
    granted = amount("granted_minor", _("granted"), currency="commission.brand.currency")
    base = amount("base_minor", _("base of the line"), currency="commission.brand.currency")
    fixed = amount("fixed_minor", _("fixed"), currency="commission.brand.currency")
    came_from = amount("from_minor", _("month's base before"), currency="commission.brand.currency")


@admin.register(MissedBonus)
class MissedBonusAdmin(ReadOnlyAdmin):
    brand_path = "campaign__brand"
    list_display = ["line_page", "koc_page", "campaign", "missed", "because"]
    list_select_related = ["campaign__brand", "line", "credit__koc"]
    list_filter = [("campaign", OnlyOwn)]
    narrowing_filter = ["because"]
    search_fields = ["line__order__key"]
    line_page = page("line", _("line"))
    koc_page = page("credit.koc", _("KOC"))
    missed = amount("amount_minor", _("missed"), currency="campaign.brand.currency")
