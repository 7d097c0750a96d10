from django.contrib import admin
from django.http import HttpRequest

from accounts.permissions.staff import Edited, OnlyOwn, Shown
from referrals.models import CreditPolicy, SponsorChange, Sponsorship


@admin.register(CreditPolicy)
class CreditPolicyAdmin(Edited):
    list_display = ["brand", "attribution", "window_days", "binding_mode", "self_purchase"]
    list_select_related = ["brand"]
    readonly_fields = ["brand"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a brand has one from the beginning


@admin.register(Sponsorship)
class SponsorshipAdmin(Shown):
    list_display = ["koc", "sponsor", "root", "depth", "brand"]
    list_select_related = ["koc", "sponsor", "root", "brand"]
    list_filter = [("brand", OnlyOwn), "depth"]
    search_fields = ["koc__name", "koc__key", "sponsor__name", "sponsor__key"]
    ordering = ["depth", "koc"]


@admin.register(SponsorChange)
class SponsorChangeAdmin(Shown):
    brand_path = "koc__brand"
    list_display = ["koc", "sponsor_before", "changed_at"]
    list_select_related = ["koc", "sponsor_before"]
    search_fields = ["koc__name", "koc__key"]
    ordering = ["-changed_at"]
