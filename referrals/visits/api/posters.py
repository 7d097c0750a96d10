"""`GET /s/{code}/poster.jpg` in front of Django: what Django answered a moment ago is sent from the file of the poster."""

import os
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from wsgiref.util import FileWrapper

from django.utils.http import parse_etags

from content.posters.services.keeping import POSTERS
from referrals.visits.api.redirect import Application, Headers

REMEMBERED_SECONDS = 10
"""As long a poster may show what was true; a browser keeps it for an hour."""
MOST_REMEMBERED = 10_000


class PosterAnswer(NamedTuple):
    """Django's answer but for its body, and the name of the file that holds it."""

    file: str
    headers: Headers
    until: float


class FastPosters:
    """The WSGI application: posters that are remembered first, everything else is Django's.

    It knows only what Django said: a whole poster, to the same host and path, over the same scheme, less than 10 seconds ago.
    A file that was swept meanwhile is Django's to draw."""

    def __init__(self, django: Application) -> None:
        self._django = django
        self._answers: dict[tuple[str, ...], PosterAnswer] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if not (path.startswith("/s/") and path.endswith("/poster.jpg")) or not _is_plain(environ):
            return self._django(environ, start_response)
        asked = (path, environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_PROTO", ""))
        answer = self._answers.get(asked)
        if answer and time.monotonic() < answer.until and (file := POSTERS.open(answer.file)):
            length = os.fstat(file.fileno()).st_size
            start_response("200 OK", [*answer.headers, ("Content-Length", str(length))])
            sent: Iterable[bytes] = environ.get("wsgi.file_wrapper", FileWrapper)(file)
            return sent

        since = time.monotonic()

        def noted(status: str, headers: Headers, *more: Any) -> Any:
            self._remember(asked, status, headers, since=since)
            return start_response(status, headers, *more)

        return self._django(environ, noted)

    def _remember(self, asked: tuple[str, ...], status: str, headers: Headers, *, since: float) -> None:
        said = {name.lower(): value for name, value in headers}
        (etag,) = parse_etags(said.get("etag", "")) or [""]
        if not status.startswith("200 ") or not etag or "set-cookie" in said:
            self._answers.pop(asked, None)
            return
        if len(self._answers) >= MOST_REMEMBERED:
            self._answers.clear()
        same = [(name, value) for name, value in headers if name.lower() != "content-length"]
        self._answers[asked] = PosterAnswer(etag.strip('"'), same, since + REMEMBERED_SECONDS)


def _is_plain(environ: dict[str, Any]) -> bool:
    return (
        environ["REQUEST_METHOD"] == "GET" and not environ.get("QUERY_STRING") and "HTTP_IF_NONE_MATCH" not in environ
    )
