"""Which characters of a text are drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.posters.domain.characters import LONGEST, drawn_characters, initial_of

FONT = frozenset("abcdeLs é昇葛木🌸❤👨👍1·「」,. ")


def drawn(text: str) -> str:
    return drawn_characters(text, FONT.__contains__)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("昇", "昇"),
        ("  a \t\n  b\u3000c\u00a0d ", "a b c d"),
        ("e\u0301", "é"),  # an accent is joined with its letter
        (
            "a\u0301\u0302\u0303\u0304b",
            "ab",
        ),  # one that the font has no letter for is left out, and so is a heap of them
        ("𝓛𝖆", "La"),  # letters of mathematics are drawn plain
        ("ẛ", "s"),
        ("㏇", "."),  # of Co. the font has the dot alone
        ("葛\U000e0100木", "葛木"),  # a selector chooses another form of a character; the character stays
        ("👨\u200d👩\u200d👧a", "👨a"),  # a family is its first member
        ("❤\ufe0f\u200d🔥", "❤"),
        ("👍🏽", "👍"),  # a tone of skin cannot be seen in one colour
        ("🏽", ""),
        ("🇨🇳a", "a"),  # a flag is two letters
        ("1\ufe0f\u20e3", "1"),  # a key
        ("🌸a🌸", "🌸a🌸"),
        ("مرحبا", ""),
        ("สวัสดีa", "a"),
        ("a\u200b\u202eb\x00\ud800", "ab"),
        ("\u3164\u115f\u2800", ""),
        ("a\u200db", "ab"),  # a joiner ties letters too; they stay
        ("½", "1"),  # 1⁄2 without a stroke in the font
        ("龘a", "a"),
    ],
)
def test_what_is_seen_of_a_text(text: str, seen: str) -> None:
    assert drawn(text) == seen


def test_a_blank_letter_is_left_out_although_the_font_has_it() -> None:
    assert drawn_characters("\u3164a\u2800🏽\u0301", lambda character: True) == "a"


def test_of_a_very_long_text_the_beginning_is_looked_at() -> None:
    assert drawn("a" * (LONGEST + 1)) == "a" * LONGEST


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_nothing_is_drawn_that_the_font_has_not(text: str) -> None:
    seen = drawn(text)
    assert set(seen) <= FONT
    assert seen == seen.strip()
    assert "  " not in seen
    assert drawn(seen) == seen


@pytest.mark.parametrize(
    ("name", "initial"), [("昇", "昇"), ("「小鹿」", "小"), ("_Lucy", "L"), ("🌸", "🌸"), ("🌸1", "1")]
)
def test_the_initial_is_the_first_letter_or_else_the_first_sign(name: str, initial: str) -> None:
    assert initial_of(name) == initial
