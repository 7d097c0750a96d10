"""Locks that make work wait for other work."""

from django.db.models import Model, QuerySet


def lock_imports(row: Model) -> None:
    """Wait for everybody else who takes a turn at this row, and make later ones wait, until the transaction ends.

    Files of one brand are imported one after another: an import takes its turn at the brand. The row is not locked
    against rows that only point to it, so the API goes on while a file is read."""
    QuerySet(type(row)).select_for_update(no_key=True).get(pk=row.pk)
