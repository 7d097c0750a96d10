"""One bad fact never stops the others: it is set aside, tried again later, and shown until it succeeds."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from traceback import format_tb
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet

from accounts.brands.models import Brand
from accounts.failures.domain import error_text, pause_after
from accounts.failures.models import FailedFact

logger = logging.getLogger(__name__)

Fact = tuple[str, int]
"""(kind, number)"""
T = TypeVar("T")
R = TypeVar("R")


@transaction.atomic  # a part of its caller's, which is repeated as a whole
def process_isolated(
    facts: Sequence[T],
    process: Callable[[Sequence[T]], R],
    *,
    fact_of: Callable[[T], Fact],
    brand: Brand | None,
    at: datetime,
    keep: Callable[[T, Exception], None] | None = None,
) -> list[R]:
    """Process facts together; what `process` raises is narrowed down, by halves, to the fact that raises alone. That one
    is set aside (by `keep`, where that takes more than its number and brand), all others are processed. Returns what
    `process` returned for each part.

    Every try is a savepoint, so a part that raises leaves nothing behind. A try costs as many passes as the logarithm of
    the facts, and nothing more where none raises. A lock that was not had in time, a deadlock, a lost connection, or rows
    that somebody else moved meanwhile (AssertionError) say nothing of a fact: they are raised, and no fact is set aside."""
    if not facts:
        return []
    try:
        with transaction.atomic():
            result = process(facts)
            connection.check_constraints()  # a foreign key is else looked at with the commit, for all facts at once
    except (OperationalError, InterfaceError, AssertionError):
        raise
    except Exception as error:  # noqa: BLE001  whatever a fact raises, the others go on
        if len(facts) > 1:
            middle = len(facts) // 2
            parts = facts[:middle], facts[middle:]
            return [
                result
                for part in parts
                for result in process_isolated(part, process, fact_of=fact_of, brand=brand, at=at, keep=keep)
            ]
        if keep:
            keep(facts[0], error)
        else:
            set_aside(fact_of(facts[0]), brand=brand, error=error, at=at)
        return []
    forget(map(fact_of, facts))
    return [result]


@contextmanager
def every_step(work: str) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Let work go on after a step that raises: `with every_step("work") as step:`, and `with step():` around each step
    that needs none of the others. What they raised is raised after the last one: one error as it is, several as a group."""
    errors: list[Exception] = []

    @contextmanager
    def step() -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001  raised below
            errors.append(error)

    yield step
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ExceptionGroup(work, errors)


SET_ASIDE = """
INSERT INTO accounts_failedfact (brand_id, kind, fact, payload, error, attempts, first_failed_at, failed_at, next_try_at)
VALUES (%s, %s, %s, %s::jsonb, %s, 1, %s, %s, %s)
ON CONFLICT (kind, fact) DO UPDATE SET error = excluded.error, failed_at = excluded.failed_at, attempts = accounts_failedfact.attempts + 1
RETURNING id, attempts
"""


def set_aside(
    fact: Fact, *, brand: Brand | None, error: BaseException, at: datetime, payload: str | None = None
) -> None:
    """Keep a fact that raised with its error; it is tried again after a pause that grows with each try. `payload` is the
    fact as JSON, where it stands in no table yet. Key: (kind, number), so a further failure counts on."""
    kind, number = fact
    with connection.cursor() as cursor:
        cursor.execute(SET_ASIDE, [brand.pk if brand else None, kind, number, payload, error_text(error), at, at, at])
        ((pk, attempts),) = cursor.fetchall()
    FailedFact.objects.filter(pk=pk).update(next_try_at=at + pause_after(attempts))
    # Frames without the message: a database's says the row, and with it perhaps a phone
    frames = "".join(format_tb(error.__traceback__))
    logger.error(
        "%s %s of brand %s was set aside: %s\n%s", kind, number, brand.pk if brand else None, error_text(error), frames
    )


def forget(facts: Iterable[Fact]) -> None:
    """The facts were processed, or will never be: what was said of them goes."""
    kinds, numbers = zip(*facts, strict=True) if (facts := list(facts)) else ((), ())
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM accounts_failedfact USING unnest(%s::text[], %s::bigint[]) AS done(kind, fact)"
            " WHERE accounts_failedfact.kind = done.kind AND accounts_failedfact.fact = done.fact",
            [list(kinds), list(numbers)],
        )


def try_again(failures: QuerySet[Any], *, at: datetime) -> int:
    """Let these facts be tried with the next work of the clock, whatever their pause; returns how many."""
    return failures.update(next_try_at=at)
