"""Every service of money is killed at every statement, and run again: the same book, to the last row."""

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
from tests.races.test_deliveries import ROOT
from tests.support.killable_services import SERVICES, make_shop, run
from tests.support.ledger_snapshot import Kept, whole_book
from tests.support.shop_events import prove

KILLED, DONE = -9, 0
Book = dict[str, list[tuple[Any, ...]]]


class Worker:
    """The process whose forks are killed."""

    def __init__(self) -> None:
        env = os.environ | {"DATABASE_URL": url_of(connection.settings_dict), "GROVE_ENV_FILE": "no"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.crashing"],
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
def kept(committed: None, service: str) -> Iterator[Kept]:
    """The rows as they are before the service runs."""
    SERVICES[service].prepare(make_shop())
    kept = Kept()
    yield kept
    kept.forget()


def run_again(service: str) -> None:
    """What was done before the process was gone may be refused now: the book will show whether there was nothing left
    to do."""
    with suppress(Refusal):
        run(service)


def undisturbed(service: str, kept: Kept) -> Book:
    before = whole_book()
    run(service)
    book = whole_book()
    assert book != before
    return book


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_is_killed_at_any_statement_and_run_again_ends_in_the_same_book(
    kept: Kept, worker: Worker, service: str
) -> None:
    brand = Brand.objects.get()
    expected = undisturbed(service, kept)
    for moment in count():
        kept.bring_back()
        killed = worker.run(service, moment=moment)
        assert killed["status"] in (KILLED, DONE), killed["text"]
        prove(brand)
        run_again(service)
        assert whole_book() == expected, killed["text"]
        if killed["status"] == DONE:
            break
    assert moment >= 2  # at its start, and before its COMMIT


@pytest.mark.parametrize("service", [name for name, service in SERVICES.items() if not service.is_one_statement])
def test_without_its_transaction_there_is_a_statement_at_which_a_service_must_not_be_killed(
    kept: Kept, worker: Worker, service: str
) -> None:
    expected = undisturbed(service, kept)
    harmed = None
    for moment in count():
        kept.bring_back()
        killed = worker.run(service, moment=moment, unguarded=True)
        assert killed["status"] in (KILLED, DONE), killed["text"]
        if harmed := harm(service, expected):
            break
        assert killed["status"] == KILLED, "there was none"
    assert harmed


def harm(service: str, expected: Book) -> str:
    """What is wrong after the service was run again, if anything."""
    try:
        prove(Brand.objects.get())
        run_again(service)
        prove(Brand.objects.get())
    except Exception as error:  # noqa: BLE001  a half-written book may break anything
        return repr(error)
    return "another book" if whole_book() != expected else ""
