"""When each work of the clock was last done."""

from django.contrib import admin

from accounts.access.permissions.staff import SuperuserAdmin
from accounts.heartbeats.models import Heartbeat


@admin.register(Heartbeat)
class HeartbeatAdmin(SuperuserAdmin):
    is_small = True
    list_display = ["work", "began_at", "done_at", "expected_since"]
    ordering = ["work"]
