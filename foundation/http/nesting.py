"""How deep lists and mappings stand within each other."""

from typing import Any

DEEPEST = 100  # far below where Python or the database gives up, on whatever page it is read again


def is_too_deep(content: Any) -> bool:
    """Whether more than 100 lists and mappings stand within each other. Looks at one level after the other, so that
    depth costs no stack."""
    level = [content]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return any(isinstance(one, dict | list) for one in level)
