"""The review of a text: each place that a law or a platform objects to, with the reason, the source and what to write
instead."""

from collections.abc import Sequence
from operator import attrgetter, itemgetter

import numpy as np

from content.review.domain.compiled import Finder, ListedWord, scanner
from content.review.domain.evidence import Evidence
from content.review.domain.hits import Hit
from content.review.domain.normalising import Form, Normalised
from content.review.domain.prices import Prices, other_prices
from content.review.domain.word_lists import WordLists

_Found = tuple[int, int, int, ListedWord]
"""A place: its turn when of those that overlap one is chosen, which is that of the plainest form, then the first, then the
longest; where it begins and ends; and the entry."""


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
    return sorted(hits, key=attrgetter("start"))


def _hit(text: str, found: _Found) -> Hit:
    _, start, end, entry = found
    return Hit(
        start=start,
        end=end,
        found=text[start:end],
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
        _find(text, finder, getattr(text, finder.reading), found, excepted)
    reach = _reach(excepted, len(text.original))
    return _apart([one for one in found if reach[one[1]] < one[2]], len(text.original))


def _find(text: Normalised, finder: Finder, form: Form, found: list[_Found], excepted: list[tuple[int, int]]) -> None:
    """Add the places in one form that are what they read like; those that what stands beside them excepts are noted."""
    evidence, letters, entries, starts, ends = (
        Evidence(text, form),
        form.letters,
        finder.entries,
        form.starts,
        form.ends,
    )
    may_go_on, has_break = form.may_go_on, text.has_break
    for number, start, end in finder.found(form.text):
        said = letters[start:end]
        for entry in entries[number]:
            if entry.is_read and (said == entry.letters or not evidence.is_swapped(entry, start, said)):
                continue
            if (may_go_on[start] or may_go_on[end]) and not evidence.is_whole(start, end):
                continue
            first, last = starts[start], ends[end - 1]
            if has_break(first, last) and not evidence.holds_together(entry, start, end):
                continue
            if evidence.is_excepted(entry, first, last):
                excepted.append((first, last))
            else:
                found.append((entry.turn + (first << 48) - last, first, last, entry))


def _apart(found: list[_Found], length: int) -> list[_Found]:
    """Of places that overlap, one: the first to be chosen."""
    chosen: list[_Found] = []
    taken = bytearray(length)
    for one in sorted(found, key=itemgetter(0)):
        _, start, end, _ = one
        if taken.find(1, start, end) < 0:
            chosen.append(one)
            taken[start:end] = b"\1" * (end - start)
    return chosen


def _reach(spans: list[tuple[int, int]], length: int) -> Sequence[int]:
    """For each place of a text the furthest end of the spans that begin there or before: what ends no later is within one
    of them."""
    reach = np.zeros(length + 1, dtype=np.int64)
    if spans:
        starts, ends = zip(*spans, strict=True)
        np.maximum.at(reach, np.array(starts), np.array(ends))
    return np.maximum.accumulate(reach).data
