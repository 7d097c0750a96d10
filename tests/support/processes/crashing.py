"""Kill a service at a chosen statement: the worker process that forks, runs the service and reports.

`python -m tests.support.processes.crashing` reads a line of JSON for each run: which service, and at which moment the process is
gone (COMMIT and COPY are statements too). It never opens a connection of its own: each run is a fork of it, so that a
run costs no start of Python."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
if not apps.ready:
    django.setup()

import pglock
import psycopg
from django.db import connection
from django.db.models import QuerySet
from django.db.transaction import Atomic

from commissions.settlement.services import settlement
from foundation.postgres import bulk
from tests.support.processes.killable_services import run


class FaultPoint:
    """Counts the moments of a run: its start, and behind each statement that may have changed something. At the one
    that was chosen the process is killed, after saying what would have come next. Between two statements that only read
    nothing has changed: one moment stands for both."""

    def __init__(self, moment: int, say: Callable[[str], None]) -> None:
        self.left, self.say = moment, say
        self.has_changed = True

    def reach(self, statement: str) -> None:
        if self.has_changed:
            if self.left == 0:
                self.say(" ".join(statement.split())[:200])
                os.kill(os.getpid(), signal.SIGKILL)
            self.left -= 1
        self.has_changed = not statement.lstrip().startswith(("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT"))

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.reach(str(sql))
        return execute(sql, params, many, context)

    @contextmanager
    def set(self) -> Iterator[None]:
        """COMMIT and COPY pass Django's own wrapper by."""
        real_commit, real_copy = connection.commit, psycopg.Cursor.copy

        def commit() -> None:
            self.reach("COMMIT")
            real_commit()

        def copy(cursor: Any, statement: Any, *args: Any, **options: Any) -> Any:
            self.reach(statement.as_string(cursor))
            return real_copy(cursor, statement, *args, **options)

        with (
            connection.execute_wrapper(self),
            patch.object(connection, "commit", commit),
            patch.object(psycopg.Cursor, "copy", copy),
        ):
            yield


def take_transactions_away() -> None:
    """The negative control: every statement stands by itself. A row lock needs a transaction, and so do an advisory
    lock that ends with it and a table that is dropped at its end."""
    Atomic.__enter__ = lambda self: None  # type: ignore[method-assign]
    Atomic.__exit__ = lambda self, *error: None  # type: ignore[method-assign]
    QuerySet.select_for_update = lambda self, *args, **options: self  # type: ignore[method-assign]
    pglock.advisory.acquire = lambda self: True  # type: ignore[method-assign]
    bulk.WHEN_IT_ENDS = ""
    for name in ("COLLECT_DUE", "COLLECT_OWED"):
        setattr(settlement, name, getattr(settlement, name).replace("ON COMMIT DROP", ""))


def run_until_killed(order: dict[str, Any], say: Callable[[str], None]) -> None:
    if order["unguarded"]:
        take_transactions_away()
    connection.ensure_connection()
    with FaultPoint(order["moment"], say).set():
        run(order["service"])


def fork(order: dict[str, Any]) -> dict[str, Any]:
    """Run a service in a process of its own; says before which statement it was killed, if it was."""
    heard, told = os.pipe()
    child = os.fork()
    if not child:
        try:
            run_until_killed(order, lambda text: (os.write(told, text.encode()), None)[1])
        except BaseException:  # noqa: BLE001  what a fork raises goes no further
            os.write(told, traceback.format_exc().encode())
            os._exit(1)
        os._exit(0)
    os.close(told)
    with os.fdopen(heard) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return {"status": os.waitstatus_to_exitcode(status), "text": text}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(fork(json.loads(line))), flush=True)
