"""A door over an empty folder, for tests that open links."""

from pathlib import Path
from typing import Any

from referrals.visits.api.redirect import FastRedirect
from tests.support.clients import BROWSER
from tests.support.factories import NOW

META = {"REQUEST_METHOD": "GET", "HTTP_HOST": "testserver", "HTTP_USER_AGENT": BROWSER, "REMOTE_ADDR": "192.0.2.7"}


class OpenDoor:
    """A door over an empty folder, with a Django behind it that only says that it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked = folder, 0
        self.door = FastRedirect(self.django, folder=folder, beats=False)

    def django(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.asked += 1
        start_response("200 OK", [("From", "Django")])
        return [b""]

    def open(self, path: str, **meta: str) -> dict[str, str]:
        """The headers of the answer."""
        found: dict[str, str] = {}
        self.door(META | {"PATH_INFO": path} | meta, lambda _, headers: found.update(headers))
        return found

    def ingest(self) -> int:
        assert self.door.journal
        return self.door.journal.ingest(at=NOW)
