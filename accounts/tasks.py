"""What the clock starts on the ground floor."""

from celery import shared_task
from django.utils import timezone

from accounts.access.services.housekeeping import forget_the_old as forget


@shared_task
def forget_the_old() -> None:
    """Forget codes, counters, ended sessions and kept answers whose time is over."""
    forget(at=timezone.now())
