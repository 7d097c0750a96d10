"""Files of results as banks and people send them: which layout they have, and what their rows say."""

import re
from datetime import UTC, datetime
from importlib import resources
from typing import get_args

import pytest

from commissions.payouts.domain import result_layouts
from commissions.payouts.domain.payout_results import Result
from commissions.payouts.domain.result_files import (
    Field,
    ResultLayout,
    head_of_results,
    needed_heads,
    plain,
    read_result_layout,
)
from commissions.payouts.domain.result_rows import CellFault, RowReader, ToldResult, bank_time
from foundation.files.faults import BadFile
from tests.support.paths import ROOT

SHANGHAI = "Asia/Shanghai"
REFERENCE = "PABCDEFGHIJ23"
SMALL = """
columns:
  - {field: reference, headers: [单号, 附言]}
  - {field: status, headers: [结果, 请求]}
  - {field: amount, headers: [金额]}
  - {field: currency, headers: [币种]}
  - {field: bank_reference, headers: [流水]}
  - {field: reason, headers: [说明]}
  - {field: paid_at, headers: [付款日]}
  - {field: returned_at, headers: [退票日]}
  - {field: done_at, headers: [完成]}
statuses: {paid: [成功], failed: [失败], returned: [退汇], processing: [处理中]}
currencies: [{code: CNY, words: [人民币]}]
rows_to_skip: [合计]
"""


def shipped(key: str) -> ResultLayout:
    return read_result_layout(resources.files(result_layouts).joinpath(f"{key}.yaml").read_text("utf-8"), key)


def reader(*heads: str, layout: str = SMALL) -> RowReader:
    shape = read_result_layout(layout, "small")
    head = head_of_results(shape, heads)
    assert head is not None
    return RowReader(shape, head, "CNY", SHANGHAI)


def told(heads: str, *cells: str) -> Result:
    said = reader("单号", "结果", *heads.split()).read([REFERENCE, *cells])
    assert isinstance(said, ToldResult)
    assert said.reference == REFERENCE
    return said.result


def faults(heads: str, *cells: str) -> list[CellFault]:
    said = reader("单号", "结果", *heads.split()).read([REFERENCE, *cells])
    assert isinstance(said, list)
    return said


# The layouts that come with Grove


@pytest.mark.parametrize("key", result_layouts.SHIPPED)
def test_every_column_of_a_shipped_layout_names_its_source(key: str) -> None:
    assert all(column.source for column in shipped(key).columns)


def test_shipped_layouts_are_told_apart_by_their_heads() -> None:
    heads = {
        "generic": ["reference", "status", "amount"],
        "alipay": ["商户流水号", "收款人email", "收款人姓名", "付款金额（元）", "付款理由", "状态", "失败原因"],
        "cmb": ["业务参考号", "收方帐号", "收方帐户名", "交易金额", "币种", "业务处理结果", "结果摘要", "退票日期"],
    }
    for key, row in heads.items():
        assert [one for one in result_layouts.SHIPPED if head_of_results(shipped(one), row)] == [key]


def test_what_a_file_is_recognised_by_can_be_said() -> None:
    assert needed_heads(shipped("generic")) == ["reference", "status"]
    assert needed_heads(shipped("cmb"))[:2] == ["业务参考号 / 用途 / 业务摘要", "交易金额 / 金额"]


# Recognising


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (" 付款金额（元） ", "付款金额(元)"),
        ("付款金额(元)", "付款金额(元)"),
        ("金 额\t", "金额"),
        ('="P1"', "P1"),
        ("'P1", "P1"),
        ("\ufeff状态\u200b", "状态"),
        ("Ｓ", "S"),
        ('="', '="'),
    ],
)
def test_a_cell_is_what_a_person_reads(cell: str, text: str) -> None:
    assert plain(cell) == text


def test_a_head_is_a_row_with_every_column_that_cannot_be_missed() -> None:
    layout = read_result_layout(SMALL.replace("headers: [金额]", "headers: [金额], required: true"), "small")
    assert head_of_results(layout, ["单号", "结果"]) is None
    assert head_of_results(layout, ["单号", "金额"]) is None
    head = head_of_results(layout, ["序号", " 附言 ", "单号", "金　额", "请求"])
    assert head is not None
    assert (dict(head.places), head.names["amount"], head.width) == (
        {"reference": [2, 1], "status": [4], "amount": [3]}, "金　额", 5,
    )  # fmt: skip


def test_an_exact_layout_takes_heads_to_the_letter() -> None:
    assert head_of_results(shipped("generic"), ["reference", "status"])
    assert head_of_results(shipped("generic"), ["Reference", "status"]) is None
    assert head_of_results(shipped("generic"), [" reference", "status"]) is None


# What a row says


@pytest.mark.parametrize(
    ("word", "status"),
    [("成功", "paid"), (" 成 功 ", "paid"), ("失败", "failed"), ("退汇", "returned"), ("处理中", "")],
)
def test_the_words_of_the_bank_are_results(word: str, status: str) -> None:
    assert told("", word).status == status


@pytest.mark.parametrize("cell", ["1,147.60", "1147.6", "¥1,147.60", "1147.60元", "１，１４７．６０", '="1147.60"'])
def test_amounts_are_read_as_people_write_them(cell: str) -> None:
    assert told("金额", "成功", cell).amount_minor == 114760


@pytest.mark.parametrize(
    ("heads", "cells", "fault"),
    [
        ("金额", ["成功", "1,14.60"], ("1,14.60 is ambiguous: commas group three digits, as in 1,234,567, and decimals follow a dot", "金额", "1,14.60")),
        ("金额", ["成功", "-5"], ("-5 is too small: at least 0.00 CNY", "金额", "-5")),
        ("", ["大概"], ("结果 must be one of 成功, 失败, 退汇, 处理中", "结果", "大概")),
        ("", [""], ("结果 is empty", "结果", "")),
        ("流水", ["成功", "9" * 65], ("流水 is longer than 64 characters", "流水", "9" * 65)),
        ("完成", ["成功", "昨天"], ("完成 is not an ISO 8601 time", "完成", "昨天")),
        ("完成", ["成功", "20260231"], ("完成 is no time that a calendar has", "完成", "20260231")),
        ("退票日", ["成功", "20260405"], ("only what the bank gave back has a returned_at: its status is returned", "退票日", "2026-04-05T00:00:00+08:00")),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_is_named_with_its_head(
    heads: str, cells: list[str], fault: tuple[str, str, str]
) -> None:
    (found,) = faults(heads, *cells)
    assert (str(found.message), found.head, found.value) == fault


def test_what_stands_beside_a_status_belongs_to_it() -> None:
    """Banks fill in reason and time on every row."""
    heads, done = "金额 币种 流水 说明 完成", datetime(2026, 4, 2, 2, tzinfo=UTC)
    cells = ["13.61", "人民币", "20081024", "null", "2026-04-02 10:00:00"]
    assert told(heads, "成功", *cells) == Result("paid", 1361, "CNY", "20081024", "", done)
    assert told(heads, "成功", *cells[:3], "交易成功", cells[4]).reason == ""
    assert told(heads, "失败", *cells[:3], "账号  有误", cells[4]) == Result(
        "failed", 1361, "CNY", "20081024", "账号 有误"
    )
    assert told(heads, "退汇", *cells[:3], "销户", cells[4]) == Result(
        "returned", 1361, "CNY", "20081024", "销户", None, done
    )
    assert told(heads, "处理中", *cells) == Result("", 1361, "CNY")
    assert told("付款日 退票日", "退汇", "20260402", "20260405").returned_at == datetime(2026, 4, 4, 16, tzinfo=UTC)
    assert told("币种", "成功", "usd").currency == "USD"
    assert told("说明", "失败", "").reason == ""
    assert told("流水 说明", "退汇", "-", "长" * 300) == Result("returned", reason="长" * 200)


def test_our_reference_is_found_among_other_text() -> None:
    rows = reader("附言", "结果")
    for cell in (f"2026-03 {REFERENCE}", f"'{REFERENCE}\t", f'="{REFERENCE.lower()}"', f"佣金{REFERENCE}谢谢"):
        said = rows.read([cell, "成功"])
        assert isinstance(said, ToldResult)
        assert said.reference == REFERENCE
    said = rows.read([f"{REFERENCE} {REFERENCE[:-1]}4", "成功"])
    assert isinstance(said, ToldResult)
    assert said.reference == f"{REFERENCE}{REFERENCE[:-1]}4"


def test_of_several_columns_the_first_that_is_filled_counts() -> None:
    """The bank's own number stands where ours does not; a result is empty while the bank works."""
    rows = reader("单号", "附言", "结果", "请求")
    said = rows.read(["N0001", f"佣金 {REFERENCE}", "", "处理中"])
    assert said == ToldResult(REFERENCE, Result())
    assert rows.read([REFERENCE, "", "成功"]) == ToldResult(REFERENCE, Result("paid"))
    assert rows.read([]) == [
        CellFault("单号 is empty", "单号", ""),
        CellFault("结果 is empty", "结果", ""),
    ]


def test_totals_and_empty_rows_are_nothing_and_a_payment_never_is() -> None:
    rows = reader("附言", "结果", "金额")
    assert rows.is_nothing(["", " ", "\t"])
    assert rows.is_nothing(["", "合 计：2 笔", "1,147.60"])
    assert not rows.is_nothing([f"合计 {REFERENCE}", "成功", "1"])
    assert not rows.is_nothing(["备注", "", ""])


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("2026-04-02 10:00:00", datetime(2026, 4, 2, 2, tzinfo=UTC)),
        ("2026/4/2 9:05", datetime(2026, 4, 2, 1, 5, tzinfo=UTC)),
        ("20260402100000", datetime(2026, 4, 2, 2, tzinfo=UTC)),
        ("20260402", datetime(2026, 4, 1, 16, tzinfo=UTC)),
        ("2026年4月2日", datetime(2026, 4, 1, 16, tzinfo=UTC)),
        ("２０２６-０４-０２", datetime(2026, 4, 1, 16, tzinfo=UTC)),
        ("2026-04-02T10:00:00+00:00", datetime(2026, 4, 2, 10, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_banks_write_them_in_the_brands_zone(cell: str, time: datetime) -> None:
    assert bank_time(cell, SHANGHAI) == time


# A brand's own


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("field: amount", "field: amonut"), "amonut"),
        (("  - {field: status, headers: [结果, 请求]}\n", ""), "needs a column whose field is status (columns, "),
        (("field: done_at", "field: paid_at"), "field paid_at stands twice (columns.8.field, paid_at)"),
        (("headers: [完成]", "headers: [金 额]"), "this head stands for two fields (columns.8.headers.0, 金 额)"),
        (("failed: [失败]", "failed: [失败, 成功]"), "this word stands for two results (statuses.failed.1, 成功)"),
        (("columns:", "exact: true\ncolumns:"), "an exact layout has one head for each field"),
        (("columns:", "exact: true\ncolumns:"), "an exact layout has paid_at and returned_at instead"),
        (("rows_to_skip: [合计]", "more: 1"), "more"),
    ],
)
def test_a_layout_that_cannot_be_is_refused_with_its_line(change: tuple[str, str], fault: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_result_layout(SMALL.replace(*change), "own")
    assert any(fault in message for message in refused.value.messages()), refused.value.messages()


def test_the_guide_names_every_field_of_a_result_and_its_example_is_a_layout() -> None:
    page = (ROOT / "docs" / "payouts.md").read_text().split("### Layouts of results")[1]
    table = page.split("| field of a result | |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(get_args(Field))
    example = page.split("```yaml\n")[1].split("```")[0]
    assert len(read_result_layout(example, "docs/payouts.md").columns) == 5
