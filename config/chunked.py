"""Bodies that come in chunks, without a length said before: Django would take them for empty."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_lengths(application: Application, *, most: int) -> Application:
    """An application that is told the length of every body. Of one beyond `most` bytes only so much is read that it is
    seen to be too large."""

    def counted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and not environ.get("CONTENT_LENGTH"):
            body = bytearray()
            while len(body) <= most and (part := environ["wsgi.input"].read(most + 1 - len(body))):
                body += part
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return counted
