"""Every service of money is killed at every statement, and run again: the same ledger, to the last row."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from django.db import connection

from accounts.brands.models import Brand
from config.embedded import url_of
from foundation.files.faults import Refusal
from tests.support.extent import heavy_unless
from tests.support.ledger_snapshot import SavedRows, ledger_snapshot
from tests.support.paths import ROOT
from tests.support.processes.killable_services import SERVICES, make_shop, run
from tests.support.shop_events import prove

KILLED, DONE = -9, 0
NEED_A_TRANSACTION = [name for name, service in SERVICES.items() if not service.is_one_statement]
# One service for each way to write: in batches, by COPY, across several tables, and under an idempotency key.
REPRESENTATIVE = {"answers", "settlement", "batch_exported", "allocation"}
Snapshot = dict[str, list[tuple[Any, ...]]]


class Worker:
    """The process whose forks are killed."""

    def __init__(self) -> None:
        env = os.environ | {"DATABASE_URL": url_of(connection.settings_dict), "GROVE_ENV_FILE": "no"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.processes.crashing"],
            cwd=ROOT,
            env=env,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run(self, service: str, *, moment: int, unguarded: bool = False) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        print(
            json.dumps({"service": service, "moment": moment, "unguarded": unguarded}),
            file=self.process.stdin,
            flush=True,
        )
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def worker(django_db_setup: None) -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.process.communicate()


@pytest.fixture
def saved(committed: None, service: str) -> Iterator[SavedRows]:
    """The rows as they are before the service runs."""
    SERVICES[service].prepare(make_shop())
    saved = SavedRows()
    yield saved
    saved.drop()


def run_again(service: str) -> None:
    """What was done before the process was gone may be refused now: the snapshot will show whether anything was
    left to do."""
    with suppress(Refusal):
        run(service)


def undisturbed(service: str, saved: SavedRows) -> Snapshot:
    before = ledger_snapshot()
    run(service)
    snapshot = ledger_snapshot()
    assert snapshot != before
    return snapshot


@pytest.mark.parametrize("service", heavy_unless(REPRESENTATIVE, SERVICES))
def test_a_service_that_is_killed_at_any_statement_and_run_again_ends_in_the_same_ledger(
    saved: SavedRows, worker: Worker, service: str
) -> None:
    brand = Brand.objects.get()
    expected = undisturbed(service, saved)
    for moment in count():
        saved.restore()
        killed = worker.run(service, moment=moment)
        assert killed["status"] in (KILLED, DONE), killed["text"]
        prove(brand)
        run_again(service)
        assert ledger_snapshot() == expected, killed["text"]
        if killed["status"] == DONE:
            break
    assert moment >= 2  # at its start, and before its COMMIT


@pytest.mark.parametrize("service", heavy_unless(REPRESENTATIVE, NEED_A_TRANSACTION))
def test_without_its_transaction_there_is_a_statement_at_which_a_service_must_not_be_killed(
    saved: SavedRows, worker: Worker, service: str
) -> None:
    expected = undisturbed(service, saved)
    harmed = None
    for moment in count():
        saved.restore()
        killed = worker.run(service, moment=moment, unguarded=True)
        assert killed["status"] in (KILLED, DONE), killed["text"]
        if harmed := harm(service, expected):
            break
        assert killed["status"] == KILLED, "there was none"
    assert harmed


def harm(service: str, expected: Snapshot) -> str:
    """What is wrong after the service was run again, if anything."""
    try:
        prove(Brand.objects.get())
        run_again(service)
        prove(Brand.objects.get())
    except Exception as error:  # noqa: BLE001  a half-written ledger may break anything
        return repr(error)
    return "another result" if ledger_snapshot() != expected else ""
