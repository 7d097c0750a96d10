"""The layout of a bank's file: read from text, laid out exactly, and what does not fit is named."""

import re
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest

from commissions.payouts.domain.bank_files import (
    FIELDS,
    BankFile,
    Payment,
    Template,
    faults_of,
    head_of,
    read_template,
    row_of,
)
from commissions.payouts.domain.payout_results import Result, minor_unit
from commissions.payouts.domain.payout_templates import SHIPPED
from foundation.files.faults import BadFile
from tests.support.paths import ROOT

LAYOUTS = resources.files("commissions.payouts.domain.payout_templates")
FILE = BankFile(
    file="20260401B000012P1",
    batch=12,
    brand="青岚",
    currency="CNY",
    digits=2,
    note="青岚 2026-03",
    date="2026-04-01",
    part=1,
    parts=2,
    count=3,
    total_minor=8166,
)
PAYMENT = Payment(
    reference="PABC",
    payee_name="王小明",
    id_number="E1",
    account="6222",
    bank="工商银行",
    method="bank",
    amount_minor=1361,
    period="2026-03",
    koc="a",
)
COLUMNS = "columns: [{header: r, value: reference}, {header: a, value: account}, {header: m, value: amount}"


def template(text: str = "", columns: str = "") -> Template:
    return read_template(f"format: csv\n{text}\n{COLUMNS}{columns}]\n", "own")


def changed(**fields: Any) -> Payment:
    return Payment(**{name: getattr(PAYMENT, name) for name in Payment.__slots__} | fields)


# Reading a template


@pytest.mark.parametrize("key", SHIPPED)
def test_what_ships_is_good(key: str) -> None:
    assert read_template(LAYOUTS.joinpath(f"{key}.yaml").read_text("utf-8"), key).columns


def test_every_file_that_ships_is_offered() -> None:
    files = {file.name for file in LAYOUTS.iterdir() if file.name.endswith(".yaml")}
    assert files == {f"{key}.yaml" for key in SHIPPED}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "format: csv\ncolumns:\n  - {header: x, value: acount}\n",
            "own:3: unknown field acount; there are sequence, reference,",
        ),
        (
            "format: csv\nhead:\n- - {value: brand,\n     text: x}\n" + COLUMNS + "]",
            "own:4: has a value and a text: one of them (head.0.0.text, x)",
        ),
        (
            "format: csv\nhead:\n- - {text: x,\n     value: day1}\n" + COLUMNS + "]",
            "own:4: unknown field day1; there are file,",
        ),
        (
            "format: csv\nhead:\n- - {value: '',\n     text: 'on {day1}'}\n" + COLUMNS + "]",
            "own:4: unknown field day1; there are file,",
        ),
        (
            "format: csv\nhead: [[{value: amount}]]\n" + COLUMNS + "]",
            "own:2: unknown field amount; there are file, batch,",
        ),
        ("format: csv\n" + COLUMNS + ", {header: x, text: 'to {payee}'}]", "own:2: unknown field payee; there are"),
        ("format: csv\n" + COLUMNS + ", {header: x, value: note, text: y}]", "own:2: has a value and a text"),
        (
            "format: csv\ncolumns: [{header: a, value: account}, {header: m, value: amount}]",
            "own:2: needs a column with the reference, or no result could be matched (columns, )",
        ),
        (
            "format: csv\ncolumns: [{header: r, value: reference}, {header: m, value: amount}]",
            "own:2: needs one column whose value is account, and has 0",
        ),
        (
            "format: csv\n" + COLUMNS + ", {header: f, value: amount_minor}]",
            "needs one column whose value is amount, and has 2",
        ),
        ("format: pdf\n" + COLUMNS + "]", "own:1: Invalid enum value 'pdf' (format, pdf)"),
        ("format: csv\nencoding: latin-1\n" + COLUMNS + "]", "own:2: Invalid enum value 'latin-1' (encoding, latin-1)"),
        ("format: csv\nrows: 0\n" + COLUMNS + "]", "own:2: Expected `int` >= 1 (rows, 0)"),
        ("format: csv\nrow: 3\n" + COLUMNS + "]", "own:2: is an unknown key (row, 3)"),
        ("format: csv\ncolumns: [", "own:2: is not YAML"),
        ("", "own:1: Expected `object`, got `null`"),
    ],
)
def test_a_bad_template_is_refused_with_its_line(text: str, fault: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_template(text, "own")
    assert fault in "\n".join(refused.value.messages())


def test_every_fault_of_a_template_is_told_at_once() -> None:
    with pytest.raises(BadFile) as refused:
        read_template("format: csv\ncolumns:\n  - {header: x, max_length: 0}\n  - {heading: y}\n", "own")
    assert refused.value.messages() == [
        "own:3: Expected `int` >= 1 (columns.0.max_length, 0)",
        "own:4: is an unknown key (columns.1.heading, y)",
        "own:4: is missing (columns.1.header, )",
    ]


def test_a_reference_may_stand_in_a_text() -> None:
    layout = read_template(
        "format: csv\ncolumns: [{header: a, value: account}, {header: m, value: amount}, {header: n, text: '{period} {reference}'}]",
        "own",
    )
    assert row_of(layout, FILE, PAYMENT, 1) == ["6222", Decimal("13.61"), "2026-03 PABC"]


def test_above_the_payments_stand_texts_and_what_is_true_of_the_file() -> None:
    layout = template("head: [['=paid by', {value: brand}, {text: 'part {part} of {parts}'}], [{value: total}]]")
    assert head_of(layout, FILE) == [["'=paid by", "青岚", "part 1 of 2"], [Decimal("81.66")], ["r", "a", "m"]]


def test_an_amount_may_be_given_in_the_minor_unit() -> None:
    layout = read_template(
        "format: csv\ncolumns: [{header: r, value: reference}, {header: a, value: account}, {header: m, value: amount_minor}]",
        "own",
    )
    assert row_of(layout, FILE, PAYMENT, 1) == ["PABC", "6222", 1361]


# Laying out payments


def test_every_field_has_a_value() -> None:
    every = template(
        columns="".join(
            f", {{header: {name}, value: {name}}}"
            for name in FIELDS
            if name not in ("reference", "account", "amount", "amount_minor")
        )
    )
    told = dict(zip(head_of(every, FILE)[-1], row_of(every, FILE, PAYMENT, 7), strict=True))
    assert told == {
        "r": "PABC", "a": "6222", "m": Decimal("13.61"), "sequence": 7, "payee_name": "王小明", "id_number": "E1", "bank": "工商银行", "method": "bank",
        "period": "2026-03", "koc": "a", "file": "20260401B000012P1", "batch": 12, "brand": "青岚", "currency": "CNY", "note": "青岚 2026-03",
        "date": "2026-04-01", "day": "20260401", "part": 1, "parts": 2, "count": 3, "total": Decimal("81.66"), "total_minor": 8166,
    }  # fmt: skip


@pytest.mark.parametrize(("digits", "shown"), [(0, "1361"), (2, "13.61"), (3, "1.361")])
def test_amounts_are_exact_in_the_major_unit(digits: int, shown: str) -> None:
    file = BankFile(**{name: getattr(FILE, name) for name in BankFile.__slots__} | {"digits": digits})
    assert str(row_of(template(), file, PAYMENT, 1)[2]) == shown


def test_text_that_a_spreadsheet_would_run_is_neutralised() -> None:
    layout = template(columns=", {header: '=h', value: payee_name}, {header: n, text: '={koc}'}")
    assert row_of(layout, FILE, changed(payee_name="=1+1"), 1)[3:] == ["'=1+1", "'=a"]
    assert head_of(layout, FILE)[0][3] == "'=h"


def test_an_account_is_refused_rather_than_altered() -> None:
    assert faults_of(template(), FILE, changed(account="+8613800000000")) == [
        "account starts with '+': a spreadsheet would run it, and neutralised it would be another one"
    ]
    assert faults_of(template(), FILE, PAYMENT) == []
    assert faults_of(template(columns=", {header: n, value: payee_name, max_length: 3}"), FILE, PAYMENT) == []


@pytest.mark.parametrize(
    ("text", "fields", "fault"),
    [
        ("methods: [alipay]", {}, "is paid by bank, and the file is for alipay"),
        ("methods: [alipay, wechat]", {}, "is paid by bank, and the file is for alipay, wechat"),
        ("", {"account": ""}, "a is empty"),
        ("", {"payee_name": ""}, "n is empty"),
        ("", {"bank": ""}, "b is empty"),
        ("", {"payee_name": "王" * 6}, "n is longer than 5 characters"),
        ("", {"payee_name": "王\n明"}, "n has a line break or another control character"),
        ("encoding: gbk", {"payee_name": "王𠮷"}, "n cannot be written in gbk"),
    ],
)
def test_what_does_not_fit_is_named(text: str, fields: dict[str, str], fault: str) -> None:
    layout = template(text, ", {header: n, value: payee_name, max_length: 5}, {header: b, value: bank, required: true}")
    assert faults_of(layout, FILE, changed(**fields)) == [fault]


@pytest.mark.parametrize(
    ("text", "digits", "amount"),
    [
        ("13.61", 2, 1361),
        ("13.6", 2, 1360),
        ("13", 2, 1300),
        ("13.610", 2, 1361),
        ("7", 0, 7),
        ("0.001", 3, 1),
        ("9" * 20, 0, 10**20 - 1),
    ],
)
def test_an_amount_of_a_result_is_read_exactly(text: str, digits: int, amount: int) -> None:
    assert minor_unit(text, digits) == amount


@pytest.mark.parametrize("text", ["13.611", "-1", "1e3", "1,3", "", ".", "١٣", "13.6.1", "9" * 21])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an amount with at most 2 decimals, such as 13\.61"):
        minor_unit(text, 2)


def test_results_complete_each_other_in_either_order() -> None:
    one, two = Result(status="paid", bank_reference="B-1"), Result(status="paid", amount_minor=1361)
    assert (
        one.completed_by(two) == two.completed_by(one) == Result(status="paid", bank_reference="B-1", amount_minor=1361)
    )
    assert one.contradicted_by(two) == []
    assert Result(amount_minor=1361, status="paid").contradicted_by(Result(amount_minor=0, status="failed")) == [
        "status",
        "amount_minor",
    ]


def test_every_field_is_documented() -> None:
    page = (ROOT / "docs" / "payouts.md").read_text().split("\n## Layouts\n")[1]
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(FIELDS)
    example = page.split("```yaml\n")[1].split("```")[0]
    assert read_template(example, "docs/payouts.md").rows == 1000
