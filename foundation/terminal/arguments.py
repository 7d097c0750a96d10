"""Arguments of commands: files (in any encoding that `read_lines` knows, `-` is standard input, gzip when the name ends
in .gz), moments, pictures."""

import gzip
import io
import shutil
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from foundation.files.encodings import BLOCK
from foundation.files.faults import BadFile, Fault, Refusal
from foundation.files.lines import ReadLines, read_lines
from foundation.files.tables import instant
from foundation.terminal.bars import ProgressBar, progress_bar

if TYPE_CHECKING:
    from matplotlib.figure import Figure  # heavy, and only commands that draw need it


class _ProgressReader(io.RawIOBase):
    """A file that moves a progress bar as it is read, a block at a time."""

    def __init__(self, file: io.FileIO, bar: ProgressBar) -> None:
        self.file, self.bar = file, bar

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self.file.readinto(buffer)
        self.bar(self.file.tell())
        return count


@contextmanager
def open_lines(path: str) -> Iterator[ReadLines]:
    """The lines of a file, with a progress bar on a terminal; of a workbook its rows as lines of CSV. Standard input is
    kept in a temporary file until it is read. Raises Refusal when it cannot be opened, BadFile when it is in no known
    encoding or cut short."""
    if path == "-":
        with TemporaryFile() as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
            kept.seek(0)
            yield read_lines(cast(BinaryIO, kept), path)
        return
    try:
        file = io.FileIO(path)
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from error
    with file, progress_bar(Path(path).name, total=Path(path).stat().st_size, is_bytes=True) as bar:
        reader = io.BufferedReader(_ProgressReader(file, bar), BLOCK)
        try:
            unpacked = gzip.GzipFile(fileobj=reader) if path.endswith(".gz") else reader
            yield read_lines(cast(BinaryIO, unpacked), path)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise BadFile(path, [Fault(1, "is not a whole gzip file")]) from None


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
