"""Every door is in the schema, and nothing that is not a door."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tests.support.clients import schema

UNDOCUMENTED = {  # the schema itself, and what only browsers open
    "/api/v1/schema", "/api/v1/docs", "/", "/language", "/media/{name}", "/media/private/{signed}",
}  # fmt: skip


def doors(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)
        elif not path.startswith("/admin/"):
            yield from doors(pattern, path)


def test_every_url_is_in_the_schema() -> None:
    assert set(doors(get_resolver())) - UNDOCUMENTED == set(schema()["paths"])
