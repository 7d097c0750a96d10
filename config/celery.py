"""Celery: tasks only pull facts earlier than the clock would, so a lost message costs seconds and never money."""

import os

from celery import Celery
from kombu import Queue

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
    "variants": "commissions.tasks.count_results_of_content",
    "uses": "commissions.tasks.refresh_uses_of_brands",
    "old_exports": "commissions.tasks.forget_exports",
    "media": "content.tasks.sweep_pictures",
    "submissions": "content.tasks.approve_submissions",
    "old_rows": "accounts.tasks.forget_the_old",
}
"""By the work of the clock, whose heartbeat each keeps."""
OF_A_BRAND = ("commissions.tasks.credit_facts_of_brand", "commissions.tasks.do_what_is_due_of_brand")
"""Started by works of the clock, for each brand that has anything to do."""
SHORT, LONG = "celery", "long"
QUEUES = {TASKS[work]: LONG if pace.is_long else SHORT for work, pace in PACES.items()} | dict.fromkeys(
    OF_A_BRAND, SHORT
)
"""By task: all tasks are listed. A worker that is started without `--queues` takes from both."""
app.conf.task_queues = [Queue(name, routing_key=name) for name in (SHORT, LONG)]
app.conf.task_routes = {task: {"queue": queue} for task, queue in QUEUES.items()}
app.conf.beat_schedule = {
    work: {"task": TASKS[work], "schedule": pace.every, "options": {"expires": pace.every.total_seconds()}}
    for work, pace in PACES.items()
}
