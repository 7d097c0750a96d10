"""What sales earn, and how a brand pays."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from unfold.decorators import action, display

from accounts.permissions.staff import Edited, EditedInline, OnlyOwn, Shown
from commissions.admin.backtests import backtest_page
from commissions.models import IntakeSecret, LineAnswer, Plan, Rule


class RuleInline(EditedInline):
    model = Rule
    ordering = ["position"]


@admin.register(Plan)
class PlanAdmin(Edited):
    """A plan that has answered a sale stays as it is: what was earned under it must stay explainable. Write a new one instead."""

    list_display = ["key", "brand", "starts_at", "ends_at"]
    list_select_related = ["brand"]
    list_filter = [("brand", OnlyOwn)]
    search_fields = ["key"]
    ordering = ["-starts_at"]
    inlines = [RuleInline]
    actions_detail = ["backtest"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        answered = obj is not None and LineAnswer.objects.filter(plan=obj).exists()
        return super().has_change_permission(request, obj) and not answered

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["brand", "key"] if obj else []

    @action(description="Backtest 回测", url_path="backtest", permissions=["backtest"])
    def backtest(self, request: HttpRequest, object_id: str) -> HttpResponse:
        plan = get_object_or_404(self.get_queryset(request).select_related("brand"), pk=object_id)
        return backtest_page(request, plan, self.admin_site.each_context(request), at=timezone.now())

    def has_backtest_permission(self, request: HttpRequest, object_id: str) -> bool:
        """For plans that are not in force yet. One that is not there for the user is not found, rather than forbidden."""
        plan = self.get_object(request, object_id)
        return plan is None or plan.starts_at > timezone.now()


@admin.register(Rule)
class RuleAdmin(Shown):
    brand_path = "plan__brand"
    list_display = ["plan", "position", "priority", "skus", "categories", "tiers", "channels", "customer", "rate_bps", "fixed_minor", "override_bps"]
    list_select_related = ["plan"]
    list_filter = [("plan", OnlyOwn)]
    ordering = ["plan", "position"]


@admin.register(IntakeSecret)
class IntakeSecretAdmin(Shown):
    list_display = ["brand", "made_at", "ends_in"]
    list_select_related = ["brand"]
    exclude = ["secret"]
    readonly_fields = ["ends_in"]

    @display(description="ends in")
    def ends_in(self, secret: IntakeSecret) -> str:
        """Enough to tell two apart; `intake_secret` prints the whole."""
        return f"…{secret.secret[-4:]}"
