"""What a character stands for, whoever draws it: full-width and enclosed letters, traditional characters, letters of
other alphabets that look Latin, and number words all come down to one character."""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from opencc import OpenCC

from content.review.domain.ordinary import ordinary

Codes = NDArray[np.uint32]

ALL = 0x110000
_READ = (
    (0x0000, 0x3400),
    (0xA000, 0xAC00),
    (0xF900, 0x10000),
    (0x1D400, 0x1D800),
    (0x1F100, 0x1F260),
    (0x2F800, 0x2FA20),
)
_KEPT = ((0x3400, 0xA000), (0xAC00, 0xD7A4), (0x20000, 0x2F800), (0x30000, 0x323B0))
_HAN_CODES = np.concatenate([np.arange(*block) for block in ((0x3400, 0xA000), (0xF900, 0xFB00), (0x2F800, 0x2FA20))])

# Unicode TR39, the part that a phone's keyboard has: letters of Cyrillic, Greek and others that look Latin.
_LATIN = {
    drawn: group[0]
    for group in (
        "aаΑαɑᴀ", "bВβвьʙ", "cсϲϹᴄ", "dԁᴅ", "eеΕεᴇ", "fҒƒ", "gɡɢ", "hһΗнʜ", "iіΙιıɪ", "jјᴊ", "kκкΚᴋ", "lӏℓʟ", "mΜмᴍ", "nոΝɴ", "oоΟοօᴏ",
        "pрΡρᴘ", "qԛ", "rгʀ", "sѕꜱ", "tтΤτᴛ", "uυսᴜ", "vѵνᴠ", "wωԝшᴡ", "xхΧχ", "yуΥγʏ", "zΖᴢ",
    )
    for drawn in group[1:]
}  # fmt: skip
_DIGITS = dict(zip("零〇一二三四五六七八九壹贰叁弌弍弎肆伍陆柒捌玖", "00123456789123123456789", strict=True))
# Characters that OpenCC leaves apart although they are drawn for one another: radicals that have a code of their own,
# old and Japanese forms, the strokes and marks that pass for 一.
_VARIANTS = {
    drawn: group[0]
    for group in (
        "一⼀㇐⺀", "门⻔", "见⻅", "贝⻉", "车⻋", "长⻓", "风⻛", "食⻝", "飞⻜", "马⻢", "鱼⻥", "鸟⻦", "麦⻨", "黄⻩", "齐⻬", "齿⻮", "龙⻰", "母⺟",
        "民⺠", "最朂冣", "国囯囻囶圀", "第苐", "高髙", "发髪", "德徳", "惠恵", "壹壱", "贰弐", "叁弎", "两両", "专専", "药薬", "气気", "图図",
        "乐楽", "价価", "检検", "险険", "验験", "效効", "归帰", "变変", "对対", "应応", "卖売", "亚亜", "恶悪", "围囲", "广広",
    )
    for drawn in group[1:]
}  # fmt: skip
NUMBERS = frozenset("十百千万亿")
BREAKS = frozenset("，。！？；：…,!?;:\n\r\u2028\u2029")  # a clause ends with one


class Characters(NamedTuple):
    """`folded`: what each code point stands for, 0 for one that says nothing (a space, a mark, an emoji). `expanding`: those
    that stand for several characters; `expansions`: for which."""

    folded: Codes
    expanding: NDArray[np.bool_]
    expansions: dict[int, str]


@lru_cache(maxsize=1)
def characters() -> Characters:
    """The table of all code points, built on first use."""
    folded = np.zeros(ALL, dtype=np.uint32)
    for first, end in _KEPT:
        folded[first:end] = np.arange(first, end)
    readings = dict(_readings())
    for code, stands_for in readings.items():
        folded[code] = ord(stands_for) if len(stands_for) == 1 else 0
    _simplify(folded, "t2s")
    _simplify(folded, "jp2t", "t2s", only=np.flatnonzero(~_in_use()))
    _fold_alike(folded)
    expansions = {code: stands_for for code, stands_for in readings.items() if len(stands_for) > 1}
    return Characters(folded, marked(expansions), expansions)


def marked(codes: Iterable[int]) -> NDArray[np.bool_]:
    """A table of all code points, in which these are marked."""
    table = np.zeros(ALL, dtype=np.bool_)
    table[list(codes)] = True
    return table


def _fold_alike(folded: Codes) -> None:
    """Write one character for all that are drawn for it."""
    for table in (_VARIANTS, _DIGITS, _LATIN):
        for drawn, meant in table.items():
            folded[folded == ord(drawn)] = ord(meant)
            folded[ord(drawn)] = ord(meant)
    for number in range(26):  # flags of letters, and letters on a square
        for first in (0x1F1E6, 0x1F130, 0x1F150, 0x1F170):
            folded[first + number] = ord("a") + number


def _readings() -> Iterator[tuple[int, str]]:
    """Each code point outside the plain Han blocks, with the letters and digits that it stands for."""
    for first, end in _READ:
        for code in range(first, end):
            yield code, "".join(map(_letter, unicodedata.normalize("NFKC", chr(code)).casefold()))


def _letter(char: str) -> str:
    """A letter without its accents, a digit, or %; nothing for anything else."""
    if char in _LATIN or char in _VARIANTS:
        return _LATIN.get(char) or _VARIANTS[char]
    kind = unicodedata.category(char)
    if kind == "Nd":
        return str(unicodedata.digit(char))
    if kind[0] == "L" and kind != "Lm":
        return unicodedata.normalize("NFD", char)[0]
    return char if char == "%" else ""


def _in_use() -> NDArray[np.bool_]:
    return marked(map(ord, ordinary().in_use))


def _simplify(folded: Codes, *steps: str, only: NDArray[np.int64] | None = None) -> None:
    """Write the simplified character wherever a traditional one stands; of the Japanese forms, those that are no Chinese
    characters too."""
    chosen = _HAN_CODES if only is None else np.intersect1d(_HAN_CODES, only)
    codes = [int(code) for code in chosen if folded[code]]
    text = "\n".join(chr(folded[code]) for code in codes)
    for step in steps:
        text = OpenCC(step).convert(text)
    for code, simple in zip(codes, text.split("\n"), strict=True):
        folded[code] = ord(simple[0])
