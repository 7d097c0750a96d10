"""Posters are drawn once, and kept as files that all web processes of a machine read."""

from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from content.posters.domain.posters import PosterFacts
from content.posters.domain.refusals import UnreadablePicture
from content.posters.rendering.drawings import drawing_in
from content.posters.rendering.kits import poster_of
from foundation.storage.kept_files import KeptFiles

POSTERS = KeptFiles("posters", most_bytes=512 * 1024 * 1024, at_most=timedelta(hours=23))
"""About 2,600. A poster shows a person's name: with the sweep of each hour none is a day old."""


class KeptPoster(NamedTuple):
    """`is_whole`: it shows all that it should, so that it is the same next time."""

    content: bytes
    is_whole: bool


_turns = [Lock() for _turn in range(64)]


def poster_key(facts: PosterFacts) -> str:
    """The name of a poster's file: another one when anything that it shows is, or the way in which it is drawn."""
    return facts.key(drawing_in(facts.kit.language))


def kept_poster(facts: PosterFacts, *, at: datetime) -> KeptPoster:
    """A poster as a JPEG, from its file if there is one. Who asks for a new one while it is drawn waits for it: each process
    draws it once.

    A poster whose picture cannot be read is drawn without it, each time: it may be there the next."""
    key = poster_key(facts)
    POSTERS.sweep_if_due(at=at)
    known = POSTERS.read(key)
    if known is not None:
        return KeptPoster(known, is_whole=True)
    with _turns[int(key[:4], 16) % len(_turns)]:
        known = POSTERS.read(key)
        return KeptPoster(known, is_whole=True) if known else _drawn(facts, key)


def _drawn(facts: PosterFacts, key: str) -> KeptPoster:
    try:
        drawn = poster_of(facts)
    except (UnreadablePicture, FileNotFoundError):  # a poster without its picture is better than none
        without = facts._replace(kit=facts.kit._replace(picture=None), avatar=None)
        return KeptPoster(poster_of(without), is_whole=False)
    POSTERS.keep(key, drawn)
    return KeptPoster(drawn, is_whole=True)


def sweep_posters(*, at: datetime) -> int:
    """Remove the files of posters that are nearly a day old, whoever they show, and the oldest beyond 512 MiB. Returns how
    many."""
    return POSTERS.sweep(at=at)
