import pytest

from foundation.files.faults import BadFile
from foundation.files.tables import RowErrors, instant


@pytest.mark.parametrize("offset", ["+15:01", "-16:00", "+23:59"])
def test_a_time_of_no_zone_of_the_earth_is_refused(offset: str) -> None:
    """PostgreSQL takes none either: it ended in a traceback."""
    with pytest.raises(ValueError, match="is more than 15 hours from UTC"):
        instant(f"2026-03-01T00:00:00{offset}")
    assert instant("2026-03-01T00:00:00+14:00") == instant("2026-02-28T10:00:00Z")


def refused_for(*added: tuple[int, str]) -> list[str]:
    faults = RowErrors("f.csv")
    for row, message in added:
        faults.add(row, message)
    with pytest.raises(BadFile) as refused:
        faults.refuse_if_any()
    return refused.value.messages()


def test_a_file_with_many_faults_names_those_of_its_first_rows_in_whatever_order_it_was_checked() -> None:
    cells = [(row, "cell") for row in range(2, 3002)]
    keys = [(row, "key") for row in range(2, 3002, 3)]
    by_row = refused_for(*sorted([*cells, *keys]))
    assert by_row[:3] == ["f.csv:2: cell", "f.csv:2: key", "f.csv:3: cell"]
    assert by_row[-1] == "… and 3980 more"
    assert refused_for(*cells, *keys) == by_row
    assert refused_for(*reversed(cells), *reversed(keys)) == by_row


def test_the_faults_of_one_row_stay_in_their_order() -> None:
    assert refused_for(*[(2, f"{number}") for number in range(3000)])[:2] == ["f.csv:2: 0", "f.csv:2: 1"]
    told = refused_for(*[(9, f"{number}") for number in range(1000)], *[(2, f"{number}") for number in range(981)])
    assert told[19] == "f.csv:2: 19"
