"""Several hands at one moment, each on its own connection, and points in the code where they meet. Nobody waits by the
clock."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

HANDS = 4
POLL_SECONDS = 0.005
# Those of the hands that are kept out by another one.
KEPT_OUT = "SELECT pid FROM unnest(%(pids)s::int[]) AS pid WHERE pg_blocking_pids(pid) && %(pids)s::int[]"


class Hand(threading.Thread):
    """Makes one call on a connection of its own, and keeps what it gave or raised."""

    def __init__(self, call: Callable[[], Any], start_line: threading.Barrier) -> None:
        super().__init__(daemon=True)  # whoever still waits when the test has failed keeps nobody
        self.call, self.start_line = call, start_line
        self.answer: Any = None
        self.pid, self.waits, self.met, self.go_on = 0, False, 0, threading.Event()

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

    def meet(self) -> int:
        self.go_on.clear()
        self.waits = True
        self.go_on.wait()
        return self.met


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call gave or raised; all start together."""
    start_line = threading.Barrier(len(calls))
    hands = [Hand(call, start_line) for call in calls]
    for hand in hands:
        hand.start()
    while at_work := [hand for hand in hands if hand.is_alive()]:
        let_go_on(at_work)
        at_work[0].join(POLL_SECONDS)
    return [hand.answer for hand in hands]


def let_go_on(at_work: list[Hand]) -> None:
    """Those who wait, when everybody else is kept out by somebody who is still at work: nobody else can come."""
    waiting = [hand for hand in at_work if hand.waits]
    coming = {hand.pid for hand in at_work if hand not in waiting}
    if not waiting or (coming and not coming <= kept_out(at_work)):
        return
    for hand in waiting:
        hand.met, hand.waits = len(waiting), False
        hand.go_on.set()


def kept_out(hands: list[Hand]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(KEPT_OUT, {"pids": [hand.pid for hand in hands]})
        return {pid for (pid,) in cursor.fetchall()}


def meet() -> int:
    """Wait until every other hand is here too, has done its work, or is kept out by a lock; how many stood here. For
    whoever is no hand: nobody."""
    hand = threading.current_thread()
    return hand.meet() if isinstance(hand, Hand) else 0


class Meeting:
    """In the place of a function: its callers meet when it has answered, or before it is called. `most` is how many
    stood there at once."""

    def __init__(self, real: Callable[..., Any], *, before: bool = False) -> None:
        self.real, self.before, self.most = real, before, 0

    def __call__(self, *given: Any, **named: Any) -> Any:
        if self.before:
            self.meet()
        answer = self.real(*given, **named)
        if not self.before:
            self.meet()
        return answer

    def meet(self) -> None:
        self.most = max(self.most, meet())


def in_the_middle(
    monkeypatch: pytest.MonkeyPatch, module: Any, step: str, first: Callable[[], Any], second: Callable[[], Any]
) -> list[Any]:
    """What two calls gave of which the second begins when the first comes to a step, and is waited for there, as long
    as it is not kept out itself."""
    reached = threading.Event()
    real: Callable[..., Any] = getattr(module, step)

    def wait_there(*args: Any, **options: Any) -> Any:
        if not reached.is_set():
            reached.set()
            meet()
        return real(*args, **options)

    def at_first() -> Any:
        try:
            return first()
        finally:
            reached.set()

    def meanwhile() -> Any:
        reached.wait()
        return second()

    monkeypatch.setattr(module, step, wait_there)
    return at_once(at_first, meanwhile)
