import pytest

from foundation.ids.public_ids import decode, encode, encode_all

KEY = bytes(range(16))
KNOWN = [
    ("stm", 1, "stm_1FlYmvITdzBl7siSMYHPzB"),
    ("stm", 191659, "stm_000S0U3CuKpxWx7QDwTQmp"),
    ("koc", 1, "koc_2fjkxGpAaqF3YnOvAc2upM"),
    ("com", 2**63 - 1, "com_47PmfSkUKwjRQgQX2a9T1F"),
]


@pytest.mark.parametrize(("prefix", "number", "text"), KNOWN)
def test_a_row_has_the_same_public_id_for_ever(prefix: str, number: int, text: str) -> None:
    assert encode(KEY, prefix, number) == text
    assert decode(KEY, prefix, text) == number


def test_many_public_ids_at_once_are_those_of_each() -> None:
    assert encode_all(KEY, "stm", [191659, 1, 2, 1]) == [
        "stm_000S0U3CuKpxWx7QDwTQmp", "stm_1FlYmvITdzBl7siSMYHPzB", "stm_0QnEqedohih6ZqwrNm3Apq", "stm_1FlYmvITdzBl7siSMYHPzB",
    ]  # fmt: skip
    assert encode_all(KEY, "stm", []) == []


def test_many_ids_at_once_are_the_same_ids() -> None:
    """From a hundred on they are computed on arrays."""
    numbers = [0, 1, (1 << 63) - 1, *range(10**12, 10**12 + 300)]
    assert encode_all(KEY, "clk", numbers) == [encode(KEY, "clk", number) for number in numbers]
    assert [decode(KEY, "clk", text) for text in encode_all(KEY, "clk", numbers)] == numbers
