"""How much memory many uploads at once take: a web process, and the processes that it starts, in the test's database.

python -m tests.support.processes.uploading BRAND FOLDER    prints {"stored", "refused", "peak_mb"} of all files at once
"""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from django.db import connection

from config.embedded import url_of
from tests.support.paths import ROOT


def all_at_once(brand: int, folder: Path, var: Path) -> dict[str, Any]:
    """Upload every file of a folder at the same time, in one process. The brand must be committed."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.processes.uploading", str(brand), str(folder)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ
        | {
            "DATABASE_URL": url_of(connection.settings_dict),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "GROVE_ENV_FILE": "no",
            "VAR_DIR": str(var),
            "LOG_LEVEL": "ERROR",
        },
    )
    told: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return told


class Watch(threading.Thread):
    """The largest memory of this process and its children together, looked at a hundred times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.is_over = 0, threading.Event()

    def run(self) -> None:
        own = psutil.Process()
        while not self.is_over.is_set():
            taken = 0
            for process in (own, *own.children()):
                try:
                    taken += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.peak = max(self.peak, taken)
            time.sleep(0.01)


def main(brand: int, folder: Path) -> None:
    from django.db import connections
    from django.utils import timezone

    import config.wsgi  # noqa: F401  all that a web process has
    from accounts.brands.models import Brand
    from content.media.domain.refusals import PictureRefused
    from content.media.services.pictures import store_picture
    from content.media.services.room import ROOM

    files, results = sorted(folder.iterdir()), []
    at_once, watch = threading.Barrier(len(files)), Watch()

    def upload(path: Path) -> None:
        try:
            with path.open("rb") as file:
                at_once.wait()
                store_picture(brand=Brand(pk=brand), file=file, by=None, at=timezone.now())
            results.append("stored")
        except PictureRefused as refusal:
            results.append(refusal.code)
        finally:
            connections.close_all()

    ROOM.patience = 600
    watch.start()
    threads = [threading.Thread(target=upload, args=(path,)) for path in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watch.is_over.set()
    watch.join()
    refused = [result for result in results if result != "stored"]
    print(
        json.dumps({"stored": results.count("stored"), "refused": refused, "peak_mb": watch.peak / 1e6, "room_mb": ROOM.most_taken / 1e6}),
        flush=True,
    )  # fmt: skip
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
