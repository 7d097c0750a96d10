"""Keys, codes and names, as people, shops and spreadsheets write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.texts.keys import SpoiledKey, clean_code, clean_key, is_empty, read_alike
from foundation.texts.messages import Message
from foundation.texts.shown_names import clean_name, is_visible


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("A-1", "A-1"),
        ("  A-1\t", "A-1"),
        ("Ａ－１", "A-1"),
        ("A\u200b-1\ufeff", "A-1"),
        ("\u202eA-1\u202c", "A-1"),
        ("A\u3000１", "A 1"),
        ("订单 7", "订单 7"),
        ("0013", "0013"),
        ("1E5", "1E5"),
        ("12E+", "12E+"),
        ("E+15", "E+15"),
        ("A'1", "A'1"),
        ("x" * 64, "x" * 64),
        ("x" * 64 + "\u200b" * 9, "x" * 64),
        ("2026-11-01/7#2", "2026-11-01/7#2"),
    ],
)
def test_a_key_is_kept_in_one_form(written: str, kept: str) -> None:
    assert clean_key(written) == kept
    assert clean_key(kept) == kept


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("", "is empty"),
        (" \u3000\u200b", "is empty"),
        ("x" * 65, "is longer than 64 characters"),
        ("\ufb03" * 22, "is longer than 64 characters"),  # one sign that NFKC makes three letters
        ("a\0b", "has control characters"),
        ("a\nb", "has control characters or line breaks"),
        ("a\u2028b", "has control characters or line breaks"),
        ("a\x85b", "has control characters"),
        ("a\ud800", "has control characters"),
        ("2.02611E+15", "a spreadsheet has shortened"),
        ("１.００２３４Ｅ＋１４", "a spreadsheet has shortened"),
        ("1.00234e+14", "a spreadsheet has shortened"),
        ("2,02611E+15", "a spreadsheet has shortened"),
        ("1E+15", "a spreadsheet has shortened"),
        ("-2.02611E+15", "a spreadsheet has shortened"),
        ("'0012", "apostrophe"),
        ("＇0012", "apostrophe"),
        ("‘0012", "apostrophe"),
        ('="0013"', "is a formula of a spreadsheet"),
        ("＝＂0013＂", "is a formula of a spreadsheet"),
        ("#REF!", "is an error of a spreadsheet"),
        ("#n/a", "is an error of a spreadsheet"),
        ("########", "is an error of a spreadsheet"),
    ],
)
def test_what_cannot_be_a_key_is_refused(written: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as refused:
        clean_key(written)
    assert isinstance(refused.value.args[0], Message)


def test_a_key_may_be_shorter_by_its_place() -> None:
    assert clean_key("x" * 16, longest=16) == "x" * 16
    with pytest.raises(ValueError, match="is longer than 16 characters"):
        clean_key("x" * 17, longest=16)


def test_what_a_spreadsheet_has_spoiled_can_still_be_named() -> None:
    with pytest.raises(SpoiledKey) as spoiled:
        clean_key(" 2.02611E+15 ")
    assert spoiled.value.key == "2.02611E+15"


@given(st.text(max_size=80))
def test_a_key_that_was_cleaned_is_clean(text: str) -> None:
    try:
        kept = clean_key(text)
    except ValueError:
        assert clean_code(text) == ""
        return
    assert clean_key(kept) == kept == clean_code(text)
    assert not is_empty(text)


def test_codes_that_only_eyes_confuse_read_alike() -> None:
    assert read_alike("LULU10") == read_alike("luluio".upper()) == read_alike("1U1U1O")
    assert read_alike("k3m9qx2") == "k3m9qx2"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("露露", "露露"),
        ("  Ann  Lee ", "Ann Lee"),
        ("a\nb", "a b"),
        ("\u202e员理管\u202c", "员理管"),
        ("\u200b\u2060小美\ufeff", "小美"),
        ("👨\u200d👩\u200d👧\u200d👦", "👨\u200d👩\u200d👧\u200d👦"),
        ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
        ("🏳️\u200d🌈", "🏳️\u200d🌈"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"),
        ("a\u200db", "ab"),
        ("美\u200d丽", "美丽"),
        ("e\u0301le\u0300ve", "e\u0301le\u0300ve"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\0\x07b", "ab"),
        ("x" * 120, "x" * 120),
        ("\U000e0041x", "x"),
        ("…", "…"),
    ],
)  # fmt: skip
def test_a_name_is_kept_as_it_is_seen(written: str, kept: str) -> None:
    assert clean_name(written) == kept
    assert clean_name(kept) == kept


@pytest.mark.parametrize(
    "written", ["", "   ", "\u200b\u200b", "\u2060", "\u3164", "\u2800\u115f", "\ufe0f", "\u0301", "\n", "\u200d"]
)
def test_a_name_shows_something(written: str) -> None:
    assert not is_visible(written)
    with pytest.raises(ValueError, match="has no visible character"):
        clean_name(written)


def test_a_name_is_not_too_long() -> None:
    with pytest.raises(ValueError, match="is longer than 120 characters"):
        clean_name("名" * 121)
    assert clean_name("名" * 200, longest=200) == "名" * 200


@given(st.text(max_size=150))
def test_a_name_that_was_cleaned_is_clean(text: str) -> None:
    try:
        kept = clean_name(text)
    except ValueError:
        return
    assert clean_name(kept) == kept
