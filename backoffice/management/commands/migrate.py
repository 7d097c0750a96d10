from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from accounts.heartbeats.services import expect_all
from foundation.files.faults import Refusal
from foundation.postgres.versions import is_migrated, unknown_migrations


class UnknownDatabase(Refusal, code="unknown_database"):
    """The database has migrations that this code lacks: it was made before they were squashed, or by a later
    version."""


class Command(migrate.Command):
    """Django's own, which would take such a database for a new one's beginning, and leave it half of each. From
    its end on the clock is expected to work."""

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = unknown_migrations(MigrationLoader(connections[options["database"]]))
        if unknown:
            advice = (
                f"move {settings.VAR_DIR / 'pg'} away, or `make clean`"
                if settings.EMBEDDED
                else "name an empty database in DATABASE_URL"
            )
            raise UnknownDatabase(
                f"This database was made by another version of Grove (it has {' '.join(unknown[-1])}, which this version"
                f" has not), and nothing was changed: to start afresh, {advice}; what you want to keep, export first with"
                " the commit that made it."
            )
        super().handle(*args, **options)
        if is_migrated():  # and not to a state of before, or of another database
            expect_all(at=timezone.now())
