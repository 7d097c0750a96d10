"""The words of some lists for one channel, made ready to be found in each reading of a text."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from content.review.domain.normalising import READINGS, Normalised, seen, written
from content.review.domain.shapes import main_parts, written_in_parts
from content.review.domain.sounds import plain, sounds
from content.review.domain.word_lists import Group, WordList, WordLists

FORMS = ("written", "parts", "look-alike", "sound")
"""From the plainest on."""
AS_WRITTEN = FORMS[:2]
LONG = 3
SHORTEST_SOUND = 2  # syllables: of one alone there are too many


@dataclass(frozen=True, slots=True)
class Beside:
    """What may not stand beside the words of a group: one of `before` at the end of what stands before them, one of `after`
    at the beginning of what follows, and what `denied` finds shortly before. Of most places their last and first characters
    say at once that there is nothing."""

    before: tuple[str, ...]
    before_ends: frozenset[str]
    after: tuple[str, ...]
    after_begins: frozenset[str]
    denied: re.Pattern[str] | None

    @classmethod
    def of(cls, group: Group) -> "Beside":
        before, after, denials = (
            tuple(map(written, texts)) for texts in (group.unless_before, group.unless_after, group.unless_denied)
        )
        denied = re.compile("|".join(map(re.escape, denials))) if denials else None
        return cls(
            before,
            frozenset(text[-1] for text in before),
            after,
            frozenset(text[0] for text in after),
            denied,
        )


@dataclass(frozen=True, slots=True)
class ListedWord:
    """A word with what its list says of it, as one form has it: its signs, what each sign stands for as it is written,
    and what may not stand beside it. `turn` puts the plainest form before all others; `is_read` of those that stand for the word, and
    are not what is written."""

    word: str
    words: WordList
    group: Group
    form: str
    signs: str
    letters: str
    beside: Beside
    turn: int
    is_read: bool


@dataclass(frozen=True)
class Finder:
    """One automaton over one reading."""

    reading: str
    entries: list[list[ListedWord]]
    automaton: AhoCorasick

    def found(self, text: str) -> list[tuple[int, int, int]]:
        """Every place where the text has entries, within others too: their number, start, end."""
        return self.automaton.find_matches_as_indexes(text, overlapping=True)


@dataclass(frozen=True)
class Scanner:
    """All finders, and the ordinary phrases in which no word counts."""

    finders: list[Finder]
    phrases: AhoCorasick
    _phrase_texts: list[str] = field(repr=False)

    def ordinary_phrases(self, text: str) -> list[tuple[int, int]]:
        found = self.phrases.find_matches_as_indexes(text, overlapping=True)
        return [(start, end) for _number, start, end in found]


@lru_cache(maxsize=64)
def scanner(lists: WordLists, channel: str) -> Scanner:
    """The scanner of some lists for a channel, compiled on first use."""
    groups = [(words, group) for words in lists.of_channel(channel) for group in words.groups]
    phrases = sorted({written(text) for _words, group in groups for text in group.unless_in})
    return Scanner(
        [_finder(reading, groups) for reading in READINGS],
        _automaton(phrases),
        phrases,
    )


def _finder(reading: str, groups: Iterable[tuple[WordList, Group]]) -> Finder:
    entries: dict[str, list[ListedWord]] = {}
    for words, group in groups:
        if group.only_as_written and reading != "written":
            continue
        beside = Beside.of(group)
        for word in group.words:
            for form, signs, letters in _written_as(word, reading, in_parts=not group.only_as_written):
                turn, is_read = FORMS.index(form) << 96, form not in AS_WRITTEN
                entry = ListedWord(word, words, group, form, signs, letters, beside, turn, is_read)
                entries.setdefault(signs, []).append(entry)
    return Finder(reading, list(entries.values()), _automaton(entries))


def _automaton(texts: Iterable[str]) -> AhoCorasick:
    return AhoCorasick(
        list(texts), matchkind=MatchKind.Standard, store_patterns=False, implementation=Implementation.ContiguousNFA
    )


def _written_as(word: str, reading: str, *, in_parts: bool) -> Iterator[tuple[str, str, str]]:
    """The forms of a word in one reading: form, signs, and the letter behind each sign."""
    folded = written(word)
    if reading == "written":
        yield "written", folded, folded
        if in_parts:
            yield from (("parts", text, folded) for text in _in_parts(folded))
        return
    if reading == "seen":
        yield from (("look-alike", _seen(text), folded) for text in (folded, *_without_a_part(folded)))
        return
    heard = Normalised(folded).heard
    if "%" in folded or len(heard.text) < SHORTEST_SOUND:
        return
    letters = "".join(folded[start] for start in heard.starts)
    for signs in dict.fromkeys((heard.text, _as_a_word(word, heard.text))):
        yield "sound", signs, letters
        yield from (("sound", variant, letters) for variant in _with_initials(signs))


def _as_a_word(word: str, signs: str) -> str:
    """The sounds of a word, where characters have several: 行业 is hang ye. Else the sounds one by one."""
    table = sounds().syllables
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415  59 MB, which a process that reviews nothing spares

    read = "".join(chr(table.get(plain(syllable)[0], 0)) for syllable in lazy_pinyin(word, style=Style.TONE))
    return read if len(read) == len(signs) and "\0" not in read else signs


def _with_initials(signs: str) -> Iterator[str]:
    """A word with one syllable as its first letter: 公z号, 顶j."""
    for number, sign in enumerate(signs):
        if initial := sounds().initials.get(sign):
            yield signs[:number] + initial + signs[number + 1 :]


def _without_a_part(folded: str) -> Iterator[str]:
    """A longer word with one character reduced to a part of it: 涨介 for 涨价."""
    if len(folded) >= LONG:
        for number, char in enumerate(folded):
            for part in sorted(_main_parts(char)):
                yield folded[:number] + part + folded[number + 1 :]


def _in_parts(folded: str) -> Iterator[str]:
    """Ways to write a word with one of its characters, or all that can be, in parts."""
    ways = [_ways(char) for char in folded]
    for number, char_ways in enumerate(ways):
        for way in char_ways:
            yield folded[:number] + way + folded[number + 1 :]
    if sum(map(bool, ways)) > 1:
        yield "".join(way[0] if way else char for char, way in zip(folded, ways, strict=True))


@cache
def _ways(char: str) -> list[str]:
    """The ways to write a character in parts. One that reads as a number, as 二十 does, is one."""
    ways = dict.fromkeys(map(written, written_in_parts(char)))
    return [way for way in ways if not any(part.isdecimal() for part in way)]


def _seen(text: str) -> str:
    return "".join(map(_seen_alone, text))


@cache
def _seen_alone(char: str) -> str:
    return seen(char)


@cache
def _main_parts(char: str) -> frozenset[str]:
    return frozenset(main_parts(char))
