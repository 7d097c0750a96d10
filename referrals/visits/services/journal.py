"""Clicks that were redirected and are not in the database yet: lines in a file of the process that redirected them.

A line is with the kernel before its redirect is sent, so it outlives the process, `kill -9` too. A file is locked by
its process for as long as that lives; the kernel releases the lock when the process dies, and any process that finds a
file without a lock ingests it. A file is removed after its clicks are committed. In between it may be ingested again,
which changes nothing."""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from io import FileIO
from itertools import count
from pathlib import Path
from threading import Lock

from django.conf import settings

from referrals.visits.domain.clicks import whole_lines
from referrals.visits.services.visits import record_clicks

logger = logging.getLogger(__name__)
# Bytes that are read, and ingested, at a time: some 6,000 clicks; a click that Django records waits for no more than
# that
PIECE = 512 * 1024


class JournalFull(OSError):
    """The disk did not take a click. It was not kept, so the response must not pretend that it was."""


def journal_folder() -> Path:
    folder: Path = settings.VAR_DIR / "clicks"
    return folder


class JournalFile(FileIO):
    """A file that is closed, and unlocked, when the last thread that uses it drops its reference: never during a write,
    when another file might get its descriptor number."""

    def __del__(self) -> None:
        self.close()


class Journal:
    """The journal of one process. Any number of threads write; one ingests what they wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._ingesting = Lock()
        self._full: list[tuple[Path, JournalFile]] = []  # files that are written no more, and not ingested yet
        self._path, self._file = self._begin()

    def write(self, line: bytes) -> None:
        """Keep a click: when this returns, the kernel has it. Raises JournalFull.

        The file may be changed for a new one while we write. Then the click is written to the new one too: the old one
        may have been read already."""
        while True:
            file = self._file
            try:
                written = file.write(line)
            except OSError as error:
                raise JournalFull(*error.args) from error
            if written != len(line):
                raise JournalFull(written, "cut off")
            if self._file is file:
                return

    def ingest(self, *, at: datetime) -> int:
        """Ingest all that was written so far; returns how many clicks are new.

        When the database fails, the file stays, and is ingested later; until then no other is begun, so that an hour
        without a database leaves two."""
        with self._ingesting:
            if not self._full and os.fstat(self._file.fileno()).st_size:
                full = self._path, self._file
                self._path, self._file = self._begin()
                self._full.append(full)
            new = 0
            while self._full:
                path, _ = self._full[0]
                with suppress(FileNotFoundError):  # somebody removed it
                    new += ingest_file(path, at=at)
                    path.unlink()
                del self._full[0]
            return new

    def _begin(self) -> tuple[Path, JournalFile]:
        """A new file, locked before anybody can find it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{time.time_ns()}-{os.getpid()}-{next(self._numbers)}.clicks"
        hidden = path.with_suffix(".new")
        file = JournalFile(
            os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600), "a"
        )
        fcntl.flock(file, fcntl.LOCK_EX)
        hidden.rename(path)
        return path, file


def ingest_file(path: Path, *, at: datetime) -> int:
    """Ingest a journal, a piece at a time; each piece is a transaction of its own. A click that cannot be recorded is set
    aside with its error, so that it keeps neither the others nor the file."""
    return sum(record_clicks(lines=lines, at=at) for lines in _pieces(path))


def _pieces(path: Path) -> Iterator[list[bytes]]:
    rest = b""
    with path.open("rb") as file:
        while block := file.read(PIECE):
            head, newline, rest = (rest + block).rpartition(b"\n")
            lines = whole_lines(head + newline)
            if garbage := sum(1 for line in head.split(b"\n") if line) - len(lines):
                logger.warning("%s lines of the journal %s are no clicks", garbage, path.name)
            if lines:
                yield lines


def ingest_abandoned(folder: Path, *, at: datetime) -> int:
    """Ingest the journals of processes that are gone; returns how many clicks are new.

    Skips files that another process has locked, is ingesting at this moment, or that cannot be read.
    """
    new = 0
    for path in sorted(folder.glob("*.clicks")):
        with _going_on(path), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                new += ingest_file(path, at=at)
                path.unlink()
    return new


def ingest_all(folder: Path, *, at: datetime) -> int:
    """Ingest every journal of this machine, those of living processes too, whose files stay; returns how many clicks
    are new.

    For callers that need all clicks now: living processes ingest their own within moments.
    """
    new = ingest_abandoned(folder, at=at)
    for path in sorted(folder.glob("*.clicks")):
        with _going_on(path):
            new += ingest_file(path, at=at)
    return new


@contextmanager
def _going_on(path: Path) -> Iterator[None]:
    """A file that is gone, taken or not ours to read is passed over, and one that the disk does not give: the other
    files are ingested."""
    try:
        yield
    except (FileNotFoundError, BlockingIOError, PermissionError):
        pass
    except OSError:
        logger.exception("the journal %s could not be read", path.name)
