"""Addresses of the back office to which no link leads: an error of the client, not of the server."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse

from accounts.access.permissions.lookups import completed_fields
from config.pages.refusals import in_back_office


class OddAddresses:
    """Refuses addresses on which Django's own pages would fail. The API and the pages of links report by themselves
    what is wrong with an address, and where."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Raises BadRequest for a NUL, which PostgreSQL stores in no text; PermissionDenied, as Django does, for
        choices that no form completes."""
        if not in_back_office(request):
            return
        if any("\x00" in text for text in _texts(request)):
            raise BadRequest("a NUL in the address")
        if request.resolver_match is not None and request.resolver_match.view_name == "admin:autocomplete":
            field = tuple(request.GET.get(name) for name in ("app_label", "model_name", "field_name"))
            if field not in set(completed_fields(admin.site)):
                raise PermissionDenied

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Raises Http404 for a page of results that is none."""
        if in_back_office(request) and isinstance(exception, InvalidPage):
            raise Http404 from exception


def _texts(request: HttpRequest) -> Iterator[str]:
    """The path, and the names and values of the query."""
    yield request.path
    for name, values in request.GET.lists():
        yield name
        yield from values
