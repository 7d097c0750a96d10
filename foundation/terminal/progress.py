"""Callbacks that report how far a piece of work is."""

from typing import Protocol


class Progress(Protocol):
    """Is called now and then with how much is done since the work began."""

    def __call__(self, done: int, /) -> object: ...


def tell(progress: Progress | None, done: int) -> None:
    if progress:
        progress(done)


class ProgressOfTotal(Protocol):
    """The same for work that itself determines its total: how much is done, and of how much."""

    def __call__(self, done: int, total: int, /) -> object: ...
