"""The whole thing, through its own doors."""

import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from tests.journeys.conftest import Servers, free_port, start_servers, wait_until_ready


def test_the_servers_answer(servers: Servers) -> None:
    for path in ["/healthz", "/readyz", "/admin/login/"]:
        with urllib.request.urlopen(servers.url + path) as answer:
            assert answer.status == 200
    assert servers.manage("check").returncode == 0
    assert servers.sms_codes() == {}
    assert "Grove is running" in servers.log()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the database's own user may enter: pytest's are closed to all but the user of the tests."""
    with TemporaryDirectory(prefix="grove-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="is about the embedded database, and was seen on it")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM], ids=lambda signum: signum.name)
def test_ctrl_c_leaves_nothing_behind(signum: signal.Signals, open_folder: Path) -> None:
    """As a newcomer runs it: no setting but the port. The embedded database stops with the others."""
    ours = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL"}}
    running = start_servers(ours | {"VAR_DIR": str(open_folder), "PORT": str(free_port())})
    wait_until_ready(running)
    postgres = int((open_folder / "pg" / "postmaster.pid").read_text().splitlines()[0])
    started = psutil.Process(running.process.pid).children(recursive=True)
    assert len(started) >= 3
    running.process.send_signal(signum)
    assert running.process.wait(30) == (0 if signum == signal.SIGINT else 128 + signum)
    _, alive = psutil.wait_procs(started, timeout=2)
    assert alive == []
    assert not psutil.pid_exists(postgres) or psutil.Process(postgres).status() == psutil.STATUS_ZOMBIE
    assert not (open_folder / "pg" / "postmaster.pid").exists()
