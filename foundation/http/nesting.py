"""How deep lists and mappings are nested."""

from collections.abc import Iterable
from typing import Any

DEEPEST = 100  # far below the limits of Python and the database, on whatever page it is read again


def is_too_deep(content: Any) -> bool:
    """Whether lists and mappings are nested more than 100 deep. Visits one level after the other, so that depth costs
    no stack."""
    level = [content]
    for _ in range(DEEPEST):
        level = [item for node in level for item in _items(node)]
    return any(isinstance(node, dict | list) for node in level)


def _items(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()
