"""In which encoding people's files are written: UTF-8, with a BOM or without, UTF-16, or GB18030, which has all of GBK
and GB 2312."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

BLOCK = 1 << 20
LONGEST_LINE = 16 << 20  # characters; the largest order event has a fifth of that
UTF_8, UTF_16, UTF_16_LE, UTF_16_BE, GB18030 = "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"
CALLED = {UTF_8: "UTF-8", UTF_16: "UTF-16", UTF_16_LE: "UTF-16", UTF_16_BE: "UTF-16", GB18030: "GB18030"}
SAMPLE = 4096
MANY_ZEROS = 0.3  # of every second byte: those beside Latin letters, digits and commas in UTF-16


class NotText(ValueError):
    """A file is in none of these encodings; `row` is where it stops being UTF-8."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


def encoding_of(binary: BinaryIO) -> str:
    """The encoding of a whole file, which is set back to its beginning. Raises NotText.

    What is no UTF-8 is GB18030 if it can be read so, unless most of what is not ASCII is good UTF-8: that is UTF-8 with a
    fault, and would be read as other characters."""
    try:
        sample = binary.read(SAMPLE)
        if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return UTF_16
        if encoding := _utf_16_without_mark(sample):
            return encoding
        row = _first_bad_row(binary, "utf-8")
        if not row:
            return UTF_8
        if _first_bad_row(binary, GB18030) or _is_mostly_utf_8(binary):
            raise NotText(row)
        return GB18030
    finally:
        binary.seek(0)


def _utf_16_without_mark(sample: bytes) -> str:
    """Its zeros stand at every second place, and at no other."""
    even, odd = sample[::2], sample[1::2]
    if even and odd.count(0) > MANY_ZEROS * len(odd) and 0 not in even:
        return UTF_16_LE
    if odd and even.count(0) > MANY_ZEROS * len(even) and 0 not in odd:
        return UTF_16_BE
    return ""


def _blocks(binary: BinaryIO) -> Iterator[bytes]:
    """The file, as far as its lines are not longer than any that is read."""
    binary.seek(0)
    since_break = 0
    while since_break <= 4 * LONGEST_LINE and (block := binary.read(BLOCK)):
        since_break = len(block) - block.rfind(b"\n") if b"\n" in block else since_break + len(block)
        yield block


def _first_bad_row(binary: BinaryIO, encoding: str) -> int:
    """Where a file stops being of this encoding; 0 when it does not."""
    decoder = codecs.getincrementaldecoder(encoding)()
    row = 1
    for block in _blocks(binary):  # not by lines: one of them may be longer than the memory
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            return row + error.object[: error.start].count(b"\n")
        row += block.count(b"\n")
    return 0 if not decoder.getstate()[0] else row


def _is_mostly_utf_8(binary: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    good = bad = 0
    for block in _blocks(binary):
        beyond_ascii = [char for char in decoder.decode(block) if not char.isascii()]
        bad += beyond_ascii.count("\ufffd")
        good += len(beyond_ascii)
    return good > 2 * bad  # good has the bad ones too
