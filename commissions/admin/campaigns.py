"""What is paid on top of the plans, and what is left of each budget."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.permissions.staff import Edited, OnlyOwn, Shown
from commissions.admin.columns import amount, page
from commissions.models import BonusTerms, Campaign, MonthlyBase


@admin.register(Campaign)
class CampaignAdmin(Edited):
    list_display = ["key", "name", "brand", "kind", "starts_at", "ends_at", "budget", "reserved"]
    list_select_related = ["brand"]
    list_filter = ["kind", ("brand", OnlyOwn)]
    search_fields = ["key", "name"]
    ordering = ["-starts_at"]
    readonly_fields = ["reserved_minor"]
    budget = amount("budget_minor", "budget")
    reserved = amount("reserved_minor", "reserved")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One that has promised something stays as it is."""
        return super().has_change_permission(request, obj) and not (obj is not None and BonusTerms.objects.filter(commission__campaign=obj).exists())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "brand", "key"] if obj else list(self.readonly_fields)


@admin.register(MonthlyBase)
class MonthlyBaseAdmin(Shown):
    brand_path = "campaign__brand"
    list_display = ["campaign", "koc", "period", "base"]
    list_select_related = ["campaign__brand", "koc"]
    list_filter = [("campaign", OnlyOwn), "period"]
    search_fields = ["koc__key", "koc__name"]
    ordering = ["-period"]
    base = amount("base_minor", "base", currency="campaign.brand.currency")


@admin.register(BonusTerms)
class BonusTermsAdmin(Shown):
    brand_path = "commission__brand"
    list_display = ["commission_page", "granted", "base", "fixed", "came_from"]
    list_select_related = ["commission__brand"]
    search_fields = ["commission__koc__key"]
    ordering = ["-commission"]
    commission_page = page("commission", "commission")
    granted = amount("granted_minor", "granted", currency="commission.brand.currency")
    base = amount("base_minor", "base of the line", currency="commission.brand.currency")
    fixed = amount("fixed_minor", "fixed", currency="commission.brand.currency")
    came_from = amount("from_minor", "month's base before", currency="commission.brand.currency")
