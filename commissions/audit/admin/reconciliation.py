"""The reconciliation of a brand's months, as a page."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access.permissions.staff import own_brands
from accounts.access.permissions.stepping import OfBrand
from commissions.audit.selectors.links import ReconciliationLink
from commissions.audit.selectors.report import Reconciliation, reconciliation
from foundation.admin.months import MonthField
from foundation.admin.pages import table
from foundation.files.faults import Refusal
from foundation.money.calendar import month_before
from foundation.texts.amounts import shown
from foundation.texts.translation import Text, translated_messages

ORDERS_ON_A_PAGE = 10_000
STAGES = {
    "orders": _("Orders"),
    "commissions": _("Commissions"),
    "statements": _("Statements"),
    "batches": _("Payout batches"),
    "bank": _("Bank"),
}


class ReconciliationForm(OfBrand):
    first = MonthField(label=_("from month"), with_current=True)
    last = MonthField(label=_("to month"), with_current=True)


def reconciliation_urls(site: AdminSite) -> list[URLPattern]:
    def page(request: HttpRequest) -> HttpResponse:
        """Without a question, the month that ended last is offered; a brand that one does not work for cannot be
        chosen."""
        form = _form(request)
        report = _report(form) if form.is_bound and form.is_valid() else None
        context = site.each_context(request) | {"title": _("Reconciliation"), "form": form, "report": report}
        return render(request, "commissions/reconciliation.html", context | (_laid_out(report) if report else {}))

    return [path("reconciliation/", site.admin_view(page), name="commissions_reconciliation_changelist")]


def _form(request: HttpRequest) -> ReconciliationForm:
    ended = month_before(timezone.localdate())
    return ReconciliationForm(
        request.GET or None, initial={"first": ended, "last": ended}, brands=own_brands(request.user)
    )


def _report(form: ReconciliationForm) -> Reconciliation | None:
    given = form.cleaned_data
    try:
        return reconciliation(given["brand"], first=given["first"], last=given["last"], recompute=ORDERS_ON_A_PAGE)
    except Refusal as refusal:
        form.add_error("first", translated_messages(refusal))
        return None


def _laid_out(report: Reconciliation) -> dict[str, Any]:
    currency = report.brand.currency
    steps = [
        (title, table([_("step"), _("count"), _("amount")], list(_rows(report, stage))))
        for stage, title in STAGES.items()
    ]
    links = table(
        [_("the same on both sides"), _("one side"), _("the other"), _("differences")],
        [
            (link.label, _side(link, link.told, currency), _side(link, link.found, currency), _outcome(link))
            for link in report.links
        ],
    )
    rows = [
        (
            link.label,
            one.row,
            _side(link, one.told, currency),
            _side(link, one.found, currency),
            _side(link, one.told - one.found, currency),
        )
        for link in report.links
        for one in link.differences
    ]
    return {
        "steps": steps,
        "links": links,
        "rows": table([_("link"), _("row"), _("one side"), _("the other"), _("difference")], rows) if rows else "",
    }


def _rows(report: Reconciliation, stage: str) -> Iterator[tuple[str, str, str]]:
    return (
        (step.label, f"{step.count:,}", shown(step.amount_minor, report.brand.currency))
        for step in report.steps
        if step.stage == stage
    )


def _side(link: ReconciliationLink, amount: int, currency: str) -> str:
    if not link.looked_at:
        return "—"
    return shown(amount, currency) if link.unit == "money" else f"{amount:,}"


def _outcome(link: ReconciliationLink) -> Text:
    if not link.looked_at:
        return _("too many orders for a page: the command reconcile looks at them")
    return f"✗ {link.count:,}" if link.count else "✓ 0"
