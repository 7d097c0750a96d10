"""How often a clock starts each work, and from when on it is late."""

from datetime import datetime, timedelta
from typing import NamedTuple


class Pace(NamedTuple):
    every: timedelta
    late_after: timedelta
    """Since it was last done. Well above `every` for what may be long at work, or wait for a free worker."""


PACES = {
    "credit": Pace(timedelta(seconds=3), timedelta(minutes=1)),
    "due": Pace(timedelta(minutes=1), timedelta(minutes=5)),
    "clicks": Pace(timedelta(minutes=1), timedelta(minutes=5)),
    "exports": Pace(timedelta(seconds=5), timedelta(hours=1)),
    "ledgers": Pace(timedelta(minutes=10), timedelta(hours=2)),
    "signals": Pace(timedelta(minutes=10), timedelta(hours=2)),
    "old_exports": Pace(timedelta(hours=1), timedelta(hours=6)),
    "old_rows": Pace(timedelta(hours=1), timedelta(hours=6)),
}
"""By kind of work. The daily ones come every hour: a beat that is restarted every day would never reach a whole day."""


def is_late(pace: Pace, *, since: datetime | None, at: datetime) -> bool:
    """Whether a work that was last done, or is expected, since then is late; always, if nobody ever expected it."""
    return since is None or at - since > pace.late_after
