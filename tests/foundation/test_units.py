"""Numbers as people type and read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.money.units import COUNT, MULTIPLIER, RATE, Mistyped, Quantity, Unit, money, shown, sign, typed, written

CNY, JPY, KWD = money("CNY"), money("JPY"), money("KWD")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("199", 19900),
        ("199.00", 19900),
        ("199.5", 19950),
        (".5", 50),
        ("0", 0),
        ("¥199", 19900),
        ("￥199", 19900),
        ("199元", 19900),
        ("199 元", 19900),
        ("CNY 199", 19900),
        ("cny199", 19900),
        ("199 CNY", 19900),
        ("CN¥199", 19900),
        ("人民币199", 19900),
        ("1,234.56", 123456),
        ("1,234,567", 123456700),
        ("１９９．００", 19900),
        ("１，２３４．５６", 123456),
        ("１９９。５", 19950),
        ("  199 ", 19900),
        ("\u3000199\u00a0", 19900),
    ],
)
def test_an_amount_is_read_as_people_type_it(text: str, number: int) -> None:
    assert typed(text, CNY) == number


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("199", JPY, 199),
        ("¥1,234", JPY, 1234),
        ("円199", JPY, 199),
        ("199", KWD, 199_000),
        ("KWD 1.234", KWD, 1234),
        ("12.5", RATE, 1250),
        ("12.5%", RATE, 1250),
        ("１２．５ ％", RATE, 1250),
        ("0.01", RATE, 1),
        ("1.1", MULTIPLIER, 11_000),
        ("×1.10", MULTIPLIER, 11_000),
        ("x1.1", MULTIPLIER, 11_000),
        ("ｘ１．１", MULTIPLIER, 11_000),
        ("1.1倍", MULTIPLIER, 11_000),
        ("1.0001", MULTIPLIER, 10_001),
        ("1,000", COUNT, 1000),
        ("１，０００", COUNT, 1000),
    ],
)
def test_each_unit_has_its_decimals_and_signs(text: str, unit: Unit, number: int) -> None:
    assert typed(text, unit) == number


GROUPS = "is ambiguous: commas group three digits, as in 1,234,567, and decimals follow a dot"


@pytest.mark.parametrize(
    ("text", "unit", "says"),
    [
        ("1.999", CNY, "1.999 has too many decimals: CNY has 2 at most"),
        ("1.000", CNY, "1.000 has too many decimals: CNY has 2 at most"),
        ("1.0", JPY, "1.0 has decimals, and JPY has none"),
        ("1.2345", KWD, "1.2345 has too many decimals: KWD has 3 at most"),
        ("12.345", RATE, "12.345 has too many decimals: a rate has 2 at most"),
        ("1.00001", MULTIPLIER, "1.00001 has too many decimals: a multiplier has 4 at most"),
        ("1.5", COUNT, "1.5 has decimals, and a whole number has none"),
        ("$199", CNY, "$ is another currency's sign: amounts here are in CNY"),
        ("US$199", CNY, "US$ is another currency's sign: amounts here are in CNY"),
        ("199 JPY", CNY, "JPY is another currency's sign: amounts here are in CNY"),
        ("199元", JPY, "元 is another currency's sign: amounts here are in JPY"),
        ("¥199", KWD, "¥ is another currency's sign: amounts here are in KWD"),
        ("1,23", CNY, f"1,23 {GROUPS}"),
        ("0,123", CNY, f"0,123 {GROUPS}"),
        ("1,2345.00", CNY, f"1,2345.00 {GROUPS}"),
        ("-5", CNY, "-5 is too small: at least 0.00 CNY"),
        ("−5", RATE, "−5 is too small: at least 0%"),
        ("¥-5", CNY, "¥-5 is too small: at least 0.00 CNY"),
        ("", CNY, " is not a number, such as 199.00 CNY"),
        ("abc", CNY, "abc is not a number, such as 199.00 CNY"),
        ("1e5", CNY, "1e5 is not a number, such as 199.00 CNY"),
        ("199.", CNY, "199. is not a number, such as 199.00 CNY"),
        ("1.2.3", CNY, "1.2.3 is not a number, such as 199.00 CNY"),
        ("1.2,3", CNY, "1.2,3 is not a number, such as 199.00 CNY"),
        (".", CNY, ". is not a number, such as 199.00 CNY"),
        ("5 bps", RATE, "5 bps is not a number, such as 12.5%"),
        ("$5", RATE, "$5 is not a number, such as 12.5%"),
        ("12%", CNY, "12% is not a number, such as 199.00 CNY"),
        ("٣", COUNT, "٣ is not a number, such as 1,000"),
        ("1 000", COUNT, "1 000 is not a number, such as 1,000"),
        ("1" * 61, COUNT, "more than 60 letters are no number"),
    ],
)
def test_what_is_no_number_of_its_unit_is_refused_by_what_is_wrong(text: str, unit: Unit, says: str) -> None:
    with pytest.raises(Mistyped) as refused:
        typed(text, unit)
    assert str(refused.value) == refused.value.message == says


def test_limits_are_said_in_the_unit() -> None:
    assert typed("-5", CNY, least=None) == -500
    assert typed("21,474,836.47", CNY, most=2**31 - 1) == 2**31 - 1
    with pytest.raises(Mistyped, match=r"^21,474,836.48 is too large: at most 21,474,836.47 CNY$"):
        typed("21,474,836.48", CNY, most=2**31 - 1)


@pytest.mark.parametrize(
    ("number", "unit", "inside", "chinese", "english"),
    [
        (123456, CNY, "1,234.56", "¥1,234.56", "CN¥1,234.56"),
        (-5, CNY, "-0.05", "-¥0.05", "-CN¥0.05"),
        (1234, JPY, "1,234", "JP¥1,234", "¥1,234"),
        (1361, KWD, "1.361", "KWD\u00a01.361", "KWD\u00a01.361"),
        (1250, RATE, "12.5", "12.5%", "12.5%"),
        (1000, RATE, "10", "10%", "10%"),
        (100_000, RATE, "1,000", "1,000%", "1,000%"),
        (11_000, MULTIPLIER, "1.10", "×1.10", "×1.10"),
        (10_001, MULTIPLIER, "1.0001", "×1.0001", "×1.0001"),
        (1234, COUNT, "1,234", "1,234", "1,234"),
        (9_007_199_254_740_993, CNY, "90,071,992,547,409.93", "¥90,071,992,547,409.93", "CN¥90,071,992,547,409.93"),
    ],
)
def test_numbers_are_read_with_their_sign(number: int, unit: Unit, inside: str, chinese: str, english: str) -> None:
    assert (written(number, unit), shown(number, unit, "zh-hans"), shown(number, unit, "en")) == (
        inside,
        chinese,
        english,
    )
    assert shown(number, unit, "") == english


def test_an_input_has_its_sign_beside_it() -> None:
    assert [sign(unit, "zh-hans") for unit in (CNY, JPY, RATE, MULTIPLIER, COUNT)] == [
        ("¥", ""),
        ("JP¥", ""),
        ("", "%"),
        ("×", ""),
        ("", ""),
    ]
    assert sign(CNY, "en") == ("CN¥", "")


def test_a_number_in_a_sentence_is_said_in_the_readers_language() -> None:
    assert str(Quantity(1361, CNY)) == "13.61 CNY"
    assert Quantity(1361, CNY).said("zh-hans") == "¥13.61"
    assert str(Quantity(1250, RATE)) == "12.5%"


@given(
    st.integers(min_value=0, max_value=2**63 - 1),
    st.sampled_from([CNY, JPY, KWD, RATE, MULTIPLIER, COUNT]),
    st.sampled_from(["en", "zh-hans"]),
)
def test_what_is_shown_can_be_typed_again(number: int, unit: Unit, language: str) -> None:
    assert typed(written(number, unit), unit) == number
    assert typed(shown(number, unit, language), unit) == number
