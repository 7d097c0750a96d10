"""The query parameters that a call takes."""

import re
import threading
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.settings import spectacular_settings
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from foundation.files.faults import LONGEST, beginning

CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
MOST_NAMED = 20
_turn = threading.Lock()


class DeclaredParameters(BasePermission):
    """A call takes the query parameters of its schema: its filters, its paging, and what it declares beside. Others are
    refused by name, since a filter that is misspelt would give the rows that it was meant to leave out.

    Links that people follow, probes and webhooks do without: what others append to their address is not ours to judge."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Raises ValidationError for the first unknown names, in the order that they came in."""
        declared = declared_parameters(request)
        if declared is None:
            return True
        if unknown := [name for name in request.query_params if name not in declared]:
            known = ", ".join(sorted(declared))
            text = (
                _("This parameter is not known here. Known are: %(names)s.") % {"names": known}
                if known
                else _("This parameter is not known here. There are none.")
            )
            raise ValidationError(
                {
                    beginning(name, LONGEST): [ErrorDetail(text, code="unknown_parameter")]
                    for name in unknown[:MOST_NAMED]
                }
            )
        return True


def declared_parameters(request: Request) -> frozenset[str] | None:
    """What the schema names for the address and the method of a request; HEAD is as GET. None: a method that is not
    allowed there."""
    match = request.resolver_match
    path = "/" + CONVERTER.sub(r"{\1}", match.route if match else "")
    with (
        _turn
    ):  # of the first requests of a process one reads the schema: its generator cannot be loaded by two threads at once
        declared = _declared()
    return declared.get((path, "get" if request.method == "HEAD" else str(request.method).lower()))


@cache
def _declared() -> dict[tuple[str, str], frozenset[str]]:
    """(path, method) → names. The schema takes a third of a second, once a process."""
    schema = spectacular_settings.DEFAULT_GENERATOR_CLASS().get_schema(request=None, public=True)
    return {
        (path, method): frozenset(one["name"] for one in call.get("parameters", ()) if one["in"] == "query")
        for path, calls in schema["paths"].items()
        for method, call in calls.items()
    }
