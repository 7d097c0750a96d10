"""The rows and choices that brand staff see in the admin: those of the brands they work for, and nothing of another. A
superuser sees all."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten, flatten_fieldsets
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from unfold.admin import TabularInline

from accounts.access.permissions.brand_time import BrandTimeAdmin, has_zone
from accounts.access.permissions.lookups import LONGEST_SEARCH
from accounts.access.permissions.scoping import brand_numbers, of_own_brands
from accounts.brands.models import Brand
from foundation.admin.bounded import MOST_COUNTED, BoundedList, BoundedPaginator
from foundation.admin.columns import LEADS_ELSEWHERE
from foundation.admin.finding import found
from foundation.admin.numbers import ShownNumbers, TypedNumbers, is_shown_otherwise
from foundation.admin.remembering import remembered
from foundation.money.calendar import MOST_DAYS
from foundation.texts.names import relations_of_name, relations_of_names

MOST_CHOICES = 200  # of a filter
MOST_BRANDS = 1_000  # whose keys a superuser's search looks at


class OnlyOwn(admin.RelatedFieldListFilter):
    """A filter that offers the rows that one sees, where Django's own would offer everybody's."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        page = model_admin.admin_site.get_model_admin(field.remote_field.model)
        return [(row.pk, str(row)) for row in page.get_queryset(request)[:MOST_CHOICES]]

    def has_output(self) -> bool:
        """Who works for one brand has no choice of brands."""
        is_brand = self.field.related_model is Brand
        return len(self.lookup_choices) > 1 if is_brand else super().has_output()


def own_brands(user: Any) -> QuerySet[Brand]:
    """The brands that the user works for, by their name."""
    return of_own_brands(Brand.objects.order_by("name"), user, "pk")


class ReadOnlyAdmin(ShownNumbers, BrandTimeAdmin):
    """Rows that are only read. `brand_path` leads from a row to its brand, and so to its currency and zone; nothing is
    added, changed or deleted here.

    A table that grows with sales, people or clicks reads few rows for a list of it: the newest are first, one searches
    by what an index finds, and nothing is sorted but by `sortable_by`. A table that stays small says `is_small`: it is
    sorted by any column, and searched by parts of all its words.
    """

    is_small = False
    paginator: Any = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_select_related: bool | list[str] | tuple[str, ...] = ()
    show_full_result_count = False
    list_fullwidth = True

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        shown = {*flatten_fieldsets(self.fieldsets or ()), *flatten(self.fields or ()), *self.readonly_fields}
        for name in shown:
            if isinstance(name, str) and callable(getattr(type(self), name, None)):
                setattr(self, name, remembered(name, getattr(self, name)))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return of_own_brands(super().get_queryset(request), request.user, self.brand_path)

    def currency_owner(self) -> str:
        return self.brand_path

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """All rows are chosen only of a list whose number the page says: nobody acts on more than they were told."""
        if request.POST.get("select_across", "0") != "0" and self.paginator(queryset, 1).is_more:
            messages.error(
                request,
                _("More than %(most)s rows match. Narrow the list, or choose rows. Nothing was changed.")
                % {"most": f"{MOST_COUNTED:,}"},
            )
            return None
        return super().response_action(request, queryset, *args, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedList]:
        return BoundedList

    def get_ordering(self, request: HttpRequest) -> Any:
        """The newest first, where `ordering` is not served by an index: that of a large table is, for one brand."""
        return (self.ordering if self._is_sorted(request.user) else None) or ([] if self.is_small else ["-pk"])

    def get_sortable_by(self, request: HttpRequest) -> Any:
        if self.is_small:
            return self.sortable_by
        return (self.sortable_by if self._is_sorted(request.user) else None) or ()

    def _is_sorted(self, user: Any) -> bool:
        """Whether an index has the rows in the order of the page: an index of a brand has those of one brand."""
        return self.is_small or (not user.is_superuser and len(brand_numbers(user)) == 1)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if self.is_small or not search_term.strip() or len(search_term) > LONGEST_SEARCH:
            return super().get_search_results(request, queryset, search_term)
        numbers = self._searched_brands(request.user)
        return found(queryset, self.get_search_fields(request), search_term, brands=numbers), False

    def _searched_brands(self, user: Any) -> Sequence[int]:
        if not user.is_superuser:
            return brand_numbers(user)
        return list(Brand.objects.order_by("pk").values_list("pk", flat=True)[:MOST_BRANDS])

    def get_list_select_related(self, request: HttpRequest) -> list[str] | tuple[str, ...] | bool:
        """The rows that columns name, those that their names are made of, and the brand where each row says its zone or
        its currency. A page says itself when it needs others too."""
        named = [
            field.name for field in self.opts.concrete_fields if field.is_relation and field.name in self.list_display
        ]
        read = {*relations_of_name(self.model)}
        also: Any = self.list_select_related or ()
        read.update(relations_of_names(self.model, [*named, *also]))
        amounts = any(name.endswith("_minor") and is_shown_otherwise(self.model, name) for name in self.list_display)
        if self.brand_path not in {"", "pk"} and (amounts or not has_zone(request)):
            read.add(self.brand_path)
        return sorted(read)

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """The first column that holds no link to another row."""
        columns = {name: getattr(self, name, None) if isinstance(name, str) else name for name in list_display}
        free = [name for name, column in columns.items() if not hasattr(column, LEADS_ELSEWHERE)]
        return self.list_display_links or free[:1] or super().get_list_display_links(request, list_display)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(db_field, request, **self._choices(db_field, request), **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **self._choices(db_field, request), **kwargs)

    def _choices(self, db_field: Any, request: HttpRequest) -> dict[str, Any]:
        """Choices are rows that one sees."""
        model = db_field.remote_field.model
        if not self.admin_site.is_registered(model):
            return {}
        rows = self.admin_site.get_model_admin(model).get_queryset(request)
        return {"queryset": rows.select_related(*relations_of_name(model)) if relations_of_name(model) else rows}

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class EditableAdmin(ReadOnlyAdmin):
    """Rows that staff of the brand write: what is shared, and how it is paid. Nothing is deleted, since facts refer to
    it."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Days are ten years at most, as in brand.yaml: very many would lead out of the calendar when something is
        due."""
        if db_field.name.endswith("_days"):
            kwargs["max_value"] = MOST_DAYS
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request, obj)


class SuperuserAdmin(ReadOnlyAdmin):
    """Rows that are no brand's: for superusers alone."""

    brand_path = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super(ReadOnlyAdmin, self).get_queryset(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_view_permission(request, obj) and bool(request.user.is_superuser)


class EditableInline(TypedNumbers, TabularInline):
    """Lines of a row that staff write. Users who may not change the row may not change its lines."""

    extra = 0

    def currency_owner(self) -> str:
        """The brand of the row that these are lines of."""
        row = next(field.name for field in self.model._meta.concrete_fields if field.related_model is self.parent_model)
        path = self.admin_site.get_model_admin(self.parent_model).brand_path
        return row if path == "pk" else f"{row}__{path}"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The head of a column names its fields for who sees it; each field says its name itself for who does not."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            widget = getattr(field.widget, "widget", field.widget)
            widget.attrs.setdefault("aria-label", field.label)
        return field

    def _row(self, request: HttpRequest) -> Any:
        return self.admin_site.get_model_admin(self.parent_model)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self._row(request).has_view_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self._row(request).has_change_permission(request, obj))

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)
