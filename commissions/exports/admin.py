"""Files to take away: asked for here, written in the background, fetched from the same page."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin, own_brands
from commissions.exports.models import Export
from commissions.exports.selectors import export_of
from commissions.exports.services import ask_export, export_files, name_of
from foundation.admin.columns import labelled
from foundation.admin.months import MonthField
from foundation.files.faults import Refusal
from foundation.money.calendar import month_before
from foundation.texts.translation import translated_messages

STATUS_LABELS = {
    Export.Status.WAITING: "warning",
    Export.Status.RUNNING: "info",
    Export.Status.DONE: "success",
    Export.Status.FAILED: "danger",
    Export.Status.EXPIRED: "info",
}


class ExportForm(ModelForm):
    period = MonthField(label=_("month"), with_current=True)

    class Meta:
        model = Export
        fields = ["brand", "kind", "period", "format"]

    def clean(self) -> dict[str, Any]:
        """What cannot be exported is said here, beside the period."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                export_of(cleaned["kind"], cleaned["brand"], cleaned["period"])
            except Refusal as refusal:
                self.add_error("period", translated_messages(refusal))
        return cleaned


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    is_small = True
    form = ExportForm
    list_display = ["asked_at", "kind", "period", "format", "brand", "status_label", "count", "asked_by"]
    list_filter = ["status", "kind", ("brand", OnlyOwn)]
    ordering = ["-asked_at", "-pk"]
    readonly_fields = ["count", "size"]
    status_label = labelled("status", STATUS_LABELS)
    actions = ["ask_again"]
    change_form_outer_before_template = "commissions/export_progress.html"

    def get_fieldsets(self, request: HttpRequest, obj: Export | None = None) -> Any:
        what = [("brand", "kind"), ("period", "format")]
        return [
            (
                None,
                {
                    "fields": [*what, ("asked_by", "asked_at"), ("status", "count"), ("size", "refusal")]
                    if obj
                    else what
                },
            )
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The month that ended last, and the brand if there is only one."""
        own = own_brands(request.user)[:2]
        return {
            "period": month_before(timezone.localdate()),
            **({"brand": own[0]} if len(own) == 1 else {}),
            **super().get_changeform_initial_data(request),
        }

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        user: Any = request.user
        asked = ask_export(
            brand=obj.brand, kind=obj.kind, period=obj.period, format=obj.format, by=user, at=timezone.now()
        )
        obj.__dict__.update(asked.__dict__)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:commissions_export_change", args=[obj.pk]))

    @action(description=_("Ask again"))
    def ask_again(self, request: HttpRequest, chosen: QuerySet[Export]) -> None:
        """What failed, from the beginning; what is at work is left so."""
        user: Any = request.user
        failed = list(chosen.filter(status=Export.Status.FAILED).select_related("brand"))
        for export in failed:
            try:
                ask_export(
                    brand=export.brand,
                    kind=export.kind,
                    period=export.period,
                    format=export.format,
                    by=user,
                    at=timezone.now(),
                )
            except Refusal as refusal:
                messages.error(request, " ".join(translated_messages(refusal)))
        messages.success(request, _("Exports requested again: %(count)s") % {"count": f"{len(failed):,}"})

    def get_urls(self) -> list[URLPattern]:
        views = [("progress", self.progress), ("file", self.file)]
        own = [
            path(f"<int:pk>/{name}", self.admin_site.admin_view(view), name=f"commissions_export_{name}")
            for name, view in views
        ]
        return [*own, *super().get_urls()]

    def progress(self, request: HttpRequest, pk: int) -> JsonResponse:
        """How far it is; asked every second by the page."""
        export: Export = get_object_or_404(self.get_queryset(request), pk=pk)
        at_work = export.status in Export.AT_WORK
        return JsonResponse(
            {
                "at_work": at_work,
                "status": export.get_status_display(),
                "rows": export.rows,
                "rows_done": export.rows_done,
                "percent": export.percent,
            }
        )

    def file(self, request: HttpRequest, pk: int) -> FileResponse | HttpResponseRedirect:
        """The file, streamed."""
        export: Export = get_object_or_404(self.get_queryset(request).select_related("brand"), pk=pk)
        try:
            if export.status == Export.Status.DONE:
                name = f"{export.brand.slug}-{export.kind}-{export.period}.{export.format}"
                return FileResponse(export_files().open(name_of(export)), as_attachment=True, filename=name)
        except FileNotFoundError:
            pass
        self.message_user(request, _("The file is not here (any more): ask for it again."), messages.WARNING)
        return HttpResponseRedirect(reverse("admin:commissions_export_change", args=[export.pk]))

    @display(description=_("rows"), ordering="rows")
    def count(self, export: Export) -> str:
        return "—" if export.rows is None else f"{export.rows:,}"

    @display(description=_("size"))
    def size(self, export: Export) -> str:
        return "—" if export.bytes is None else filesizeformat(export.bytes)
