"""Tables on a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from unicodedata import east_asian_width

from foundation.files.faults import on_one_line


def width(text: str) -> int:
    """Columns of a terminal: Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Cells side by side, the first of each row to the left and the others to the right."""
    cells = [[on_one_line(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    for first, *rest in cells:
        padded = [" " * (most - width(cell)) + cell for cell, most in zip(rest, widths[1:], strict=True)]
        yield "  ".join([first + " " * (widths[0] - width(first)), *padded]).rstrip()
