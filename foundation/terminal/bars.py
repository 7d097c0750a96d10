"""Progress bars."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

BEFORE_SHOWN_SECONDS = 1


class ProgressBar:
    """A bar on a terminal that shows when the work has taken a second, so that short work shows none."""

    def __init__(self, progress: Progress, what: str, total: int | None) -> None:
        self.progress = progress
        self.task = progress.add_task(what, total=total)
        self.began = monotonic()

    def __call__(self, done: int, total: int | None = None, /) -> None:
        self.progress.update(self.task, completed=done, total=total)
        if monotonic() - self.began >= BEFORE_SHOWN_SECONDS:
            self.progress.start()


@contextmanager
def progress_bar(what: str, *, total: int | None = None, is_bytes: bool = False) -> Iterator[ProgressBar]:
    """A bar beside the output, on standard error, when that is a terminal; otherwise nothing is written."""
    count: ProgressColumn = DownloadColumn() if is_bytes else MofNCompleteColumn()
    columns = [TextColumn("{task.description}", markup=False), BarColumn(), count, TimeElapsedColumn()]
    progress = Progress(
        *columns,
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        disable=not sys.stderr.isatty(),
        redirect_stdout=False,  # an export goes to its buffer
        redirect_stderr=False,
    )
    try:
        yield ProgressBar(progress, what, total)
    finally:
        if progress.live.is_started:
            progress.stop()
