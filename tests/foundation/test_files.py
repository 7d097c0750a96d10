import gzip
import tracemalloc
from collections import deque
from pathlib import Path

import pytest

from foundation.files import lines as files
from foundation.files.faults import BadFile, Fault
from foundation.terminal.arguments import open_lines


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    """64 MB in a file of 64 kB."""
    path = tmp_path / "products.csv.gz"
    with gzip.open(path, "wb") as written:
        written.write(b"sku\n")
        for _ in range(64):
            written.write(b"x" * (1 << 20))
    with open_lines(str(path)) as lines:
        assert next(lines) == "sku\n"
        with pytest.raises(BadFile) as refused:
            next(lines)
    assert refused.value.messages() == [f"{path}:2: is a line of more than 16 Mi characters"]


@pytest.mark.parametrize("before", [b"", b"sku\n" * 300_000], ids=["first line", "beyond a block"])
def test_what_is_not_utf_8_is_found_without_reading_a_whole_line(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "products.csv.gz"
    with gzip.open(path, "wb") as written:
        written.write(before + "é\xff".encode("latin-1"))
        for _ in range(64):
            written.write(b"x" * (1 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(BadFile) as refused, open_lines(str(path)) as lines:
            deque(lines, maxlen=0)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
    assert refused.value.messages() == [f"{path}:{before.count(b'sku') + 1}: is neither UTF-8 nor GB18030 (GBK)"]


def test_a_line_may_be_as_long_as_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LONGEST_LINE", 10)
    path = tmp_path / "a.csv"
    path.write_text("123456789\n1234567890", encoding="utf-8")
    with open_lines(str(path)) as lines:
        assert list(lines) == ["123456789\n", "1234567890"]


def test_of_a_very_long_fault_the_beginning_is_told() -> None:
    fault = Fault(1, "m" * 501, "c" * 201, "v" * 201)
    assert BadFile("f", [fault]).messages() == [f"f:1: {'m' * 500}… ({'c' * 200}…, {'v' * 200}…)"]
    assert Fault(1, "m" * 500, "c" * 200, "v" * 200).told() == f"{'m' * 500} ({'c' * 200}, {'v' * 200})"
