from django.contrib import admin

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from referrals.attribution.models import Acquaintance, Binding


@admin.register(Acquaintance)
class AcquaintanceAdmin(ReadOnlyAdmin):
    brand_path = "customer__brand"
    list_display = ["customer", "visitor"]
    search_fields = ["visitor", "customer__key"]


@admin.register(Binding)
class BindingAdmin(ReadOnlyAdmin):
    brand_path = "koc__brand"
    list_display = ["customer", "koc", "cause", "share", "since", "until", "because"]
    list_filter = [("koc__brand", OnlyOwn)]
    narrowing_filter = ["cause", "because", "since"]
    search_fields = ["customer__key", "customer__name", "koc__key", "koc__name"]
