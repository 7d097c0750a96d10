from django.contrib import admin

from accounts.access.permissions.staff import ReadOnlyAdmin
from referrals.visits.models import Visit


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    brand_path = "share__brand"
    list_display = ["visited_at", "share", "uncounted", "source"]
    list_filter = ["uncounted", "visited_at"]
    search_fields = ["share__code", "=visitor", "=source"]
    ordering = ["-visited_at"]
    readonly_fields = ["public_id"]
