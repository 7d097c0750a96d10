"""Whether the database is one that this code can use."""

from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def unknown_migrations(loader: MigrationLoader) -> list[tuple[str, str]]:
    """The migrations that the database has and this code has not, in the order of their names."""
    on_disk = loader.disk_migrations or {}
    apps = {app for app, _name in on_disk}
    return sorted(key for key in loader.applied_migrations or () if key[0] in apps and key not in on_disk)


@cache
def shipped_migrations() -> frozenset[tuple[str, str]]:
    """The migrations that this code has. Files do not change while a process lives, so they are read once."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations or ())


def is_migrated() -> bool:
    """Whether the database has exactly the migrations that this code has: two queries."""
    shipped = shipped_migrations()
    apps = {app for app, _name in shipped}
    return shipped == {key for key in MigrationRecorder(connection).applied_migrations() if key[0] in apps}
