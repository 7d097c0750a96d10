from django.contrib import admin

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from referrals.propagation.models import PendingAggregate, ShareAggregate


@admin.register(ShareAggregate)
class ShareAggregateAdmin(ReadOnlyAdmin):
    brand_path = "share__brand"
    list_display = ["share", "size"]
    search_fields = ["share__code"]


@admin.register(PendingAggregate)
class PendingAggregateAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "brand"]
    list_filter = [("brand", OnlyOwn)]
