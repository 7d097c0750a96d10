from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from referrals.communities.models import Community, CommunityMember


@admin.register(Community)
class CommunityAdmin(ReadOnlyAdmin):
    is_small = True
    list_display = ["name", "kind", "leader", "people", "opened_at", "closed_at", "brand"]
    list_filter = ["kind", ("brand", OnlyOwn), ("closed_at", admin.EmptyFieldListFilter), "opened_at"]
    search_fields = ["name", "topic", "code", "leader__key", "leader__name"]
    ordering = ["-opened_at"]
    readonly_fields = ["public_id", "people"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(inside=Count("members", filter=Q(members__left_at=None)))

    @display(description=_("people"), ordering="inside")
    def people(self, community: Any) -> int:
        return int(community.inside)


@admin.register(CommunityMember)
class CommunityMemberAdmin(ReadOnlyAdmin):
    brand_path = "community__brand"
    list_display = ["community", "koc", "customer", "joined_at", "left_at"]
    search_fields = ["koc__key", "koc__name", "customer__key"]
