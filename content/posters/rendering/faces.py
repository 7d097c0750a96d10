"""The fonts of posters. They are shipped: a machine without fonts draws the same poster."""

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

import foundation.pictures
from content.posters.domain.characters import drawn_characters
from content.posters.domain.layouts import Face

FOLDER = Path(__file__).parent.parent / "fonts"
OF_FIGURES = Path(foundation.pictures.__file__).parent / "fonts"
LATIN, REGULAR = OF_FIGURES / "GroveSans-Regular.ttf", OF_FIGURES / "GroveSansSC-Regular.otf"
BOLD, SERIF = FOLDER / "GroveSansSC-Bold.otf", FOLDER / "GroveSerifSC-Bold.otf"
RARE, EMOJI = FOLDER / "GroveSansSC-Rare.otf", FOLDER / "GroveEmoji-Medium.ttf"
REST = [REGULAR, LATIN, RARE, EMOJI]
CHAINS = {Face.REGULAR: REST, Face.BOLD: [BOLD, *REST], Face.SERIF: [SERIF, *REST]}
"""The first font that has a character draws it."""
SMALLER = {EMOJI: 0.84}
RAISED = {EMOJI: 0.04}
"""Emoji fill more than their square; so they stand beside Chinese characters as one of them."""


def drawn_text(text: str) -> str:
    """The part of a text that the fonts can draw."""
    return drawn_characters(text, has_glyph)


def has_glyph(character: str) -> bool:
    """Has one of the fonts this character?"""
    return any(_has(font, character) for font in REST)


def _has(font: Path, character: str) -> bool:
    return _table(font)[ord(character) : ord(character) + 1] == b"\1"


@cache
def _table(font: Path) -> bytes:
    """A byte for each code point, 1 if the font has it: a tenth of the memory that a set takes."""
    codes = covered(font)
    return bytes(code in codes for code in range(max(codes) + 1))


def covered(font: Path) -> frozenset[int]:
    """The code points that a font has."""
    with TTFont(font, lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def measured(face: Face, text: str, size: int) -> float:
    """The width of a line in pixels: in the simple layout that of its characters, one after the other, with what the
    first and the last reach beyond their own."""
    return (
        sum(_glyph(face, character, size).advance for character in text)
        + _glyph(face, text[0], size).before
        + _glyph(face, text[-1], size).after
        if text
        else 0
    )


def overhang(face: Face, text: str, size: int) -> float:
    """What the first letter of a line has left of its own place, as Y and A have: the line is drawn so much further to
    the right."""
    return _glyph(face, text[0], size).before


def hanging(face: Face, text: str, size: int) -> float:
    """The empty half of a wide bracket that opens a line: the line is drawn so much further to the left, so that it
    begins where the others do."""
    opens = unicodedata.category(text[0]) in ("Ps", "Pi")
    seen = _sized(_font_of(face, text[0]), size).getmask(text[0]).getbbox() if opens else None
    return max(0.0, seen[0] - size / 16) if seen else 0.0


class _Glyph(NamedTuple):
    advance: float
    before: float
    after: float


@lru_cache(maxsize=16_384)
def _glyph(face: Face, character: str, size: int) -> _Glyph:
    font = _sized(_font_of(face, character), size)
    advance, (left, _, right, _) = font.getlength(character), font.getbbox(character, anchor="ls")
    return _Glyph(
        advance=advance,
        before=max(0.0, -left),
        after=max(0.0, right - advance),
    )


def draw_line(
    canvas: Image.Image, at: tuple[float, float], text: str, *, face: Face, size: int, ink: tuple[int, ...]
) -> None:
    """Draw one line; `at` is the left end of the line that its letters stand on."""
    left, baseline = at
    draw = ImageDraw.Draw(canvas)
    for font, run in runs(face, text):
        draw.text(
            (left, baseline - round(size * RAISED.get(font, 0))), run, font=_sized(font, size), fill=ink, anchor="ls"
        )
        left += _sized(font, size).getlength(run)


def runs(face: Face, text: str) -> Iterator[tuple[Path, str]]:
    """The text in parts of one font each."""
    for font, characters in groupby(text, key=lambda character: _font_of(face, character)):
        yield font, "".join(characters)


@lru_cache(maxsize=4096)
def _font_of(face: Face, character: str) -> Path:
    return next((font for font in CHAINS[face] if _has(font, character)), REGULAR)


@lru_cache(maxsize=16)
def _sized(font: Path, size: int) -> ImageFont.FreeTypeFont:
    """A font at a size, which takes 1 to 2.5 MB. The simple layout is the same in every build of Pillow; texts that need another are not drawn."""
    pixels = round(size * SMALLER.get(font, 1))
    return ImageFont.truetype(font, pixels, layout_engine=ImageFont.Layout.BASIC)
