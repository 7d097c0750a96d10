"""Whether a place that reads like a word of a list is one: what stands beside it, what lies between its characters, and
what was swapped."""

import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from content.review.domain.compiled import ListedWord
from content.review.domain.normalising import Form, Normalised
from content.review.domain.ordinary import LONGEST, ordinary
from content.review.domain.sounds import sounds

# Nobody ends a clause with these, so that a comma behind one is there to hide a word.
BEGINNERS = frozenset("最第唯")
NUMBERS = frozenset("十百千万亿")
PIECES = 3  # a word in so many pieces is cut on purpose
LONG = 4
DENIAL_REACH = 8
FURTHEST = 12


@dataclass(slots=True)
class Place:
    """Where a form has the signs of an entry."""

    entry: ListedWord
    form: Form
    start: int
    end: int
    text: Normalised

    @property
    def first(self) -> int:
        return self.form.starts[self.start]

    @property
    def last(self) -> int:
        return self.form.ends[self.end - 1]

    def is_whole(self) -> bool:
        """No number and no word in Latin letters goes on beyond the place: 第1 is not in 第10, nor vip in viper."""
        form, before, after = self.form, self.start - 1, self.end
        return not (
            (before >= 0 and form.ends[before] == self.first and self._goes_on(before, self.start))
            or (after < len(form.text) and form.starts[after] == self.last and self._goes_on(self.end - 1, after))
        )

    def _goes_on(self, index: int, following: int) -> bool:
        """Two characters that stand together are of one number, or of one word in Latin letters. Of 一一 each is a word."""
        letters, starts, original = self.form.letters, self.form.starts, self.text.original
        if not (letters[index].isascii() and (letters[following].isascii() or letters[following] in NUMBERS)):
            return False
        if letters[index].isdecimal() and letters[following] in NUMBERS:
            return True
        first, second = original[starts[index]], original[starts[following]]
        return (_is_latin(first) and _is_latin(second)) or (first.isdecimal() and second.isdecimal())

    def is_excepted(self) -> bool:
        """What stands beside it in its clause makes it another expression, or denies it."""
        plain, entry = self.text.written, self.entry
        start, end = bisect_left(plain.starts, self.first), bisect_left(plain.starts, self.last)
        if plain.text.startswith(entry.after, end) and not self.text.has_break(self.last, plain.starts[end]):
            return True
        before = plain.text[max(0, start - FURTHEST) : start]
        if not (before.endswith(entry.before) or any(denial in before for denial in entry.denials)):
            return False
        clause = plain.text[self._clause_begin(start) : start]
        return clause.endswith(entry.before) or any(denial in clause[-DENIAL_REACH:] for denial in entry.denials)

    def _clause_begin(self, index: int) -> int:
        """Where the clause of a character of the written form begins, as far back as it matters."""
        plain = self.text.written
        last = self.first
        for number in range(index - 1, max(-1, index - 1 - FURTHEST), -1):
            if self.text.has_break(plain.ends[number], last):
                return number + 1
            last = plain.starts[number]
        return max(0, index - FURTHEST)

    def holds_together(self) -> bool:
        """Its characters belong to one clause; or they are held apart on purpose: all of them, or one behind which no clause
        ends."""
        if not self.text.has_break(self.first, self.last):
            return True
        gaps = [self.form.gap(index) for index in range(self.start, self.end - 1)]
        breaks = [number for number, (begin, end) in enumerate(gaps) if self.text.has_break(begin, end)]
        if len(breaks) == len(gaps) and len(breaks) + 1 >= PIECES:
            return True
        return breaks == [0] and (self.text.original[self.first] in BEGINNERS or self._stands_for_nothing())

    def _stands_for_nothing(self) -> bool:
        """Two characters as in the list, neither a word of its own nor part of an ordinary one."""
        if self.entry.form != "written" or self.end - self.start != PIECES - 1:
            return False
        known, plain = ordinary(), self.text.written.text
        first = bisect_left(self.text.written.starts, self.first)
        before, after = plain[max(0, first - LONGEST) : first + 1], plain[first + 1 : first + 1 + LONGEST]
        return (
            known.often_alone.isdisjoint(plain[first : first + 2])
            and not known.covers(before, len(before) - 1)
            and not known.covers(after, 0)
        )

    def is_swapped(self) -> bool:
        """Of a place with other characters than the word's: it hides the word, since those belong to no ordinary word."""
        written = self.form.letters[self.start : self.end]
        swapped = [number for number, letter in enumerate(written) if letter != self.entry.letters[number]]
        length, kept = self.end - self.start, self.end - self.start - len(swapped)
        if any(self._is_ordinary(number) for number in swapped):
            return length >= LONG and kept * 2 >= length
        if (
            length < PIECES
            and any(written[number].isascii() for number in swapped)
            and (self._is_letter_apart() or self._is_numbered())
        ):
            return False
        return bool(kept) or length >= PIECES or self._sounds_the_same(swapped)

    def _is_numbered(self) -> bool:
        """A single Latin letter with a digit is a name for something, as D1 is a day: it is not 第一."""
        original = self.text.original
        return self.last - self.first == 2 and _is_latin(original[self.first]) and original[self.last - 1].isdecimal()

    def _is_letter_apart(self) -> bool:
        """A blank lies between a character and a single letter: 5 s 个 is not 首个."""
        return self.last - self.first > self.end - self.start == 2 and any(
            self.form.ends[index] - self.form.starts[index] == 1 and _is_latin(self.form.letters[index])
            for index in range(self.start, self.end)
        )

    def _is_ordinary(self, number: int) -> bool:
        """A character that stands there for itself: as a word of its own, or as part of one."""
        offset, letter = self.form.starts[self.start + number], self.form.letters[self.start + number]
        known, plain = ordinary(), self.text.written
        if not _is_han(
            letter
        ):  # a mark for a character stands after another character: 第— is 第一, but NO- is not NO.1
            meant = self.entry.letters[number]
            return (letter.isdecimal() and _is_han(meant)) or not (
                letter.isalnum() or number == 0 or _is_han(self.entry.letters[number - 1])
            )
        same = self.end - self.start >= PIECES or (self.entry.form == "sound" and self._same_tone(number))
        return letter in (known.very_often_alone if same else known.often_alone) or known.covers(
            plain.text, bisect_right(plain.starts, offset) - 1
        )

    def _same_tone(self, number: int) -> bool:
        tones = sounds().tones
        return bool(tones[ord(self.form.letters[self.start + number])] == tones[ord(self.entry.letters[number])])

    def _sounds_the_same(self, swapped: list[int]) -> bool:
        """All characters are swapped: then they are Latin letters, or have the tones of the word."""
        letters = [self.form.letters[self.start + number] for number in swapped]
        return self.entry.form == "sound" and (self._is_spelt(letters) or all(map(self._same_tone, swapped)))

    def _is_spelt(self, letters: list[str]) -> bool:
        """In Latin letters, more than one for a syllable: D1 is a day, not 第一."""
        return all(letter.isascii() for letter in letters) and self.last - self.first > len(letters)


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


def _is_latin(char: str) -> bool:
    return char.isalpha() and unicodedata.normalize("NFKC", char).isascii()
