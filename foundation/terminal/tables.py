"""Tables on a terminal."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from rich.cells import cell_len

from foundation.files.faults import on_one_line


def aligned(rows: Iterable[Sequence[str]], *, left: Collection[int] = (0,)) -> Iterator[str]:
    """Cells side by side, those of the columns `left` to the left and the others to the right. Chinese characters take
    two columns of a terminal, an accent on its own none."""
    cells = [[on_one_line(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        blanks = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        padded = [
            cell + blank if number in left else blank + cell
            for number, (cell, blank) in enumerate(zip(row, blanks, strict=True))
        ]
        yield "  ".join(padded).rstrip()
