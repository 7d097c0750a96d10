"""Clicks by many workers at once, and by workers that are killed."""

import re
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import transaction

from accounts.failures.models import FailedFact
from foundation.postgres.bulk import reserve_ids
from referrals.shares.models import Share
from referrals.visits.models import Visit
from referrals.visits.services.journal import ingest_abandoned
from referrals.visits.services.visits import record_clicks, record_visit
from tests.journeys.conftest import free_port
from tests.support.clients import BROWSER
from tests.support.concurrency import run_at_once, wait_for_the_others
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_product, make_share
from tests.support.processes.procfile import running

WORKERS = 10
NO_LOCK = "SELECT 1"


@pytest.fixture
def share(committed: None) -> Share:
    brand = make_brand()
    return make_share(make_koc(brand), make_kit(brand, product=make_product(brand)), code="abc")


def click(number: int, visitor: str) -> bytes:
    return f"{number}\tabc\t{visitor}\t{int(NOW.timestamp())}000000\t\tf".encode()


def kept_together(calls: list[Callable[[], int]]) -> list[Any]:
    """All stand together before any of them commits, unless they are kept out."""

    def keep(call: Callable[[], int]) -> int:
        together = transaction.atomic()
        together._from_testcase = True  # type: ignore[attr-defined]  # else a service that must not be nested refuses
        with together:
            new = call()
            wait_for_the_others()
        return new

    return run_at_once(*[partial(keep, call) for call in calls])


@pytest.fixture(params=[True, False])
def guarded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the lock is there."""
    if not request.param:
        monkeypatch.setattr("referrals.visits.services.visits.ALONE", NO_LOCK)
    return bool(request.param)


def test_the_same_click_by_ten_workers_counts_once(share: Share, guarded: bool) -> None:
    """Each has a journal in which the same visitor opened the same share. Without the lock each counts it."""
    journals = [[click(number, "v" * 22)] for number in reserve_ids(Visit, WORKERS)]
    assert kept_together([partial(record_clicks, lines=lines, at=NOW) for lines in journals]) == [1] * WORKERS
    assert Visit.objects.count() == WORKERS
    assert Visit.objects.filter(uncounted="").count() == (1 if guarded else WORKERS)


def test_the_same_journal_by_ten_workers_is_the_same_rows(share: Share, guarded: bool) -> None:
    """Without the lock all but one run into the key, and find the clicks recorded when they try them by halves."""
    lines = [click(number, f"{number:022}") for number in reserve_ids(Visit, 50)]
    answers = kept_together([partial(record_clicks, lines=lines, at=NOW)] * WORKERS)
    assert sorted(answers) == [0] * (WORKERS - 1) + [50]
    assert Visit.objects.filter(uncounted="").count() == 50
    assert not FailedFact.objects.exists()


def test_a_batch_and_the_view_at_once_count_once(share: Share) -> None:
    batches = [partial(record_clicks, lines=[click(number, "v" * 22)], at=NOW) for number in reserve_ids(Visit, 3)]
    views = [lambda: record_visit(share=share, visitor="v" * 22, robot=False, at=NOW)] * 3
    assert [answer for answer in run_at_once(*batches, *views) if isinstance(answer, Exception)] == []
    assert (Visit.objects.count(), Visit.objects.filter(uncounted="").count()) == (6, 1)


# --- killed under load
# -------------------------------------------------------------------------------------------------------

CLICK = re.compile(rb"grove_click=(clk_[0-9A-Za-z]{22})\r\n")
REQUEST = f"GET /s/abc HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {BROWSER}\r\n\r\n".encode()


class Readers:
    """Connections that open the link without a pause, and write down every click that they were answered with."""

    def __init__(self, port: int, many: int) -> None:
        self.port, self.stopped = port, threading.Event()
        self.answered: list[list[bytes]] = [[] for _ in range(many)]
        self.threads = [threading.Thread(target=self.read, args=[mine]) for mine in self.answered]
        for thread in self.threads:
            thread.start()

    def read(self, mine: list[bytes]) -> None:
        while not self.stopped.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=300) as peer:
                    while not self.stopped.is_set():
                        mine.append(self.answer(peer))
            except OSError:
                time.sleep(0.01)  # the worker was killed: until the next one listens

    def answer(self, peer: socket.socket) -> bytes:
        peer.sendall(REQUEST)
        read = b""
        while b"\r\n\r\n" not in read:
            more = peer.recv(65536)
            if not more:
                raise ConnectionError
            read += more
        found = CLICK.search(read)
        assert found, read
        return found[1]

    def count(self) -> int:
        return sum(map(len, self.answered))

    def wait_for(self, more: int, *, kept: int) -> None:
        """Until so many more are answered, and some of them are in the table: others are on their way then."""
        wanted, until = self.count() + more, time.monotonic() + 900
        while self.count() < wanted or Visit.objects.count() <= kept:
            assert time.monotonic() < until, f"{self.count()} of {wanted}"
            time.sleep(0.01)

    def stop(self) -> set[str]:
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        return {click.decode() for mine in self.answered for click in mine}


def lost_clicks(application: str, folder: Path) -> tuple[int, int]:
    """The worker is killed under load, and then its successor with all of `web`: how many clicks were answered, and how
    many of them are nowhere."""
    port = free_port()
    with running("web", folder, application=application, PORT=str(port)) as parent:
        readers = Readers(port, 8)
        try:
            readers.wait_for(2_000, kept=0)
            parent.children()[0].send_signal(signal.SIGKILL)
            readers.wait_for(2_000, kept=Visit.objects.count())
            victims = [parent, *parent.children()]
            for victim in victims:
                victim.send_signal(signal.SIGKILL)
            psutil.wait_procs(victims)
        finally:
            answered = readers.stop()
    ingest_abandoned(folder / "clicks", at=NOW)
    kept = set(Visit.public_ids_of(Visit.objects.values_list("pk", flat=True)))
    assert len(answered) == readers.count(), "no number was given twice"
    return len(answered), len(answered - kept)


@pytest.mark.heavy
def test_no_click_that_was_answered_is_lost_by_kill_9_under_load(share: Share, tmp_path: Path) -> None:
    answered, lost = lost_clicks("config.wsgi:application", tmp_path)
    assert answered >= 4_000
    assert lost == 0
    assert list((tmp_path / "clicks").glob("*.clicks")) == []
    assert Visit.objects.exclude(source="").values("source").distinct().count() == 1


@pytest.mark.heavy
def test_with_clicks_in_memory_some_are_lost(share: Share, tmp_path: Path) -> None:
    answered, lost = lost_clicks("tests.support.processes.forgetful_door:application", tmp_path)
    assert 0 < lost < answered
