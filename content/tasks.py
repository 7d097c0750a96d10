"""Periodic tasks of content."""

from celery import shared_task
from django.utils import timezone

from accounts.failures.services import every_step
from accounts.heartbeats.models import Heartbeat
from accounts.heartbeats.services import clock_work
from content.media.services.sweeping import sweep_media
from content.posters.services.keeping import sweep_posters
from content.submissions.services.approving import approve_overdue


@shared_task
@clock_work(Heartbeat.Work.MEDIA, one_at_a_time=True)
def sweep_pictures() -> None:
    """Remove files of pictures that no row names, and posters that are nearly a day old."""
    at = timezone.now()
    with every_step("sweeping pictures") as step:
        with step():
            sweep_media(at=at)
        with step():
            sweep_posters(at=at)


@shared_task
@clock_work(Heartbeat.Work.SUBMISSIONS, one_at_a_time=True)
def approve_submissions() -> None:
    """Approve what waited as long as its brand lets it."""
    approve_overdue(at=timezone.now())
