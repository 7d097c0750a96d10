"""What may take minutes has workers of its own: what takes seconds never waits for it."""

import re

import pytest

from accounts.heartbeats.domain import PACES
from config.celery import LONG, QUEUES, SHORT, TASKS, app
from tests.support.paths import ROOT

pytestmark = pytest.mark.usefixtures("all_tasks")


@pytest.fixture
def all_tasks() -> None:
    app.loader.import_default_modules()


def taken_from(*options: str) -> set[str]:
    """The queues of a worker that is started with these options."""
    queues = app.amqp.Queues(app.conf.task_queues)
    if options:
        queues.select(list(options))
    return set(queues.consume_from)


def test_every_task_has_a_queue() -> None:
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert set(QUEUES) == ours
    assert {app.amqp.router.route({}, task)["queue"].name for task in ours} == {SHORT, LONG}
    assert all(app.amqp.router.route({}, task)["queue"].name == queue for task, queue in QUEUES.items())


def test_what_is_long_is_kept_apart_from_crediting_changes_clicks_and_approvals() -> None:
    assert {work for work, pace in PACES.items() if not pace.is_long} == {"credit", "due", "clicks"}
    long = {"write_exports", "check_ledgers_of_the_night", "find_signals_of_the_night", "forget_exports"}
    named = {task.rpartition(".")[2] for task, queue in QUEUES.items() if queue == LONG}
    assert named == long | {
        "forget_the_old", "sweep_pictures", "approve_submissions", "count_results_of_content", "refresh_uses_of_brands",
    }  # fmt: skip
    assert QUEUES[TASKS["clicks"]] == SHORT


def test_the_processes_of_the_procfile_take_from_every_queue_each_from_its_own() -> None:
    taken = dict(re.findall(r"^(\w+): celery .* worker --queues (\S+)", (ROOT / "Procfile").read_text(), re.MULTILINE))
    assert taken == {"worker": SHORT, "long": LONG}


def test_a_worker_that_is_started_without_a_queue_takes_from_all() -> None:
    assert taken_from() == {SHORT, LONG}
    assert taken_from(LONG) == {LONG}


def test_a_message_is_in_the_queue_of_its_task_alone() -> None:
    """Two queues that are bound by the same key would both get it."""
    assert {queue.name: queue.routing_key for queue in app.conf.task_queues} == {SHORT: SHORT, LONG: LONG}
