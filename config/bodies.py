"""How large the body of a request may be."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from config.errors import error_response
from config.pages.refusals import in_back_office, refusal_page

MIB = 1024 * 1024
AT_ONCE = 64 * 1024
IN_MEMORY = MIB  # of a body in chunks; a longer one lies on the disk
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def most_bytes(path: str) -> int:
    """1 MiB; more where the view of an address says so by `most_bytes`, as those do that take pictures."""
    return _said_by_view(path) or settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0


def _said_by_view(path: str) -> int:
    """0: it says nothing."""
    try:
        view: Any = resolve(path).func
    except Resolver404:
        return 0
    return int(getattr(getattr(view, "view_class", view), "most_bytes", 0))


class BodyLimit:
    """A body over 1 MiB is refused before it is read; the JSON parser reads the stream itself and has no limit. Forms
    with pictures may be larger, and back office files of any size unless their page says otherwise.

    Any other body is read to its end before the response: an unread rest makes the server drop the connection, and with
    it the client's next request. A form with pictures goes to the disk while its view reads it, never into memory as a
    whole; what the view left is read afterwards."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("CONTENT_LENGTH") or "0"
        length = int(given) if given.isdigit() else 0
        usual = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        if in_back_office(request):
            is_refused = length > usual and 0 < _said_by_view(request.path_info) < length
            return refusal_page(request, 413) if is_refused else self.get_response(request)
        is_form = request.META.get("CONTENT_TYPE", "").lower().startswith("multipart/")
        most = most_bytes(request.path_info) if is_form else usual
        if length > most:
            detail = _("The body is larger than %(most)s MiB.") % {"most": most // MIB}
            return error_response(413, "body_too_large", detail)
        if most > usual:
            return self._streamed(request)
        with suppress(UnreadablePostError):
            request.body  # noqa: B018  reading is the point
        return self.get_response(request)

    def _streamed(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        with suppress(UnreadablePostError, ValueError):  # the view read it, and closed it
            while request.read(AT_ONCE):
                pass
        return response


def with_lengths(application: Application, *, most: Callable[[str], int]) -> Application:
    """An application that receives the length of every body: one in chunks says none, and Django would take it for empty.

    Of a body beyond as many bytes as `most` says for its path only as much is read as shows that it is too large."""

    def with_length(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower() or environ.get("CONTENT_LENGTH"):
            return application(environ, start_response)
        limit, length = most(environ.get("PATH_INFO", "")), 0
        with SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            while length <= limit and (part := environ["wsgi.input"].read(min(AT_ONCE, limit + 1 - length))):
                body.write(part)
                length += len(part)
            body.seek(0)
            return application(environ | {"wsgi.input": body, "CONTENT_LENGTH": str(length)}, start_response)

    return with_length
