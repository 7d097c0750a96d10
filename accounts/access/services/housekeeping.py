"""Rows that are deleted after a while."""

from datetime import datetime, timedelta

from accounts.access.models import IdempotentAnswer, OneTimeCode, Session
from accounts.access.services.idempotency import RETENTION
from accounts.failures.services import every_step
from accounts.limits.models import Hits
from foundation.postgres.transactions import own_transaction


def forget_the_old(*, at: datetime) -> int:
    """Delete codes, counters and sessions that were over more than a day ago, and answers kept for more than 8 days.
    Returns how many rows. Each kind is a transaction of its own: one that cannot be deleted keeps no other."""
    day = at - timedelta(days=1)
    expired = [
        OneTimeCode.objects.filter(expires_at__lt=day),
        Hits.objects.filter(window_start__lt=day),
        Session.objects.filter(expires_at__lt=day),
        IdempotentAnswer.objects.filter(answered_at__lt=at - RETENTION),
    ]
    deleted = 0
    with every_step("deleting what is old") as step:
        for rows in expired:
            with step(), own_transaction():
                deleted += rows.delete()[0]
    return deleted
