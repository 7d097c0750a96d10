"""The review of a text: each place that a law or a platform objects to, with the reason, the source and what to write
instead."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from content.review.domain.compiled import Finder, scanner
from content.review.domain.evidence import Place
from content.review.domain.hits import Hit
from content.review.domain.normalising import Form, Normalised
from content.review.domain.prices import Prices, other_prices
from content.review.domain.word_lists import WordLists

_FORMS = ("written", "parts", "look-alike", "sound")


class _Found(NamedTuple):
    place: Place
    start: int
    end: int


def scan(
    text: str, *, lists: WordLists, channel: str, prices: Prices | None = None, by_sound: bool = True
) -> list[Hit]:
    """Every place of a text that is to be changed or justified, in the order of the text; one place is one hit.

    A word is found as it is written, in parts, with look-alike characters and by its sound, whatever lies between its
    letters; of words that overlap the plainest form wins, then the first, then the longest. `start` and `end` count
    characters of the text as it was given. With the prices of the product, an amount of money that is none of them is a
    hit too. Without `by_sound` no word is found by its sound.
    """
    normalised = Normalised(text)
    hits = [_hit(text, found) for found in _chosen(normalised, lists, channel, by_sound=by_sound)]
    if prices is not None:
        taken = {index for hit in hits for index in range(hit.start, hit.end)}
        hits += [hit for hit in other_prices(text, prices) if taken.isdisjoint(range(hit.start, hit.end))]
    return sorted(hits, key=lambda hit: hit.start)


def _hit(text: str, found: _Found) -> Hit:
    entry = found.place.entry
    return Hit(
        start=found.start,
        end=found.end,
        found=text[found.start : found.end],
        word=entry.word,
        category=entry.words.category,
        reason=entry.group.reason,
        source=entry.words.source,
        suggestion=entry.group.suggestion,
        form=entry.form,
    )


def _chosen(text: Normalised, lists: WordLists, channel: str, *, by_sound: bool) -> list[_Found]:
    ready = scanner(lists, channel)
    plain = text.written
    excepted = [(plain.starts[start], plain.ends[end - 1]) for start, end in ready.ordinary_phrases(plain.text)]
    found: list[_Found] = []
    for finder in ready.finders:
        if finder.reading == "heard" and not by_sound:
            continue
        found += _found(text, finder, getattr(text, finder.reading), excepted)
    spans = _Spans(excepted)
    return _apart([one for one in found if not spans.hold(one.start, one.end)], len(text.original))


def _found(text: Normalised, finder: Finder, form: Form, excepted: list[tuple[int, int]]) -> Iterator[_Found]:
    """The places in one form that are what they read like; those that what stands beside them excepts are noted."""
    for entry, start, end in finder.found(form.text):
        is_other = entry.form not in ("written", "parts")
        if is_other and form.letters[start:end] == entry.letters:
            continue
        place = Place(entry, form, start, end, text)
        if is_other and not place.is_swapped():
            continue
        if not (place.is_whole() and place.holds_together()):
            continue
        if place.is_excepted():
            excepted.append((place.first, place.last))
        else:
            yield _Found(place, place.first, place.last)


def _apart(found: list[_Found], length: int) -> list[_Found]:
    """Of places that overlap, one: that of the plainest form, then the first, then the longest."""
    chosen: list[_Found] = []
    taken = bytearray(length)
    for one in sorted(found, key=_plainest):
        if not any(taken[one.start : one.end]):
            chosen.append(one)
            taken[one.start : one.end] = b"\1" * (one.end - one.start)
    return chosen


def _plainest(one: _Found) -> tuple[int, int, int]:
    return _FORMS.index(one.place.entry.form), one.start, -one.end


class _Spans:
    """Stretches of a text, asked whether one of them holds another stretch."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._furthest: list[int] = []
        for start, end in sorted(spans):
            self._starts.append(start)
            self._furthest.append(max(end, self._furthest[-1] if self._furthest else 0))

    def hold(self, start: int, end: int) -> bool:
        before = bisect_right(self._starts, start)
        return bool(before) and self._furthest[before - 1] >= end
