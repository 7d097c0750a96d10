import csv
import io
import sys
import zipfile
from datetime import UTC, datetime

import openpyxl
import pytest

from commissions.domain.cells import harmless, major
from commissions.domain.refusals import PeriodRefused
from commissions.models import PayeeRead
from commissions.selectors.exports import commission_export, statement_export, write_csv, write_to, write_xlsx
from commissions.services.settlement import settle_period
from tests.factories import make_brand, make_kit, make_koc, make_payee, make_plan, make_product, make_share, make_user
from tests.shop import cancelled, delivered, paid, refunded, report

LATE = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "digits", "text"),
    [(1361, 2, "13.61"), (5, 2, "0.05"), (-5, 2, "-0.05"), (0, 2, "0.00"), (700, 0, "700"), (-1234, 3, "-1.234"), (10**15, 2, "10000000000000.00")],
)
def test_amounts_are_shown_in_the_major_unit(amount: int, digits: int, text: str) -> None:
    assert major(amount, digits) == text


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@sum", "\tx", "\rx"])
def test_text_that_a_spreadsheet_would_run_is_neutralised(text: str) -> None:
    assert harmless(text) == "'" + text
    assert harmless("小林 =1") == "小林 =1"


@pytest.fixture
def brand(db):
    brand = make_brand(policy={"paid_levels": 2, "level2_acknowledged_by": "Ann", "level2_acknowledged_at": LATE})
    make_product(brand)
    make_plan(brand, "spring", rules=[{"rate_bps": 1000, "override_bps": 300}])
    make_share(make_koc(brand, "=a", name="+小林", sponsor=make_koc(brand, "b")), make_kit(brand), code="code")
    report(brand, paid(share="code"), delivered(), refunded(), paid("A-2", share="code"), cancelled("A-2"), at=LATE)
    return brand


def rows_of(export) -> list[dict[str, str]]:
    out = io.StringIO()
    count = write_csv(export, out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert len(rows) == count
    return rows


def test_one_row_per_commission_with_all_that_made_it(brand) -> None:
    settle_period(brand=brand, period="2026-03", at=LATE)
    rows = rows_of(commission_export(brand, "2026-03"))
    assert [(row["koc"], row["order"], row["level"], row["net"]) for row in rows] == [
        ("'=a", "A-1", "1", "6.60"),
        ("'=a", "A-2", "1", "0.00"),
        ("b", "A-1", "2", "1.98"),
        ("b", "A-2", "2", "0.00"),
    ]
    assert rows[0] == {
        "period": "2026-03",
        "koc": "'=a",
        "koc_name": "'+小林",
        "order": "A-1",
        "line": "1",
        "sku": "S1",
        "level": "1",
        "paid_at": "2026-03-01T02:00:00Z",
        "delivered_at": "2026-03-01T02:00:00Z",
        "approved_at": "2026-03-08T16:00:00Z",
        "base": "99.00",
        "rate_bps": "1000",
        "multiplier_bps": "10000",
        "amount": "9.90",
        "refunded_base": "33.00",
        "reversed": "3.30",
        "net": "6.60",
        "status": "approved",
        "rule": "1",
        "plan": "spring",
        "statement": "",
    }
    assert (rows[1]["refunded_base"], rows[1]["status"], rows[2]["rate_bps"]) == ("99.00", "reversed", "300")


def test_two_exports_are_the_same_bytes(brand) -> None:
    first, second = io.StringIO(), io.StringIO()
    write_csv(commission_export(brand, "2026-03"), first)
    write_csv(commission_export(brand, "2026-03"), second)
    assert first.getvalue() == second.getvalue()


def test_two_workbooks_are_the_same_bytes_too(brand) -> None:
    """The moment of writing stands only in the properties; two that were written in one second would be alike anyway."""
    first, second = io.BytesIO(), io.BytesIO()
    write_xlsx(commission_export(brand, "2026-03"), first)
    write_xlsx(commission_export(brand, "2026-03"), second)
    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as parts:
        assert parts.testzip() is None
        assert parts.read("docProps/core.xml").count(b"1980-01-01T00:00:00Z") == 2


def test_amounts_are_numbers_in_a_spreadsheet(brand) -> None:
    out = io.BytesIO()
    assert write_xlsx(commission_export(brand, "2026-03"), out) == 4
    sheet = openpyxl.load_workbook(out).active
    header = [cell.value for cell in sheet[1]]
    amount = sheet.cell(2, header.index("amount") + 1)
    assert (amount.value, amount.data_type, amount.number_format) == (9.9, "n", "0.00")
    assert sheet.cell(2, header.index("koc_name") + 1).value == "'+小林"


def test_an_export_without_rows_still_has_its_header(brand) -> None:
    out = io.BytesIO()
    assert rows_of(commission_export(brand, "2020-01")) == []
    assert write_xlsx(commission_export(brand, "2020-01"), out) == 0
    assert openpyxl.load_workbook(out).active.cell(1, 1).value == "period"


def test_statements_show_who_is_paid_and_who_is_carried(brand) -> None:
    with pytest.raises(PeriodRefused, match="is not settled"):
        statement_export(brand, "2026-03")
    settle_period(brand=brand, period="2026-03", at=LATE)
    rows = rows_of(statement_export(brand, "2026-03"))
    assert [(row["koc"], row["statement"], row["gross"], row["net"], row["carried_out"], row["status"]) for row in rows] == [
        ("'=a", "", "0.00", "0.00", "6.60", "carried"),
        ("b", "", "0.00", "0.00", "1.98", "carried"),
    ]


def test_a_statement_names_its_payee_and_the_end_of_the_account(brand) -> None:
    koc = brand.kocs.get(key="b")
    koc.user = make_user()
    koc.save()
    make_payee(koc.user, name="=小林 惠", account="6222020200112233")
    settle_period(brand=brand, period="2026-03", at=LATE)
    for export in (statement_export(brand, "2026-03"), statement_export(brand, "2026-03")):  # a name is opened, and the same bytes come again
        assert [(row["koc"], row["payee_name"], row["payee_account_last4"]) for row in rows_of(export)] == [("'=a", "", ""), ("b", "'=小林 惠", "2233")]
    assert not PayeeRead.objects.exists()


def test_the_period_is_the_month_of_payment_in_the_brands_zone(brand) -> None:
    report(brand, paid("A-3", share="code", at=datetime(2026, 3, 31, 16, tzinfo=UTC)))
    assert {row["order"] for row in rows_of(commission_export(brand, "2026-04"))} == {"A-3"}


def test_another_brands_rows_are_not_exported(brand) -> None:
    assert rows_of(commission_export(make_brand(), "2026-03")) == []


def test_standard_output_gets_the_bytes_of_the_file_whatever_the_terminal_speaks(brand, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    file, terminal = tmp_path / "c.csv", io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", terminal)
    export = commission_export(brand, "2026-03")
    assert write_to(export, format="csv", out=None) == write_to(export, format="csv", out=str(file)) == 4
    assert terminal.buffer.getvalue() == file.read_bytes()
    assert file.read_bytes().count(b"\r\n") == 5
    assert "小林".encode() in file.read_bytes()
