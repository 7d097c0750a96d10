"""The memory that pictures share, so that many uploads at once take no more than a few."""

import ctypes
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from content.media.domain.limits import MEMORY_BYTES, ROOM_SECONDS
from content.media.domain.refusals import PicturesBusy


class Room:
    """So many bytes, taken by those who work and given back; who comes first is first. Of one process: each has its
    own."""

    def __init__(self, total: int, *, patience: float) -> None:
        self.total, self.patience = total, patience
        self.taken = self.most_taken = 0
        self.queue: deque[object] = deque()
        self.changed = threading.Condition()

    @contextmanager
    def of(self, size: int) -> Iterator[None]:
        """Wait for the bytes, and hold them. Raises PicturesBusy when others hold them too long."""
        ticket = object()
        with self.changed:
            self.queue.append(ticket)
            try:
                deadline = time.monotonic() + self.patience
                if not self.changed.wait_for(lambda: self._is_next(ticket, size), deadline - time.monotonic()):
                    raise PicturesBusy
                self.taken += size
                self.most_taken = max(self.most_taken, self.taken)
            finally:
                self.queue.remove(ticket)
                self.changed.notify_all()
        try:
            yield
        finally:
            with self.changed:
                self.taken -= size
                self.changed.notify_all()

    def _is_next(self, ticket: object, size: int) -> bool:
        return self.queue[0] is ticket and self.taken + size <= self.total


M_MMAP_THRESHOLD, RETURNED_AT_ONCE = -3, 1024 * 1024


def return_memory_at_once() -> None:
    """Have the C library give large blocks back to the system when they are freed. Otherwise glibc raises by itself the
    size from which it does so, to 32 MB, and keeps the 16 MB blocks of Pillow for each thread: in fifty uploads at
    once 1,376 MB, with this 368. Another C library has no such setting, and does not need it."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, RETURNED_AT_ONCE)


return_memory_at_once()
ROOM = Room(MEMORY_BYTES, patience=ROOM_SECONDS)
