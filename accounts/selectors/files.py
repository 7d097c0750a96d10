"""Files that an operator hands in: UTF-8, a BOM is accepted, `-` is standard input; gzip when the name ends in .gz."""

import gzip
import io
import sys
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from tqdm import tqdm

from accounts.domain.faults import BadFile, Fault, Refusal


@contextmanager
def open_lines(path: str) -> Iterator[Iterator[str]]:
    """The lines of a file, with a progress bar on a terminal. Raises Refusal when it cannot be opened, BadFile when it is not UTF-8."""
    if path == "-":
        yield _decoded(sys.stdin.buffer, "-", None)
        return
    try:
        raw: BinaryIO = open(path, "rb")  # noqa: SIM115  closed below
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from error
    with raw:
        unzipped = gzip.GzipFile(fileobj=raw) if path.endswith(".gz") else raw
        with tqdm(total=Path(path).stat().st_size, unit="B", unit_scale=True, desc=Path(path).name, disable=None, delay=1) as bar:
            lines = _decoded(unzipped, path, lambda: bar.update(raw.tell() - bar.n))  # type: ignore[arg-type]
            with closing(lines):  # a reader may stop at the header; then this lets go of the file before it is closed
                yield lines


def _decoded(raw: BinaryIO, name: str, tick: object) -> Generator[str]:
    lines = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
    number = 0
    try:
        for line in lines:
            number += 1
            if number % 5000 == 0 and callable(tick):
                tick()
            yield line
    except UnicodeDecodeError:
        raise BadFile(name, [Fault(number + 1, "is not UTF-8")]) from None
    except (gzip.BadGzipFile, EOFError):
        raise BadFile(name, [Fault(number + 1, "is not a whole gzip file")]) from None
    finally:
        lines.detach()
