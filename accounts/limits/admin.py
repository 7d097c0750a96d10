from django.contrib import admin

from accounts.access.permissions.staff import SuperuserAdmin
from accounts.limits.models import Hits


@admin.register(Hits)
class HitsAdmin(SuperuserAdmin):
    list_display = ["scope", "window_start", "count"]
    list_filter = ["scope"]
