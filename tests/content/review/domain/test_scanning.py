import pytest

from content.review.domain.hits import Hit
from content.review.domain.prices import Prices
from content.review.domain.scanning import scan
from content.review.domain.word_lists import read_lists, shipped_lists

OWN = read_lists(
    {
        "own.yaml": """
category: absolute
source: 广告法第九条
checked_on: "2026-11-29"
groups:
  - reason: {en: Too much., zh-Hans: 绝对化。}
    suggestion: {en: Say less., zh-Hans: 少说。}
    words: [最好, 最好用, 第一, 第一品牌, 国家级, NO.1, 销量第一, 极致, 治疗, 随时涨价, 全国第一, 辟邪]
    unless_after: [次, 的年纪]
    unless_before: [不是]
    unless_in: [最好是]
    unless_denied: [不能]
  - reason: {en: Flag., zh-Hans: 国旗。}
    suggestion: {en: Leave it out., zh-Hans: 删去。}
    words: [国旗]
    only_as_written: true
"""
    }
)


def found(text: str, *, by_sound: bool = True) -> list[tuple[str, str, str]]:
    return [(hit.found, hit.word, hit.form) for hit in scan(text, lists=OWN, channel="moments", by_sound=by_sound)]


def test_a_hit_says_where_why_and_what_instead() -> None:
    (hit,) = scan("我说它 最 好用", lists=OWN, channel="moments")
    assert isinstance(hit, Hit)
    assert (hit.start, hit.end, hit.found, hit.word) == (4, 8, "最 好用", "最好用")
    assert (hit.category, hit.source, hit.form) == ("absolute", "广告法第九条", "written")
    assert (hit.reason.en, hit.suggestion.zh_hans) == ("Too much.", "少说。")


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("最好用的", [("最好用", "最好用", "written")]),
        ("销量第一品牌", [("销量第一", "销量第一", "written")]),
        ("最女子的", [("最女子", "最好", "parts")]),
        ("日取女子的", [("日取女子", "最好", "parts")]),
        ("冶疗痘痘", [("冶疗", "治疗", "look-alike")]),
        ("随时涨介", [("随时涨介", "随时涨价", "look-alike")]),
        ("罪好的", [("罪好", "最好", "sound")]),
        ("zui hao的", [("zui hao", "最好", "sound")]),
        ("guo家ji的", [("guo家ji", "国家级", "sound")]),
        ("销l第一", [("第一", "第一", "written")]),
        ("随s涨价", [("随s涨价", "随时涨价", "sound")]),
        ("全果第一", [("第一", "第一", "written")]),
        ("顶z好", [("z好", "最好", "sound")]),
        ("第—的", [("第—", "第一", "look-alike")]),
        ("国。家。级", [("国。家。级", "国家级", "written")]),
        ("最，好", [("最，好", "最好", "written")]),
        ("辟，邪", [("辟，邪", "辟邪", "written")]),
    ],
)
def test_a_word_is_found_however_it_hides(text: str, hits: list[tuple[str, str, str]]) -> None:
    assert found(text) == hits


@pytest.mark.parametrize(
    "text",
    [
        "第一次", "第1次", "第10名", "第一百货", "他是no10", "piano.1", "no-2", "最好是明天", "不是最好", "不能这样治疗", "最好的年纪",
         "他有罪，好吗", "国佳，级别",
        "到了这地，一看", "真极，致谢", "治，疗效", "国家。级别", "唯一", "国骑", "一刻", "嘴好馋", "他国家及社会", "no_", "5零", "1 z 好", "d，一",
    ],
)  # fmt: skip
def test_what_only_resembles_a_word_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_denial_reaches_its_own_clause_alone() -> None:
    assert found("它不能，治疗靠医生") == [("治疗", "治疗", "written")]


def test_an_exception_reaches_its_own_clause_alone() -> None:
    assert found("销量第一，次次回购") == [("销量第一", "销量第一", "written")]


def test_sounds_can_be_left_out() -> None:
    assert found("罪好，冶疗", by_sound=False) == [("冶疗", "治疗", "look-alike")]


def test_one_place_is_one_hit_in_the_order_of_the_text() -> None:
    assert [hit[0] for hit in found("最好用，zui好用，国家级")] == ["最好用", "zui好用", "国家级"]


def test_a_list_of_a_channel_is_used_there_alone() -> None:
    def words(channel: str) -> list[str]:
        return [hit.word for hit in scan("加微信", lists=shipped_lists(), channel=channel)]

    assert words("xiaohongshu") == ["加微信"]
    assert words("moments") == []


def test_prices_that_differ_are_hits_unless_a_word_has_the_place() -> None:
    hits = scan("最好用，只要¥189，原价199元", lists=OWN, channel="moments", prices=Prices(frozenset({19_900})))
    assert [(hit.found, hit.category) for hit in hits] == [("最好用", "absolute"), ("¥189", "price")]


def test_the_examples_of_the_law_are_found_and_ordinary_words_are_not() -> None:
    def words(text: str) -> list[str]:
        return [hit.word for hit in scan(text, lists=shipped_lists(), channel="xiaohongshu")]

    assert words("国家级、最高级、最佳") == ["国家级", "最高级", "最佳"]
    for text in (
        "第1张专辑",
        "100%羊毛",
        "最后一天",
        "最近",
        "最后",
        "第一次",
        "最好是先试",
        "国家",
        "第一时间",
        "顶级域名",
    ):
        assert words(text) == [], text


def test_a_word_of_three_that_a_clause_ends_in_is_none() -> None:
    assert scan("他爱国。家级的事不懂", lists=OWN, channel="moments") == []
    assert [hit.found for hit in scan("国 家 级", lists=OWN, channel="moments")] == ["国 家 级"]
