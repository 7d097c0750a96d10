"""The page on which programmers read how the API is called, and try it."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from markdown_it import MarkdownIt
from rest_framework.request import Request
from rest_framework.response import Response


class Call(NamedTuple):
    """One call of the API, and what it does in a few words."""

    method: str
    path: str
    summary: str


class ApiDocsView(SpectacularSwaggerSplitView):
    """The guide and every call, read within a few kB; what the calls take, and the form to try them, is Swagger's, which
    is 30 times as large and comes when somebody asks for it."""

    template_name = "api_docs.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *given: Any, **named: Any) -> Response:
        answer: Response = super().get(request, *given, **named)
        if "script" not in request.GET:
            answer.data |= {"guide": guide(), "calls": calls()}
        return answer


@cache
def guide() -> SafeString:
    text = settings.SPECTACULAR_SETTINGS["DESCRIPTION"]
    return mark_safe(MarkdownIt().render(text))  # noqa: S308  our own text


@cache
def calls() -> dict[str, list[Call]]:
    """All calls by the first word of their path, as the schema has them."""
    found: dict[str, list[Call]] = {}
    for call in _calls(SchemaGenerator().get_schema(request=None, public=True)):
        found.setdefault(call.path.removeprefix("/api/v1/").split("/")[0], []).append(call)
    return found


def _calls(schema: dict[str, Any]) -> Iterator[Call]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield Call(method.upper(), path, operation["summary"])
