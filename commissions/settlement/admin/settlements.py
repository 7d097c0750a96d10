"""Settling a month, and reopening it."""

from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.access.permissions.staff import OnlyOwn, own_brands
from accounts.access.permissions.stepping import ConfirmedActions, OfBrand
from accounts.people.models import User
from commissions.earnings.services.facts import ingest_clicks_of_orders
from commissions.payouts.services.reopening import reopen_period
from commissions.settlement.models.statements import Settlement
from commissions.settlement.services.settlement import result_of, settle_period
from foundation.admin.months import MonthField
from foundation.admin.pages import list_of, page_of, table
from foundation.texts.amounts import shown


class Settling(OfBrand):
    period = MonthField(label=_("month"))


class Reopening(forms.Form):
    because = forms.CharField(max_length=500, label=_("why"), widget=UnfoldAdminTextInputWidget)


@admin.register(Settlement)
class SettlementAdmin(ConfirmedActions):
    is_small = True
    list_display = ["period", "brand", "currency", "settled_at", "on_request", "reopened_at"]
    list_filter = [("brand", OnlyOwn), "period", "on_request"]
    ordering = ["-period", "-pk"]
    fields = ["period", "brand", "settled_at", "on_request", "sums", "reopened_at", "reopened_by", "reopened_because"]
    actions_list = ["settle"]
    actions_detail = ["reopen"]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        row = self.get_object(request, object_id)
        return (
            [] if row is None or row.on_request or row.reopened_at else super().get_actions_detail(request, object_id)
        )

    @display(description=_("sums"))
    def sums(self, settlement: Settlement) -> SafeString:
        result, currency = result_of(settlement, is_new=False), settlement.currency
        sums = (result.gross_minor, result.tax_minor, result.net_minor, result.carried_out_minor)
        return table(
            [_("statements"), _("gross"), _("tax"), pgettext_lazy("of a statement", "net"), _("carried out")],
            [(f"{result.statements:,}", *(shown(sum_, currency) for sum_ in sums))],
        )

    @action(description=_("Settle a month"), url_path="settle", icon="event_available")
    def settle(self, request: HttpRequest) -> HttpResponseBase:
        def act(said: Settling) -> HttpResponseRedirect:
            now = timezone.now()
            ingest_clicks_of_orders(at=now)
            result = settle_period(**said.cleaned_data, at=now)
            net = shown(result.net_minor, result.settlement.currency)
            if result.is_new:
                said_of = _("%(month)s is settled: %(count)s statements, net %(net)s.")
            else:
                said_of = _("%(month)s was settled before, and nothing changed: %(count)s statements, net %(net)s.")
            figures = {"month": result.settlement.period, "count": f"{result.statements:,}", "net": net}
            messages.success(request, said_of % figures)
            return HttpResponseRedirect(page_of(result.settlement))

        texts = [
            _(
                "Everybody who is owed at least the minimum for what was approved before the month's end gets a statement; the rest is carried."
            ),
            _("Settling a month twice changes nothing."),
        ]
        form = partial(Settling, brands=own_brands(request.user))
        return self.step(
            request, act, title=_("Settle a month"), texts=texts, submit=_("Settle"), back=list_of(Settlement), form=form
        )  # fmt: skip

    @action(description=_("Reopen"), url_path="reopen", icon="lock_open")
    def reopen(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        row: Settlement = self.found(request, object_id)

        def act(said: Reopening) -> str:
            by, because = cast(User, request.user), said.cleaned_data["because"]
            reopen_period(brand=row.brand, period=row.period, because=because, by=by, at=timezone.now())
            return _("%(period)s is open again") % {"period": row.period}

        texts = [
            _(
                "Its statements are void, and what was on them is due again; every movement goes back by a row "
                "of its own."
            ),
            _("Only the latest month, and only while no payout batch holds one of its statements."),
        ]
        title, back = _("Reopen %(row)s") % {"row": row}, page_of(row)
        return self.step(request, act, title=title, texts=texts, submit=_("Reopen"), back=back, form=Reopening)
