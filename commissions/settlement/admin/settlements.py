"""Settling a month, and reopening it."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access.permissions.staff import OnlyOwn, of_own_brands
from accounts.access.permissions.stepping import ConfirmedActions
from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.payouts.services.reopening import reopen_period
from commissions.settlement.models.statements import Settlement
from commissions.settlement.services.settlement import result_of, settle_period
from foundation.admin.pages import list_of, page_of, table
from foundation.money.amounts import shown


class Settling(forms.Form):
    brand = forms.ModelChoiceField(
        queryset=Brand.objects.none(), empty_label=None, label="brand 品牌", widget=UnfoldAdminSelectWidget
    )
    period = forms.RegexField(r"^\d{4}-\d{2}$", label="month 月份 (YYYY-MM)", widget=UnfoldAdminTextInputWidget)


class Reopening(forms.Form):
    because = forms.CharField(max_length=500, label="why 原因", widget=UnfoldAdminTextInputWidget)


@admin.register(Settlement)
class SettlementAdmin(ConfirmedActions):
    list_display = ["period", "brand", "currency", "settled_at", "on_request", "reopened_at"]
    list_select_related = ["brand"]
    list_filter = [("brand", OnlyOwn), "period", "on_request"]
    ordering = ["-period", "-pk"]
    fields = ["period", "brand", "settled_at", "on_request", "sums", "reopened_at", "reopened_by", "reopened_because"]
    readonly_fields = ["sums"]
    actions_list = ["settle"]
    actions_detail = ["reopen"]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        row = self.get_object(request, object_id)
        return (
            [] if row is None or row.on_request or row.reopened_at else super().get_actions_detail(request, object_id)
        )

    @display(description="sums")
    def sums(self, settlement: Settlement) -> SafeString:
        result, currency = result_of(settlement, is_new=False), settlement.currency
        return table(
            ["statements", "gross", "tax", "net", "carried out"],
            [
                (
                    f"{result.statements:,}",
                    *(
                        shown(sum_, currency)
                        for sum_ in (result.gross_minor, result.tax_minor, result.net_minor, result.carried_out_minor)
                    ),
                )
            ],
        )

    @action(description="Settle a month 结算", url_path="settle", icon="event_available")
    def settle(self, request: HttpRequest) -> HttpResponseBase:
        form = Settling(request.POST if request.method == "POST" else None)
        form.fields["brand"].queryset = of_own_brands(Brand.objects.order_by("name"), request.user, "pk")  # type: ignore[attr-defined]

        def act(said: Settling) -> HttpResponseRedirect:
            result = settle_period(
                brand=said.cleaned_data["brand"], period=said.cleaned_data["period"], at=timezone.now()
            )
            net = shown(result.net_minor, result.settlement.currency)
            verb = "settled 已结算" if result.is_new else "was settled before: nothing changed 此前已结算，未作更改"
            messages.success(
                request, f"{result.settlement.period} {verb}; {result.statements:,} statements, net {net}."
            )
            return HttpResponseRedirect(page_of(result.settlement))

        texts = [
            "Everybody who is owed at least the minimum for what was approved before the month's end gets a statement; the rest is carried.",
            "截至月末已确认且达到最低金额的，生成结算单；其余结转。",
            "Settling a month twice changes nothing. 重复结算无影响。",
        ]
        return self.step(
            request,
            title="Settle a month 结算",
            texts=texts,
            submit="Settle 结算",
            back=list_of(Settlement),
            act=act,
            form=form,
        )

    @action(description="Reopen 撤销结算", url_path="reopen", icon="lock_open")
    def reopen(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        row: Settlement = self.found(request, object_id)
        form = Reopening(request.POST if request.method == "POST" else None)

        def act(said: Reopening) -> HttpResponseRedirect:
            reopen_period(
                brand=row.brand,
                period=row.period,
                because=said.cleaned_data["because"],
                by=cast(User, request.user),
                at=timezone.now(),
            )
            messages.success(request, f"{row.period} is open again 已撤销结算.")
            return HttpResponseRedirect(page_of(row))

        texts = [
            "Its statements are void, and what was on them is due again; every movement goes back by a row of its own. 结算单作废，款项恢复为待结算。",
            "Only the latest month, and only while no payout batch holds one of its statements. 仅限最近一期，且未进入打款批次。",
        ]
        return self.step(
            request,
            title=f"Reopen 撤销结算 {row}",
            texts=texts,
            submit="Reopen 撤销结算",
            back=page_of(row),
            act=act,
            form=form,
        )
