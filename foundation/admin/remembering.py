"""Columns of a page that are read several times while it is rendered, and computed once."""

from collections.abc import Callable
from functools import wraps
from typing import Any


def remembered(column: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The column with what it returned for a row kept on that row: Unfold asks five times for what a page shows."""

    @wraps(column)
    def once(row: Any) -> Any:
        kept = row.__dict__.setdefault("_shown", {})
        if column.__name__ not in kept:
            kept[column.__name__] = column(row)
        return kept[column.__name__]

    return once
