"""Columns of a page that are read several times while it is rendered, and computed once."""

from collections.abc import Callable
from functools import wraps
from typing import Any


def remembered(name: str, column: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The column of that name, with what it returned for a row kept on that row: Unfold asks five times for what a page
    shows."""

    @wraps(column)
    def once(row: Any) -> Any:
        kept = row.__dict__.setdefault("_shown", {})
        if name not in kept:
            kept[name] = column(row)
        return kept[name]

    return once
