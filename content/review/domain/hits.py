"""One place of a text that a law or a platform objects to."""

from typing import NamedTuple

from content.review.domain.word_lists import Category, Said


class Hit(NamedTuple):
    """`start` and `end` count characters of the text as it was given, and `found` is what stands there; `word` is what
    the list has; `form` says how it was found: written, parts, look-alike, sound, amount or link."""

    start: int
    end: int
    found: str
    word: str
    category: Category
    reason: Said
    source: str
    suggestion: Said
    form: str
