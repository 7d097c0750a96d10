"""Periodic tasks of content."""

from celery import shared_task
from django.utils import timezone

from accounts.heartbeats.models import Heartbeat
from accounts.heartbeats.services import clock_work
from content.media.services.sweeping import sweep_media
from content.submissions.services.approving import approve_overdue


@shared_task
@clock_work(Heartbeat.Work.MEDIA, one_at_a_time=True)
def sweep_pictures() -> None:
    """Remove files of pictures that no row names."""
    sweep_media(at=timezone.now())


@shared_task
@clock_work(Heartbeat.Work.SUBMISSIONS, one_at_a_time=True)
def approve_submissions() -> None:
    """Approve what waited as long as its brand lets it."""
    approve_overdue(at=timezone.now())
