"""Where a line may end: between phrases if possible, never with an opening sign at its end or a closing one at the start
of the next."""

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import budoux

Measure = Callable[[str], float]
"""The width of a text in pixels."""
NOT_FIRST = frozenset(
    "，。、；：？！…—～·•‥,.;:?!%‰℃°′″％．々〻ー〜゠–-ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ\"'/)"
)
NOT_LAST = frozenset("￥¥$＄£€#＃@＠(")
"""Beside brackets and quotation marks, which Unicode names closing and opening."""


COUNTED = frozenset("0123456789一二两三四五六七八九十百千万亿几半")
"""A number and what is counted stay together; the models part 三 from 周."""
SIMPLIFIED = budoux.load_default_simplified_chinese_parser
TRADITIONAL = budoux.load_default_traditional_chinese_parser
MODELS = {"zh-hant": TRADITIONAL, "zh-tw": TRADITIONAL, "zh-hk": TRADITIONAL, "ja": budoux.load_default_japanese_parser}
"""The models of phrases; every other language has that of simplified Chinese, which ends at spaces elsewhere."""


class Breaks(NamedTuple):
    """The places of a text where a line may end, from the best to the last resort; a place is the number of characters
    before it."""

    phrases: Sequence[int]
    words: Sequence[int]
    characters: Sequence[int]


def breaks_of(text: str, language: str) -> Breaks:
    """Where lines of `text`, which has single spaces and none at its ends, may end: between phrases of the language;
    between Chinese characters and words; anywhere."""
    places = range(1, len(text))
    free = [place for place in places if not _bound(text, place)]
    words = [place for place in free if _parts_words(text[place - 1], text[place])]
    ends = _ends_of_phrases(text, language)
    return Breaks(
        phrases=[
            place for place in words if text[place - 1] in " -" or (place in ends and text[place - 1] not in COUNTED)
        ],
        words=words,
        characters=free,
    )


def lines_of(text: str, places: Sequence[int], *, width: float, most: int, measure: Measure) -> list[str] | None:
    """The text in lines not wider than `width` that end at `places` only, each as full as it can be; None if there are
    more than `most`, or a part between two places is wider than a line."""
    lines: list[str] = []
    start = last = 0
    for place in [*places, len(text)]:
        if measure(text[start:place].strip()) > width:
            lines.append(text[start:last].strip())
            start = last
            if len(lines) == most or measure(text[start:place].strip()) > width:
                return None
        last = place
    return [*lines, text[start:].strip()]


def balanced(text: str, places: Sequence[int], lines: list[str], measure: Measure) -> list[str]:
    """The same number of lines, as equally long as their ends allow."""
    narrow, wide = 0.0, max(map(measure, lines))
    for _ in range(8 if len(lines) > 1 else 0):
        middle = (narrow + wide) / 2
        found = lines_of(text, places, width=middle, most=len(lines), measure=measure)
        if found:
            lines, wide = found, middle
        else:
            narrow = middle
    return lines


def _bound(text: str, place: int) -> bool:
    """Must what stands before and after a place be on one line, whatever the width? A space between them changes
    nothing; a line that ends there ends after the space."""
    before, after = text[place - 1], text[place]
    if before == " ":
        before = text[place - 2]
    closes = after == " " or after in NOT_FIRST or unicodedata.category(after) in ("Pe", "Pf")
    return closes or before in NOT_LAST or unicodedata.category(before) in ("Ps", "Pi")


def _parts_words(before: str, after: str) -> bool:
    """Is this between two words? After a space or a hyphen, or beside a character that is as wide as it is high."""
    return before == " " or (before == "-" and after.isalpha()) or _is_wide(before) or _is_wide(after)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")


def _ends_of_phrases(text: str, language: str) -> set[int]:
    """Where phrases end by the model of the language; its phrases have no spaces in them."""
    ends, place, parser = set(), 0, _parser(MODELS.get(language.lower(), SIMPLIFIED))
    for chunk in text.split(" "):
        for phrase in parser.parse(chunk) if chunk else []:
            place += len(phrase)
            ends.add(place)
        place += 1
    return ends


@cache
def _parser(load: Callable[[], budoux.Parser]) -> budoux.Parser:
    return load()
