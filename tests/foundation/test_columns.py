from foundation.files.columns import aligned, width


def test_chinese_characters_take_two_columns() -> None:
    assert [width("tree 大树"), width("seed"), width("")] == [9, 4, 0]


def test_the_first_cell_stands_to_the_left_and_numbers_to_the_right() -> None:
    assert list(aligned([["tier", "cost"], ["大树", "1"], ["x", ""]])) == ["tier  cost", "大树     1", "x"]
    assert list(aligned([])) == []


def test_a_line_break_in_a_name_does_not_break_the_table() -> None:
    assert list(aligned([["a\nb", "1"]])) == ["a\\nb  1"]
