"""The transactions of services: what two of them did to each other is done again, from the start, some times at most."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

SERIALIZATION_FAILURE, DEADLOCK, LOCK_NOT_AVAILABLE = "40001", "40P01", "55P03"
TRIES = 4
MOST_PAUSE_SECONDS = 0.05  # before the second try, at most; twice as long before each further one


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a lock is waited for, and which ones were not had in that time."""

    milliseconds: int
    busy: set[str] = field(default_factory=set)


_patience: ContextVar[Patience | None] = ContextVar("patience", default=None)
_is_one: ContextVar[bool] = ContextVar("is_one", default=False)


class LockStillBusy(OperationalError):
    """A lock that was not had a moment ago, by the same work, is not tried again."""


def in_transaction(service: Callable[P, R]) -> Callable[P, R]:
    """Run a service in one transaction: all of it or nothing.

    Where the transaction is its own, a deadlock or a serialization failure is rolled back and the service runs again,
    4 times at most, with short random pauses between; then OperationalError is raised. Inside of another transaction it
    is a savepoint, and the failure goes on to whoever opened that: a part cannot be repeated alone.

    So a service must not change what it was given before it succeeds, and must not be given what can be read only once,
    such as the lines of an open file: those keep `transaction.atomic`, and are not repeated."""
    return _in_transaction(service, durable=False)


def in_own_transaction(service: Callable[P, R]) -> Callable[P, R]:
    """The same for a service whose rows must stay, whatever becomes of the request or of the next batch: inside of
    another transaction it raises RuntimeError."""
    return _in_transaction(service, durable=True)


@contextmanager
def own_transaction() -> Iterator[None]:
    """A transaction that stands by itself, and is not repeated. Raises RuntimeError inside of another one."""
    with transaction.atomic(durable=not _is_one.get()):
        yield


@contextmanager
def one_transaction() -> Iterator[None]:
    """Make one transaction of everything inside, also of services that promise their own: all of it or nothing. For a
    made-up story, where nobody relies on a part."""
    token = _is_one.set(True)
    try:
        with transaction.atomic():
            yield
    finally:
        _is_one.reset(token)


def _in_transaction(service: Callable[P, R], *, durable: bool) -> Callable[P, R]:
    @wraps(service)
    def run(*given: P.args, **named: P.kwargs) -> R:
        if connection.in_atomic_block:
            with transaction.atomic(durable=durable and not _is_one.get()):
                return service(*given, **named)
        pauses = _pauses()
        while True:
            committed: list[str] = []
            try:
                with transaction.atomic():
                    transaction.on_commit(partial(committed.append, "done"))
                    _limit_locks()
                    return service(*given, **named)
            except OperationalError as error:
                # What fails once all is committed is a callback's own: the service is done
                if committed or not pauses or not may_be_repeated(error):
                    raise
            time.sleep(pauses.pop(0))

    return run


@contextmanager
def waiting_for_locks_at_most(milliseconds: int) -> Iterator[None]:
    """Let the transactions that services begin inside raise OperationalError instead of waiting longer for a lock; for
    work that comes back anyway. A named lock (`tried_once`) that was not had is not waited for again. The limit is each
    transaction's own: behind a pooler the next one may have another session."""
    token = _patience.set(Patience(milliseconds))
    try:
        yield
    finally:
        _patience.reset(token)


@contextmanager
def tried_once(name: str) -> Iterator[None]:
    """Around the statement that takes the lock of this name: within `waiting_for_locks_at_most`, whose steps may need the
    same lock one after another, it is waited for once. Raises LockStillBusy when it was not had before."""
    patience = _patience.get()
    if patience and name in patience.busy:
        raise LockStillBusy(f"the lock {name} was not had a moment ago")
    try:
        yield
    except OperationalError as error:
        if patience and _sqlstate(error) == LOCK_NOT_AVAILABLE:
            patience.busy.add(name)
        raise


def _limit_locks() -> None:
    if patience := _patience.get():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{patience.milliseconds}ms"])


def _sqlstate(error: OperationalError) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)


def may_be_repeated(error: OperationalError) -> bool:
    """Whether a transaction failed only because of another one at the same moment, so that nothing of it was done."""
    return _sqlstate(error) in {SERIALIZATION_FAILURE, DEADLOCK}


def _pauses() -> list[float]:
    """Between the tries, in seconds: random, or two that met would meet again."""
    return [random.uniform(0, MOST_PAUSE_SECONDS * 2**number) for number in range(TRIES - 1)]  # noqa: S311  no secret
