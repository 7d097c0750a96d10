"""Periodic tasks of accounts."""

from celery import shared_task
from django.utils import timezone

from accounts.access.services.housekeeping import forget_the_old as forget
from accounts.heartbeats.models import Heartbeat
from accounts.heartbeats.services import clock_work


@shared_task
@clock_work(Heartbeat.Work.OLD_ROWS)
def forget_the_old() -> None:
    """Delete codes, counters, ended sessions and stored responses whose time is over."""
    forget(at=timezone.now())
