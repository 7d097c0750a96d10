"""Locks that make work wait for other work."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from django.db import DatabaseError, connection
from django.db.models import Model, QuerySet


def lock_imports(row: Model) -> None:
    """Wait for other imports that hold this row's lock, and make later ones wait, until the transaction ends.

    Files of one brand are imported one after another: an import locks the brand. The row is not locked against rows
    that only refer to it, so the API continues while a file is read."""
    QuerySet(type(row)).select_for_update(no_key=True).get(pk=row.pk)


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether nobody else is in the block of this name now; nobody waits.

    The lock belongs to a transaction that stays open beside the work, on a connection of its own: it is released when
    the process dies, for whatever reason, and behind a pooler too. The transaction has no snapshot, so it keeps nothing
    from being vacuumed."""
    with closing(connection.copy()) as beside, beside.cursor() as cursor:
        beside.set_autocommit(False)
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        ((is_alone,),) = cursor.fetchall()
        try:
            yield is_alone
        finally:
            with suppress(DatabaseError):  # without the connection there is no lock
                beside.rollback()  # a server that is only left lets go whenever it notices, maybe after the next try
