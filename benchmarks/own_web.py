"""A web server of a benchmark's own: what the Procfile starts for `web`, on a free port of loopback."""

import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template

from own_server import ROOT

READY_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def web_command(application: str, port: int, *, threads: int) -> list[str]:
    """`web` of the Procfile with another application: one worker, unless WEB_WORKERS and WEB_THREADS say otherwise."""
    line = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web:"))
    values = {
        "PORT": str(port),
        "WEB_WORKERS": os.environ.get("WEB_WORKERS", "1"),
        "WEB_THREADS": os.environ.get("WEB_THREADS", str(threads)),
    }
    for name, value in values.items():
        line = line.replace(next(part for part in line.split() if part.startswith(f"${{{name}:-")), value)
    command = Template(line.partition(":")[2]).substitute().replace("config.wsgi:application", application)
    program, *arguments = shlex.split(command)
    return [str(Path(sys.executable).parent / program), "--log-level", "warning", *arguments]


@contextmanager
def running(command: list[str], url: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server that answers on its port; it is ended afterwards, with its workers."""
    paths = f"{ROOT}:{ROOT / 'benchmarks'}:{ROOT / 'benchmarks/content'}"
    env = os.environ | {"DATABASE_URL": url, "PYTHONPATH": paths, "LOG_LEVEL": "WARNING"}
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        _wait_for(port)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(READY_SECONDS * 10):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"no server answered on port {port} within {READY_SECONDS} s")


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process and its children had."""
    import psutil  # noqa: PLC0415

    process = psutil.Process(pid)
    return sum(sum(part.cpu_times()[:2]) for part in [process, *process.children(recursive=True)])
