import csv
import io
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.db import connection

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.exports import rendering
from commissions.exports.rendering import write_csv, write_to, write_xlsx
from commissions.exports.selectors import (
    AMOUNT,
    MOMENT,
    SEALED,
    STATEMENT,
    TEXT,
    ExportQuery,
    commission_export,
    statement_export,
)
from commissions.payees.models.payees import Payee, PayeeRead
from commissions.schedule import run_due
from commissions.settlement.domain.refusals import PeriodRefused
from commissions.settlement.models.statements import Statement
from commissions.settlement.services.settlement import settle_period
from foundation.files.exported_cells import harmless, moment
from foundation.files.faults import Refusal
from foundation.money.amounts import major
from foundation.sealing import seal, unseal
from foundation.texts.keys import clean_code
from tests.support.factories import (
    NOW,
    make_brand,
    make_koc,
    make_payee,
    make_plan,
    make_product,
    make_share,
    make_user,
)
from tests.support.shop_events import cancelled, delivered, paid, refunded, report, send

LATE = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "digits", "text"),
    [
        (1361, 2, "13.61"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (0, 2, "0.00"),
        (700, 0, "700"),
        (-1234, 3, "-1.234"),
        (10**15, 2, "10000000000000.00"),
    ],
)
def test_amounts_are_shown_in_the_major_unit(amount: int, digits: int, text: str) -> None:
    assert major(amount, digits) == text


@pytest.fixture
def brand(db):
    brand = make_brand(policy={"paid_levels": 2, "level2_acknowledged_by": "Ann", "level2_acknowledged_at": LATE})
    make_product(brand)
    make_plan(brand, "spring", rules=[{"rate_bps": 1000, "override_bps": 300}])
    make_share(make_koc(brand, "=a", name="+小林", sponsor=make_koc(brand, "b")), code="code")
    report(brand, paid(share="code"), delivered(), refunded(), paid("A-2", share="code"), cancelled("A-2"), at=LATE)
    return brand


def rows_of(export) -> list[dict[str, str]]:
    out = io.BytesIO()
    count = write_csv(export, out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))
    assert len(rows) == count
    return rows


def test_the_lines_of_an_order_stand_as_their_column_sorts(brand) -> None:
    report(
        brand,
        paid(
            "B-1", *((line, "S1", 1, 9900) for line in ("2", "10", "1")), koc="b", at=datetime(2026, 5, 1, tzinfo=UTC)
        ),
        at=LATE,
    )
    assert [row["line"] for row in rows_of(commission_export(brand, "2026-05"))] == ["1", "10", "2"]


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
    first, second = io.BytesIO(), io.BytesIO()
    write_csv(commission_export(brand, "2026-03"), first)
    write_csv(commission_export(brand, "2026-03"), second)
    assert first.getvalue() == second.getvalue()


def test_two_workbooks_are_the_same_bytes_too(brand) -> None:
    """The moment of writing stands only in the properties; two that were written in one second would be alike
    anyway."""
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
    assert [
        (row["koc"], row["statement"], row["gross"], row["net"], row["carried_out"], row["status"]) for row in rows
    ] == [
        ("'=a", "", "0.00", "0.00", "6.60", "carried"),
        ("b", "", "0.00", "0.00", "1.98", "carried"),
    ]


def test_a_statement_names_its_payee_and_the_end_of_the_account(brand) -> None:
    koc = brand.kocs.get(key="b")
    koc.user = make_user()
    koc.save()
    make_payee(koc.user, name="=小林 惠", account="6222020200112233")
    settle_period(brand=brand, period="2026-03", at=LATE)
    # A name is opened, and the same bytes come again
    for export in (
        statement_export(brand, "2026-03"),
        statement_export(brand, "2026-03"),
    ):
        assert [(row["koc"], row["payee_name"], row["payee_account_last4"]) for row in rows_of(export)] == [
            ("'=a", "", ""),
            ("b", "'=小林 惠", "2233"),
        ]
    assert not PayeeRead.objects.exists()


def test_the_period_is_the_month_of_payment_in_the_brands_zone(brand) -> None:
    report(brand, paid("A-3", share="code", at=datetime(2026, 3, 31, 16, tzinfo=UTC)))
    assert {row["order"] for row in rows_of(commission_export(brand, "2026-04"))} == {"A-3"}


def test_another_brands_rows_are_not_exported(brand) -> None:
    assert rows_of(commission_export(make_brand(), "2026-03")) == []


def test_standard_output_gets_the_bytes_of_the_file_whatever_the_terminal_speaks(
    brand, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    file, terminal = tmp_path / "c.csv", io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", terminal)
    export = commission_export(brand, "2026-03")
    assert write_to(export, format="csv", out=None) == write_to(export, format="csv", out=str(file)) == 4
    assert terminal.buffer.getvalue() == file.read_bytes()
    assert file.read_bytes().count(b"\r\n") == 5
    assert "小林".encode() in file.read_bytes()


# What a spreadsheet or a reader of CSV might stumble over.
ODD = [
    "plain", "小林", "a,b", 'say "hi"', '"', '""', "two\nlines", "two\r\nlines", "a\rb", "\ttab", "\rcr", "=1+1", "+86", "-1", "@sum", "=a,\"b\"\n", "'=1",
    " =1", "\\.", "\\N", "\\", ";", "<0>", "\x0b", "\u2028", "  ", "\n=1", " -1", "＝1", "\u3000@x", "\ufeff\u200b+1", "\xa0＋1",
    "\x85=1", "é", "\xad=1", "NULL", ",",
]  # fmt: skip
EARNING = sum(1 for number in range(len(ODD)) if number % 5)  # the others are too small


def written_by_python(export: ExportQuery) -> bytes:
    """The same rows, each cell written by `foundation.files.exported_cells` and the csv module: how exports were written before PostgreSQL
    did it."""
    show: dict[str, Callable[[Any], str]] = {
        AMOUNT: lambda value: major(value, export.digits),
        TEXT: lambda value: harmless(value or ""),
        MOMENT: moment,
        STATEMENT: lambda value: "" if value is None else Statement.public_id_of(value),
        SEALED: lambda value: "" if value is None else harmless(unseal(value)),
    }
    values = ", ".join(column.value for column in export.columns.values())
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(export.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {values} FROM {export.rows} ORDER BY {export.order}", export.parameters)
        for row in cursor.fetchall():
            shown = zip(row, export.columns.values(), strict=True)
            writer.writerow(
                [
                    show[column.kind](value) if column.kind in show else ("" if value is None else value)
                    for value, column in shown
                ]
            )
    return out.getvalue().encode()


def sealed_payee(*, name: str, person: str) -> Payee:
    """A payee as no form would let them be written."""
    sealed = {
        "name_sealed": seal(name),
        "id_number_sealed": seal("1"),
        "account_sealed": seal("1"),
        "id_number_last4": "1",
        "account_last4": "=1+1",
    }
    return Payee.objects.create(
        user=make_user(), method="bank", id_type="other", person=person, updated_at=NOW, **sealed
    )


def odd_book(currency: str) -> Brand:
    """One order of 1, 10, … 10,000 units for each odd text: the name of a KOC, and its key if it can be; moments with and without microseconds; settled, then
    amounts of every sign."""
    brand = make_brand(currency=currency, policy={"min_payout_minor": 5})
    make_plan(brand, rules=[{"rate_bps": 1000}])
    for number, text in enumerate(ODD):
        key = clean_code(f"{text}{number}") or f"k{number}"
        make_product(brand, key)
        payee = sealed_payee(name=text, person=f"{number:064x}")
        make_koc(brand, key, name=text, user=payee.user)
        at = NOW + timedelta(microseconds=number % 3 * 120_000)
        send(
            brand,
            paid(
                key,
                ("1", key, 1, 10 ** (number % 5)),
                at=at,
                koc=key,
                currency=currency,
            ),
        )
        send(brand, delivered(key, at=at))
    settle_period(brand=brand, period="2026-03", at=LATE)
    Commission.objects.filter(amount_minor=10).update(reversed_minor=10)
    Commission.objects.filter(amount_minor=100).update(reversed_minor=-7)
    Statement.objects.filter(status="carried").update(carried_out_minor=-1234)
    return brand


@pytest.mark.django_db
@pytest.mark.parametrize(("currency", "tenth_of_ten"), [("CNY", "0.01"), ("JPY", "1"), ("KWD", "0.001")])
def test_the_database_writes_the_bytes_that_python_would(currency: str, tenth_of_ten: str) -> None:
    brand = odd_book(currency)
    for export in [commission_export(brand, "2026-03"), statement_export(brand, "2026-03")]:
        out = io.BytesIO()
        assert write_csv(export, out) == EARNING
        assert out.getvalue() == written_by_python(export)
    amounts = {row["amount"] for row in rows_of(commission_export(brand, "2026-03"))}
    assert tenth_of_ten in amounts


@pytest.mark.django_db
def test_a_workbook_says_the_same_as_the_csv() -> None:
    brand = odd_book("CNY")
    export, out = commission_export(brand, "2026-03"), io.BytesIO()
    write_xlsx(export, out)
    sheet = openpyxl.load_workbook(out).active
    header, *rows = sheet.iter_rows(values_only=True)
    told = [tuple(float(row[name]) for name in ("base", "amount", "net")) for row in rows_of(export)]
    assert [tuple(row[header.index(name)] for name in ("base", "amount", "net")) for row in rows] == told
    assert [row[header.index("level")] for row in rows] == [1] * EARNING


def test_more_blocks_than_one_are_one_file(brand, monkeypatch: pytest.MonkeyPatch) -> None:
    settle_period(brand=brand, period="2026-03", at=LATE)
    whole = rows_of(commission_export(brand, "2026-03"))
    monkeypatch.setattr(rendering, "ROWS_A_BLOCK", 1)
    assert rows_of(commission_export(brand, "2026-03")) == whole
    told: list[int] = []
    write_csv(commission_export(brand, "2026-03"), io.BytesIO(), progress=told.append)
    assert told == [1, 2, 3, 4]


def test_a_statement_that_pays_is_named_by_its_public_id(brand) -> None:
    report(brand, paid("A-9", ("1", "S1", 10, 9900), share="code"), delivered("A-9"))
    run_due(brand=brand, at=LATE)
    settle_period(brand=brand, period="2026-03", at=LATE)
    number = Statement.objects.get(koc__key="=a").public_id
    assert {
        row["statement"]
        for row in rows_of(commission_export(brand, "2026-03"))
        if row["koc"] == "'=a" and row["net"] != "0.00"
    } == {number}
    assert next(row["statement"] for row in rows_of(statement_export(brand, "2026-03"))) == number


def test_more_rows_than_a_sheet_holds_are_refused(brand, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(rendering, "SHEET_ROWS", 3)
    with pytest.raises(Refusal, match="a sheet holds 3 rows"):
        write_to(commission_export(brand, "2026-03"), format="xlsx", out=str(tmp_path / "c.xlsx"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x" * 5000, "nowhere/c.csv", "."])
def test_a_file_that_cannot_be_written_is_refused_by_its_name(brand, name: str, tmp_path) -> None:
    with pytest.raises(Refusal) as refused:
        write_to(commission_export(brand, "2026-03"), format="csv", out=f"{tmp_path}/{name}")
    assert str(refused.value).startswith(f"{tmp_path}/{name}: ")
