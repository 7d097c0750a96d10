"""Make the fonts that posters are drawn with, beside those of foundation/pictures. fonts/README.md says how; the same
packages give the same bytes.

python -m content.posters.rendering.make_fonts FOLDER_OF_NOTO_CJK NotoEmoji_500Medium.ttf Unihan_OtherMappings.txt.bz2
"""

import sys
import unicodedata
from pathlib import Path

from fontTools.ttLib import TTFont

from content.posters.rendering.faces import BOLD, EMOJI, RARE, REGULAR, SERIF
from foundation.pictures.make_fonts import (
    SIGNS,
    SIMPLIFIED_CHINESE,
    cut_font,
    encoded_characters,
    in_blocks,
    standard_characters,
)


def of_headlines(unihan: Path) -> set[int]:
    """What the bold faces draw: 通用规范汉字表, GB 2312, Latin, kana, signs."""
    gb2312 = {ord(character) for character in encoded_characters("gb2312", 0xA1)}
    return standard_characters(unihan) | gb2312 | in_blocks(SIGNS)


def of_one_code_point(font: TTFont) -> set[int]:
    """Emoji that are a picture by themselves; flags are two letters each, and are left out."""
    return {
        code
        for code in font.getBestCmap()
        if code >= 0x203C and unicodedata.category(chr(code)) in ("So", "Sm", "Po") and not 0x1F1E6 <= code <= 0x1F1FF
    }


def collected(folder: Path, name: str) -> TTFont:
    """The Simplified Chinese font of a collection of Noto CJK."""
    return TTFont(folder / name, fontNumber=SIMPLIFIED_CHINESE, lazy=True, recalcTimestamp=False)


if __name__ == "__main__":
    noto, emoji_file, mappings = (Path(argument) for argument in sys.argv[1:])
    cut_font(collected(noto, "NotoSansCJK-Bold.ttc"), of_headlines(mappings), "Grove Sans SC Bold", BOLD)
    cut_font(collected(noto, "NotoSerifCJK-Bold.ttc"), of_headlines(mappings), "Grove Serif SC Bold", SERIF)
    rest = collected(noto, "NotoSansCJK-Regular.ttc")
    cut_font(rest, set(rest.getBestCmap()) - set(TTFont(REGULAR).getBestCmap()), "Grove Sans SC Rare", RARE)
    emoji = TTFont(emoji_file, recalcTimestamp=False)
    cut_font(emoji, of_one_code_point(emoji), "Grove Emoji", EMOJI)
