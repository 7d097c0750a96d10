"""The bodies of requests."""

from collections.abc import Mapping
from json import JSONDecodeError
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.serializers import Serializer

from foundation.http.nesting import is_too_deep


class BoundedJSONParser(JSONParser):
    """JSON of at most 100 levels.

    How deep Python itself can read differs by version and by the depth of the call stack: what one page accepted,
    another could not show."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            content = super().parse(stream, media_type, parser_context)
        except ParseError as error:  # the framework says why in English
            raise ParseError(_not_json(error.__context__)) from None
        if is_too_deep(content):
            raise ParseError(_("The request is nested too deeply."))
        return content


def _not_json(fault: BaseException | None) -> str:
    if isinstance(fault, JSONDecodeError):
        place = {"line": fault.lineno, "column": fault.colno}
        return _("The body stops being JSON at line %(line)s, column %(column)s.") % place
    return _("The body is not JSON in UTF-8.")


def given(serializer: type[Serializer[Any]], sent: Any) -> dict[str, Any]:
    """What was sent, as its serializer reads it. Raises ValidationError."""
    read = serializer(data=sent)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)
