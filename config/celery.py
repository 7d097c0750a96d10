"""Celery: tasks only pull facts earlier than the clock would, so a lost message costs seconds and never money."""

import os

from celery import Celery

import config.broker  # noqa: F401  it registers itself as the transport of files
from accounts.heartbeats.domain import PACES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("LOCK_SECONDS", "10")  # the next beat comes back
app = Celery("grove")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
TASKS = {
    "credit": "commissions.tasks.credit_facts",
    "due": "commissions.tasks.do_what_is_due",
    "clicks": "commissions.tasks.ingest_clicks",
    "exports": "commissions.tasks.write_exports",
    "ledgers": "commissions.tasks.check_ledgers_of_the_night",
    "signals": "commissions.tasks.find_signals_of_the_night",
    "old_exports": "commissions.tasks.forget_exports",
    "old_rows": "accounts.tasks.forget_the_old",
}
"""By the work of the clock, whose heartbeat each keeps."""
app.conf.beat_schedule = {
    work: {"task": TASKS[work], "schedule": pace.every, "options": {"expires": pace.every.total_seconds()}}
    for work, pace in PACES.items()
}
