from django.contrib import admin

from accounts.access.models import IdempotentAnswer, OneTimeCode, Session
from accounts.access.permissions.staff import SuperuserAdmin
from accounts.limits.models import Hits


@admin.register(Session)
class SessionAdmin(SuperuserAdmin):
    list_display = ["user", "started_at", "expires_at", "ended_at"]
    list_select_related = ["user"]
    search_fields = ["=user__phone"]
    exclude = ["current_jti"]
    ordering = ["-started_at"]


@admin.register(OneTimeCode)
class OneTimeCodeAdmin(SuperuserAdmin):
    list_display = ["phone", "sent_at", "expires_at", "used_at"]
    search_fields = ["phone"]
    exclude = ["digest"]
    ordering = ["-sent_at"]


@admin.register(Hits)
class HitsAdmin(SuperuserAdmin):
    list_display = ["scope", "window_start", "count"]
    list_filter = ["scope"]
    ordering = ["-window_start"]


@admin.register(IdempotentAnswer)
class IdempotentAnswerAdmin(SuperuserAdmin):
    list_display = ["key", "user", "status", "answered_at"]
    list_select_related = ["user"]
    search_fields = ["key", "=user__phone"]
    exclude = ["body"]
    ordering = ["-answered_at"]
