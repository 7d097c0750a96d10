from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from accounts.access.permissions.staff import EditableAdmin, EditableInline, OnlyOwn, ReadOnlyAdmin
from accounts.brands.models import Brand, Tier


class TierInline(EditableInline):
    model = Tier
    fields = ["rank", "key", "name", "growth", "multiplier_bps", "keep", "keep_days"]
    ordering = ["rank"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Brand)
class BrandAdmin(EditableAdmin):
    is_small = True
    brand_path = "pk"
    list_display = ["name", "slug", "currency", "timezone", "approval", "candidate_purchases"]
    search_fields = ["name", "slug"]
    ordering = ["name"]
    fields = ["name", "slug", "currency", "timezone", "landing_url", "approval", "candidate_purchases", "created_at"]
    readonly_fields = ["created_at"]
    inlines = [TierInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The slug is in the shop's address, and amounts are in the currency: neither changes once it is said."""
        return [*self.readonly_fields, *(["slug", "currency", "timezone"] if obj else [])]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # `import_brand` makes a brand whole, with its policies and plans

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        obj.created_at = obj.created_at or timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(Tier)
class TierAdmin(ReadOnlyAdmin):
    is_small = True
    list_display = ["name", "brand", "rank", "growth", "multiplier_bps", "keep", "keep_days"]
    list_filter = [("brand", OnlyOwn)]
    search_fields = ["name", "key"]
    ordering = ["brand", "rank"]
