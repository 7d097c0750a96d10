from foundation.terminal.tables import aligned


def test_the_first_cell_stands_to_the_left_and_numbers_to_the_right() -> None:
    assert list(aligned([["tier", "cost"], ["大树", "1"], ["x", ""]])) == ["tier  cost", "大树     1", "x"]
    assert list(aligned([])) == []


def test_columns_of_words_stand_to_the_left() -> None:
    rows = [["tier", "n", "why"], ["大树", "12", "it grew"]]
    assert list(aligned(rows, left=(0, 2))) == ["tier   n  why", "大树  12  it grew"]


def test_an_accent_of_its_own_takes_no_column() -> None:
    assert list(aligned([["e\u0301", "1"], ["e", "2"]])) == ["e\u0301  1", "e  2"]


def test_a_line_break_in_a_name_does_not_break_the_table() -> None:
    assert list(aligned([["a\nb", "1"]])) == ["a\\nb  1"]
