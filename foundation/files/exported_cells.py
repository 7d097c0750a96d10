"""Cells of an export: amounts in the major unit, text that no spreadsheet runs."""

import re
from datetime import UTC, datetime

# The same in Python's expressions and in PostgreSQL's
BLANKS = r"\u0009-\u000d\u0020\u0085\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
RUNS = rf"^[\t\r]|^[{BLANKS}]*[=+@\uff1d\uff0b\uff0d\uff20-]"
_RUNS = re.compile(RUNS)


def harmless(text: str) -> str:
    """Text that starts with TAB or CR, or with `= + - @`, full-width too, behind nothing but blanks and line breaks, gets an
    apostrophe in front, so that a spreadsheet shows it instead of running it."""
    return "'" + text if _RUNS.match(text) else text


def moment(instant: datetime | None) -> str:
    """ISO 8601 in UTC with Z, or empty."""
    return "" if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
