"""Cells of an export: amounts in the major unit, text that no spreadsheet runs."""

import re
from datetime import UTC, datetime

_RUNS = re.compile(r"[=+\-@\t\r]")


def harmless(text: str) -> str:
    """Text that starts with `= + - @` TAB or CR gets an apostrophe in front, so that a spreadsheet shows it instead of
    running it."""
    return "'" + text if _RUNS.match(text) else text


def moment(instant: datetime | None) -> str:
    """ISO 8601 in UTC with Z, or empty."""
    return "" if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
