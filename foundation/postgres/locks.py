"""Locks that make work wait for other work."""

from django.db.models import Model, QuerySet


def lock_imports(row: Model) -> None:
    """Wait for other imports that hold this row's lock, and make later ones wait, until the transaction ends.

    Files of one brand are imported one after another: an import locks the brand. The row is not locked against rows
    that only refer to it, so the API continues while a file is read."""
    QuerySet(type(row)).select_for_update(no_key=True).get(pk=row.pk)
