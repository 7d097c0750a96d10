"""Locks that make work wait for other work."""

from collections.abc import Iterator
from contextlib import contextmanager

import pglock
from django.db import connection
from django.db.models import Model, QuerySet


def lock_imports(row: Model) -> None:
    """Wait for other imports that hold this row's lock, and make later ones wait, until the transaction ends.

    Files of one brand are imported one after another: an import locks the brand. The row is not locked against rows
    that only refer to it, so the API continues while a file is read."""
    QuerySet(type(row)).select_for_update(no_key=True).get(pk=row.pk)


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether nobody else is in the block of this name now; nobody waits. The lock is the session's: it is released when
    the process dies, for whatever reason."""
    lock = pglock.advisory(name, timeout=0)
    is_alone: bool = lock.acquire()
    try:
        yield is_alone
    finally:
        if is_alone:
            lock.release()


@contextmanager
def waiting_for_locks_at_most(milliseconds: int) -> Iterator[None]:
    """Raise OperationalError instead of waiting longer for a lock, on this connection; for work that comes back
    anyway. Not inside of a transaction: a rollback would not undo the limit's end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{milliseconds}ms"])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
