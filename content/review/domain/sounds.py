"""How characters sound: one sign for one syllable of pinyin, without its tone, so that 罪嚎 and zui hao read as 最好."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from content.review.domain.characters import ALL, Codes, characters
from content.review.domain.ordinary import ordinary
from content.review.domain.shapes import twin

FIRST_SIGN = 0xE000  # of Unicode's private use area: no text has them
_DIGITS = "零一二三四五六七八九"
_LONGEST_SYLLABLE = 6
_TONES = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0300": 4}
# Syllables with their tones as numbers; letters that stand together; letters that stand apart from each other; one letter.
# It begins with a letter, so that all the rest is skipped at once.
_RUNS = re.compile(r"[a-z](?:[a-z]{0,5}[1-5](?:[a-z]{1,6}[1-5])+(?![a-z0-9])|[a-z]+|(?: [a-z]){3,}(?![a-z])|)")


class Sounds(NamedTuple):
    """`signs`: the syllable of each code point, 0 if it has none. `tones`: 1 to 5. `syllables`: the sign of each; `initials`: the first letter
    of each sign."""

    signs: Codes
    tones: bytes
    syllables: dict[str, int]
    initials: dict[str, str]


@lru_cache(maxsize=1)
def sounds() -> Sounds:
    """The table of all code points, built on first use."""
    from pypinyin.pinyin_dict import pinyin_dict  # noqa: PLC0415  59 MB, which a process that reviews nothing spares

    folded = characters().folded
    signs, tones = np.zeros(ALL, dtype=np.uint32), np.zeros(ALL, dtype=np.uint8)
    syllables: dict[str, int] = {}
    for code, readings in pinyin_dict.items():
        syllable, tone = plain(readings.partition(",")[0])
        signs[code] = syllables.setdefault(syllable, FIRST_SIGN + len(syllables))
        tones[code] = tone
        if "\u0308" in unicodedata.normalize("NFD", readings.partition(",")[0]):
            syllables.setdefault(syllable.replace("u", "v"), syllables[syllable])  # ü on a keyboard
    for table in (signs, tones):
        for digit, char in enumerate(_DIGITS):
            table[ord(str(digit))] = table[ord(char)]
        _hear_twins(table)
        # A character sounds as what it stands for, which also gives its digits to ① and its sound to a traditional one.
        stands = np.flatnonzero(folded)
        table[stands] = table[folded[stands]]
    return Sounds(signs, tones.tobytes(), syllables, {chr(sign): syllable[0] for syllable, sign in syllables.items()})


def _hear_twins(table: NDArray[np.uint32] | NDArray[np.uint8]) -> None:
    """A character that nobody uses, but that looks like a common one, is read as that one: 笫 as 第."""
    known = ordinary().in_use
    for code in range(0x4E00, 0xA000):
        meant = twin(chr(code))
        if chr(code) not in known and meant in known:
            table[code] = table[ord(meant)]


def plain(reading: str) -> tuple[str, int]:
    """A syllable without its tone, and the tone: `zuì` is zui, 4. ü is u."""
    letters = unicodedata.normalize("NFD", reading)
    tone = next((_TONES[char] for char in letters if char in _TONES), 5)
    return "".join(char for char in letters if not unicodedata.combining(char)), tone


def heard(text: str) -> Iterator[tuple[int, int, list[tuple[int, int, int]]]]:
    """The words in Latin letters of a text (in small letters, blanks for whatever is none): start, end, and the
    syllables in each as (start, end, sign); none if it is no pinyin."""
    for run in _RUNS.finditer(text):
        start, end = run.span()
        yield start, end, [(start + first, start + last, sign) for first, last, sign in _syllables(run[0])]


@lru_cache(maxsize=4096)
def _syllables(run: str) -> list[tuple[int, int, int]]:
    """The syllables of a run, counted from its start."""
    places = [index for index, char in enumerate(run) if char.isalpha()]
    letters = "".join(run[index] for index in places)
    return [(places[first], places[last - 1] + 1, sign) for first, last, sign in spelt(letters)]


def spelt(letters: str) -> tuple[tuple[int, int, int], ...]:
    """Letters cut into syllables, the fewest that they can be: zuihao is zui, hao. Empty if they are no pinyin."""
    table = sounds().syllables
    if len(letters) > 10 * _LONGEST_SYLLABLE:
        return ()
    best: list[tuple[tuple[int, int, int], ...] | None] = [()] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            before, sign = best[start], table.get(letters[start:end])
            if before is None or sign is None:
                continue
            if best[end] is None or len(before) + 1 < len(best[end] or ()):
                best[end] = (*before, (start, end, sign))
    return best[-1] or ()
