"""Bodies that come in chunks, without a Content-Length: Django would take them for empty."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_lengths(application: Application, *, most: int) -> Application:
    """An application that receives the length of every body. Of a body beyond `most` bytes only as much is read as
    shows that it is too large."""

    def with_length(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and not environ.get("CONTENT_LENGTH"):
            body = bytearray()
            while len(body) <= most and (part := environ["wsgi.input"].read(most + 1 - len(body))):
                body += part
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return with_length
