"""Whether the database is one that this code can use."""

from django.db.migrations.loader import MigrationLoader


def unknown_migrations(loader: MigrationLoader) -> list[tuple[str, str]]:
    """The migrations that the database has and this code has not, in the order of their names."""
    on_disk = loader.disk_migrations or {}
    apps = {app for app, _name in on_disk}
    return sorted(key for key in loader.applied_migrations or () if key[0] in apps and key not in on_disk)
