"""Files that are made once and read many times, in a folder that all processes of a machine share."""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from io import FileIO
from pathlib import Path
from threading import Lock, get_ident
from typing import NamedTuple

from django.conf import settings

logger = logging.getLogger(__name__)
LOOKED_AFTER = timedelta(minutes=30)
"""How often each process that uses a folder sweeps it by itself, whatever the clock does."""
LOOKED_AFTER_SHARE = 16
"""It sweeps too when it alone wrote this part of what the folder may hold."""


class _File(NamedTuple):
    written: float
    size: int
    path: Path


class KeptFiles:
    """Files of a folder of `VAR_DIR`, by names that say all that is in them: what a name stands for never changes, so a
    file that is there is right.

    It holds at most `most_bytes`, and no file for longer than `at_most`: `sweep` removes what is older, then the oldest.
    Whoever writes and reads sweeps now and then, so between two looks it may hold a sixteenth more for each process. A
    disk that is full or broken keeps nothing, and is no reason to fail."""

    def __init__(self, folder: str, *, most_bytes: int, at_most: timedelta) -> None:
        self.folder, self.most_bytes, self.at_most = folder, most_bytes, at_most
        self._turn = Lock()
        self._looked: datetime | None = None
        self._wrote = 0

    @property
    def place(self) -> Path:  # read each time: tests move it
        return Path(settings.VAR_DIR) / self.folder

    def open(self, name: str) -> FileIO | None:
        """A file to read; None when it is not there."""
        try:
            return (self.place / name[:2] / name).open("rb", buffering=0)
        except OSError:
            return None

    def read(self, name: str) -> bytes | None:
        """The content of a file; None when it is not there."""
        if file := self.open(name):
            with file, suppress(OSError):
                return file.readall()
        return None

    def keep(self, name: str, content: bytes) -> None:
        """Store a file: whole or not at all. Of two that write it at once the last stays, which is the same."""
        target = self.place / name[:2] / name
        unfinished = target.with_name(f"{name}.{os.getpid()}-{get_ident()}.part")
        try:
            self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
            self._wrote += len(content)
        except OSError as error:
            logger.warning("%s is not kept: %s", target, error)
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def sweep_if_due(self, *, at: datetime) -> None:
        """Sweep, if this process did not for half an hour or has written much since; one thread does."""
        is_due = self._looked is None or not timedelta() <= at - self._looked < LOOKED_AFTER
        if (is_due or self._wrote * LOOKED_AFTER_SHARE > self.most_bytes) and self._turn.acquire(blocking=False):
            try:
                self._looked, self._wrote = at, 0
                self.sweep(at=at)
            finally:
                self._turn.release()

    def sweep(self, *, at: datetime) -> int:
        """Remove what is older than `at_most`, also what was left half written, and then the oldest until the rest is no
        more than `most_bytes`. Returns how many files. Repeatable at any moment."""
        removed, left, oldest = 0, 0, at.timestamp() - self.at_most.total_seconds()
        for file in sorted(self._files(), reverse=True):
            # one from tomorrow was written before the clock was put back: nobody knows how old it is
            is_of_today = oldest < file.written <= at.timestamp() + self.at_most.total_seconds()
            if is_of_today and left + file.size <= self.most_bytes:
                left += file.size
            else:
                removed += _removed(file.path)
        return removed

    def _files(self) -> Iterator[_File]:
        with suppress(FileNotFoundError):
            for folder in os.scandir(self.place):
                for entry in os.scandir(folder):
                    with suppress(FileNotFoundError):  # another process sweeps too
                        found = entry.stat()
                        yield _File(found.st_mtime, found.st_size, Path(entry.path))


def _removed(path: Path) -> bool:
    """Whether it is gone now. One that cannot be removed keeps no other."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        logger.warning("%s could not be removed: %s", path, error)
        return False
    return True
