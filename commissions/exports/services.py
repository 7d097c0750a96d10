"""Files that staff ask for: asked for once, written by whoever is free, kept for some days."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pglock
from django.conf import settings
from django.db import connection, transaction

from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.exports.models import Export
from commissions.exports.rendering import write_to
from commissions.exports.selectors import export_of, number_of_rows
from foundation.files.faults import Refusal

KEPT_FOR = timedelta(days=7)
ATTEMPTS = 3
TELL_EVERY = 20_000  # rows


def folder() -> Path:
    """Where the files are. Nobody but this user reads them: they say who earned what."""
    path = Path(settings.VAR_DIR) / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(export: Export) -> Path:
    return folder() / f"{export.pk}.{export.format}"


@transaction.atomic
def ask_export(*, brand: Brand, kind: str, period: str, format: str, by: User, at: datetime) -> Export:
    """Ask for an export of a brand; a second asking while one waits or is being written gives that one.

    Key: (brand, kind, period, format) of those at work. Raises PeriodRefused for what cannot be exported.
    """
    export_of(kind, brand, period)
    asked = Export(brand=brand, kind=kind, period=period, format=format, asked_by=by, asked_at=at)
    Export.objects.bulk_create([asked], ignore_conflicts=True)
    return Export.objects.filter(brand=brand, kind=kind, period=period, format=format).latest("pk")


def write_next_export(*, at: datetime) -> bool:
    """Write the export that was asked for first; False when there is none, or when another worker is writing.

    Only one worker writes at a time, under a lock of its session, so what is found half-written was left by one that
    died: it is begun again, three times at most. A refusal ends it; what else goes wrong is raised, and the next call
    tries again."""
    with _alone() as alone:
        export = (
            Export.objects.filter(status__in=Export.AT_WORK).select_related("brand").order_by("asked_at", "pk").first()
            if alone
            else None
        )
        if export is None:
            return False
        if export.attempts >= ATTEMPTS:
            _end(export, refusal=f"gave up after {ATTEMPTS} attempts")
            return True
        _begin(export, at=at)
        try:
            _write(export)
        except Refusal as refusal:
            _end(export, refusal=str(refusal)[:300])
        return True


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else is writing exports. The lock is the session's: it goes with a worker that dies, whatever
    kills it."""
    lock = pglock.advisory("write exports", timeout=0)
    alone = lock.acquire()
    try:
        yield alone
    finally:
        if alone:
            lock.release()


def _begin(export: Export, *, at: datetime) -> None:
    """Take an export, or one that was left half-written. Compare-and-set on the number of attempts."""
    same = Export.objects.filter(pk=export.pk, status__in=Export.AT_WORK, attempts=export.attempts)
    if (
        same.update(status=Export.Status.RUNNING, attempts=export.attempts + 1, started_at=at, rows=None, rows_done=0)
        != 1
    ):
        raise AssertionError("an export was begun by somebody who was not alone")
    export.attempts += 1


def _end(export: Export, **fields: object) -> None:
    mine = Export.objects.filter(pk=export.pk, status__in=Export.AT_WORK, attempts=export.attempts)
    if mine.update(**({"status": Export.Status.FAILED} | fields)) != 1:
        raise AssertionError("an export was ended by somebody who was not alone")


def _write(export: Export) -> None:
    query = export_of(export.kind, export.brand, export.period)
    Export.objects.filter(pk=export.pk).update(rows=number_of_rows(query))
    path = path_of(export)
    with _progress_of(export) as progress:
        rows = write_to(query, format=export.format, out=str(path), progress=progress)
    _end(export, status=Export.Status.DONE, file=path.name, rows=rows, rows_done=rows, bytes=path.stat().st_size)


@contextmanager
def _progress_of(export: Export) -> Iterator[Callable[[int], None]]:
    """Tells how many rows are written, over a connection of its own: the other is busy with them."""
    told = 0

    def tell(rows: int) -> None:
        nonlocal told
        if rows >= told + TELL_EVERY:
            told = rows
            with beside.cursor() as cursor:
                cursor.execute(
                    "UPDATE commissions_export SET rows_done = %s WHERE id = %s AND attempts = %s",
                    [rows, export.pk, export.attempts],
                )

    with closing(connection.copy()) as beside:
        yield tell


def forget_exports(*, at: datetime) -> int:
    """Remove the files of exports that were begun more than seven days before `at`, and what no row speaks of; returns
    how many expired.

    The row goes first: a file that is left by a crash in between is removed the next time.
    """
    lying = list(folder().iterdir())
    old = Export.objects.filter(status=Export.Status.DONE, started_at__lt=at - KEPT_FOR)
    expired = old.update(status=Export.Status.EXPIRED, file="")
    alive = set(Export.objects.filter(status__in=[*Export.AT_WORK, Export.Status.DONE]).values_list("pk", flat=True))
    for path in lying:
        if path.name.split(".")[0] not in {str(pk) for pk in alive}:
            path.unlink(missing_ok=True)
    return expired
