"""Clicks on their way to the database: one line each, in PostgreSQL's own text form of COPY."""

import re

COLUMNS = "id, code, visitor, at, source, robot"
CLICK_LINE = re.compile(
    rb"^[1-9][0-9]{0,17}\t[A-Za-z0-9_-]{1,16}\t[A-Za-z0-9_-]{22}\t[0-9]{1,17}\t[0-9a-f]{0,16}\t[tf]$", re.MULTILINE
)
CODE = re.compile(r"[A-Za-z0-9_-]{1,16}")


def line(number: int, code: str, visitor: str, at_us: int, source: str, *, robot: bool) -> bytes:
    """A click as it is written. It begins and ends a line: a line that was cut off before it, by a full disk, spoils
    only itself."""
    return f"\n{number}\t{code}\t{visitor}\t{at_us}\t{source}\t{'t' if robot else 'f'}\n".encode()


def whole_lines(piece: bytes) -> list[bytes]:
    """The clicks in a piece of a journal; a line that was cut off by a crash is no click, since no redirect was sent
    for it."""
    return CLICK_LINE.findall(piece)
