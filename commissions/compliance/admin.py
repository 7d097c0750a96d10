"""How a brand stands to the law, to read and to print; and who answers for its second level."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin, own_brands
from accounts.brands.models import Brand
from commissions.compliance.domain.facts import Named
from commissions.compliance.domain.report import Cell, Report, plain
from commissions.compliance.rendering import compliance_report, laid_out
from commissions.plans.models.policies import Acknowledgement
from foundation.admin.pages import anchor, table


@admin.register(Acknowledgement)
class AcknowledgementAdmin(ReadOnlyAdmin):
    """The rows, and the report that they are a part of."""

    is_small = True
    list_display = ["brand", "acknowledged_by", "acknowledged_at", "version"]
    list_filter = [("brand", OnlyOwn)]
    ordering = ["-acknowledged_at", "-pk"]

    def get_urls(self) -> list[URLPattern]:
        views = [
            ("compliance/", self.reports, "commissions_compliance_changelist"),
            ("compliance/<int:brand>/", self.report, "commissions_compliance_change"),
            ("compliance/<int:brand>/paper/", self.paper, "commissions_compliance_paper"),
        ]
        return [
            *(path(route, self.admin_site.admin_view(view), name=name) for route, view, name in views),
            *super().get_urls(),
        ]

    def reports(self, request: HttpRequest) -> HttpResponse:
        """The brands whose report one may read; who works for one brand is led to it."""
        brands = list(own_brands(request.user))
        if len(brands) == 1:
            return HttpResponseRedirect(reverse("admin:commissions_compliance_change", args=[brands[0].pk]))
        listed = table([_("brand"), _("compliance")], [(brand, report_link(brand)) for brand in brands])
        return render(request, "commissions/compliance_list.html", self._context(request) | {"brands": listed})

    def report(self, request: HttpRequest, brand: int) -> HttpResponse:
        report = _report(request, brand)
        with translation.override(report.language):
            page = {
                "report": laid_out(report, lambda cell: _linked(cell, report)),
                "languages": settings.LANGUAGES,
            }
            paper = {"paper": reverse("admin:commissions_compliance_paper", args=[brand])}
            return render(request, "commissions/compliance_admin.html", self._context(request) | page | paper)

    def paper(self, request: HttpRequest, brand: int) -> HttpResponse:
        """The report alone, to print or to hand on."""
        report = _report(request, brand)
        with translation.override(report.language):
            return render(request, "commissions/compliance_page.html", {"report": laid_out(report)})

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return self.admin_site.each_context(request) | {"title": _("Compliance")}


def report_link(brand: Brand) -> SafeString:
    return anchor(reverse("admin:commissions_compliance_change", args=[brand.pk]), _("report"))


def _report(request: HttpRequest, brand: int) -> Report:
    """The report in the language that was asked for. Raises Http404 for another's brand."""
    asked = request.GET.get("language", translation.get_language())
    return compliance_report(
        get_object_or_404(own_brands(request.user), pk=brand),
        at=timezone.now(),
        language=asked if asked in dict(settings.LANGUAGES) else "en",
    )


def _linked(cell: Cell, report: Report) -> str:
    """A cell; one that names a row leads to its page."""
    return (
        anchor(reverse(f"admin:{cell.table}_change", args=[cell.pk]), cell.text)
        if isinstance(cell, Named)
        else plain(cell, report.zone, report.language)
    )
