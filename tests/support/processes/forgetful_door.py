"""The negative control of the door: clicks wait in memory for their batch, so that a killed process loses them."""

# ruff: noqa: E402  the application comes first: it sets Django up
from datetime import datetime
from pathlib import Path

from django.core.wsgi import get_wsgi_application

get_wsgi_application()

from referrals.visits.api import redirect
from referrals.visits.services.visits import record_clicks


class MemoryJournal:
    def __init__(self, folder: Path) -> None:
        self.lines: list[bytes] = []

    def write(self, line: bytes) -> None:
        self.lines.append(line.strip())

    def ingest(self, *, at: datetime) -> int:
        taken, self.lines = self.lines, []
        return record_clicks(lines=taken, at=at)


redirect.Journal = MemoryJournal  # type: ignore[assignment,misc]

from config.wsgi import application

__all__ = ["application"]
