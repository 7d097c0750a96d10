"""Make the fonts that Grove ships, from three packages of Debian. fonts/README.md says how; the same packages give the
same bytes.

python -m foundation.pictures.make_fonts NotoSans-Regular.ttf NotoSansCJK-Regular.ttc Unihan_OtherMappings.txt.bz2
"""

import bz2
import sys
from itertools import chain, product
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from foundation.pictures.figures import FONTS

SIMPLIFIED_CHINESE = 2  # the place of Noto Sans CJK SC in the collection
# Latin, Greek, Cyrillic with all their accents; currencies
LETTERS = [
    (0x0020, 0x052F),
    (0x1E00, 0x1FFF),
    (0x20A0, 0x20CF),
]
SIGNS = [  # first and last code point of what is kept beside Chinese characters, as far as Noto Sans CJK has it
    (0x0020, 0x024F),  # Latin
    (0x0370, 0x052F),  # Greek, Cyrillic
    (0x1E00, 0x1EFF),  # Latin of Vietnamese
    (0x2000, 0x206F),  # punctuation
    (0x20A0, 0x20CF),  # currencies
    (0x2100, 0x23FF),  # letter-like signs, numbers, arrows, mathematics
    (0x2460, 0x27BF),  # numbers in circles, boxes, shapes
    (0x3000, 0x312F),  # Chinese punctuation, kana, bopomofo
    (0x3200, 0x33FF),  # units
    (0xFE30, 0xFE4F),  # vertical forms
    (0xFF00, 0xFFEF),  # full width
]


def chinese_characters(unihan: Path) -> set[int]:
    """The code points of 通用规范汉字表 (8,105), GB 2312 and Big5."""
    return standard_characters(unihan) | {
        ord(character) for character in chain(encoded_characters("gb2312", 0xA1), encoded_characters("big5", 0x40))
    }


def standard_characters(unihan: Path) -> set[int]:
    """The code points of 通用规范汉字表 (`kTGH` of Unihan)."""
    with bz2.open(unihan, "rt", encoding="utf-8") as lines:
        return {int(line.split("\t")[0].removeprefix("U+"), base=16) for line in lines if "\tkTGH\t" in line}


def encoded_characters(encoding: str, second_byte: int) -> set[str]:
    """All characters of two bytes that `encoding` has; the second byte begins at `second_byte`."""
    pairs = (bytes(pair) for pair in product(range(0xA1, 0xFF), range(second_byte, 0xFF)))
    return set("".join(pair.decode(encoding, errors="ignore") for pair in pairs))


def in_blocks(blocks: list[tuple[int, int]]) -> set[int]:
    """The code points of `blocks`, which name the first and the last of each."""
    return {code for first, last in blocks for code in range(first, last + 1)}


def cut_font(font: TTFont, characters: set[int], family: str, file: Path) -> None:
    """Write the part of `font` that draws `characters`, under a name of our own; the copyright stays in it."""
    options = subset.Options(
        hinting=False, layout_features=["ccmp", "kern", "mark", "mkmk"], name_IDs=["*"], notdef_outline=True
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    names = {1: family, 3: file.stem, 4: family, 6: file.stem, 16: family}
    for record in font["name"].names:
        record.string = names.get(record.nameID, record.string)
    if "CFF " in font:
        font["CFF "].cff.fontNames = [file.stem]
    font.save(file)


if __name__ == "__main__":
    latin, collection, unihan = (Path(argument) for argument in sys.argv[1:])
    cut_font(TTFont(latin, recalcTimestamp=False), in_blocks(LETTERS), "Grove Sans", FONTS["Grove Sans"])
    chinese = TTFont(collection, fontNumber=SIMPLIFIED_CHINESE, lazy=True, recalcTimestamp=False)
    cut_font(chinese, chinese_characters(unihan) | in_blocks(SIGNS), "Grove Sans SC", FONTS["Grove Sans SC"])
