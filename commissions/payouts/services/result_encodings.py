"""The encoding of a bank's file: UTF-8, else GB18030, which has all of GBK and GB 2312, or UTF-16 with its mark."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from foundation.files.faults import BadFile, Fault, Refusal
from foundation.terminal.arguments import bounded, open_lines
from foundation.texts.messages import Message

BLOCK = 1 << 20
UTF_8, UTF_16, GB18030 = "utf-8-sig", "utf-16", "gb18030"
CALLED = {UTF_8: "UTF-8", UTF_16: "UTF-16", GB18030: "GB18030"}
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # XLSX, and XLS


def encoding_of(binary: BinaryIO, name: str) -> str:
    """The encoding of a whole file, which is read to its end and set back to its beginning. Raises BadFile for one that
    is none of them, and for a workbook of Excel."""
    beginning = binary.read(4)
    binary.seek(0)
    if beginning.startswith(WORKBOOKS):
        raise BadFile(name, [Fault(1, Message("is an Excel workbook: save it as CSV, in UTF-8 or GBK"))])
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF_16
    encoding = next((encoding for encoding in (UTF_8, GB18030) if _is_written_in(binary, encoding)), "")
    if not encoding:
        raise BadFile(name, [Fault(1, Message("is neither UTF-8 nor GB18030 (GBK)"))])
    return encoding


def _is_written_in(binary: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := binary.read(BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        binary.seek(0)
    return True


@contextmanager
def open_results(path: str) -> Iterator[tuple[Iterator[str], str]]:
    """The lines of a file of results, and its encoding. Standard input and gzip are UTF-8. Raises Refusal when it cannot
    be opened, BadFile when it cannot be read."""
    if path == "-" or path.endswith(".gz"):
        with open_lines(path) as lines:
            yield lines, UTF_8
        return
    try:
        file = io.FileIO(path)
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from error
    with io.BufferedReader(file) as binary:
        encoding = encoding_of(binary, path)
        if encoding != UTF_8:
            with io.TextIOWrapper(binary, encoding=encoding, newline="") as lines:
                yield bounded(lines, path), encoding
            return
    with open_lines(path) as lines:
        yield lines, UTF_8
