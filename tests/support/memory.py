"""How much memory of Python a call takes at most, for a few rows and for many."""

import tracemalloc
from collections.abc import Callable

import pytest


def bytes_a_row_more(call: Callable[[int], object], few: int, many: int, monkeypatch: pytest.MonkeyPatch) -> float:
    """By how much the peak of a call grows from few rows to many, a row, when a hundred rows are read at a time. The
    call gets how many rows to take, and itself holds none of them."""
    monkeypatch.setattr("foundation.postgres.bulk.ROWS_AT_ONCE", 100)
    call(1)  # what is loaded or remembered once belongs to no row
    peaks = []
    for count in (few, many):
        tracemalloc.start()
        try:
            call(count)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return (peaks[1] - peaks[0]) / (many - few)
