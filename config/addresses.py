"""Addresses of the back office that nobody means. They are the asker's fault, and no fault of ours."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse

from accounts.access.permissions.lookups import completed_fields
from config.errors import in_back_office


class OddAddresses:
    """What Django's own pages would stumble over. The API and the pages of links say themselves what is wrong with an
    address, and where."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Raises BadRequest for a NUL, which PostgreSQL keeps in no text; PermissionDenied, as Django does, for choices
        that no form completes."""
        if not in_back_office(request):
            return
        if "\x00" in request.path or any(
            "\x00" in text for name, values in request.GET.lists() for text in (name, *values)
        ):
            raise BadRequest("a NUL in the address")
        if request.resolver_match is not None and request.resolver_match.view_name == "admin:autocomplete":
            asked = tuple(request.GET.get(name) for name in ("app_label", "model_name", "field_name"))
            if asked not in set(completed_fields(admin.site)):
                raise PermissionDenied

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Raises Http404 for a page of results that is none."""
        if in_back_office(request) and isinstance(exception, InvalidPage):
            raise Http404 from exception
