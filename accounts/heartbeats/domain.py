"""How often a clock starts each work, and from when on it is late."""

from datetime import datetime, timedelta
from typing import NamedTuple


class Pace(NamedTuple):
    every: timedelta
    late_after: timedelta
    """Since it was last done. Well above `every` for what may be long at work, or wait for a free worker."""
    is_long: bool = False
    """Whether it may take minutes: then it has workers of its own, and what takes seconds never waits for it."""


PACES = {
    "credit": Pace(timedelta(seconds=3), timedelta(minutes=1)),
    "due": Pace(timedelta(minutes=1), timedelta(minutes=5)),
    "clicks": Pace(timedelta(minutes=1), timedelta(minutes=5)),
    "exports": Pace(timedelta(seconds=5), timedelta(hours=1), is_long=True),
    "ledgers": Pace(timedelta(minutes=10), timedelta(hours=2), is_long=True),
    "signals": Pace(timedelta(minutes=10), timedelta(hours=2), is_long=True),
    "variants": Pace(timedelta(hours=1), timedelta(hours=6), is_long=True),
    "uses": Pace(timedelta(minutes=10), timedelta(hours=2), is_long=True),
    "old_exports": Pace(timedelta(hours=1), timedelta(hours=6), is_long=True),
    "media": Pace(timedelta(hours=1), timedelta(hours=6), is_long=True),
    "submissions": Pace(timedelta(minutes=10), timedelta(hours=2), is_long=True),
    "old_rows": Pace(timedelta(hours=1), timedelta(hours=6), is_long=True),
}
"""By kind of work. The daily ones come every hour: a beat that is restarted every day would never reach a whole day."""


def is_late(pace: Pace, *, since: datetime | None, at: datetime) -> bool:
    """Whether a work that was last done, or is expected, since then is late; always, if nobody ever expected it."""
    return since is None or at - since > pace.late_after
