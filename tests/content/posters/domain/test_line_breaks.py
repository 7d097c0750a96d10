"""Where a line may end. Every character is 10 pixels wide here."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.posters.domain.line_breaks import NOT_FIRST, NOT_LAST, balanced, breaks_of, lines_of

CHARACTERS = "每天早上七点，我只想喝这一杯。！？「」（）《》“”…—¥$1299.00%abc XYZ-'々ーか🌸"


def measure(text: str) -> float:
    return 10 * len(text)


def words(text: str, width: int, most: int = 99) -> list[str] | None:
    return lines_of(text, breaks_of(text, "zh-hans").words, width=width, most=most, measure=measure)


def test_a_sentence_ends_its_lines_between_phrases() -> None:
    text = "今天是晴天，我们一起去公园散步吧"
    lines = lines_of(text, breaks_of(text, "zh-hans").phrases, width=60, most=9, measure=measure)
    assert lines == ["今天是晴天，", "我们一起去", "公园散步吧"]


@pytest.mark.parametrize(
    ("language", "text"),
    [("zh-hans", "今天天气很好"), ("zh-Hant", "今天天氣很好"), ("ja", "今日はとても天気です"), ("en", "今天天气很好")],
)
def test_each_language_has_a_model_of_its_phrases(language: str, text: str) -> None:
    found = breaks_of(text, language)
    assert found.phrases
    assert set(found.phrases) < set(found.words)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("好用，真的", 20, ["好", "用，", "真的"]),  # a comma begins no line
        ("我（真）好", 20, None),  # the brackets and what is in them are wider than a line
        ("我（真）好", 30, ["我", "（真）", "好"]),
        ("只要¥199元", 40, ["只要", "¥199", "元"]),
        ("Hello big world", 60, ["Hello", "big", "world"]),
        ("Hello big world", 90, ["Hello big", "world"]),
        ("小鹿Lucy很好", 40, ["小鹿", "Lucy", "很好"]),
        ("Montgomery-Fitz", 110, ["Montgomery-", "Fitz"]),
        ("真的——好", 20, None),  # a dash of two characters begins no line, and is not torn
        ("真的——好", 30, ["真", "的——", "好"]),
    ],
)
def test_where_words_may_be_parted(text: str, width: int, lines: list[str] | None) -> None:
    assert words(text, width) == lines


def test_more_lines_than_wanted_are_none() -> None:
    assert words("一二三四五", 20, most=3) == ["一二", "三四", "五"]
    assert words("一二三四五", 20, most=2) is None


def test_a_word_wider_than_a_line_may_be_parted_as_the_last_resort() -> None:
    assert words("extraordinary", 50) is None
    places = breaks_of("extraordinary", "en").characters
    assert lines_of("extraordinary", places, width=50, most=3, measure=measure) == ["extra", "ordin", "ary"]


def test_lines_are_made_equally_long() -> None:
    text = "一二三四五六七"
    places = breaks_of(text, "zh-hans").words
    assert balanced(text, places, ["一二三四五六", "七"], measure) == ["一二三四", "五六七"]
    assert balanced(text, places, [text], measure) == [text]


@given(
    st.text(alphabet=CHARACTERS, min_size=1, max_size=60).map(lambda text: " ".join(text.split())).filter(bool),
    st.integers(1, 12),
)
def test_lines_lose_nothing_and_begin_and_end_as_they_should(text: str, columns: int) -> None:
    for places in breaks_of(text, "zh-hans"):
        lines = lines_of(text, places, width=10 * columns, most=99, measure=measure)
        for found in [lines, lines and balanced(text, places, lines, measure)]:
            if not found:
                continue
            assert "".join(found).replace(" ", "") == text.replace(" ", "")
            assert max(map(len, found)) <= columns
            for before, after in pairwise(found):
                assert after[0] not in NOT_FIRST
                assert before[-1] not in NOT_LAST
                assert unicodedata.category(after[0]) not in ("Pe", "Pf")
                assert unicodedata.category(before[-1]) not in ("Ps", "Pi")
