"""Since when somebody has used a product, and what is refused about it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from foundation.files.faults import FieldRefusal

MOST_DAYS_USED = 9_999
"""as many as a text has room for"""


class UseRefused(FieldRefusal, code="use_refused"):
    """What staff say of a use cannot be so: without a reason, in the future, of another brand, or known already."""


def days_used(since: datetime | None, at: datetime, *, zone: str) -> int | None:
    """How many days somebody who has had a product since then could say at a moment: days of the calendar of a zone, at
    least 1. None for who did not have it then."""
    if since is None or since > at:
        return None
    begun, today = (moment.astimezone(ZoneInfo(zone)).date() for moment in (since, at))
    return min(max((today - begun).days, 1), MOST_DAYS_USED)
