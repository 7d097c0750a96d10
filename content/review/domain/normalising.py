"""A text as a reader takes it: without the marks that hide a word, each character as what it stands for, and the way back
to the place in the writer's own text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from content.review.domain.characters import BREAKS, NUMBERS, Codes, characters, marked
from content.review.domain.shapes import looks
from content.review.domain.sounds import heard, sounds

Offsets = NDArray[np.int64]
_BLANK = ord(" ")
_LATIN_A, _LATIN_Z, _DIGIT_0, _DIGIT_9 = (ord(char) for char in "az09")


@dataclass(frozen=True)
class Form:
    """One reading of a text: what it says; for each of its characters the letter that is written there (of a syllable the
    first), and where it begins and ends in the original.

    `may_go_on` says of each place between two characters, from the one before the first on, whether one number or one
    word in Latin letters might go on there: most have no need to be looked at."""

    text: str
    letters: str
    starts: Sequence[int]
    ends: Sequence[int]
    may_go_on: bytes

    def gap(self, index: int) -> tuple[int, int]:
        """What the original has between a character of the form and the next."""
        return self.ends[index], self.starts[index + 1]


class Normalised:
    """The readings of one text: `written` (folded characters), `seen` (look-alikes are one), `heard` (syllables)."""

    def __init__(self, original: str) -> None:
        self.original = original
        self._codes = np.frombuffer(original.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        self._starts = np.arange(len(self._codes))
        self._ends = self._starts + 1
        if characters().expanding[self._codes].any():
            self._expand()
        self._folded = characters().folded[self._codes]

    def _expand(self) -> None:
        """Write out each character that stands for several, such as ㍿; all of them lie where it lies."""
        expansions = characters().expansions
        texts = [expansions.get(code, chr(code)) for code in self._codes.tolist()]
        lengths = [len(text) for text in texts]
        self._codes = np.array([ord(char) for text in texts for char in text], dtype=np.uint32)
        self._starts, self._ends = np.repeat(self._starts, lengths), np.repeat(self._ends, lengths)

    def has_break(self, start: int, end: int) -> bool:
        """Whether a clause ends between two places of the original."""
        return start < end and self._breaks[start] != self._breaks[end]

    @cached_property
    def _breaks(self) -> Sequence[int]:
        """How many clauses end before each place of the original."""
        codes = np.frombuffer(self.original.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return _counted(_break_marks()[codes])

    @cached_property
    def written_before(self) -> Sequence[int]:
        """How many characters of the written form begin before each place of the original, and before the end of all."""
        return _counted(np.bincount(np.asarray(self.written.starts), minlength=len(self.original)))

    @cached_property
    def known_as_ordinary(self) -> dict[int, bool]:
        """Characters of the written form of which it was asked already whether they belong to an ordinary word."""
        return {}

    @cached_property
    def written(self) -> Form:
        return self._form(self._folded, self._ends)

    @cached_property
    def seen(self) -> Form:
        return self._form(looks()[self._codes], self._ends)

    @cached_property
    def heard(self) -> Form:
        """The syllables. A word in Latin letters that is no pinyin keeps its letters."""
        signs = sounds().signs[self._codes]
        letters = (self._folded >= _LATIN_A) & (self._folded <= _LATIN_Z)
        ends = self._ends
        if letters.any():
            ends = ends.copy()
            np.copyto(signs, self._folded, where=letters)
            digits = (self._folded >= _DIGIT_0) & (self._folded <= _DIGIT_9) & (self._codes < 0x80)
            runs = list(heard(_decoded(np.where(letters | digits, self._folded, _BLANK))))
            within = np.zeros(len(signs) + 1, dtype=np.int8)
            for start, end, syllables in runs:
                if syllables:
                    within[start] += 1
                    within[end] -= 1
            signs[np.cumsum(within[:-1]).astype(np.bool_)] = 0
            if said := [syllable for _start, _end, syllables in runs for syllable in syllables]:
                firsts, lasts, heard_signs = np.array(said).T
                signs[firsts], ends[firsts] = heard_signs, self._ends[lasts - 1]
        return self._form(signs, ends)

    def _form(self, codes: Codes, ends: Offsets) -> Form:
        kept = codes != 0
        said, letters, starts, ends = codes[kept], self._folded[kept], self._starts[kept], ends[kept]
        text = _decoded(said)
        return Form(
            text,
            text if codes is self._folded else _decoded(letters),
            starts.data,
            ends.data,
            _may_go_on(letters, starts, ends),
        )


def _may_go_on(letters: Codes, starts: Offsets, ends: Offsets) -> bytes:
    places = np.zeros(len(letters) + 1, dtype=np.uint8)
    plain = letters < 0x80
    places[1:-1] = plain[:-1] & (plain[1:] | _number_marks()[letters[1:]]) & (ends[:-1] == starts[1:])
    return places.tobytes()


def _counted(marks: NDArray[np.generic]) -> Sequence[int]:
    """The sum of what stands before each place, and of all."""
    sums = np.zeros(len(marks) + 1, dtype=np.int64)
    np.cumsum(marks, out=sums[1:])
    return sums.data


@lru_cache(maxsize=1)
def _break_marks() -> NDArray[np.bool_]:
    return marked(map(ord, BREAKS))


@lru_cache(maxsize=1)
def _number_marks() -> NDArray[np.bool_]:
    return marked(map(ord, NUMBERS))


def _decoded(codes: Codes) -> str:
    """A text of code points; a lone surrogate, which no text in Unicode may have, is not one that we keep."""
    return codes.astype("<u4").tobytes().decode("utf-32-le")


def written(text: str) -> str:
    return Normalised(text).written.text


def seen(text: str) -> str:
    return Normalised(text).seen.text


def spoken(text: str) -> str:
    return Normalised(text).heard.text


READINGS: dict[str, Callable[[str], str]] = {"written": written, "seen": seen, "heard": spoken}
