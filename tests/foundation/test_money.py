import pytest

from foundation.money.amounts import major, shown


@pytest.mark.parametrize(
    ("minor", "digits", "text"),
    [(1361, 2, "13.61"), (-5, 2, "-0.05"), (7, 0, "7"), (-1234, 3, "-1.234"), (0, 2, "0.00")],
)
def test_an_amount_in_a_file_is_in_the_major_unit(minor: int, digits: int, text: str) -> None:
    assert major(minor, digits) == text


def test_an_amount_for_a_person_has_groups_and_its_currency() -> None:
    assert shown(136_100, "CNY") == "1,361.00 CNY"
    assert shown(1361, "JPY") == "1,361 JPY"
