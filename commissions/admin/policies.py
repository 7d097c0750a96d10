"""How a brand pays, who answers for it, and how it stands to the law."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldBooleanWidget

from accounts.permissions.staff import Edited, OnlyOwn, Shown, table
from commissions.domain.compliance.facts import Named
from commissions.domain.compliance.law import law_on
from commissions.domain.compliance.report import Cell, Report, plain
from commissions.models import Acknowledgement, PayPolicy
from commissions.selectors.compliance.report import compliance_report, laid_out
from commissions.services.policies import acknowledge_level_2


class PayPolicyForm(forms.ModelForm):
    """A second paid level is switched on by somebody who has read what it means, and says so here."""

    acknowledge = forms.BooleanField(required=False, label="I acknowledge the second paid level 本人确认", widget=UnfoldBooleanWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says = law_on(timezone.now().date()).level_2_acknowledgement.says
        self.fields["acknowledge"].help_text = format_html("<p>{}</p><p>{}</p>", says.zh_hans, says.en)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("paid_levels") == 2 and not self.instance.level2_acknowledged_by and not given.get("acknowledge"):
            raise forms.ValidationError({"acknowledge": "A second paid level needs somebody who has read this."})
        return given


@admin.register(PayPolicy)
class PayPolicyAdmin(Edited):
    form = PayPolicyForm
    list_display = ["brand", "hold_days", "hold_rule", "paid_levels", "total_cap_bps", "min_payout_minor", "tax", "report"]
    list_select_related = ["brand"]
    readonly_fields = ["brand", "level2_acknowledged_by", "level2_acknowledged_at", "report"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a brand has one from the beginning

    @display(description="compliance 合规")
    def report(self, policy: PayPolicy) -> SafeString:
        return _link(reverse("admin:commissions_compliance_change", args=[policy.pk]), "report 报告")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """The acknowledgement first: the database asks for it before it takes a second level."""
        if form.cleaned_data.get("acknowledge"):
            said = acknowledge_level_2(brand=obj.brand, by=f"{request.user} (user {request.user.pk})"[:120], at=timezone.now())
            obj.level2_acknowledged_by, obj.level2_acknowledged_at = said.acknowledged_by, said.acknowledged_at
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        views = [
            ("compliance/", self.compliance_list, "commissions_compliance_changelist"),
            ("compliance/<int:brand>/", self.compliance, "commissions_compliance_change"),
            ("compliance/<int:brand>/paper/", self.compliance_paper, "commissions_compliance_paper"),
        ]
        return [*(path(route, self.admin_site.admin_view(view), name=name) for route, view, name in views), *super().get_urls()]

    def compliance_list(self, request: HttpRequest) -> HttpResponse:
        """The brands whose report one may read; who works for one brand is led to it."""
        policies = list(self.get_queryset(request).select_related("brand").order_by("brand__name"))
        if len(policies) == 1:
            return HttpResponseRedirect(reverse("admin:commissions_compliance_change", args=[policies[0].pk]))
        brands = table(["brand", "compliance 合规"], [(policy.brand, self.report(policy)) for policy in policies])
        return render(request, "commissions/compliance_list.html", self._context(request) | {"brands": brands})

    def compliance(self, request: HttpRequest, brand: int) -> HttpResponse:
        report = self._report(request, brand)
        with translation.override(report.language):
            page = {"report": laid_out(report, lambda cell: _shown(cell, report.zone)), "languages": settings.LANGUAGES}
            paper = {"paper": reverse("admin:commissions_compliance_paper", args=[brand])}
            return render(request, "commissions/compliance_admin.html", self._context(request) | page | paper)

    def compliance_paper(self, request: HttpRequest, brand: int) -> HttpResponse:
        """The report alone, to print or to hand on."""
        report = self._report(request, brand)
        with translation.override(report.language):
            return render(request, "commissions/compliance_page.html", {"report": laid_out(report)})

    def _report(self, request: HttpRequest, brand: int) -> Report:
        policy = self.get_queryset(request).select_related("brand").filter(pk=brand).first()
        if policy is None:
            raise Http404
        asked = request.GET.get("language", translation.get_language())
        return compliance_report(policy.brand, at=timezone.now(), language=asked if asked in dict(settings.LANGUAGES) else "en")

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return self.admin_site.each_context(request) | {"title": "Compliance 合规报告"}


@admin.register(Acknowledgement)
class AcknowledgementAdmin(Shown):
    list_display = ["brand", "acknowledged_by", "acknowledged_at", "version"]
    list_select_related = ["brand"]
    list_filter = [("brand", OnlyOwn)]
    ordering = ["-acknowledged_at", "-pk"]


def _link(url: str, text: str) -> SafeString:
    return format_html('<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', url, text)


def _shown(cell: Cell, zone: str) -> str:
    """A cell; one that names a row leads to its page."""
    return _link(reverse(f"admin:{cell.table}_change", args=[cell.pk]), cell.text) if isinstance(cell, Named) else plain(cell, zone)
