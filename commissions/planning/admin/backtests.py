"""A plan that is not in force yet, tried on the orders of the last months: to look at before it begins."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from unfold.widgets import BASE_INPUT_CLASSES

from commissions.planning.domain.report import Backtest, Cost, OfKoc
from commissions.planning.selectors.backtest import Span, draft_of
from commissions.planning.services.backtest import run_backtest
from commissions.plans.models.plans import Plan
from foundation.admin.pages import table
from foundation.texts.amounts import percent, shown
from foundation.texts.translation import Text, translated

DAYS, KOCS = 90, 20
MONEY_HEADERS = [_("actual"), _("draft"), _("difference")]


class SpanForm(forms.Form):
    """Days of the brand's zone: from the first to before the second."""

    first_day = forms.DateField(
        label=_("paid from"), widget=forms.DateInput({"type": "date", "class": " ".join(BASE_INPUT_CLASSES)})
    )
    day_after = forms.DateField(
        label=_("to before"), widget=forms.DateInput({"type": "date", "class": " ".join(BASE_INPUT_CLASSES)})
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        first_day, day_after = cleaned.get("first_day"), cleaned.get("day_after")
        if first_day and day_after and first_day >= day_after:
            self.add_error("day_after", _("must be after the first day"))
        return cleaned


def backtest_page(request: HttpRequest, plan: Plan, context: dict[str, Any], *, at: datetime) -> HttpResponse:
    """The tables of a backtest; the span that is asked for, or the 90 days before today."""
    today = at.astimezone(ZoneInfo(plan.brand.timezone)).date()
    form = SpanForm(request.GET or {"first_day": today - timedelta(days=DAYS), "day_after": today})
    found = _found(plan, form.cleaned_data["first_day"], form.cleaned_data["day_after"]) if form.is_valid() else None
    page = {"title": _("Backtest %(plan)s") % {"plan": plan}, "plan": plan, "form": form, "found": found}
    return render(request, "commissions/backtest.html", context | page | (_tables(found) if found else {}))


def _found(plan: Plan, first_day: date, day_after: date) -> Backtest:
    return run_backtest(span=Span(plan.brand, first_day, day_after), draft=draft_of(plan))


def _tables(found: Backtest) -> dict[str, str]:
    return {
        "totals": table(["", "", ""], _totals(found)),
        "tiers": table(
            [_("tier"), _("credits"), *MONEY_HEADERS],
            [(tier.name, f"{tier.parts:,}", *_costs(found, tier.actual, tier.draft)) for tier in found.tiers],
        ),
        "rules": table(
            [_("rule"), _("lines"), _("GMV"), _("draft")],
            [
                (
                    f"{rule.place or '—'}. {translated(rule.says)}",
                    f"{rule.lines:,}",
                    shown(rule.left_minor, found.currency),
                    shown(rule.draft.total_minor, found.currency),
                )
                for rule in found.rules
            ],
        ),
        "gainers": _kocs(found, found.gainers(KOCS)),
        "losers": _kocs(found, found.losers(KOCS)),
    }  # fmt: skip


def _totals(found: Backtest) -> list[tuple[Text, str, Text]]:
    def cost(title: Text, amount: Cost) -> tuple[Text, str, Text]:
        share = found.share_bps(amount)
        return (
            title,
            shown(amount.total_minor, found.currency),
            "" if share is None else _("%(share)s of GMV") % {"share": percent(share)},
        )

    return [
        (
            _("orders"),
            f"{found.orders:,}",
            _("credited %(credited)s; not credited yet %(waiting)s")
            % {
                "credited": f"{found.orders_credited:,}",
                "waiting": f"{found.orders_unanswered:,}",
            },
        ),
        (
            _("GMV"),
            shown(found.gmv_minor, found.currency),
            _("credited %(gmv_credited)s") % {"gmv_credited": shown(found.gmv_credited_minor, found.currency)},
        ),
        cost(_("actual cost"), found.actual_cost),
        cost(_("cost of the draft"), found.draft_cost),
        (_("difference"), shown(found.difference_minor, found.currency), ""),
        (
            _("bonuses of campaigns"),
            shown(found.bonuses_minor, found.currency),
            _("on top, in no other figure"),
        ),
        (
            _("cut by the total cap"),
            shown(found.guard.amount_minor, found.currency),
            _("%(lines)s lines") % {"lines": f"{found.guard.lines:,}"},
        ),
        (
            _("cut by caps"),
            shown(found.cap.amount_minor, found.currency),
            _("%(lines)s lines") % {"lines": f"{found.cap.lines:,}"},
        ),
    ]


def _kocs(found: Backtest, kocs: list[OfKoc]) -> str:
    rows = [(f"{koc.key} {koc.name}", f"{koc.lines:,}", *_costs(found, koc.actual, koc.draft)) for koc in kocs]
    return table([_("KOC"), _("lines"), *MONEY_HEADERS], rows)


def _costs(found: Backtest, actual: Cost, draft: Cost) -> list[str]:
    return [
        shown(amount, found.currency)
        for amount in (actual.total_minor, draft.total_minor, draft.total_minor - actual.total_minor)
    ]
