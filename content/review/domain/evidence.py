"""Whether a place that reads like a word of a list is one: what stands beside it, what lies between its characters, and
what was swapped."""

import unicodedata

from content.review.domain.characters import NUMBERS
from content.review.domain.compiled import ListedWord
from content.review.domain.normalising import Form, Normalised
from content.review.domain.ordinary import LONGEST, ordinary
from content.review.domain.sounds import sounds

# Nobody ends a clause with these, so that a comma behind one is there to hide a word.
BEGINNERS = frozenset("最第唯")
PIECES = 3  # a word in so many pieces is cut on purpose
LONG = 4
DENIAL_REACH = 8
FURTHEST = 12


class Evidence:
    """One form of a text, and what there is to be said of places in it: where it has the signs of an entry, from `start`
    to `end` of the form, from `first` to `last` of the original."""

    def __init__(self, text: Normalised, form: Form) -> None:
        self.text, self.form, self.letters = text, form, form.letters
        self.starts, self.ends = form.starts, form.ends
        self.plain, self.places = text.written, text.written_before
        known = ordinary()
        self.often_alone, self.very_often_alone, self.covers = known.often_alone, known.very_often_alone, known.covers
        self.tones = sounds().tones if form is not text.written else b""
        self.covered = text.known_as_ordinary

    def is_whole(self, start: int, end: int) -> bool:
        """No number and no word in Latin letters goes on beyond the place: 第1 is not in 第10, nor vip in viper."""
        may_go_on = self.form.may_go_on
        return not (
            (may_go_on[start] and self._goes_on(start - 1, start)) or (may_go_on[end] and self._goes_on(end - 1, end))
        )

    def _goes_on(self, index: int, following: int) -> bool:
        """Two characters between which it may go on are of one number, or of one word in Latin letters. Of 一一 each is a
        word."""
        letters, starts, original = self.letters, self.starts, self.text.original
        if letters[index].isdecimal() and letters[following] in NUMBERS:
            return True
        first, second = original[starts[index]], original[starts[following]]
        return (_is_latin(first) and _is_latin(second)) or (first.isdecimal() and second.isdecimal())

    def is_excepted(self, entry: ListedWord, first: int, last: int) -> bool:
        """What stands beside it in its clause makes it another expression, or denies it."""
        beside, said, places = entry.beside, self.plain.text, self.places
        start, end = places[first], places[last]
        if (
            said[end : end + 1] in beside.after_begins
            and said.startswith(beside.after, end)
            and not self.text.has_break(last, self.plain.starts[end])
        ):
            return True
        if said[start - 1 : start] in beside.before_ends or beside.denied:
            return self._is_excepted_before(entry, first, start)
        return False

    def _is_excepted_before(self, entry: ListedWord, first: int, start: int) -> bool:
        """The same for what stands before it; where a clause begins is looked for when it matters."""
        beside, said, furthest = entry.beside, self.plain.text, start - FURTHEST if start > FURTHEST else 0
        if not (
            said.endswith(beside.before, furthest, start)
            or (beside.denied and beside.denied.search(said, furthest, start))
        ):
            return False
        begin = self._clause_begin(first, start)
        return said.endswith(beside.before, begin, start) or bool(
            beside.denied and beside.denied.search(said, max(begin, start - DENIAL_REACH), start)
        )

    def _clause_begin(self, first: int, index: int) -> int:
        """Where the clause of a character of the written form begins, as far back as it matters."""
        plain, last = self.plain, first
        for number in range(index - 1, max(-1, index - 1 - FURTHEST), -1):
            if self.text.has_break(plain.ends[number], last):
                return number + 1
            last = plain.starts[number]
        return max(0, index - FURTHEST)

    def holds_together(self, entry: ListedWord, start: int, end: int) -> bool:
        """Of a place within which a clause ends: its characters are held apart on purpose, all of them, or one behind which no
        clause ends."""
        first = self.starts[start]
        gaps = [self.form.gap(index) for index in range(start, end - 1)]
        breaks = [number for number, (begin, stop) in enumerate(gaps) if self.text.has_break(begin, stop)]
        if len(breaks) == len(gaps) and len(breaks) + 1 >= PIECES:
            return True
        return breaks == [0] and (
            self.text.original[first] in BEGINNERS
            or (entry.form == "written" and end - start == PIECES - 1 and self._stands_for_nothing(first))
        )

    def _stands_for_nothing(self, first: int) -> bool:
        """Two characters as in the list, neither a word of its own nor part of an ordinary one."""
        plain, place = self.plain.text, self.places[first]
        before, after = plain[max(0, place - LONGEST) : place + 1], plain[place + 1 : place + 1 + LONGEST]
        return (
            self.often_alone.isdisjoint(plain[place : place + 2])
            and not self.covers(before, len(before) - 1)
            and not self.covers(after, 0)
        )

    def is_swapped(self, entry: ListedWord, start: int, said: str) -> bool:
        """Of a place with other characters than the word's: it hides the word, since those belong to no ordinary word."""
        meant, length, kept, of_latin = entry.letters, len(said), 0, False
        for number, letter in enumerate(said):
            if letter == meant[number]:
                kept += 1
            elif self._is_ordinary(entry, start, number, letter):
                return length >= LONG and sum(map(str.__eq__, said, meant)) * 2 >= length
            elif letter < "\x80":
                of_latin = True
        if length >= PIECES:
            return True
        first, last = self.starts[start], self.ends[start + length - 1]
        if of_latin and (self._is_letter_apart(start, said, last - first) or self._is_numbered(first, last)):
            return False
        return bool(kept) or (entry.form == "sound" and self._sounds_the_same(said, meant, last - first))

    def _is_ordinary(self, entry: ListedWord, start: int, number: int, letter: str) -> bool:
        """A character that stands there for itself: as a word of its own, or as part of one."""
        meant = entry.letters
        if not "\u3400" <= letter <= "\u9fff":
            # a mark for a character stands after another character: 第— is 第一, but NO- is not NO.1
            return (letter.isdecimal() and _is_han(meant[number])) or not (
                letter.isalnum() or number == 0 or _is_han(meant[number - 1])
            )
        same = len(meant) >= PIECES or (
            entry.form == "sound" and self.tones[ord(letter)] == self.tones[ord(meant[number])]
        )
        if letter in (self.very_often_alone if same else self.often_alone):
            return True
        index = self.places[self.starts[start + number] + 1] - 1
        if index not in self.covered:  # several entries ask for the same character
            self.covered[index] = self.covers(self.plain.text, index)
        return self.covered[index]

    def _is_numbered(self, first: int, last: int) -> bool:
        """A single Latin letter with a digit is a name for something, as D1 is a day: it is not 第一."""
        original = self.text.original
        return last - first == 2 and _is_latin(original[first]) and original[last - 1].isdecimal()

    def _is_letter_apart(self, start: int, said: str, width: int) -> bool:
        """A blank lies between a character and a single letter: 5 s 个 is not 首个."""
        return width > len(said) and any(
            self.ends[index] - self.starts[index] == 1 and _is_latin(letter) for index, letter in enumerate(said, start)
        )

    def _sounds_the_same(self, said: str, meant: str, width: int) -> bool:
        """All characters are swapped: then they are Latin letters, more than one for a syllable (D1 is a day, not 第一), or
        have the tones of the word."""
        tones = self.tones
        return (said.isascii() and width > len(said)) or all(
            tones[ord(letter)] == tones[ord(other)] for letter, other in zip(said, meant, strict=True)
        )


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


def _is_latin(char: str) -> bool:
    return char.isalpha() and unicodedata.normalize("NFKC", char).isascii()
