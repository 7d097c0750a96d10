"""The KOCs: a few happy buyers first, then those whom they invite, and so on."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from backoffice.demo.domain.rhythm import HalfYear, within
from commissions.payees.domain.payees import FullPayee, check_character

ROOTS = 14
DEEPEST = 6
CHANNELS = {"moments": 45, "community": 27, "xiaohongshu": 18, "douyin": 8, "any": 2}
FAMILY = (
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹"
    "石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚"
)
GIVEN = (
    "晓雯 雨桐 思琪 佳怡 梦洁 欣妍 静怡 子涵 语嫣 若曦 雅婷 婉清 诗涵 丽娜 晓燕 海燕 春梅 秀英 玉兰 桂芳 小敏 文静 慧玲 美华 佩珊 嘉欣 可馨 梓萱 "
    "一诺 沐晴 念慈 知夏 舒窈 南乔 听雨 安然 青禾 云舒 书瑶 初晴 亦菲 若琳 心怡 晨曦 芷若 雪莹 冰洁 乐瑶 清扬 明月 小满 立夏 白露 惠芬 淑珍 红霞 "
    "建华 志强 浩然 子墨 俊杰 宇航 天佑 文博 磊 洋 倩 颖 琳 婷 雪 丹 莉 萍 燕 敏 芳 霞 娟 艳 静 洁 悦 昕 楠 蕾 薇 岚 璐 瑜 妍 瑶 彤 宁 "
)


@dataclass(slots=True)
class Person:
    """A KOC: how often they share, how many follow them, how much they are trusted, and until when they are active."""

    number: int
    name: str
    sponsor: int | None
    depth: int
    joined_at: datetime
    quits_at: datetime
    keenness: float
    """shares of their own accord, a day"""
    following: float
    """visits that an average share of theirs gets"""
    trust: float
    channel: str
    phone: str = ""
    brought: list[int] = field(default_factory=list)
    """numbers of the KOCs whom they sponsor"""
    friends: list[int] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"K{self.number + 1:04}"

    def is_keen(self, moment: datetime) -> bool:
        return self.joined_at < moment < self.quits_at


def name(rng: Random) -> str:
    return rng.choice(FAMILY[: rng.choice((20, 60, len(FAMILY)))]) + rng.choice(GIVEN.split())


def phone(number: int) -> str:
    return f"+86138{number:08}"


def payee(number: int, name: str) -> FullPayee:
    """The payee of a KOC; the id number is nobody's, though its check digit is right."""
    digits = f"110105{1970 + number % 35}{1 + number % 12:02}{1 + number % 28:02}{number:03}"
    return FullPayee(
        name=name, id_number=digits + check_character(digits), account=f"62220202{number:011}", bank="工商银行北京分行"
    )


def join(rng: Random, half_year: HalfYear, count: int) -> list[Person]:
    """`count` people in the order of joining, ever faster. Those who have invited some invite more (preferential
    attachment)."""
    people: list[Person] = []
    for number, joined_at in enumerate(_joined(rng, half_year, count)):
        sponsor = None if number < ROOTS or rng.random() < 0.04 else _sponsor(rng, people, joined_at)
        person = _person(rng, half_year, number, sponsor, joined_at)
        people.append(person)
        if sponsor:
            sponsor.brought.append(number)
        if number > ROOTS:
            person.friends = sorted(rng.sample(range(number), how_many_friends(rng)))
    return people


def how_many_friends(rng: Random) -> int:
    [count] = rng.choices((0, 1, 2, 4), (45, 30, 18, 7))
    return count


def _joined(rng: Random, half_year: HalfYear, count: int) -> list[datetime]:
    """When each joins: the first ones within nine days, the others ever faster until the day before the last."""
    days = half_year.days()
    early = [within(rng, days[rng.randrange(9)]) for _ in range(ROOTS)]
    later = [
        days[9 + int((len(days) - 11) * ((position + 0.5) / (count - ROOTS)) ** 0.8)]
        for position in range(count - ROOTS)
    ]
    return sorted(early) + sorted(within(rng, day) for day in later)


def _sponsor(rng: Random, people: list[Person], joined_at: datetime) -> Person:
    candidates = [
        person for person in people if person.depth < DEEPEST and person.joined_at < joined_at - timedelta(hours=8)
    ]
    weights = [
        (1 + len(person.brought)) ** 0.8 * person.trust**0.5 * (1.0 if person.quits_at > joined_at else 0.1)
        for person in candidates
    ]
    return rng.choices(candidates, weights)[0]


def _person(rng: Random, half_year: HalfYear, number: int, sponsor: Person | None, joined_at: datetime) -> Person:
    is_passive, is_founder = rng.random() < 0.22, number < ROOTS
    keenness = 0.006 if is_passive else min(rng.lognormvariate(-2.75 + 0.7 * is_founder, 0.75), 0.9)
    active_for = (
        half_year.closing - half_year.opening
        if is_founder or rng.random() < 0.55
        else timedelta(days=rng.lognormvariate(3.6, 0.7))
    )
    return Person(
        number=number,
        name=name(rng),
        sponsor=sponsor.number if sponsor else None,
        depth=sponsor.depth + 1 if sponsor else 0,
        joined_at=joined_at,
        quits_at=joined_at + active_for + timedelta(days=1),
        keenness=keenness,
        following=min(rng.lognormvariate(1.48 + 0.45 * is_founder, 0.75), 45.0),
        trust=rng.lognormvariate(0.0, 0.55),
        channel=rng.choices(list(CHANNELS), list(CHANNELS.values()))[0],
    )
