"""How large a text is drawn so that it fits its place."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from content.posters.domain.line_breaks import balanced, breaks_of, lines_of

Measured = Callable[[str, int], float]
"""The width of a text at a size, in pixels."""
ELLIPSIS = "…"


class Attempt(NamedTuple):
    """A size in pixels, and how many lines of it fit the place."""

    size: int
    lines: int


class Fitted(NamedTuple):
    """A text as it is drawn; `cut` says that its end is missing."""

    size: int
    lines: tuple[str, ...]
    cut: bool = False


def fitted(text: str, *, language: str, width: int, attempts: Sequence[Attempt], measure: Measured) -> Fitted:
    """The text, which is not empty, by the first of `attempts` that takes all of it.

    All are tried with lines that end between phrases, then with lines that end between words, then with lines that end
    inside a word. What does not fit then is cut, and ends in `…`. Lines that end well are made equally long.
    """
    breaks = breaks_of(text, language)
    for places in breaks:
        for size, most in attempts:
            lines = lines_of(text, places, width=width, most=most, measure=_at(size, measure))
            if lines:
                return Fitted(size, tuple(balanced(text, places, lines, _at(size, measure))))
    size, most = attempts[-1]
    return Fitted(size, tuple(_cut(text, breaks.characters, width, most, _at(size, measure))), cut=True)


def _at(size: int, measure: Measured) -> Callable[[str], float]:
    return lambda text: measure(text, size)


def _cut(text: str, places: Sequence[int], width: int, most: int, measure: Callable[[str], float]) -> list[str]:
    """The first lines of a text, as many as fit, the last with `…` at its end."""
    lines: list[str] = []
    start = 0
    while len(lines) < most - 1:
        ends = [place for place in places if place > start and measure(text[start:place].strip()) <= width]
        end = max(ends, default=_longest(text, start, width, measure))
        lines.append(text[start:end].strip())
        start = end
    end = _longest(text, start, width, lambda line: measure(line.strip() + ELLIPSIS))
    return [*lines, text[start:end].strip() + ELLIPSIS]


def _longest(text: str, start: int, width: int, measure: Callable[[str], float]) -> int:
    """Where a line that begins at `start` ends when nothing but its width counts."""
    end = start
    while end < len(text) and measure(text[start : end + 1]) <= width:
        end += 1
    return end
