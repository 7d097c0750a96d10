from django.contrib import admin

from accounts.access.models import IdempotentAnswer, OneTimeCode, Session
from accounts.access.permissions.staff import SuperuserAdmin


@admin.register(Session)
class SessionAdmin(SuperuserAdmin):
    list_display = ["user", "started_at", "expires_at", "ended_at"]
    search_fields = ["user__phone"]
    exclude = ["current_jti"]


@admin.register(OneTimeCode)
class OneTimeCodeAdmin(SuperuserAdmin):
    list_display = ["phone", "sent_at", "expires_at", "used_at"]
    search_fields = ["phone"]
    exclude = ["digest"]


@admin.register(IdempotentAnswer)
class IdempotentAnswerAdmin(SuperuserAdmin):
    list_display = ["key", "user", "status", "answered_at"]
    search_fields = ["user__phone"]
    exclude = ["body"]
