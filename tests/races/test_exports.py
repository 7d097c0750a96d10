"""Exports with real connections: one asking, one writer, and progress that others see."""

import os
import signal
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from django.db import connection

from accounts.brands.models import Brand
from commissions.exports import rendering
from commissions.exports import services as exports
from commissions.exports.models import Export
from commissions.exports.rendering import write_to
from commissions.exports.services import ask_export, write_next_export
from foundation.postgres.locks import alone
from foundation.terminal.progress import Progress
from tests.support.concurrency import THREADS, run_at_once
from tests.support.factories import NOW, make_selling_brand, make_staff
from tests.support.processes.pooler import behind_a_pooler
from tests.support.shop_events import paid, report


@pytest.fixture
def brand(committed: None, settings: Any, tmp_path: Path) -> Brand:
    settings.VAR_DIR = tmp_path
    brand = make_selling_brand()
    report(brand, *(paid(f"A-{n}", share="code") for n in range(6)))
    return brand


def asking(brand: Brand) -> Callable[[], Export]:
    staff = make_staff(brand)
    return lambda: ask_export(brand=brand, kind="commissions", period="2026-03", format="csv", by=staff, at=NOW)


def test_of_the_same_export_asked_for_at_once_one_is_made(brand: Brand) -> None:
    ask = asking(brand)
    answers = run_at_once(*[ask] * THREADS)
    assert {answer.pk for answer in answers} == {Export.objects.get().pk}


@pytest.fixture
def second_worker(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What another worker's `write_next_export` gives, called while the first one is in the middle of a file."""
    seen: list[bool] = []

    def interrupted(*given: Any, **named: Any) -> int:
        monkeypatch.setattr(exports, "write_to", write_to)
        seen.extend(run_at_once(lambda: write_next_export(at=NOW)))
        return write_to(*given, **named)

    monkeypatch.setattr(exports, "write_to", interrupted)
    return seen


def test_while_one_worker_writes_another_leaves_its_file_alone(brand: Brand, second_worker: list[bool]) -> None:
    asking(brand)()
    write_next_export(at=NOW)
    assert second_worker == [False]
    assert Export.objects.values_list("status", "attempts", "rows_done").get() == ("done", 1, 6)


def test_without_being_alone_another_worker_takes_the_file_for_left_behind(
    brand: Brand, second_worker: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    asking(brand)()
    monkeypatch.setattr(exports, "alone", lambda name: nullcontext(True))
    with pytest.raises(AssertionError, match="not alone"):
        write_next_export(at=NOW)
    assert second_worker == [True]
    assert Export.objects.get().attempts == 2


def test_others_see_how_far_a_file_is_while_it_is_written(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int | None, int]] = []

    def watched(*given: Any, progress: Progress, **named: Any) -> int:
        def look(rows: int) -> None:
            progress(rows)
            seen.extend(run_at_once(lambda: Export.objects.values_list("status", "rows", "rows_done").get()))

        return write_to(*given, progress=look, **named)

    monkeypatch.setattr(exports, "write_to", watched)
    monkeypatch.setattr(exports, "TELL_EVERY", 4)
    monkeypatch.setattr(rendering, "ROWS_A_BLOCK", 2)
    asking(brand)()
    write_next_export(at=NOW)
    assert seen == [("running", 6, 0), ("running", 6, 4), ("running", 6, 4)]
    assert Export.objects.values_list("status", "rows_done").get() == ("done", 6)


def test_behind_a_pooler_one_worker_writes_at_a_time_and_the_next_file_is_written_too(
    brand: Brand, second_worker: list[bool]
) -> None:
    """With a lock of the session, the one that ends it is another session than the one that has it."""
    first, second = asking(brand), asking(brand)
    with behind_a_pooler():
        first()
        assert write_next_export(at=NOW)
        second()
        assert write_next_export(at=NOW)
    assert second_worker == [False]
    assert set(Export.objects.values_list("status", "attempts")) == {("done", 1)}


def test_a_writer_that_is_gone_leaves_its_lock(brand: Brand) -> None:
    """A process that is killed closes its connections, and nothing else."""
    asking(brand)()
    with alone("write exports"):
        assert write_next_export(at=NOW) is False
    assert write_next_export(at=NOW) is True


ITS_PROCESS = """SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE locktype = 'advisory' AND datname = current_database()"""


def test_a_lock_is_free_once_its_block_has_ended_however_slow_its_server_is(committed: None) -> None:
    with alone("write exports"):
        with connection.cursor() as cursor:
            cursor.execute(ITS_PROCESS)
            ((process,),) = cursor.fetchall()
        os.kill(process, signal.SIGSTOP)
        Timer(0.5, os.kill, [process, signal.SIGCONT]).start()
    with alone("write exports") as is_alone:
        assert is_alone
