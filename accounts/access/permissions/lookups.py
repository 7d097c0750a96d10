"""What may be asked of a page of the admin: what its own filters and searches offer, and nothing by which what is
hidden could be guessed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import DateField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import is_naive, make_aware
from unfold.admin import ModelAdmin

from foundation.phones import e164

LONGEST_SEARCH = 200


class DeclaredLookupsAdmin(ModelAdmin):
    """A page that is asked for rows only by the lookups in its own links. Django would let any lookup on a table's own
    fields be tried on it, a regular expression on a secret among them; a link from elsewhere to a list needs a filter
    there that takes it."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Anything else is answered 400, before any row is looked at and whatever the value."""
        return lookup in self._offered(request)

    def _offered(self, request: HttpRequest) -> set[str]:
        """The names in the links of the filters; kept, since some kinds of filter look for their choices when they are
        made."""
        if not hasattr(self, "_names"):
            self._names = {
                name for one in self.get_list_filter(request) for name in self._made(one, request).expected_parameters()
            }
        return self._names

    def _made(self, given: Any, request: HttpRequest) -> Any:
        """A filter as the list makes it, with nothing chosen."""
        if isinstance(given, type):
            return given(request, {}, self.model, self)
        path, kind = given if isinstance(given, tuple) else (given, admin.FieldListFilter.create)
        return kind(get_fields_from_path(self.model, path)[-1], request, {}, self.model, self, field_path=path)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Nothing is found by what nobody types: thousands of words are as many conditions. A phone that is searched
        whole is found however it is written."""
        if len(search_term) > LONGEST_SEARCH:
            return queryset.none(), False
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        whole = next(
            (name for name in self.get_search_fields(request) if name.startswith("=") and name.endswith("phone")), None
        )
        if whole and (phone := e164(search_term)):
            found |= queryset.filter(**{whole[1:]: phone})
        return found, has_duplicates

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What an address fills in, where the field takes it."""
        fields = self.get_form(request, change=False).base_fields
        return {
            name: value
            for name, value in super().get_changeform_initial_data(request).items()
            if name in fields and _takes(fields[name], value)
        }

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """Raises BadRequest when what was chosen is no key."""
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(key)
        except ValidationError:
            raise BadRequest(f"no key of {self.opts.label}") from None
        answer: HttpResponse | None = super().response_action(request, *args, **kwargs)
        return answer


def _takes(field: Any, value: Any) -> bool:
    try:
        field.clean(value)
    except ValidationError:
        return False
    return True


class Moments(admin.DateFieldListFilter):
    """A filter by a time, which is given to PostgreSQL in UTC: it knows no zone that is 16 hours away."""

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
