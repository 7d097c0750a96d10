"""Finance pays by script: the commands of a payout, what they print, and what they refuse."""

import csv
import io
import sys
from pathlib import Path

import openpyxl
import pytest
from django.core.management import call_command

from accounts.brands.models import Brand
from commissions.exports.rendering import write_csv
from commissions.exports.selectors import statement_export
from commissions.payouts.domain.refusals import BatchRefused, NothingToPay
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.services.payout_templates import keep_template
from commissions.settlement.domain.refusals import FourEyes, PeriodRefused
from foundation.files.faults import BadFile, Refusal
from tests.support.factories import make_brand, make_staff
from tests.support.payout_files import answer, reference_of, written
from tests.support.payouts import (
    APRIL_1,
    approved,
    checker_of,
    draft,
    exported,
    make_ready_brand,
    maker_of,
    payout_snapshot,
)

pytestmark = pytest.mark.django_db
SMALL = "format: csv\nrows: 2\ncolumns: [{header: r, value: reference}, {header: a, value: account}, {header: m, value: amount}]"


@pytest.fixture
def brand() -> Brand:
    return make_ready_brand("lumi", payees="ab")


def run(command: str, *arguments: str) -> tuple[list[str], list[str]]:
    out, err = io.StringIO(), io.StringIO()
    call_command(command, *arguments, stdout=out, stderr=err)
    return out.getvalue().splitlines(), err.getvalue().splitlines()


def test_a_month_is_paid_by_script(brand: Brand, tmp_path: Path) -> None:
    maker, checker = f"--by={maker_of(brand).phone}", f"--by={checker_of(brand).phone}"
    out, err = run("make_payout_batch", "--brand=lumi", maker)
    batch = PayoutBatch.objects.get()
    said = f"payout batch {batch.public_id}: "
    assert out == [f"{said}1, 2 lines, 40.83 CNY; left out 1 KOC without a payee, 0 statements of another method"]
    assert err == ["no payee: c"]
    with pytest.raises(FourEyes, match="Maker made batch 1"):
        run("approve_payout_batch", batch.public_id, maker)
    assert run("approve_payout_batch", batch.public_id, checker)[0] == [f"{said}approved, 2 lines, 40.83 CNY"]
    file = tmp_path / "april.csv"
    assert run("export_payout_batch", batch.public_id, checker, f"--out={file}")[0] == [
        f"{said}1 file, 2 lines, 40.83 CNY"
    ]
    first = file.read_bytes()
    assert run("export_payout_batch", batch.public_id, checker, f"--out={file}")[0] == [
        f"{said}1 file, 2 lines, 40.83 CNY, as exported before"
    ]
    assert file.read_bytes() == first
    told = csv.DictReader(first.decode("utf-8-sig").splitlines())
    results = written(
        tmp_path, [{"reference": row["reference"], "status": "paid", "amount": row["amount"]} for row in told]
    )
    assert run("import_payout_results", str(results), "--brand=lumi")[0] == [
        "payout results: 0 created, 2 updated, 0 unchanged; newly paid 2 of 40.83 CNY, failed 0 of 0.00 CNY"
    ]
    assert run("import_payout_results", str(results), "--brand=lumi")[0] == [
        "payout results: 0 created, 0 updated, 2 unchanged; newly paid 0 of 0.00 CNY, failed 0 of 0.00 CNY"
    ]
    assert payout_snapshot(brand)["balances"] == {("c", "settled"): 4083}


def test_what_is_printed_is_the_file(brand: Brand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, terminal, file = approved(brand), io.TextIOWrapper(io.BytesIO(), encoding="latin-1"), tmp_path / "out.xlsx"
    arguments = [batch.public_id, f"--by={checker_of(brand).phone}", "--format=xlsx"]
    monkeypatch.setattr(sys, "stdout", terminal)
    assert run("export_payout_batch", *arguments) == (
        [],
        [f"payout batch {batch.public_id}: 1 file, 2 lines, 40.83 CNY"],
    )
    run("export_payout_batch", *arguments, f"--out={file}")
    assert terminal.buffer.getvalue() == file.read_bytes()
    assert openpyxl.load_workbook(file).active["G2"].value == 13.61


def test_several_files_are_numbered(tmp_path: Path) -> None:
    brand = make_ready_brand("lumi")
    keep_template(brand=brand, key="small", text=SMALL, by=maker_of(brand), at=APRIL_1)
    batch = approved(brand)
    arguments = [batch.public_id, f"--by={checker_of(brand).phone}", "--template=small"]
    before = payout_snapshot(brand)
    with pytest.raises(Refusal, match="needs several files of 2 lines: say --out FILE"):
        run("export_payout_batch", *arguments)
    with pytest.raises(Refusal, match="No such file or directory"):
        run("export_payout_batch", *arguments, f"--out={tmp_path}/nowhere/x.csv")
    assert payout_snapshot(brand) == before
    run("export_payout_batch", *arguments, f"--out={tmp_path}/x.csv")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x-1.csv", "x-2.csv"]
    assert [len((tmp_path / name).read_text("utf-8-sig").splitlines()) for name in ("x-1.csv", "x-2.csv")] == [3, 2]


def test_only_staff_of_the_brand_are_let_in(brand: Brand) -> None:
    batch = draft(brand)
    before = payout_snapshot(brand)
    for phone in ("+8613899999999", make_staff(make_brand()).phone, "nonsense"):
        later = [
            [name, batch.public_id] for name in ("approve_payout_batch", "cancel_payout_batch", "export_payout_batch")
        ]
        for command in (["make_payout_batch", "--brand=lumi"], *later):
            with pytest.raises(Refusal, match="works for lumi"):
                run(*command, f"--by={phone}")
    assert payout_snapshot(brand) == before


def test_a_batch_that_is_not_there_is_refused(brand: Brand) -> None:
    for command in ("approve_payout_batch", "cancel_payout_batch", "export_payout_batch"):
        with pytest.raises(Refusal, match="no payout batch bat_nothing"):
            run(command, "bat_nothing", f"--by={checker_of(brand).phone}")


def test_a_batch_may_be_given_up(brand: Brand) -> None:
    batch = approved(brand)
    assert run("cancel_payout_batch", batch.public_id, f"--by={maker_of(brand).phone}")[0] == [
        f"payout batch {batch.public_id}: cancelled, 2 statements free again"
    ]
    with pytest.raises(BatchRefused, match="batch 1 is cancelled"):
        run("export_payout_batch", batch.public_id, f"--by={checker_of(brand).phone}")


def test_a_batch_of_a_period_and_a_method(brand: Brand) -> None:
    by = f"--by={maker_of(brand).phone}"
    for more in ("--period=2026-02", "--method=wechat"):
        with pytest.raises(NothingToPay):
            run("make_payout_batch", "--brand=lumi", by, more)
    with pytest.raises(PeriodRefused, match="2026-3 is not a month"):
        run("make_payout_batch", "--brand=lumi", by, "--period=2026-3")
    run("make_payout_batch", "--brand=lumi", by, "--period=2026-03", "--method=bank", "--title=三月佣金")
    assert PayoutBatch.objects.get().title == "三月佣金"


def test_faults_of_results_have_their_rows(brand: Brand, tmp_path: Path) -> None:
    batch = exported(brand)
    file = written(
        tmp_path,
        [
            {"reference": reference_of(batch, "a"), "status": "paid"},
            {"reference": "P1", "status": "paid"},
            {"reference": "P2", "status": "gone"},
        ],
    )
    with pytest.raises(BadFile) as refused:
        run("import_payout_results", str(file), "--brand=lumi")
    assert refused.value.messages() == [
        f"{file}:3: is no payment of lumi (reference, P1)",
        f"{file}:4: status must be one of failed, paid, processing, returned (status, gone)",
    ]
    assert not PayoutLine.objects.exclude(status="waiting").exists()


def test_the_export_of_statements_names_the_batch(brand: Brand) -> None:
    def batches() -> dict[str, tuple[str, str]]:
        out = io.BytesIO()
        write_csv(statement_export(brand, "2026-03"), out)
        return {
            row["koc"]: (row["batch"], row["status"]) for row in csv.DictReader(io.StringIO(out.getvalue().decode()))
        }

    assert batches() == {"a": ("", "ready"), "b": ("", "ready"), "c": ("", "ready")}
    batch = exported(brand)
    assert batches() == {"a": ("1", "ready"), "b": ("1", "ready"), "c": ("", "ready")}
    answer(
        brand,
        {"reference": reference_of(batch, "a"), "status": "paid"},
        {"reference": reference_of(batch, "b"), "status": "failed"},
    )
    assert batches() == {"a": ("1", "paid"), "b": ("", "ready"), "c": ("", "ready")}
    draft(brand)
    assert batches()["b"] == ("2", "ready")
