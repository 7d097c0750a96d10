"""A plan that is not in force yet, tried on the orders of the last months: to look at before it begins."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from unfold.widgets import BASE_INPUT_CLASSES

from commissions.planning.domain.report import Backtest, Cost, OfKoc, percent
from commissions.planning.selectors.backtest import Span, draft_of
from commissions.planning.services.backtest import run_backtest
from commissions.plans.models.plans import Plan
from foundation.admin.pages import table
from foundation.money.amounts import shown

DAYS, KOCS = 90, 20
MONEY_HEADERS = ["actual 实际", "draft 草案", "difference 差额"]


class SpanForm(forms.Form):
    """Days of the brand's zone: from the first to before the second."""

    first_day = forms.DateField(
        label="paid from 支付日期自", widget=forms.DateInput({"type": "date", "class": " ".join(BASE_INPUT_CLASSES)})
    )
    day_after = forms.DateField(
        label="to before 至（不含）", widget=forms.DateInput({"type": "date", "class": " ".join(BASE_INPUT_CLASSES)})
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        first_day, day_after = cleaned.get("first_day"), cleaned.get("day_after")
        if first_day and day_after and first_day >= day_after:
            self.add_error("day_after", "must be after the first day 必须晚于起始日")
        return cleaned


def backtest_page(request: HttpRequest, plan: Plan, context: dict[str, Any], *, at: datetime) -> HttpResponse:
    """The tables of a backtest; the span that is asked for, or the 90 days before today."""
    today = at.astimezone(ZoneInfo(plan.brand.timezone)).date()
    form = SpanForm(request.GET or {"first_day": today - timedelta(days=DAYS), "day_after": today})
    found = _found(plan, form.cleaned_data["first_day"], form.cleaned_data["day_after"]) if form.is_valid() else None
    page = {"title": f"Backtest 回测: {plan}", "plan": plan, "form": form, "found": found}
    return render(request, "commissions/backtest.html", context | page | (_tables(found) if found else {}))


def _found(plan: Plan, first_day: date, day_after: date) -> Backtest:
    return run_backtest(span=Span(plan.brand, first_day, day_after), draft=draft_of(plan))


def _tables(found: Backtest) -> dict[str, str]:
    return {
        "totals": table(["", "", ""], _totals(found)),
        "tiers": table(
            ["tier 等级", "credits 笔数", *MONEY_HEADERS],
            [(tier.name, f"{tier.parts:,}", *_costs(found, tier.actual, tier.draft)) for tier in found.tiers],
        ),
        "rules": table(
            ["rule 规则", "lines 订单行", "GMV 成交额", "draft 草案"],
            [
                (f"{rule.place or '—'}. {rule.says}", f"{rule.lines:,}", shown(rule.left_minor, found.currency), shown(rule.draft.total_minor, found.currency))
                for rule in found.rules
            ],
        ),
        "gainers": _kocs(found, found.gainers(KOCS)),
        "losers": _kocs(found, found.losers(KOCS)),
    }  # fmt: skip


def _totals(found: Backtest) -> list[tuple[str, str, str]]:
    def cost(title: str, amount: Cost) -> tuple[str, str, str]:
        share = found.share_bps(amount)
        return (
            title,
            shown(amount.total_minor, found.currency),
            "" if share is None else f"{percent(share)} of GMV 占成交额",
        )

    return [
        (
            "orders 订单",
            f"{found.orders:,}",
            f"credited 有归属 {found.orders_credited:,}; not answered yet 待处理 {found.orders_unanswered:,}",
        ),
        (
            "GMV 成交额",
            shown(found.gmv_minor, found.currency),
            f"credited 有归属 {shown(found.gmv_credited_minor, found.currency)}",
        ),
        cost("actual cost 实际佣金", found.actual_cost),
        cost("cost of the draft 草案佣金", found.draft_cost),
        ("difference 差额", shown(found.difference_minor, found.currency), ""),
        (
            "bonuses of campaigns 活动奖励",
            shown(found.bonuses_minor, found.currency),
            "on top, in no other figure 另计",
        ),
        (
            "cut by the total cap 总额上限削减",
            shown(found.guard.amount_minor, found.currency),
            f"{found.guard.lines:,} lines 行",
        ),
        ("cut by caps 单行上限削减", shown(found.cap.amount_minor, found.currency), f"{found.cap.lines:,} lines 行"),
    ]


def _kocs(found: Backtest, kocs: list[OfKoc]) -> str:
    rows = [(f"{koc.key} {koc.name}", f"{koc.lines:,}", *_costs(found, koc.actual, koc.draft)) for koc in kocs]
    return table(["KOC", "lines 订单行", *MONEY_HEADERS], rows)


def _costs(found: Backtest, actual: Cost, draft: Cost) -> list[str]:
    return [
        shown(amount, found.currency)
        for amount in (actual.total_minor, draft.total_minor, draft.total_minor - actual.total_minor)
    ]
