"""Clicks that were answered and are not in the database yet: lines in a file of the process that answered them.

A line is with the kernel before its answer leaves, so it outlives the process, `kill -9` too. A file is locked by its
process for as long as that lives; the kernel lets go of the lock when it dies, and whoever finds a file without a lock
takes it in. A file is removed after its clicks are committed. In between it may be taken in again, which changes
nothing."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO
from itertools import count
from pathlib import Path
from threading import Lock

from django.conf import settings

from referrals.visits.domain.clicks import whole_lines
from referrals.visits.services.visits import record_clicks

# Bytes that are read, and taken in, at a time: some 6,000 clicks; a click that Django answers waits for no more than
# that
PIECE = 512 * 1024


class JournalFull(OSError):
    """The disk did not take a click. It was not kept, so it must not be answered as if it were."""


def journal_folder() -> Path:
    folder: Path = settings.VAR_DIR / "clicks"
    return folder


class JournalFile(FileIO):
    """A file that is closed, and unlocked, when the last thread that has it in hand lets go: never while one writes,
    whose number another file might get."""

    def __del__(self) -> None:
        self.close()


class Journal:
    """The journal of one process. Any number of threads write; one takes in what they wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._turn = Lock()
        self._left: list[tuple[Path, JournalFile]] = []  # what is done with writing, and not taken in yet
        self._path, self._file = self._begin()

    def write(self, line: bytes) -> None:
        """Keep a click: when this returns, the kernel has it. Raises JournalFull.

        The file may be changed for a new one while we write. Then the click is written to the new one too: the old one
        may have been read already."""
        while True:
            file = self._file
            try:
                kept = file.write(line)
            except OSError as error:
                raise JournalFull(*error.args) from error
            if kept != len(line):
                raise JournalFull(kept, "cut off")
            if self._file is file:
                return

    def ingest(self) -> int:
        """Take in all that was written so far; returns how many clicks are new.

        When the database fails, the file stays, and is taken in later; until then no other is begun, so that an hour
        without a database leaves two."""
        with self._turn:
            if not self._left and os.fstat(self._file.fileno()).st_size:
                full = self._path, self._file
                self._path, self._file = self._begin()
                self._left.append(full)
            new = 0
            while self._left:
                path, _ = self._left[0]
                new += ingest_file(path)
                path.unlink()
                del self._left[0]
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


def ingest_file(path: Path) -> int:
    """Take in a journal, a piece at a time; each piece is a transaction of its own."""
    return sum(record_clicks(lines=lines) for lines in _pieces(path))


def _pieces(path: Path) -> Iterator[list[bytes]]:
    rest = b""
    with path.open("rb") as file:
        while read := file.read(PIECE):
            head, newline, rest = (rest + read).rpartition(b"\n")
            if lines := whole_lines(head + newline):
                yield lines


def ingest_abandoned(folder: Path) -> int:
    """Take in the journals of processes that are gone; returns how many clicks are new.

    What somebody holds, takes in at this moment, or does not let us read is left to them.
    """
    new = 0
    for path in sorted(folder.glob("*.clicks")):
        with suppress(FileNotFoundError, BlockingIOError, PermissionError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                new += ingest_file(path)
                path.unlink()
    return new


def ingest_all(folder: Path) -> int:
    """Take in every journal of this machine as it stands, those of living processes too, which keep theirs; returns how
    many clicks are new.

    For who wants to know now what was clicked: by themselves the living take in theirs within moments.
    """
    new = ingest_abandoned(folder)
    for path in sorted(folder.glob("*.clicks")):
        with suppress(FileNotFoundError, PermissionError):
            new += ingest_file(path)
    return new
