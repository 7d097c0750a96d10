"""The file that goes to the bank: layouts are data, accounts are never altered, and what is written is read back as it
was meant."""

import csv
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.payouts.domain.bank_files import CellValue
from commissions.payouts.domain.refusals import BatchRefused
from commissions.payouts.models import PayoutTemplate
from commissions.payouts.rendering import find_layout, layout_keys, shipped_text, write_rows
from commissions.payouts.services.payout_exports import export_batch, files_of
from commissions.payouts.services.payout_templates import keep_template
from commissions.settlement.domain.refusals import FourEyes
from commissions.settlement.models.statements import Statement
from foundation.files.faults import BadFile, Refusal
from tests.support.factories import make_brand, make_user
from tests.support.payout_files import file_bytes, reference_of, rows_of
from tests.support.payouts import APRIL_1, APRIL_3, approved, checker_of, export, give_payee, make_ready_brand, maker_of


def test_a_workbook_is_read_back_as_it_was_meant_and_is_the_same_bytes_twice() -> None:
    rows: list[list[CellValue]] = [
        ["账号", "amount", "n"],
        ["6222020000001234567", Decimal("13.61"), 1],
        ["<&\"' 0012", Decimal("1000000.10"), 2],
        ["x"] * 30,
    ]
    first, second = io.BytesIO(), io.BytesIO()
    for out in (first, second):
        write_rows(rows, out, format="xlsx", encoding="utf-8-sig", digits=2)
    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as parts:
        assert parts.testzip() is None
        assert b"<v>13.61</v>" in parts.read("xl/worksheets/sheet1.xml")
    sheet = openpyxl.load_workbook(first).active
    assert [[cell.value for cell in row[:3]] for row in sheet.iter_rows(max_row=3)] == [
        ["账号", "amount", "n"], ["6222020000001234567", 13.61, 1], ["<&\"' 0012", 1000000.1, 2],
    ]  # fmt: skip
    assert [(cell.data_type, cell.number_format) for cell in sheet[2][:3]] == [
        ("s", "@"),
        ("n", "0.00"),
        ("n", "General"),
    ]
    assert sheet["AD4"].value == "x"


@pytest.fixture
def brand(db) -> Brand:
    return make_ready_brand("lumi")


def pay_by(brand: Brand, method: str, **accounts: str) -> None:
    for key, account in accounts.items():
        give_payee(Koc.objects.get(brand=brand, key=key), name=f"王{key}", account=account, method=method)


def test_the_generic_file(brand: Brand) -> None:
    batch = approved(brand)
    rows = rows_of(export(batch))
    assert rows[0] == {
        "sequence": "1", "reference": reference_of(batch, "a"), "payee_name": "王小明", "method": "bank", "bank": "工商银行",
        "account": "6222020000000001", "amount": "13.61", "currency": "CNY", "note": "Lumi 2026-03",
    }  # fmt: skip
    assert [(row["account"], row["amount"]) for row in rows[1:]] == [
        ("6222020000000002", "27.22"),
        ("6222020000000003", "40.83"),
    ]


def test_the_alipay_file_is_gbk_with_its_totals_on_top(brand: Brand) -> None:
    pay_by(brand, "alipay", a="a@example.com", b="b@example.com", c="13800000000")
    batch = approved(brand)
    (content,) = file_bytes(export(batch, "alipay"))
    rows = list(csv.reader(io.StringIO(content.decode("gbk"), newline="")))
    assert rows[:3] == [
        ["批次号", "付款日期", "付款人email", "账户名称", "总金额（元）", "总笔数"],
        [f"20260401B{batch.pk:06}P1", "20260401", "", "", "81.66", "3"],
        ["商户流水号", "收款人email", "收款人姓名", "付款金额（元）", "付款理由"],
    ]
    assert rows[3] == [reference_of(batch, "a"), "a@example.com", "王a", "13.61", "Lumi 2026-03"]
    assert [row[1] for row in rows[3:]] == ["a@example.com", "b@example.com", "13800000000"]
    assert content.count(b"\r\n") == len(rows)
    assert sum(Decimal(row[3]) for row in rows[3:]) == Decimal(rows[1][4])


def test_the_wechat_file_is_a_workbook(brand: Brand) -> None:
    pay_by(brand, "wechat", a="oABC_1", b="oABC_2", c="oABC_3")
    batch = approved(brand)
    (content,) = file_bytes(export(batch, "wechat"))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    assert rows[:5] == [
        ["商家批次单号", f"20260401B{batch.pk:06}P1"], ["批次名称", "Lumi 2026-03"], ["转账总金额（元）", 81.66], ["转账总笔数", 3],
        ["商家明细单号", "收款用户openid", "收款用户姓名", "转账金额（元）", "转账备注"],
    ]  # fmt: skip
    assert rows[5] == [reference_of(batch, "a"), "oABC_1", "王a", 13.61, "Lumi 2026-03"]


def test_either_format_may_be_asked_for(brand: Brand) -> None:
    found = export(approved(brand))
    sheet = openpyxl.load_workbook(io.BytesIO(file_bytes(found, format="xlsx")[0])).active
    assert [sheet.cell(2, column).value for column in (6, 7)] == ["6222020000000001", 13.61]


COLUMNS = "columns: [{header: r, value: reference}, {header: a, value: account}, {header: m, value: amount}"
OWN = (
    "format: csv\nencoding: utf-8\nrows: 2\nhead: [[{value: part}, {value: parts}, {value: count}, {value: total}]]\n"
    + COLUMNS
    + "]\n"
)


def test_a_batch_that_is_larger_than_a_file_goes_into_several(brand: Brand) -> None:
    keep_template(brand=brand, key="small", text=OWN, by=maker_of(brand), at=APRIL_1)
    found = export(approved(brand), "small")
    contents = [list(csv.reader(io.StringIO(content.decode()))) for content in file_bytes(found)]
    assert [rows[0] for rows in contents] == [["1", "2", "2", "40.83"], ["2", "2", "1", "40.83"]]
    assert [[row[2] for row in rows[2:]] for rows in contents] == [["13.61", "27.22"], ["40.83"]]
    assert [(file.name, file.count, file.total_minor) for file in files_of(found)] == [
        ("lumi-000001-small-1.csv", 2, 4083), ("lumi-000001-small-2.csv", 1, 4083),
    ]  # fmt: skip


def test_a_brands_own_layout_takes_the_place_of_the_shipped_one(brand: Brand) -> None:
    keep_template(brand=brand, key="generic", text=OWN.replace("rows: 2\n", ""), by=maker_of(brand), at=APRIL_1)
    assert find_layout(make_brand(), "generic").text == shipped_text("generic")
    assert file_bytes(export(approved(brand)))[0].startswith(b"1,1,3,81.66\r\nr,a,m\r\n")
    assert layout_keys(brand) == ["alipay", "generic", "wechat"]
    with pytest.raises(Refusal, match="no payout template mybank; there are alipay, generic, wechat"):
        find_layout(brand, "mybank")


def test_a_layout_that_changes_later_changes_no_exported_batch(brand: Brand) -> None:
    keep_template(brand=brand, key="own", text=OWN, by=maker_of(brand), at=APRIL_1)
    found = export(approved(brand), "own")
    content = file_bytes(found)
    keep_template(
        brand=brand, key="own", text=OWN.replace("header: r", "header: other"), by=maker_of(brand), at=APRIL_3
    )
    assert file_bytes(export(found.batch, "own", at=APRIL_3)) == content


def test_who_wrote_a_layout_does_not_export_with_it(brand: Brand) -> None:
    """A layout decides which account the bank reads: that too takes two people."""
    keep_template(brand=brand, key="own", text=OWN, by=checker_of(brand), at=APRIL_1)
    batch = approved(brand)
    with pytest.raises(FourEyes, match="Checker wrote the layout own: somebody else has to export with it"):
        export(batch, "own")
    assert export_batch(batch=batch, template_key="own", by=maker_of(brand), at=APRIL_1).is_new


def test_keeping_the_same_layout_again_changes_nothing(brand: Brand) -> None:
    keep_template(brand=brand, key="own", text=OWN, by=maker_of(brand), at=APRIL_1)
    keep_template(brand=brand, key="own", text=OWN, by=checker_of(brand), at=APRIL_3)
    assert list(PayoutTemplate.objects.values_list("written_by__name", "written_at")) == [("Maker", APRIL_1)]
    with pytest.raises(BadFile, match="unknown field acount"):
        keep_template(brand=brand, key="own", text=OWN.replace("account", "acount"), by=maker_of(brand), at=APRIL_3)
    with pytest.raises(Refusal, match="does not work for lumi"):
        keep_template(brand=brand, key="own", text=OWN, by=make_user(), at=APRIL_3)
    assert PayoutTemplate.objects.get().text == OWN


def test_a_name_that_gbk_does_not_have_stops_the_export(brand: Brand) -> None:
    pay_by(brand, "alipay", a="a@example.com")
    give_payee(Koc.objects.get(brand=brand, key="a"), name="王𠮷", account="a@example.com", method="alipay")
    batch = approved(brand, statements=Statement.objects.filter(koc__key="a"))
    with pytest.raises(BatchRefused) as refused:
        export(batch, "alipay")
    assert refused.value.faults == [f"{reference_of(batch, 'a')} (a): 收款人姓名 cannot be written in gbk"]
