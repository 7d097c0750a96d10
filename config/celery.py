"""Celery: tasks only pull facts earlier than the clock would, so a lost message costs seconds and never money."""

import os

from celery import Celery

import config.broker  # noqa: F401  it registers itself as the transport of files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("LOCK_SECONDS", "10")  # the next beat comes back
app = Celery("grove")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "credit facts": {"task": "commissions.tasks.credit_facts", "schedule": 3.0, "options": {"expires": 3}},
    "everything that a clock starts": {
        "task": "commissions.tasks.do_what_is_due",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "take in clicks": {"task": "commissions.tasks.ingest_clicks", "schedule": 60.0, "options": {"expires": 60}},
    "write exports": {"task": "commissions.tasks.write_exports", "schedule": 5.0, "options": {"expires": 5}},
    "prove the ledgers at night": {
        "task": "commissions.tasks.check_ledgers_of_the_night",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "look for fraud at night": {
        "task": "commissions.tasks.find_signals_of_the_night",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "forget old exports": {"task": "commissions.tasks.forget_exports", "schedule": 86_400.0},
    "forget what is old": {"task": "accounts.tasks.forget_the_old", "schedule": 86_400.0},
}
