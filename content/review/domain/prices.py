"""Amounts of money in a text, as people write them, and whether they are the product's."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from content.review.domain.hits import Hit
from content.review.domain.word_lists import Said

REASON = Said("This is not the price of the product.", "与商品当前价格不一致。")
SOURCE = "明码标价和禁止价格欺诈规定；价格法第十四条第四项；广告法（2021年修正）第二十八条"
SUGGESTION = Said("Write the product's price, or use the placeholder for it.", "改为商品价格，或使用价格占位符。")

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SAME = str.maketrans(
    "￥﹩〇零壹贰叁肆伍陆柒捌玖拾佰仟貳參陸萬兩圓塊錢價滿減優〜",
    "¥$零零一二三四五六七八九十百千二三六万两元块钱价满减优~",
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufe0f\ufeff]")
_DIGITS = "零一二三四五六七八九"
_UNITS = {"十": 10, "百": 100, "千": 1000}

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?[万wWkK](?![A-Za-z]))?|[一二三四五六七八九两十百千万][零一二三四五六七八九两十百千万]*"
_UNIT = r"(?:块钱|块|元|圆|[Rr][Mm][Bb]|[Cc][Nn][Yy]|人民币|[Yy][Uu][Aa][Nn])"
_SIGN = r"(?:[¥$£€]|[Rr][Mm][Bb]|[Cc][Nn][Yy]|人民币)"
_TOLD = (
    r"(?:到手价?|券后价?|折后价?|只要|只需|仅需|仅售|只卖|才卖|售价|现价|原价|特价|活动价|团购价|拼团价|秒杀价|直播价|会员价|专柜价|价格|定价|标价|单价|卖到|降到|降至|涨到|涨至)"
    r"(?:是|为|才|只要|只|了|:|\s)*"
)
_NOT_MONEY = (
    rf"(?![\d.]*\s*(?:{_UNIT}|[%折个天次件瓶支盒片包步秒米年月日周号岁分点小ml克gkg斤倍人家款位颗粒滴层色码寸]|mL|ML))"
)
_AMOUNT = re.compile(
    rf"{_SIGN}\s?(?P<signed>{_NUMBER})"
    rf"|(?P<counted>{_NUMBER})(?=\s?[-~至到]\s?(?:{_NUMBER})\s?{_UNIT})"
    rf"|(?P<united>{_NUMBER})\s?{_UNIT}(?:(?P<dime>[\d一二三四五六七八九])(?![\d百千万个件瓶支]))?(?:毛|角)?"
    rf"|{_TOLD}(?P<told>{_NUMBER}){_NOT_MONEY}"
)
# Money that is no price: a discount, postage, what is bought in all.
_BEFORE = re.compile(
    r"(?:一天|每天|一片|每片|一次|每次|一包|每包|平均|平均下来|算下来|满|减|立减|直降|省|省了|省下|优惠|优惠了|便宜|便宜了|返|返现|红包|补贴|抵|抵扣|押金|定金|订金|运费|邮费|差价|补差|佣金|奖励|"
    r"每天不到|一天不到|不到|不足|超过|多于|少于|低于|高于|预算|预算在|凑单|凑到|凑够|每满|罚|罚款|赔|领|抢|送|花呗|多花|少花|贵|贵了|涨了|降了|工资|月薪)\s?[¥$]?\s?$"
)
_AFTER = re.compile(
    r"\s?(?:一天|每天|一片|每片|一次|每次|多(?![件瓶盒支送买])|不到|以内|以下|以上|以?上下|左右|出头|多块|代金券|优惠券|无门槛|券|红包|运费|邮费|补贴|优惠|立减|的券|预算|起送|定金|订金|押金|件|素|宝|旦|月|年|气|老|首)"
)


class Prices(NamedTuple):
    """What a product costs, in minor units, and how many digits those are of the currency."""

    allowed_minor: frozenset[int]
    digits: int = 2


class Amount(NamedTuple):
    """An amount of money in a text: where it is written, and how much it is."""

    start: int
    end: int
    value: Decimal


def other_prices(text: str, prices: Prices) -> list[Hit]:
    """Every amount of money that the product does not cost. Discounts, vouchers, postage and rough sums are none."""
    return [
        Hit(
            start=amount.start,
            end=amount.end,
            found=text[amount.start : amount.end],
            word=f"{amount.value.normalize():f}",
            category="price",
            reason=REASON,
            source=SOURCE,
            suggestion=SUGGESTION,
            form="amount",
        )
        for amount in amounts(text)
        if amount.value.scaleb(prices.digits) not in prices.allowed_minor
    ]


def amounts(text: str) -> Iterator[Amount]:
    """The prices in a text, as people write them: ¥199, 199元, 1,299.00元, 九块九, 一百九十九元, 到手价199."""
    places = [index for index, char in enumerate(text) if not _UNSEEN.match(char)]
    plain = "".join(text[index] for index in places).translate(_WIDE).translate(_SAME)
    for match in _AMOUNT.finditer(plain):
        kind = next(name for name in ("signed", "counted", "united", "told") if match[name])
        start, end = match.span() if kind in ("signed", "united") else match.span(kind)
        if _BEFORE.search(plain, max(0, start - 8), start) or _AFTER.match(plain, end):
            continue
        yield Amount(places[start], places[end - 1] + 1, _value(match[kind], match["dime"] or ""))


def _value(number: str, dime: str) -> Decimal:
    """199, 1,299.00, 1.2万, 九 and 一百九十九 as a number; of 九块九 the second part is tenths."""
    if not number[0].isdigit():
        value = Decimal(_chinese(number))
    else:
        digits = number.rstrip("万wWkK ")
        times = 10_000 if number[-1] in "万wW" else 1000 if number[-1] in "kK" else 1
        value = Decimal(digits.replace(",", "")) * times
    if not dime:
        return value
    return value + Decimal(_DIGITS.index(dime) if dime in _DIGITS else int(dime)) / 10


def _chinese(number: str) -> int:
    """一百九十九 is 199, 两千零五 2005, 一百九 190, 一万二 12,000."""
    if "万" in number:
        above, _, below = number.partition("万")
        rest = _digit(below) * 1000 if len(below) == 1 else _chinese(below)
        return (_chinese(above) if above else 1) * 10_000 + rest
    total, pending, unit = 0, 0, 10
    for char in number:
        if char in _UNITS:
            unit = _UNITS[char]
            total += (pending or 1) * unit
            pending = 0
        elif char == "零":
            unit = 10
        else:
            pending = _digit(char) if not pending else pending * 10 + _digit(char)
    return total + pending * (unit // 10 if len(number) > 1 and total else 1)


def _digit(char: str) -> int:
    return 2 if char == "两" else max(0, _DIGITS.find(char))
