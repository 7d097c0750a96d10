"""A PostgreSQL of a benchmark's own, which is deleted afterwards; and child processes that do the timed work, so that
Python's start is not counted."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def scratch_var() -> Iterator[None]:
    """A VAR_DIR that is thrown away: the settings that are read in it start a server there. It leads child processes
    there too."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        os.environ |= {
            "VAR_DIR": str(folder / "var"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "GROVE_ENV_FILE": "no",
        }
        sys.path.insert(0, str(ROOT))
        yield


@contextmanager
def scratch_server() -> Iterator[str]:
    """Start the embedded server in a scratch folder, migrated and empty; gives its DATABASE_URL. It lives as long as
    this process."""
    with scratch_var():
        os.environ.pop("DATABASE_URL", None)
        from django.conf import settings  # noqa: PLC0415  after VAR_DIR: this starts the server, and keeps it up

        from config.embedded import url_of  # noqa: PLC0415

        url = url_of(settings.DATABASES["default"])
        in_child(
            "import django; django.setup(); from django.core.management import call_command; call_command('migrate', verbosity=0)",
            url,
        )
        yield url


def in_child(code: str, url: str, *arguments: str) -> Any:
    """Run Python code in a process of its own against a database; returns its last line, which is JSON."""
    process = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"DATABASE_URL": url},
    )
    if process.returncode:
        raise SystemExit(process.returncode)
    return json.loads(process.stdout.splitlines()[-1]) if process.stdout.strip() else None


def database_url(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def copied(url: str, name: str) -> str:
    """A copy of the server's main database under another name, on disk and not in its caches: every run starts from the
    same files."""
    with psycopg.connect(database_url(url, "template1"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {urlsplit(url).path[1:]} STRATEGY file_copy")
    return database_url(url, name)
