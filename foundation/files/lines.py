"""The lines of a file that a person gives, whatever wrote it."""

import io
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from foundation.files.encodings import CALLED, LONGEST_LINE, UTF_8, NotText, encoding_of
from foundation.files.faults import BadFile, Fault
from foundation.files.workbooks import MAGIC, OLD_MAGIC, lines_of_workbook
from foundation.texts.messages import Message


class ReadLines(Iterator[str]):
    """Lines, and what they were read as when it goes not without saying: `GB18030`, `UTF-16`, `XLSX`; else ''."""

    def __init__(self, lines: Iterator[str], read_as: str = "") -> None:
        self._lines, self.read_as = lines, read_as

    @property
    def aside(self) -> str:
        """What the last line of a command adds: how the file was read."""
        return f" (read as {self.read_as})" if self.read_as else ""

    def __iter__(self) -> Iterator[str]:
        return self._lines

    def __next__(self) -> str:
        return next(self._lines)


def read_lines(binary: BinaryIO, name: str) -> ReadLines:
    """The lines of a file that can be set back to its beginning; of a workbook the rows of its first sheet as CSV. No line
    is read to its end when it is longer than any legitimate one: a few kB of gzip can be one of many GB. Raises BadFile."""
    first = binary.read(4)
    binary.seek(0)
    if first == MAGIC:
        return ReadLines(lines_of_workbook(binary, name), "XLSX")
    if first == OLD_MAGIC:
        raise BadFile(name, [Fault(1, Message("is an old or a protected workbook: save it as XLSX or CSV"))])
    try:
        encoding = encoding_of(binary)
    except NotText as error:
        raise BadFile(name, [Fault(error.row, Message("is neither UTF-8 nor GB18030 (GBK)"))]) from None
    lines = _bounded(io.TextIOWrapper(binary, encoding=encoding, newline=""), name)
    return ReadLines(lines, "" if encoding == UTF_8 else CALLED[encoding])


def _bounded(text: io.TextIOWrapper, name: str) -> Iterator[str]:
    row = 0
    try:
        for row, line in enumerate(iter(partial(text.readline, LONGEST_LINE + 1), ""), start=1):
            if len(line) > LONGEST_LINE:
                raise BadFile(
                    name,
                    [Fault(row, Message("is a line of more than %(most)s Mi characters", most=LONGEST_LINE >> 20))],
                )
            yield line
    except UnicodeDecodeError:  # half a character at the end of UTF-16
        raise BadFile(name, [Fault(row + 1, Message("is cut short"))]) from None
    finally:
        text.detach()
