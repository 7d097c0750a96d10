"""The key of the day, from which the sources of clicks are made."""

from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings

from referrals.visits.domain.readers import key_of_day


def source_key(*, at: datetime) -> bytes:
    """The key under which the addresses of that day (UTC) are hashed; every process of an installation has the same."""
    return _key(at.astimezone(UTC).toordinal())


@lru_cache(maxsize=4)
def _key(day: int) -> bytes:
    return key_of_day(settings.SECRET_KEY, day)
