"""Which characters of a text are drawn. What no shipped font has is left out, and never a box in its place."""

import unicodedata
from collections.abc import Callable, Iterator

LONGEST = 300
"""No slot of a poster holds more characters; the rest of a longer text is not looked at."""
JOINER = "\u200d"
LEFT_OUT = {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Mc", "Me"}
"""Controls, joiners, private and unassigned code points, and marks that would have to be set on another character."""
BLANK = frozenset(map(chr, (0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0)))
"""Letters and signs that show nothing: a name of these alone is no name that a person sees."""
OF_COLUMNS = range(0x3031, 0x3036)
"""Signs of text that runs downwards, two lines high."""
TONES_OF_SKIN = range(0x1F3FB, 0x1F400)


def drawn_characters(text: str, has_glyph: Callable[[str], bool]) -> str:
    """The part of a text that is drawn, on one line: letters and signs that the fonts have, single spaces between.

    * Accents are joined with their letters (NFC); one that stays alone is left out.
    * A character without a glyph is drawn in its plain form if that has one (𝓛 as L, ẛ̣ as s), else left out.
    * Of several emoji that are joined to one picture the first is drawn, without its tone of skin. Flags are left out.
    * A selector of a variant of a Chinese character is left out; the character itself is drawn.
    """
    drawn = "".join(
        part
        for character in _unjoined(unicodedata.normalize("NFC", text[:LONGEST]))
        for part in _plain(character, has_glyph)
    )
    return " ".join(drawn.split())


def initial_of(name: str) -> str:
    """The first letter or digit of a name that is not empty, or its first sign if it has none."""
    return next((character for character in name if character.isalnum()), name[0])


def _unjoined(text: str) -> Iterator[str]:
    """The characters of a text without those that a joiner ties to an emoji before."""
    before = ""
    for character in text:
        if not (before == JOINER and unicodedata.category(character) in ("So", "Sm")):
            yield character
        before = character


def _plain(character: str, has_glyph: Callable[[str], bool]) -> Iterator[str]:
    if character.isspace():
        yield " "
        return
    if has_glyph(character) and _shows(character):
        yield character
        return
    for part in unicodedata.normalize("NFKD", character):
        if part.isspace() or (has_glyph(part) and _shows(part)):
            yield part


def _shows(character: str) -> bool:
    return (
        unicodedata.category(character) not in LEFT_OUT
        and character not in BLANK
        and ord(character) not in TONES_OF_SKIN
        and ord(character) not in OF_COLUMNS
    )
