import pytest

from content.review.domain.normalising import Normalised, seen, spoken, written


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＮＯ．１", "no1"),
        ("國際級", "国际级"),
        ("最\u200b好", "最好"),
        ("最 . 好", "最好"),
        ("最💥好", "最好"),
        ("第①", "第1"),
        ("第一", "第1"),
        ("唯壹", "唯1"),
        ("㍿", "株式会社"),
        ("Рremium", "premium"),
        ("zuì hǎo", "zuihao"),
        ("🅰🇻", "av"),
        ("国家機関", "国家机关"),
        ("⼀流", "1流"),
        ("100％", "100%"),
        ("", ""),
        ("，。 🔥", ""),
    ],
)
def test_a_text_is_folded_to_what_it_stands_for(text: str, folded: str) -> None:
    assert written(text) == folded


def test_each_folded_character_knows_its_place_in_the_writers_text() -> None:
    form = Normalised("a最\u200b 好㍿").written
    assert form.text == "a最好株式会社"
    assert list(form.starts) == [0, 1, 4, 5, 5, 5, 5]
    assert list(form.ends) == [1, 2, 5, 6, 6, 6, 6]


def test_look_alike_characters_are_one() -> None:
    assert seen("冶疗") == seen("治疗")
    assert seen("治疔") == seen("治疗")
    assert seen("N0.l") == seen("NO.1")
    assert seen("第—") == seen("第一")
    assert seen("+V") == seen("加v")
    assert seen("未来") != seen("朱来")


@pytest.mark.parametrize("text", ["罪嚎", "zuihao", "zui hao", "ZUI好", "z u i h a o", "zui4hao3", "zuì hǎo", "蕞好"])
def test_a_word_is_heard_however_it_is_spelt(text: str) -> None:
    assert spoken(text) == spoken("最好")


def test_syllables_of_pinyin_cover_their_letters() -> None:
    form = Normalised("用zui hao的").heard
    assert list(form.starts) == [0, 1, 5, 8]
    assert list(form.ends) == [1, 4, 8, 9]


def test_latin_letters_that_are_no_pinyin_stay_letters() -> None:
    assert spoken("vx") == "vx"
    assert spoken("hello") == "hello"
    assert spoken("a" * 100) == "a" * 100


def test_u_with_dots_is_v_on_a_keyboard() -> None:
    assert spoken("lvse") == spoken("绿色")


def test_a_text_may_have_half_a_character() -> None:
    assert written("\ud800最") == "最"


def test_each_sign_knows_the_letter_that_is_written_there() -> None:
    assert Normalised("級㍿。1").written.letters == "级株式会社1"
    assert Normalised("罪hao").heard.letters == "罪h"
    assert Normalised("第—").seen.letters == "第\0"


def test_a_clause_ends_at_a_comma_and_not_at_a_blank() -> None:
    text = Normalised("最，好 吗")
    assert text.has_break(1, 2)
    assert not text.has_break(3, 4)
    assert not text.has_break(1, 1)
