"""The lookups that a page of the admin accepts: those of its own filters and searches, and none by which a hidden value
could be guessed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import DateField, DateTimeField, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.timezone import is_naive, make_aware
from unfold.admin import ModelAdmin

from foundation.phones import e164
from foundation.texts.moments import page_zone

LONGEST_SEARCH = 200


class DeclaredLookupsAdmin(ModelAdmin):
    """A page that accepts only the lookups in its own links. Django would accept any lookup on a table's own fields, a
    regular expression on a secret among them; a link from elsewhere to a list needs a filter there that accepts it.

    `narrowing_filter` are filters that no index serves: they are offered among the rows that a search found.
    """

    narrowing_filter: Sequence[Any] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Anything else is a 400, before any row is read and whatever the value."""
        return lookup in self._filter_lookups(request)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [*self.list_filter, *(self.narrowing_filter if request.GET.get(SEARCH_VAR, "").strip() else ())]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Who empties the search goes on without what narrowed it."""
        offered = self.get_list_filter(request)
        if len(offered) < len(self.list_filter) + len(self.narrowing_filter):
            hidden = {
                name for one in self.narrowing_filter for name in self._filter_of(one, request).expected_parameters()
            }
            if hidden & request.GET.keys():
                kept = QueryDict(mutable=True)
                for name, values in request.GET.lists():
                    if name not in hidden:
                        kept.setlist(name, values)
                return HttpResponseRedirect(f"{request.path}?{kept.urlencode()}")
        return super().changelist_view(request, extra_context)

    def _filter_lookups(self, request: HttpRequest) -> set[str]:
        """The names in the links of the filters; cached, since some kinds of filter query their choices when they are
        made."""
        if not hasattr(self, "_names"):
            names: set[str] = set()
            for declared in (*self.list_filter, *self.narrowing_filter):
                names.update(self._filter_of(declared, request).expected_parameters())
            self._names = names
        return self._names

    def _filter_of(self, declared: Any, request: HttpRequest) -> Any:
        """A filter as the list makes it from its declaration, with nothing chosen."""
        if isinstance(declared, type):
            return declared(request, {}, self.model, self)
        path, kind = declared if isinstance(declared, tuple) else (declared, admin.FieldListFilter.create)
        return kind(get_fields_from_path(self.model, path)[-1], request, {}, self.model, self, field_path=path)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A search longer than anybody types finds nothing: thousands of words are as many conditions. A whole phone is
        found in any spelling."""
        if len(search_term) > LONGEST_SEARCH:
            return queryset.none(), False
        rows, has_duplicates = super().get_search_results(request, queryset, search_term)
        phone_field = next(
            (name for name in self.get_search_fields(request) if name.startswith("=") and name.endswith("phone")), None
        )
        if phone_field and (phone := e164(search_term)):
            rows |= queryset.filter(**{phone_field[1:]: phone})
        return rows, has_duplicates

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The values that a link fills in, where the field accepts them."""
        fields = self.get_form(request, change=False).base_fields
        return {
            name: value
            for name, value in super().get_changeform_initial_data(request).items()
            if name in fields and _accepts(fields[name], value)
        }

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """Raises BadRequest when a chosen value is no key."""
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(key)
        except ValidationError:
            raise BadRequest(f"no key of {self.opts.label}") from None
        answer: HttpResponse | None = super().response_action(request, *args, **kwargs)
        return answer


def _accepts(field: Any, value: Any) -> bool:
    try:
        field.clean(value)
    except ValidationError:
        return False
    return True


class Moments(admin.DateFieldListFilter):
    """A filter by a time, which says the zone of its days. Times are given to PostgreSQL in UTC: it accepts no zone that
    is 16 hours away."""

    def __init__(self, field: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(field, *args, **kwargs)
        if isinstance(field, DateTimeField):
            self.title = f"{self.title} ({page_zone()})"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        used: Any = self.used_parameters
        try:
            for name in (self.lookup_kwarg_since, self.lookup_kwarg_until):
                if name in used:
                    used[name] = [_in_utc(self.field.to_python(value)) for value in used[name]]
        except (OverflowError, ValidationError) as error:
            raise IncorrectLookupParameters(error) from error
        return super().queryset(request, queryset)


def _in_utc(value: Any) -> Any:
    return (make_aware(value) if is_naive(value) else value).astimezone(UTC) if isinstance(value, datetime) else value


admin.FieldListFilter.register(lambda field: isinstance(field, DateField), Moments, take_priority=True)


def completed_fields(site: AdminSite) -> Iterator[tuple[str, str, str]]:
    """Application, model and field of every choice that a form of the admin completes while one types."""
    for model in apps.get_models():
        if site.is_registered(model):
            page: Any = site.get_model_admin(model)
            for form in (page, *page.inlines):
                yield from (
                    (form.model._meta.app_label, form.model._meta.model_name, field)
                    for field in form.autocomplete_fields
                )
