"""`/readyz`: what is well, what is not, and for what a process is taken from its load balancer."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.heartbeats.models import Heartbeat
from config.celery import TASKS, app
from tests.support.clients import errors
from tests.support.clock import STOPPED_AT

pytestmark = pytest.mark.django_db
WELL = {"status": "ok", "database": "ok", "broker": "ok", "clock": "ok", "late": []}


@pytest.fixture(autouse=True)
def installed_now(stopped_clock: None) -> None:
    """As on a new database: the clock is expected, and never ran."""
    app.loader.import_default_modules()
    Heartbeat.objects.all().delete()
    call_command("migrate", verbosity=0)


def ready(**query: str) -> Any:
    return Client().get("/readyz", query)


def at(moment: datetime) -> Any:
    return time_machine.travel(moment, tick=False)


def test_a_new_installation_is_ready_and_no_beat_for_minutes_is_told() -> None:
    assert (ready().status_code, ready().json()) == (200, WELL)
    with at(STOPPED_AT + timedelta(minutes=1)):
        assert ready().json() == WELL
    with at(STOPPED_AT + timedelta(minutes=2)):
        late = {"work": "credit", "done_at": None, "every_seconds": 3}
        assert ready().status_code == 200
        assert ready().json() == WELL | {"status": "degraded", "clock": "late", "late": [late]}
    with at(STOPPED_AT + timedelta(days=1)):
        assert len(ready().json()["late"]) == len(TASKS)


def test_migrating_again_makes_nothing_young() -> None:
    with at(STOPPED_AT + timedelta(minutes=2)):
        call_command("migrate", verbosity=0)
        assert ready().json()["clock"] == "late"


@pytest.mark.parametrize("work", TASKS)
def test_every_work_of_the_clock_says_when_it_was_done(work: str) -> None:
    Heartbeat.objects.update(expected_since=STOPPED_AT - timedelta(days=2))
    assert work in {late["work"] for late in ready().json()["late"]}
    app.tasks[TASKS[work]]()
    assert work not in {late["work"] for late in ready().json()["late"]}
    assert Heartbeat.objects.filter(done_at=None).count() == len(TASKS) - 1
    with at(STOPPED_AT + timedelta(days=1)):
        (late,) = (late for late in ready().json()["late"] if late["work"] == work)
        assert late["done_at"] == "2026-09-17T04:00:00Z"


def test_all_that_beat_starts_has_a_heartbeat_and_a_task() -> None:
    assert set(TASKS) == set(Heartbeat.Work.values) == set(app.conf.beat_schedule)
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_a_work_that_raises_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commissions.tasks.ingest_clicks_of_orders", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app.tasks[TASKS["credit"]]()
    assert not Heartbeat.objects.exclude(done_at=None).exists()


def test_a_row_that_is_missing_is_late() -> None:
    Heartbeat.objects.filter(work="credit").delete()
    assert [late["work"] for late in ready().json()["late"]] == ["credit"]


def test_a_broker_that_is_gone_is_told_without_where_it_is(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://:hush@127.0.0.1:1/0"
    assert (ready().status_code, ready().json()) == (200, WELL | {"status": "degraded", "broker": "unreachable"})
    assert "hush" not in ready().content.decode()
    assert errors(ready(strict="1")) == [("broker_not_ready", None)]


def test_a_folder_of_messages_that_nobody_may_make_is_an_unreachable_broker(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.CELERY_BROKER_URL = "filesystem://localhost"
    folders = dict.fromkeys(("data_folder_in", "data_folder_out"), str(tmp_path / "file" / "broker"))
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = folders
    assert ready().json()["broker"] == "unreachable"


def test_who_is_to_be_woken_asks_strictly() -> None:
    assert ready(strict="1").status_code == 200
    Heartbeat.objects.update(expected_since=timezone.now() - timedelta(days=1))
    assert (ready().status_code, ready(strict="0").status_code) == (200, 200)
    assert (ready(strict="1").status_code, errors(ready(strict="1"))) == (503, [("clock_not_ready", None)])
    assert ready(strict="1")["Retry-After"] == "5"
