"""Arguments of commands: files (UTF-8, a BOM is accepted, `-` is standard input, gzip when the name ends in .gz),
moments, pictures."""

import codecs
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from foundation.files.faults import BadFile, Fault, Refusal
from foundation.files.tables import instant
from foundation.terminal.bars import ProgressBar, progress_bar

if TYPE_CHECKING:
    from matplotlib.figure import Figure  # heavy, and only commands that draw need it

BLOCK = 1 << 20
LONGEST_LINE = 16 << 20  # characters; the largest order event has a fifth of that


class _ProgressReader(io.RawIOBase):
    """A file that moves a progress bar as it is read, a block at a time."""

    def __init__(self, file: io.FileIO, bar: ProgressBar) -> None:
        self.file, self.bar = file, bar
        self.done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self.file.readinto(buffer)
        self.done += count
        self.bar(self.done)
        return count


@contextmanager
def open_lines(path: str) -> Iterator[Iterator[str]]:
    """The lines of a file, with a progress bar on a terminal. Raises Refusal when it cannot be opened, BadFile when it
    is not UTF-8 or cut short."""
    if path == "-":
        with _text(sys.stdin.buffer, "-") as lines:
            yield lines
        return
    try:
        file = io.FileIO(path)
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from error
    with file, progress_bar(Path(path).name, total=Path(path).stat().st_size, is_bytes=True) as bar:
        reader = io.BufferedReader(_ProgressReader(file, bar), BLOCK)
        with _text(cast(BinaryIO, gzip.GzipFile(fileobj=reader)) if path.endswith(".gz") else reader, path) as lines:
            yield lines


@contextmanager
def _text(binary: BinaryIO, path: str) -> Iterator[Iterator[str]]:
    lines = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
    try:
        yield bounded(lines, path)
    except UnicodeDecodeError:
        raise BadFile(path, [Fault(_first_bad_line(path), "is not UTF-8")]) from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise BadFile(path, [Fault(1, "is not a whole gzip file")]) from None
    finally:
        lines.detach()


def bounded(lines: io.TextIOWrapper, name: str) -> Iterator[str]:
    """The lines of a text, none of them read to its end when it is longer than any legitimate line: a few kB of gzip
    can be one of many GB. Raises BadFile."""
    for row, line in enumerate(iter(partial(lines.readline, LONGEST_LINE + 1), ""), start=1):
        if len(line) > LONGEST_LINE:
            raise BadFile(name, [Fault(row, f"is a line of more than {LONGEST_LINE >> 20} Mi characters")])
        yield line


def _first_bad_line(path: str) -> int:
    """Where a file stops being UTF-8; 1 for standard input, which cannot be read again."""
    if path == "-":
        return 1
    decoder = codecs.getincrementaldecoder("utf-8")()
    row = 1
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as binary:
        while block := binary.read(BLOCK):  # not by lines: one of them may be longer than the memory
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return row + error.object[: error.start].count(b"\n")
            row += block.count(b"\n")
    return row


def moment_or(default: datetime, text: str | None) -> datetime:
    """The moment that an option such as `--as-of` names. Raises Refusal."""
    if text is None:
        return default
    try:
        return instant(text)
    except ValueError as error:
        raise Refusal(f"{error} ({text})") from None


def save_text(text: str, path: str) -> None:
    """Write a file to the letter. Raises Refusal."""
    try:
        Path(path).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from error


def save_picture(figure: "Figure", path: str) -> None:
    """Write a picture as its name says: SVG, or PNG, also without an ending. Raises Refusal."""
    kind = Path(path).suffix.lower() or ".png"
    if kind not in (".png", ".svg"):
        raise Refusal(f"{path}: a picture is .png or .svg")
    try:
        figure.savefig(path, format=kind[1:], dpi=110)
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from error
