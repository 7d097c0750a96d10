"""What the clock should have done by now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.heartbeats.domain import PACES, is_late
from accounts.heartbeats.models import Heartbeat


@dataclass(frozen=True, slots=True)
class LateWork:
    work: Heartbeat.Work
    done_at: datetime | None
    every: timedelta

    @property
    def every_seconds(self) -> int:
        return int(self.every.total_seconds())


def late_works(*, at: datetime) -> list[LateWork]:
    """The works of the clock that are late at `at`, most frequent ones first; one without a row is late. One query."""
    kept = {beat.work: beat for beat in Heartbeat.objects.all()}
    late = []
    for work in Heartbeat.Work:
        beat, pace = kept.get(work), PACES[work]
        done_at = beat.done_at if beat else None
        if is_late(pace, since=done_at or (beat.expected_since if beat else None), at=at):
            late.append(LateWork(work, done_at, pace.every))
    return sorted(late, key=lambda found: found.every)
