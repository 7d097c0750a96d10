"""Run several calls at the same time, each in a thread with its own connection, and make them wait for each other at
chosen points. No test sleeps for a fixed time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction

from accounts.brands.models import Brand
from commissions.ledger.services import lock_book

THREADS = 4
POLL_SECONDS = 0.005
# Of these connections, those that wait for a lock of another one of them.
BLOCKED_PIDS = "SELECT pid FROM unnest(%(pids)s::int[]) AS pid WHERE pg_blocking_pids(pid) && %(pids)s::int[]"


class CallerThread(threading.Thread):
    """A thread that makes one call on its own connection, and keeps what the call returned or raised."""

    def __init__(self, call: Callable[[], Any], start_line: threading.Barrier) -> None:
        super().__init__(daemon=True)  # a thread that still waits after a failure does not keep the process alive
        self.call, self.start_line = call, start_line
        self.answer: Any = None
        self.pid, self.is_waiting, self.released = 0, False, threading.Event()
        self.waiting_count = 0

    def run(self) -> None:
        try:
            connection.ensure_connection()
            self.pid = connection.connection.info.backend_pid
            self.start_line.wait()
            self.answer = self.call()
        except Exception as error:  # noqa: BLE001  the error is the answer
            self.answer = error
        finally:
            connections.close_all()

    def wait(self) -> int:
        self.released.clear()
        self.is_waiting = True
        self.released.wait()
        return self.waiting_count


def run_at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Start all calls together; return what each of them returned or raised."""
    start_line = threading.Barrier(len(calls))
    threads = [CallerThread(call, start_line) for call in calls]
    for thread in threads:
        thread.start()
    while running := [thread for thread in threads if thread.is_alive()]:
        release_the_waiting(running)
        running[0].join(POLL_SECONDS)
    return [thread.answer for thread in threads]


def release_the_waiting(running: list[CallerThread]) -> None:
    """Let the waiting threads go on once every other running thread is blocked by a lock: no other thread can arrive."""
    waiting = [thread for thread in running if thread.is_waiting]
    others = {thread.pid for thread in running if thread not in waiting}
    if not waiting or (others and not others <= blocked_pids(running)):
        return
    for thread in waiting:
        thread.waiting_count, thread.is_waiting = len(waiting), False
        thread.released.set()


def blocked_pids(threads: list[CallerThread]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(BLOCKED_PIDS, {"pids": [thread.pid for thread in threads]})
        return {pid for (pid,) in cursor.fetchall()}


def wait_for_the_others() -> int:
    """Wait until every other thread waits too, has ended, or is blocked by a lock. Return how many waited here; 0 at
    once in a thread that `run_at_once` did not start."""
    thread = threading.current_thread()
    return thread.wait() if isinstance(thread, CallerThread) else 0


class Rendezvous:
    """Replaces a function, and makes its callers wait for each other after the call, or before it. `most` is the largest
    number that waited at the same time."""

    def __init__(self, real: Callable[..., Any], *, before: bool = False) -> None:
        self.real, self.before, self.most = real, before, 0

    def __call__(self, *given: Any, **named: Any) -> Any:
        if self.before:
            self.wait()
        answer = self.real(*given, **named)
        if not self.before:
            self.wait()
        return answer

    def wait(self) -> None:
        self.most = max(self.most, wait_for_the_others())


def run_in_the_middle(
    monkeypatch: pytest.MonkeyPatch, module: Any, step: str, first: Callable[[], Any], second: Callable[[], Any]
) -> list[Any]:
    """Run two calls: the second begins when the first reaches a step, and the first waits there until the second has
    ended or is blocked. Return what both returned or raised."""
    reached = threading.Event()
    real: Callable[..., Any] = getattr(module, step)

    def wait_there(*args: Any, **options: Any) -> Any:
        if not reached.is_set():
            reached.set()
            wait_for_the_others()
        return real(*args, **options)

    def run_first() -> Any:
        try:
            return first()
        finally:
            reached.set()

    def run_second() -> Any:
        reached.wait()
        return second()

    monkeypatch.setattr(module, step, wait_there)
    return run_at_once(run_first, run_second)


@contextmanager
def book_held(brand: Brand) -> Iterator[None]:
    """Somebody else works on the brand's book meanwhile."""
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            lock_book(brand)
            held.set()
            done.wait()
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()
