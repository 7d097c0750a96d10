"""`make run` as a newcomer runs it: no setting but the port, the embedded database, and nothing left behind."""

import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from tests.journeys.conftest import Servers, free_port, ready_servers


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the database's own user may enter: pytest's are closed to all but the user of the tests."""
    with TemporaryDirectory(prefix="grove-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def started(folder: Path) -> AbstractContextManager[Servers]:
    """As a newcomer runs it: no setting but the port."""
    ours = {
        key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL"}
    }
    return ready_servers(ours | {"VAR_DIR": str(folder), "PORT": str(free_port())})


def postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "pg" / "postmaster.pid").read_text().splitlines()[0]))


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM], ids=lambda signum: signum.name)
def test_ctrl_c_leaves_nothing_behind(signum: signal.Signals, open_folder: Path) -> None:
    """The embedded database stops with the others."""
    with started(open_folder) as running:
        database = postmaster(open_folder)
        children = psutil.Process(running.process.pid).children(recursive=True)
        assert len(children) >= 3
        running.process.send_signal(signum)
        assert running.process.wait(300) == (0 if signum == signal.SIGINT else 128 + signum)
        _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
    assert not database.is_running() or database.status() == psutil.STATUS_ZOMBIE
    assert not (open_folder / "pg" / "postmaster.pid").exists()


def test_a_web_worker_that_is_killed_is_started_again(open_folder: Path) -> None:
    with started(open_folder) as running:
        children = psutil.Process(running.process.pid).children()
        web = next(child for child in children if "granian" in " ".join(child.cmdline()))
        worker = web.children()[0]
        worker.kill()
        psutil.wait_procs([worker], timeout=300)
        answers_again(running.url)
        assert running.process.poll() is None


@pytest.mark.heavy
def test_a_database_that_is_killed_is_started_again(open_folder: Path) -> None:
    """Twice, since what was started again must be looked after as well."""
    with started(open_folder) as running:
        for _ in range(2):
            killed = postmaster(open_folder)
            killed.kill()
            psutil.wait_procs([killed], timeout=300)
            answers_again(running.url)
            assert postmaster(open_folder) != killed
        assert running.process.poll() is None


def answers_again(url: str) -> None:
    deadline = time.monotonic() + 300
    while True:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
