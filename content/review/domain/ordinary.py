"""Ordinary Chinese: which words are so frequent that nobody writes them to hide another.

A character that is swapped for another, as in 罪好 for 最好, stands out: it belongs to no word of its sentence. In 有罪，好 it
belongs to one. That is what tells an evasion from a coincidence of sound."""

from functools import lru_cache
from importlib import resources
from typing import NamedTuple

LONGEST = 4
_FOLDED = str.maketrans("零一二三四五六七八九", "0123456789")


class Ordinary(NamedTuple):
    """Words, their numbers as digits like those of a folded text; and characters by how often they are a word alone."""

    words: frozenset[str]
    very_often_alone: frozenset[str]
    often_alone: frozenset[str]
    in_use: frozenset[str]

    def covers(self, text: str, index: int) -> bool:
        """Whether the character at an index is part of an ordinary word of the text."""
        words = self.words
        for start in range(index - LONGEST + 1 if index >= LONGEST else 0, index):
            for end in range(index + 1, start + LONGEST + 1):
                if text[start:end] in words:  # at the end of the text a shorter one again
                    return True
        return any(text[index:end] in words for end in range(index + 2, index + LONGEST + 1))


@lru_cache(maxsize=1)
def ordinary() -> Ordinary:
    """The list beside this file, read on first use."""
    text = resources.files(__package__).joinpath("ordinary_words.txt").read_text("utf-8")
    very, often, others, *words = [line for line in text.splitlines() if not line.startswith("#")]
    words = "\n".join(words).translate(_FOLDED).split("\n")
    return Ordinary(frozenset(words), frozenset(very), frozenset(very + often), frozenset(very + often + others))
