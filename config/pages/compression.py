"""Pages travel compressed. What the API says does not: it may hold a secret, and repeat what somebody else sent."""

from typing import Any

from django.http import HttpRequest
from django.middleware.gzip import GZipMiddleware


class CompressedPages(GZipMiddleware):
    """Django's, for HTML alone. Of a page only the token of its forms is a secret, which is another in each response."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        is_page = not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response
