"""Files as spreadsheets leave them: encodings, workbooks, empty rows and columns, titles above the header."""

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from foundation.files.cells import name, with_header
from foundation.files.faults import BadFile
from foundation.files.lines import read_lines
from foundation.files.tables import Column, RowErrors, key, parse_rows, whole_number
from foundation.terminal.arguments import open_lines

COLUMNS = [Column("koc", key), Column("name", name), Column("points", whole_number, required=False, default=0)]
ROWS = "koc,name,points\nA1,露露,3\nA2,小美,\n"


def parsed(text: str) -> tuple[list[tuple[int, list[Any]]], list[str]]:
    faults = RowErrors("f.csv")
    rows = list(parse_rows(io.StringIO(text, newline=""), COLUMNS, faults))
    return rows, BadFile("f.csv", faults.first).messages()


@pytest.mark.parametrize(
    ("encoding", "read_as"),
    [("utf-8", ""), ("utf-8-sig", ""), ("gb18030", "GB18030"), ("gbk", "GB18030"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16")],
)  # fmt: skip
@pytest.mark.parametrize("blocks", [1, 40_000], ids=["small", "over blocks"])
def test_an_encoding_is_recognised(tmp_path: Path, encoding: str, read_as: str, blocks: int) -> None:
    path = tmp_path / "kocs.csv"
    text = ROWS + "A3,丽丽,\n" * blocks
    path.write_bytes(text.encode(encoding))
    with open_lines(str(path)) as lines:
        assert (lines.read_as, "".join(lines)) == (read_as, text)


def test_what_is_nearly_utf_8_is_not_read_as_other_characters() -> None:
    """GB18030 can read nearly every pair of bytes: half a character would make another one of each that follows."""
    broken = (ROWS + "A3,丽丽,\n" * 9).encode().replace("小美".encode(), "小美".encode()[:-1], 1)
    with pytest.raises(BadFile, match=r"f\.csv:3: is neither UTF-8 nor GB18030"):
        read_lines(io.BytesIO(broken), "f.csv")


@pytest.mark.parametrize(
    "content", [b"koc\n\xff\xff\xff", "koc\nJos\xe9,".encode("latin-1"), ROWS.encode("gbk")[:-6] + b"\x81"]
)
def test_what_is_in_no_encoding_is_refused(content: bytes) -> None:
    with pytest.raises(BadFile, match="is neither UTF-8 nor GB18030"):
        read_lines(io.BytesIO(content), "f.csv")


def test_utf_16_that_is_cut_in_a_character_is_refused() -> None:
    with pytest.raises(BadFile, match="is cut short"):
        list(read_lines(io.BytesIO(ROWS.encode("utf-16")[:-1]), "f.csv"))


def workbook(*rows: list[Any], formats: dict[str, str] | None = None) -> io.BytesIO:
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for cell, form in (formats or {}).items():
        sheet[cell].number_format = form
    written = io.BytesIO()
    book.save(written)
    written.seek(0)
    return written


def test_a_workbook_is_read_as_its_csv(tmp_path: Path) -> None:
    path = tmp_path / "kocs.xlsx"
    path.write_bytes(
        workbook(
            ["koc", "name", "points", None],
            [13, "露露", 3.0],
            [None, None, None, None],
            [2026110112345678, "小美,\n二", 1.5],
            [True, datetime(2026, 3, 1, 10), 13800000061],  # noqa: DTZ001  a sheet knows no zones
            formats={"A2": "0000"},
        ).getvalue()
    )
    with open_lines(str(path)) as lines:
        assert lines.read_as == "XLSX"
        assert list(lines) == [
            "koc,name,points\r\n",
            "0013,露露,3\r\n",
            ",,\r\n",
            '2.02611E+15,"小美,\n二",1.5\r\n',
            "TRUE,2026-03-01 10:00:00,13800000061\r\n",
        ]


def test_faults_of_a_workbook_name_its_rows() -> None:
    faults = RowErrors("f.xlsx")
    book = workbook(["koc", "name"], ["A1", "a\nb"], [], ["A2", None], [2026110112345678, "x"])
    rows = list(parse_rows(read_lines(book, "f.xlsx"), COLUMNS, faults))
    assert rows == [(2, ["A1", "a b", 0])]
    assert [(fault.row, fault.column) for fault in faults.first] == [(4, "name"), (5, "koc")]


@pytest.mark.parametrize("content", [b"PK\x03\x04 is no archive", workbook(["koc"]).getvalue()[:900]])
def test_what_only_begins_like_a_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(BadFile, match="is not a whole XLSX workbook"):
        list(read_lines(io.BytesIO(content), "f.xlsx"))


def test_an_old_workbook_is_named_as_such() -> None:
    with pytest.raises(BadFile, match="save it as XLSX or CSV"):
        read_lines(io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1"), "f.xls")


def test_what_is_empty_through_and_through_is_nothing() -> None:
    rows, faults = parsed("\n,,,,\nkoc , name,points,,\n,,,,\nA1,露露,3,,\n \u3000,,,,\nA2,小美,,,\n\n,,\nA3,x,,,,,\n")
    assert rows == [(5, ["A1", "露露", 3]), (7, ["A2", "小美", 0]), (10, ["A3", "x", 0])]
    assert faults == []


def test_a_value_in_a_column_without_a_name_is_a_fault() -> None:
    assert parsed("koc,name,\nA1,露露,\nA2,小美,9\n")[1] == ["f.csv:3: has a value in a column without a name (3, 9)"]
    assert parsed("koc,name\nA1,露露,9\n")[1] == ["f.csv:2: has 3 cells, the header has 2"]
    assert parsed("koc,name\nA1\n")[1] == ["f.csv:2: has 1 cells, the header has 2"]


@pytest.mark.parametrize(
    ("above", "fault"),
    [
        ("sep=,\n", "f.csv:1: is `sep=`, which only spreadsheets know: take the line out (header, sep=,)"),
        (
            "KOCs of March\n",
            "f.csv:1: is a title; the header is row 2: take out what is above it (header, KOCs of March)",
        ),
        (
            "KOCs,,\n,,\nby shop,,\n",
            "f.csv:1: is a title; the header is row 4: take out what is above it (header, KOCs,,)",
        ),
    ],
)
def test_what_stands_above_the_header_is_named(above: str, fault: str) -> None:
    assert parsed(above + ROWS) == ([], [fault])


@pytest.mark.parametrize(
    ("sign", "said"), [(";", "is parted by `;`, not by commas"), ("\t", "is parted by tabs, not by commas")]
)
def test_another_sign_between_cells_is_named(sign: str, said: str) -> None:
    rows, faults = parsed(ROWS.replace(",", sign))
    assert (rows, len(faults)) == ([], 1)
    assert said in faults[0]


def test_an_empty_file_has_no_header() -> None:
    for text in ("", "\n\n", ",,\n"):
        assert parsed(text)[1] == ["f.csv:1: the file has no header"]


def test_the_columns_of_a_file_are_known_below_empty_rows() -> None:
    names, lines = with_header(io.StringIO("\n,\nkoc , name,\nA1,x,\n", newline=""))
    assert names == {"koc", "name", ""}
    assert [values for _, values in parse_rows(lines, COLUMNS, RowErrors("f"))] == [["A1", "x", 0]]
