"""The real thing for journeys: web, worker and beat as processes, as `make run` starts them, on a database of their
own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from config.embedded import url_of
from tests.support.paths import ROOT

# It needs Redis, which `tests/services.sh` has
collect_ignore = [] if os.environ.get("CELERY_BROKER_URL", "").startswith("redis:") else ["test_redis_away.py"]


@dataclass(frozen=True)
class Servers:
    """Running servers. `url` has no slash at its end; `env` is what they run with, for further processes of the same
    installation."""

    url: str
    env: dict[str, str]
    var_dir: Path
    process: subprocess.Popen[str]

    def manage(self, *args: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """`manage.py ARGS` as an operator would call it, with its output as text. Never raises: look at returncode."""
        command = [sys.executable, "manage.py", *map(str, args)]
        return subprocess.run(command, cwd=ROOT, env=self.env, input=stdin, capture_output=True, text=True, timeout=900)

    def sms_codes(self) -> dict[str, str]:
        """The newest code that was sent to each phone."""
        path = self.var_dir / "sms.jsonl"
        sent = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return {message["phone"]: message["code"] for message in sent}

    def log(self) -> str:
        """What web, worker and beat have said so far."""
        return (self.var_dir / "log").read_text()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Servers]:
    """Real servers with an empty, migrated database; once a module, since they take some seconds. All is gone
    afterwards."""
    with (
        fresh_database() as database_url,
        serving(database_url, tmp_path_factory.mktemp("servers"), worker_id) as running,
    ):
        yield running


@contextmanager
def serving(database_url: str, var_dir: Path, worker_id: str) -> Iterator[Servers]:
    """Servers on a database that is empty, once they are ready."""
    mine = {
        "VAR_DIR": str(var_dir),
        "PORT": str(free_port()),
        "DATABASE_URL": database_url,
        "CELERY_BROKER_URL": own_broker(worker_id),
    }
    with ready_servers(os.environ | mine) as running:
        yield running


@contextmanager
def ready_servers(env: dict[str, str]) -> Iterator[Servers]:
    """What `make run` starts, with these settings, and without a demo brand, once it is ready; stopped afterwards."""
    running = _start(env)
    try:
        wait_until_ready(running)
        yield running
    finally:
        running.process.send_signal(signal.SIGINT)
        running.process.wait(300)


def _start(env: dict[str, str]) -> Servers:
    env = {key: value for key, value in env.items() if key != "PUBLIC_URL"} | {"GROVE_ENV_FILE": "no"}
    var_dir = Path(env["VAR_DIR"])
    with (var_dir / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.run", "--no-demo"],
            cwd=ROOT,
            env=env,
            text=True,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return Servers(f"http://127.0.0.1:{env['PORT']}", env, var_dir, process)


@contextmanager
def fresh_database() -> Iterator[str]:
    """The URL of a new database on the server of the tests."""
    server: dict[str, Any] = settings.DATABASES["default"]
    name = f"journey_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(url_of(server | {"NAME": "postgres"}), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield url_of(server | {"NAME": name})
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def own_broker(worker_id: str) -> str:
    """A broker that no other journey uses: files under VAR_DIR, or a Redis database by the number of the test
    process."""
    url = os.environ.get("CELERY_BROKER_URL", "filesystem://localhost")
    number = int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0
    return url if url.startswith("filesystem:") else f"{url.rsplit('/', 1)[0]}/{2 + number}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(servers: Servers) -> None:
    """However busy the machine: an empty database takes all migrations first."""
    for _ in range(3_000):
        assert servers.process.poll() is None, servers.log()
        try:
            with urllib.request.urlopen(f"{servers.url}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"not ready after 5 min\n{servers.log()}")
