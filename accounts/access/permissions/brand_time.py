"""The time zone of a page of the admin: its brand's.

Staff whose brands share a zone are in it on every page. Who sees brands of several zones is in that of the row that the
page is about, or of the brand that its list or its form is about; a list of several brands says each row's zone beside
its times, and its filters say that they are in UTC.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access.permissions.lookups import DeclaredLookupsAdmin
from accounts.access.permissions.scoping import of_own_brands
from accounts.brands.models import Brand
from accounts.people.models import Koc
from foundation.admin.columns import MomentColumn
from foundation.admin.time_fields import ZonedTimeField
from foundation.texts.moments import page_zone

OF_THE_BRAND = gettext_lazy("in the brand's time zone")


class BrandTime:
    """Middleware: a page of the admin is in the zone of its reader's brands, where they have one; anything else is in
    UTC, whatever a request before it left in the thread."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(None):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        match = request.resolver_match
        if match is not None and match.app_name == "admin" and request.user.is_authenticated and request.user.is_staff:
            zones = _zones_of(request.user)
            if len(zones) == 1:
                enter_zone(request, zones[0])


def _zones_of(user: Any) -> list[str]:
    """The zones of one's brands; the first two of several."""
    brands = of_own_brands(Brand.objects.order_by("timezone"), user, "pk")
    return list(brands.values_list("timezone", flat=True).distinct()[:2])


def enter_zone(request: HttpRequest, zone: str) -> None:
    """Let the rest of the request be in a zone; in the page's own for none."""
    if zone:
        timezone.activate(zone)
        vars(request)["zone"] = zone


def has_zone(request: HttpRequest) -> bool:
    """Whether all times of the page are of one zone."""
    return "zone" in vars(request)


def zone_of(row: Any, brand_path: str) -> str:
    """The zone of a row's brand; empty for a row without one."""
    for step in brand_path.split("__"):
        if row is None or not step:
            return ""
        row = row if step == "pk" else getattr(row, step)
    return row.timezone if row is not None else ""


def enter_zone_of_form(request: HttpRequest) -> None:
    """Let a form that is about a brand, or about a KOC of one, be in that brand's zone."""
    if has_zone(request):
        return
    said = request.POST if request.method == "POST" else request.GET
    brands = of_own_brands(Brand.objects.all(), request.user, "pk")
    for name, path in (("brand", "pk"), ("koc", "koc")):
        number = said.get(name, "")
        if number.isdecimal() and len(number) < 19:
            chosen = Koc.objects.filter(pk=number).values("brand") if path == "koc" else [number]
            enter_zone(request, brands.filter(pk__in=chosen).values_list("timezone", flat=True).first() or "")
            return


class BrandTimeAdmin(DeclaredLookupsAdmin):
    """Rows whose times are their brand's, as they are shown and as they are typed. `brand_path` leads from a row to its
    brand; it is empty where rows have none."""

    brand_path = "brand"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        times = (field.name for field in self.opts.get_fields() if isinstance(field, DateTimeField))
        self.readonly_preprocess_fields = dict.fromkeys(times, with_zone)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Times to the minute; their zone stands in the head of the first, or beside each where rows have several."""
        columns: list[Any] = []
        is_said = False
        for name in super().get_list_display(request):
            field = self._time_field(name)
            if field is None:
                columns.append(name)
            elif self.brand_path and not has_zone(request):
                columns.append(MomentColumn(name, field.verbose_name, self._zone_of))
            else:
                head = field.verbose_name if is_said else f"{field.verbose_name} ({page_zone()})"
                columns.append(MomentColumn(name, head))
                is_said = True
        return columns

    def _time_field(self, name: Any) -> Any:
        try:
            field = get_fields_from_path(self.model, name)[-1] if isinstance(name, str) else None
        except (FieldDoesNotExist, NotRelationField):
            return None
        return field if isinstance(field, DateTimeField) else None

    def _zone_of(self, row: Any) -> str:
        return zone_of(row, self.brand_path) or page_zone()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None and not has_zone(request):
            enter_zone(request, zone_of(row, self.brand_path))
        return row

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        number = request.GET.get(f"{self.brand_path}__id__exact", "")
        if number.isdecimal() and len(number) < 19 and not has_zone(request):
            own = of_own_brands(Brand.objects.filter(pk=number), request.user, "pk")
            enter_zone(request, own.values_list("timezone", flat=True).first() or "")
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if object_id is None:
            enter_zone_of_form(request)
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return answer

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Says whose time it is in."""
        row = self.get_object(request, object_id)
        title = _("Change history of %(row)s, times in %(zone)s") % {"row": row, "zone": page_zone()}
        return super().history_view(request, object_id, {"title": title} | (extra_context or {}))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """What is typed is the brand's time."""
        if isinstance(db_field, DateTimeField):
            zone = page_zone() if has_zone(request) or not self.brand_path else OF_THE_BRAND
            helps = " ".join(str(text) for text in (db_field.help_text, zone) if text)
            kwargs |= {"form_class": ZonedTimeField, "widget": ZonedTimeField.widget(), "help_text": helps}
        return super().formfield_for_dbfield(db_field, request, **kwargs)


def with_zone(shown: str) -> SafeString | str:
    """A time that is only shown, with the zone of its page."""
    return shown if shown in {"—", ""} else format_html("{} {}", shown, page_zone())
