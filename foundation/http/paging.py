"""How much of a list is read at once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from foundation.ids import public_ids


class CursorPages(CursorPagination):
    """Pages that do not shift when rows are added: a cursor names the row where a page ends, by its order and its
    public id.

    The framework's own cursor counts rows of an equal order by offset, which ends at 1000; a night's commissions may
    all have one time. Cursors are signed: a client can only send back one that we issued. A view names its order by
    `page_order`, such as `-shared_at`."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering = "-pk"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        size = self._begin(request, queryset.model, view)
        backward, mark = self._read_cursor(queryset.model)
        rows = self._rows(queryset, backward=backward, mark=mark, size=size)
        more, self.page = len(rows) > size, rows[:size]
        if backward:
            self.page.reverse()
        self.has_next, self.has_previous = (True, more) if backward else (more, mark is not None)
        return self.page

    def first_page(self, read: Callable[[int], Sequence[Any]], request: Request, view: Any) -> list[Any]:
        """The page that no cursor names. `read` gives at most so many rows, in the order of the view; rows have `pk` and
        what they are in order of."""
        size = self._begin(request, view.queryset.model, view)
        rows = list(read(size + 1))
        self.has_next, self.has_previous, self.page = len(rows) > size, False, rows[:size]
        return rows[:size]

    def links(self) -> dict[str, str | None]:
        """What stands before the rows of a page."""
        return {"next": self.get_next_link(), "previous": self.get_previous_link()}

    def _begin(self, request: Request, model: Any, view: Any) -> int:
        """Note what was asked for; how many rows."""
        self.request, self.model = request, model
        self.order: str = getattr(view, "page_order", self.ordering)
        self.field = self.order.lstrip("-")
        return self.get_page_size(request)

    def get_page_size(self, request: Request) -> int:
        """As many rows as were asked for, at most `max_page_size`. Raises ValidationError for what is no number of
        rows."""
        size = request.query_params.get(self.page_size_query_param)
        if size is None:
            return self.page_size
        try:
            # a field of its own each time: it keeps its messages in the language that was first asked for
            return min(serializers.IntegerField(min_value=1).run_validation(size), self.max_page_size)
        except ValidationError as error:
            raise ValidationError({self.page_size_query_param: error.detail}) from None

    def get_next_link(self) -> str | None:
        return self._link(self.page[-1], backward=False) if self.has_next and self.page else None

    def get_previous_link(self) -> str | None:
        return self._link(self.page[0], backward=True) if self.has_previous and self.page else None

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def _rows(self, queryset: QuerySet[Any], *, backward: bool, mark: tuple[str, int] | None, size: int) -> list[Any]:
        falling = self.order.startswith("-") != backward
        sign, beyond = ("-", "lt") if falling else ("", "gt")
        after = Q()
        if mark is not None and self.field == "pk":
            after = Q(**{f"pk__{beyond}": mark[1]})
        elif mark is not None:
            # `lte` first, alone: an index on the field finds the start of the page by it
            after = Q(**{f"{self.field}__{beyond}e": mark[0]}) & (
                Q(**{f"{self.field}__{beyond}": mark[0]}) | Q(**{f"pk__{beyond}": mark[1]})
            )
        return list(queryset.filter(after).order_by(*dict.fromkeys([f"{sign}{self.field}", f"{sign}pk"]))[: size + 1])

    def _link(self, row: Any, *, backward: bool) -> str:
        value = "" if self.field == "pk" else getattr(row, self.field)
        text = value.isoformat() if isinstance(value, datetime) else value
        query = self.request.query_params.copy()
        query[self.cursor_query_param] = signing.dumps(
            [backward, text, self.model.public_id_of(row.pk)], salt=f"grove.cursor.{self.order}"
        )
        return f"{self.request.build_absolute_uri(self.request.path)}?{query.urlencode()}"

    def _read_cursor(self, model: Any) -> tuple[bool, tuple[str, int] | None]:
        cursor = self.request.query_params.get(self.cursor_query_param)
        if cursor is None:
            return False, None
        try:
            backward, value, public_id = signing.loads(cursor, salt=f"grove.cursor.{self.order}")
        except signing.BadSignature:
            backward, value, public_id = False, "", ""
        number = public_ids.decode(settings.PUBLIC_ID_KEY, model.prefix, public_id)
        if number is None:
            raise ValidationError({self.cursor_query_param: [_("Invalid cursor")]}, code="invalid_cursor")
        return backward, (value, number)
