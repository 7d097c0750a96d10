"""Whoever does a work of the clock says so."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from functools import wraps

from django.db import connection
from django.utils import timezone

from accounts.heartbeats.models import Heartbeat
from foundation.postgres.locks import alone

DONE = """
INSERT INTO accounts_heartbeat AS kept (work, expected_since, began_at, done_at) VALUES (%(work)s, %(began)s, %(began)s, %(done)s)
ON CONFLICT (work) DO UPDATE SET began_at = excluded.began_at, done_at = excluded.done_at
WHERE kept.done_at IS NULL OR kept.done_at <= excluded.done_at
"""


def record_heartbeat(work: Heartbeat.Work, *, began_at: datetime, done_at: datetime) -> None:
    """A work of the clock was done: one statement. A run that ended earlier and says so later changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(DONE, {"work": work, "began": began_at, "done": done_at})


def expect_all(*, at: datetime) -> None:
    """From now on, every work of the clock is expected; what is expected already stays so. Repeatable."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(work=work, expected_since=at) for work in Heartbeat.Work], ignore_conflicts=True
    )


def clock_work(
    work: Heartbeat.Work, *, one_at_a_time: bool = False
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """A function that a clock starts: its heartbeat is recorded at its end, and not when it raises. `one_at_a_time`, for
    what may be long at work: a call while another runs does nothing, and records nothing."""

    def keeping(function: Callable[[], None]) -> Callable[[], None]:
        @wraps(function)
        def run() -> None:
            began_at = timezone.now()
            with alone(f"clock {work}") if one_at_a_time else nullcontext(enter_result=True) as may_run:
                if may_run:
                    function()
                    record_heartbeat(work, began_at=began_at, done_at=timezone.now())

        return run

    return keeping
