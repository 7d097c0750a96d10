from django.contrib import admin

from accounts.access.permissions.staff import ReadOnlyAdmin
from referrals.visits.models import Visit


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    brand_path = "share__brand"
    list_display = ["visited_at", "share", "uncounted", "source"]
    list_filter = ["visited_at"]
    narrowing_filter = ["uncounted"]
    search_fields = ["share__code", "visitor", "source"]
    readonly_fields = ["public_id"]
