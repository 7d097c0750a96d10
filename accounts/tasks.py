"""Periodic tasks of accounts."""

from celery import shared_task
from django.utils import timezone

from accounts.access.services.housekeeping import forget_the_old as forget


@shared_task
def forget_the_old() -> None:
    """Delete codes, counters, ended sessions and stored responses whose time is over."""
    forget(at=timezone.now())
