"""When each work of the clock was last done."""

from django.contrib import admin

from accounts.access.permissions.staff import ReadOnlyAdmin
from accounts.heartbeats.models import Heartbeat


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ["work", "done_at", "began_at", "expected_since"]
    ordering = ["done_at", "work"]
