"""Processes of the Procfile, on the database of the tests."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from django.conf import settings
from django.db import connection

from config.embedded import url_of
from tests.support.paths import ROOT


def start(
    kind: str, folder: Path, *, application: str = "config.wsgi:application", without: str = "", **env: str
) -> psutil.Process:
    """Start `web`, `worker`, `long` or `beat` with what is in `folder`, one worker of the web, and `without` some options.
    Whoever starts it kills it."""
    lines = dict(line.split(":", 1) for line in (ROOT / "Procfile").read_text().splitlines() if line)
    own = {
        "DATABASE_URL": url_of(connection.settings_dict),
        "GROVE_ENV_FILE": "no",
        "VAR_DIR": str(folder),
        "PUBLIC_ID_KEY": settings.PUBLIC_ID_KEY.hex(),
        "PAYEE_KEYS": ",".join(settings.PAYEE_KEYS),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "WEB_WORKERS": "1",
    }
    command = lines[kind].replace("config.wsgi:application", application).replace(without, "")
    with (folder / f"{kind}.log").open("a") as log:
        return psutil.Popen(
            f"exec {command}", shell=True, cwd=ROOT, env=os.environ | own | env, stdout=log, stderr=subprocess.STDOUT
        )


def kill(process: psutil.Process) -> None:
    """`kill -9`, of the process and of all that it started."""
    with suppress(psutil.NoSuchProcess):
        victims = [process, *process.children(recursive=True)]
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        psutil.wait_procs(victims, timeout=300)


@contextmanager
def running(
    kind: str, folder: Path, *, application: str = "config.wsgi:application", without: str = "", **env: str
) -> Iterator[psutil.Process]:
    process = start(kind, folder, application=application, without=without, **env)
    try:
        yield process
    finally:
        kill(process)
