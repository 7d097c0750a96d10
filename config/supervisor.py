"""The processes of `make run`: one that ends is started again, and none outlives the supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from config.embedded import EmbeddedDatabase

WELL_SECONDS = 10.0
"""Who lived so long was well: it can start, and is started again for ever."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
TRIES = 5
"""Of a process that was never well."""


class Program:
    """A line of the Procfile, and the process that runs it; after its end it starts again, with pauses that double up to
    half a minute, and are short again once it was well."""

    def __init__(self, name: str, command: str, *, folder: Path, env: dict[str, str]) -> None:
        self.name, self.command, self.folder, self.env = name, command, folder, env
        self.was_well, self.quick_ends = False, 0
        self.start()

    def start(self) -> None:
        """In a session of its own: a Ctrl-C reaches only the supervisor, which ends all in order."""
        self.started_at, self.starts_at = time.monotonic(), 0.0
        line = f"exec {self.command}"
        self.process = subprocess.Popen(line, shell=True, cwd=self.folder, env=self.env, start_new_session=True)  # noqa: S602  our own file

    def look_after(self) -> None:
        """Notice that the process ended, or start it again when its pause is over."""
        now = time.monotonic()
        if self.starts_at:
            if now >= self.starts_at:
                self.start()
        elif self.process.poll() is not None:
            is_well = now - self.started_at >= WELL_SECONDS
            self.was_well |= is_well
            self.quick_ends = 1 if is_well else self.quick_ends + 1
            self.end_children()
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.quick_ends - 1))
            self.starts_at = now + pause
            if not self.cannot_start:
                complain(f"{self.name} ended with status {self.process.returncode}; it starts again in {pause:g} s.")

    @property
    def cannot_start(self) -> bool:
        return self.quick_ends >= TRIES and not self.was_well

    def end_children(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def look_after(
    programs: Sequence[Program], until: Callable[[], bool], *, database: EmbeddedDatabase | None = None
) -> bool:
    """Keep the programs running, and the database, until something is so. False, and a message, when one of the programs
    can never start."""
    while not until():
        if database:
            database.look_after()
        for program in programs:
            program.look_after()
            if program.cannot_start:
                complain(
                    f"{program.name} ended {TRIES} times, the last time with status {program.process.returncode}, and"
                    f" never ran for {WELL_SECONDS:g} s. Its reason stands above. Stopping the others."
                )
                return False
        time.sleep(0.1)
    return True


def stop(programs: Iterable[Program]) -> None:
    """End them all, in 3 s at most."""
    programs = [program for program in programs if not program.starts_at]
    for program in programs:
        program.process.terminate()
    # An idle worker needs longer to shut down; one that is killed at work loses nothing, by design
    until = time.monotonic() + 3
    for program in programs:
        with suppress(subprocess.TimeoutExpired):
            program.process.wait(max(0.0, until - time.monotonic()))
        program.end_children()
        program.process.wait()


def complain(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
