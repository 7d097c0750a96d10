"""Files that staff request: requested once, written by one worker at a time, kept for some days."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import connection

from accounts.brands.models import Brand
from accounts.failures.domain import error_text, pause_after
from accounts.people.models import User
from commissions.exports.models import Export
from commissions.exports.rendering import write_to
from commissions.exports.selectors import export_of, number_of_rows
from foundation.files.faults import Refusal
from foundation.postgres.locks import alone
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message, joined

logger = logging.getLogger(__name__)
KEPT_FOR = timedelta(days=7)
ATTEMPTS = 3
TELL_EVERY = 20_000  # rows


def export_files() -> Storage:
    """Where the files lie. Only Grove may read them: they contain who earned what."""
    return storages["exports"]


def name_of(export: Export) -> str:
    return f"{export.pk}.{export.format}"


@in_transaction
def ask_export(*, brand: Brand, kind: str, period: str, format: str, by: User, at: datetime) -> Export:
    """Request an export of a brand; a second request while one waits or is being written returns that one.

    Key: (brand, kind, period, format) of those at work. Raises PeriodRefused for a period that cannot be exported.
    """
    export_of(kind, brand, period)
    export = Export(brand=brand, kind=kind, period=period, format=format, asked_by=by, asked_at=at)
    Export.objects.bulk_create([export], ignore_conflicts=True)
    return Export.objects.filter(brand=brand, kind=kind, period=period, format=format).latest("pk")


def write_next_export(*, at: datetime) -> bool:
    """Write the export that was requested first; False when there is none, or when another worker is writing.

    Only one worker writes at a time, under a lock that it holds meanwhile, so a half-written export was left by a worker
    that died: it is started again, three times at most. A refusal ends it; after any other error it waits again, for a
    pause that grows, and the next one is written. What fails three times has failed."""
    with alone("write exports") as is_only_writer:
        export = _next(at) if is_only_writer else None
        if export is None:
            return False
        if export.attempts >= ATTEMPTS:
            _end(export, refusal=Message("gave up after %(tries)s attempts", tries=ATTEMPTS))
            return True
        _start(export, at=at)
        try:
            _write(export)
        except Refusal as refusal:
            _end(export, refusal=joined("\n", refusal.messages()))
        except AssertionError:  # another worker writes it
            raise
        except Exception as error:  # noqa: BLE001  whatever an export raises, the next one is written
            _put_back(export, error)
        return True


def _next(at: datetime) -> Export | None:
    """The export that was requested first of those that do not pause after an error."""
    at_work = Export.objects.filter(status__in=Export.AT_WORK).select_related("brand").order_by("asked_at", "pk")
    return next((export for export in at_work if not _pauses(export, at)), None)


def _pauses(export: Export, at: datetime) -> bool:
    if export.status != Export.Status.WAITING or export.started_at is None:
        return False
    return bool(at < export.started_at + pause_after(export.attempts))


def _put_back(export: Export, error: Exception) -> None:
    """Let an export that raised wait for its next try, or end it with its error after the last one."""
    logger.error("export %s of brand %s: %s", export.pk, export.brand_id, error_text(error))
    if export.attempts < ATTEMPTS:
        _end(export, status=Export.Status.WAITING)
    else:
        why = Message("gave up after %(tries)s attempts: %(error)s", tries=ATTEMPTS, error=error_text(error))
        _end(export, refusal=why)


def _start(export: Export, *, at: datetime) -> None:
    """Start an export, or restart a half-written one. Compare-and-set on the number of attempts."""
    unchanged = Export.objects.filter(pk=export.pk, status__in=Export.AT_WORK, attempts=export.attempts)
    if (
        unchanged.update(
            status=Export.Status.RUNNING, attempts=export.attempts + 1, started_at=at, rows=None, rows_done=0
        )
        != 1
    ):
        raise AssertionError("an export was started by a worker that was not alone")
    export.attempts += 1


def _end(export: Export, **fields: object) -> None:
    unchanged = Export.objects.filter(pk=export.pk, status__in=Export.AT_WORK, attempts=export.attempts)
    if unchanged.update(**({"status": Export.Status.FAILED} | fields)) != 1:
        raise AssertionError("an export was ended by a worker that was not alone")


def _write(export: Export) -> None:
    query = export_of(export.kind, export.brand, export.period)
    Export.objects.filter(pk=export.pk).update(rows=number_of_rows(query))
    name = name_of(export)
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        with _progress_of(export) as progress:
            rows = write_to(query, format=export.format, out=str(path), has_mark=True, progress=progress)
        with path.open("rb") as file:
            export_files().save(name, File(file))
        size = path.stat().st_size
    _end(export, status=Export.Status.DONE, file=name, rows=rows, rows_done=rows, bytes=size)


@contextmanager
def _progress_of(export: Export) -> Iterator[Callable[[int], None]]:
    """Reports how many rows are written, over a connection of its own: the other is busy with them."""
    reported = 0

    def report(rows: int) -> None:
        nonlocal reported
        if rows >= reported + TELL_EVERY:
            reported = rows
            with second_connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE commissions_export SET rows_done = %s WHERE id = %s AND attempts = %s",
                    [rows, export.pk, export.attempts],
                )

    with closing(connection.copy()) as second_connection:
        yield report


def forget_exports(*, at: datetime) -> int:
    """Remove the files of exports that were started more than seven days before `at`, and files without a row; returns
    how many expired.

    The row is updated first: a file that is left by a crash in between is removed the next time.
    """
    names = export_files().listdir("")[1]
    outdated = Export.objects.filter(status=Export.Status.DONE, started_at__lt=at - KEPT_FOR)
    expired = outdated.update(status=Export.Status.EXPIRED, file="")
    live_ids = set(Export.objects.filter(status__in=[*Export.AT_WORK, Export.Status.DONE]).values_list("pk", flat=True))
    for name in names:
        if name.split(".")[0] not in {str(pk) for pk in live_ids}:
            try:
                export_files().delete(name)
            except Exception:  # whatever the storage raises, the others go
                logger.exception("%s could not be removed", name)
    return expired
