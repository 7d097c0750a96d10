"""What a payee's record may be, and what is shown of it."""

from dataclasses import replace
from typing import Any

import pytest

from commissions.payees.domain.payees import FullPayee, check_character, fault_of, is_resident_id, masked, tail, tidy
from tests.support.factories import IDS

GIVEN = FullPayee(name="张小明", id_number=IDS[0], account="6222020200112233", bank="工商银行")
SECRETS = ["张小明", IDS[0], "6222020200112233"]


@pytest.mark.parametrize("number", IDS)
def test_a_resident_id_with_a_real_birthday_and_the_right_check_character_is_one(number: str) -> None:
    assert is_resident_id(number)


@pytest.mark.parametrize(
    "number",
    [
        "110103198001010013",  # Chongwen, a district until 2010
        "332601197001010016",  # Taizhou before it was a city
        "11011119500101001X",  # Fangshan has its code since 1986: numbers are given later than at birth
        "500101197501010015",  # and Chongqing since 1997
        "13310020200101001X",  # Xiong'an
        "810000198501010010",  # permits of residence: Hong Kong
        "830000198501010014",  # and Taiwan
    ],
)
def test_a_region_may_be_older_or_newer_than_any_list(number: str) -> None:
    assert is_resident_id(number)


@pytest.mark.parametrize(
    "number",
    [
        "110105194912310020",  # another check character
        "11010519491231002x",  # tidied before
        "11010519491231020X",  # two digits swapped
        "110101199002291234",  # 1990 had no 29th of February: the check character is right
        "11010519491331002X",
        "110105170012310028",  # nobody is that old: the check character is right
        "010105194912310029",
        "110105491231002",  # the 15 digits of before 1999
        "1101051949123100２X",
        "",
    ],
)
def test_what_is_no_resident_id(number: str) -> None:
    assert not is_resident_id(number)


@pytest.mark.parametrize(
    "typed", [" 110105 1949 1231 002x ", "110105-19491231-002X", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_one_number_typed_in_any_way_is_one_number(typed: str) -> None:
    assert tidy(replace(GIVEN, id_number=typed)).id_number == IDS[0]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"name": "   "}, ("name", "not_a_name")),
        ({"name": "x" * 81}, ("name", "not_a_name")),
        ({"name": "张\x00明"}, ("name", "not_a_name")),
        ({"name": "\ud800"}, ("name", "not_a_name")),
        ({"id_number": "110105194912310020"}, ("id_number", "not_a_resident_id")),
        ({"id_type": "other", "id_number": "E123"}, ("id_number", "not_a_document")),
        ({"id_type": "other", "id_number": "E" * 21}, ("id_number", "not_a_document")),
        ({"id_type": "other", "id_number": "E12_45678"}, ("id_number", "not_a_document")),
        ({"id_type": "library card"}, ("id_type", "unknown")),
        ({"method": "cash"}, ("method", "unknown")),
        ({"account": "12345"}, ("account", "not_an_account_bank")),
        ({"account": "6222_0202"}, ("account", "not_an_account_bank")),
        ({"method": "alipay", "account": "x"}, ("account", "not_an_account_alipay")),
        ({"method": "alipay", "account": "\u202e13800000000"}, ("account", "not_an_account_alipay")),
        ({"method": "wechat", "account": "小明"}, ("account", "not_an_account_wechat")),
        ({"bank": "x" * 81}, ("bank", "not_a_name")),
        ({"bank": "\x07"}, ("bank", "not_a_name")),
    ],
)
def test_what_is_wrong_with_a_payee_is_told_by_field(changed: dict[str, Any], fault: tuple[str, str]) -> None:
    assert fault_of(tidy(replace(GIVEN, **changed))) == fault


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"id_type": "other", "id_number": "e1234 5678"},
        {"account": "6222 0202-0011 2233"},
        {"account": "GB33BUKB20201555555555"},
        {"method": "alipay", "account": "ming@example.cn"},
        {"method": "alipay", "account": "138 0013 8000"},
        {"method": "wechat", "account": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        {"name": "María del Carmen O'Neill"},
        {"bank": ""},
    ],
)
def test_a_payee_may_be_paid_in_any_of_these_ways(changed: dict[str, Any]) -> None:
    assert fault_of(tidy(replace(GIVEN, **changed))) is None


def test_only_a_banks_account_and_document_are_written_in_capitals() -> None:
    """In an openid and an address small letters and dashes tell one from another: altered, somebody else would be
    paid."""
    assert tidy(replace(GIVEN, account="gb33-BUKB 2020")).account == "GB33BUKB2020"
    assert tidy(replace(GIVEN, method="wechat", account=" oUpF8u-MuAJO_ ")).account == "oUpF8u-MuAJO_"
    assert tidy(replace(GIVEN, method="alipay", account="ming-x@example.cn")).account == "ming-x@example.cn"


def test_blanks_in_names_are_one_and_only_a_bank_account_has_a_bank() -> None:
    tidied = tidy(replace(GIVEN, name="  Ann   Lee ", bank=" 工商银行  北京分行 "))
    assert (tidied.name, tidied.bank) == ("Ann Lee", "工商银行 北京分行")
    assert tidy(replace(GIVEN, method="wechat", account="oUpF8u", bank="工商银行")).bank == ""


@pytest.mark.parametrize("changed", [{"name": "明"}, {"name": "x" * 80}, {"bank": "x" * 80}])
def test_a_name_has_from_1_to_80_characters(changed: dict[str, Any]) -> None:
    assert fault_of(tidy(replace(GIVEN, **changed))) is None


def test_somebody_born_in_1800_may_still_be_paid() -> None:
    digits = ["11010518000101002", "11010517991231002"]
    assert [is_resident_id(number + check_character(number)) for number in digits] == [True, False]


def test_of_a_number_its_end_is_shown_and_never_more_than_half() -> None:
    assert [tail(text) for text in ("6222020200112233", "E1234567", "E1234", "E1", "E", "")] == [
        "2233",
        "4567",
        "34",
        "1",
        "",
        "",
    ]
    assert [masked(name) for name in ("张小明", "李雷", "明", "Ann Lee")] == ["**明", "*雷", "*", "******e"]


def test_a_full_record_shows_nothing_of_a_person_in_its_repr() -> None:
    assert [secret for secret in SECRETS if secret in repr(GIVEN) + str(GIVEN)] == []
