"""Files of results as Alipay, a bank and people send them: GBK, Chinese heads, titles above and totals below."""

import csv
import io
from pathlib import Path

import pytest
from django.core.management import call_command
from openpyxl import Workbook

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.payouts.models import PayoutLine, PayoutTemplate
from commissions.payouts.services.payout_results import ResultsLoaded, record_results
from commissions.payouts.services.payout_templates import keep_template
from foundation.files.faults import BadFile, Refusal
from tests.support.payout_files import answer, file_bytes, reference_of, rows_of
from tests.support.payouts import (
    APRIL_1,
    APRIL_3,
    approved,
    export,
    exported,
    give_payee,
    make_ready_brand,
    maker_of,
    payout_snapshot,
    refused,
)
from tests.support.shop_events import balances, prove

pytestmark = pytest.mark.django_db
OWN = """
columns:
  - {field: reference, headers: [附言]}
  - {field: amount, headers: [发生额]}
  - {field: status, headers: [处理情况]}
statuses: {paid: [已入账], failed: [未入账], returned: [已退回], processing: [在途]}
rows_to_skip: [合计]
"""
WORDS = "成功, 付款成功, 处理成功, S, SUCCESS, 失败, 付款失败, 处理失败, F, FAIL, 退票, 退汇, 已退票, 已退汇, REFUND, 处理中, 付款处理中, 待处理, DEALING"


def load(brand: Brand, *lines: str, layout: str = "", name: str = "bank.csv") -> ResultsLoaded:
    """Load a file of these lines; the ledger must prove afterwards."""
    rows = [f"{line}\r\n" for line in lines]
    loaded = record_results(brand=brand, lines=rows, name=name, at=APRIL_3, layout=layout)
    prove(brand)
    return loaded


def faults(brand: Brand, *lines: str, layout: str = "") -> list[str]:
    with pytest.raises(BadFile) as refusal:
        load(brand, *lines, layout=layout)
    return refusal.value.messages()


def references(brand: Brand) -> tuple[str, str, str]:
    batch = exported(brand)
    a, b, c = (reference_of(batch, koc) for koc in "abc")
    return a, b, c


def run(*arguments: str) -> tuple[list[str], list[str]]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_payout_results", *arguments, stdout=out, stderr=err)
    return out.getvalue().splitlines(), err.getvalue().splitlines()


def of_alipay(a: str, b: str, c: str) -> str:
    return "\r\n".join(
        [
            "支付宝批量付款处理结果,,,,,,",
            "批次号,付款日期,付款人email,账户名称,总金额（元）,总笔数,",
            "20260401B1,20260401,pay@lumi.example,Lumi,81.66,3,",
            "商户流水号,收款人email,收款人姓名,付款金额（元）,付款理由,状态,失败原因,支付宝内部流水号,完成时间",
            f"{a}\t,a@x.example,王小明,13.61,Lumi 2026-03,成功,null,20260402081,2026-04-02 10:00:00",
            f"{b}\t,b@x.example,王小明,27.22,Lumi 2026-03,失败,账户不存在,20260402082,2026-04-02 10:00:00",
            f"{c}\t,c@x.example,王小明,40.83,Lumi 2026-03,处理中,,,",
            ",,,,,,,,",
            "合计：,,,81.66,,3 笔,,,",
        ]
    )


def test_alipays_file_in_gbk_is_recognised_by_its_head(brand: Brand, tmp_path: Path) -> None:
    a, b, c = references(brand)
    file = tmp_path / "alipay.csv"
    file.write_bytes(of_alipay(a, b, c).encode("gbk"))
    said = " (layout alipay) (read as GB18030)"
    assert run(str(file), "--brand=lumi") == (
        [f"payout results: 0 created, 2 updated, 0 unchanged; newly paid 1 of 13.61 CNY, failed 1 of 27.22 CNY, 1 still processing{said}"],
        [],
    )  # fmt: skip
    assert balances(brand) == {("b", "settled"): 2722, ("c", "paying"): 4083}
    assert list(PayoutLine.objects.order_by("position").values_list("status", "bank_reference", "reason", "paid_at")) == [
        ("paid", "20260402081", "", APRIL_1.replace(day=2)),
        ("failed", "20260402082", "账户不存在", None),
        ("waiting", "", "", None),
    ]  # fmt: skip
    before = payout_snapshot(brand)
    assert run(str(file), "--brand=lumi")[0] == [
        f"payout results: 0 created, 0 updated, 2 unchanged; newly paid 0 of 0.00 CNY, failed 0 of 0.00 CNY, 1 still processing{said}"
    ]
    assert payout_snapshot(brand) == before
    file.write_bytes(of_alipay(a, b, c).replace("处理中", "成功").encode("utf-8-sig"))
    assert run(str(file), "--brand=lumi", "--layout=alipay") == (
        ["payout results: 0 created, 1 updated, 2 unchanged; newly paid 1 of 40.83 CNY, failed 0 of 0.00 CNY (layout alipay)"],
        [],
    )  # fmt: skip


def test_the_reference_stands_where_the_export_put_it() -> None:
    """Alipay hands back the number that our file for it had."""
    brand = make_ready_brand(payees="")
    for koc in Koc.objects.filter(brand=brand):
        give_payee(koc, method="alipay", account=f"{koc.key}@x.example", bank="")
    (content,) = file_bytes(export(approved(brand), "alipay"))
    above, titles, head, *rows = content.decode("gbk").splitlines()
    answered = [above, titles, f"{head},状态", *[f"{row},成功" for row in rows]]
    loaded = load(brand, *answered)
    assert (loaded.layout, loaded.paid, loaded.paid_minor) == ("alipay", 3, 8166)


def test_a_banks_file_has_what_was_paid_and_what_came_back(brand: Brand) -> None:
    a, b, c = references(brand)
    head = "业务参考号,收方帐号,交易金额,币种,业务请求状态,业务处理结果,结果摘要,退票日期,流程实例号,用途"
    loaded = load(
        brand,
        "招商银行 支付信息查询 2026-04-02,,,,,,,,,",
        head,
        f"{a},6222020000000001,13.61,人民币,完成,成功,,,0497530340,",
        f"N0001,6222020000000002,27.22,人民币,完成,银行支付被退票,账户已销户,20260405,0497530341,佣金 {b}",
        f"{c},6222020000000003,40.83,人民币,银行处理中,,,,0497530342,",
        "总笔数,3,81.66,,,,,,,",
    )
    assert (loaded.layout, loaded.paid, loaded.returned, loaded.processing, str(loaded.tally)) == (
        "cmb", 1, 1, 1, "0 created, 2 updated, 0 unchanged",
    )  # fmt: skip
    assert balances(brand) == {("b", "settled"): 2722, ("c", "paying"): 4083}
    back = PayoutLine.objects.get(reference=b)
    assert (back.status, back.reason, f"{back.returned_at:%Y-%m-%dT%H}", back.return_file) == (
        "returned", "账户已销户", "2026-04-04T16", "bank.csv",
    )  # fmt: skip
    later = load(brand, head, f"{a},6222020000000001,13.61,人民币,完成,退票,户名不符,20260407,0497530340,")
    assert (later.returned, later.returned_minor, balances(brand)["a", "settled"]) == (1, 1361, 1361)


# Processing


def test_what_is_processing_changes_nothing_and_does_not_hide_what_is_known(brand: Brand) -> None:
    a, b, _ = references(brand)
    answer(brand, {"reference": a, "status": "paid"})
    before = payout_snapshot(brand)
    loaded = load(brand, "reference,status,amount,bank_reference", f"{a},processing,,B-9", f"{b},processing,27.22,B-8")
    assert (str(loaded.tally), loaded.processing, loaded.paid) == ("0 created, 0 updated, 1 unchanged", 1, 0)
    assert payout_snapshot(brand) == before
    loaded = load(brand, "reference,status", f"{b},processing", f"{b},paid")
    assert (str(loaded.tally), loaded.processing, loaded.paid) == ("0 created, 1 updated, 0 unchanged", 0, 1)


def test_what_is_processing_must_be_a_payment_of_that_amount(brand: Brand) -> None:
    a, _, _ = references(brand)
    with refused(brand, BadFile, "batch 1 says amount 13.61"):
        load(brand, "reference,status,amount", f"{a},processing,13.60")
    with refused(brand, BadFile, "is no payment of lumi"):
        load(brand, "reference,status,amount", "PNOWHERE00000,processing,")


# What is refused


def test_a_head_that_no_layout_has_names_those_that_there_are(brand: Brand) -> None:
    a, _, _ = references(brand)
    with refused(brand, BadFile, "of a known layout"):
        load(brand, "单号,结果", f"{a},成功")
    (told,) = faults(brand, "单号,结果", f"{a},成功")
    assert told.startswith(
        "bank.csv:1: no row is the head of a known layout of results: alipay (商户流水号 / 流水号, 付款金额"
    )
    assert "; cmb (业务参考号" in told
    assert told.endswith("; generic (reference, status) (head, 单号,结果)")
    assert faults(brand, "reference,status", f"{a},paid", layout="cmb")[0].startswith(
        "bank.csv:1: no row is the head of a known layout of results: cmb ("
    )
    assert faults(brand) == ["bank.csv:1: the file has no header"]
    with pytest.raises(Refusal, match="no result layout icbc; there are alipay, cmb, generic"):
        load(brand, "reference,status", layout="icbc")


def test_a_bad_row_of_a_banks_file_is_named_by_its_head_and_nothing_changes(brand: Brand) -> None:
    a, b, c = references(brand)
    lines = [
        "标题",
        "商户流水号,付款金额（元）,状态,完成时间",
        f"{a},13.61,成功,20260402",
        f"{b},27.2O,成功,20260402",
        f"{c},40.83,大概,20260402",
        "PNOWHERE00000,1.00,成功,",
        f"{c},40.83,成功,20260402,多余",
    ]
    before = payout_snapshot(brand)
    assert faults(brand, *lines) == [
        "bank.csv:4: 27.2O is not a number, such as 199.00 CNY (付款金额（元）, 27.2O)",
        f"bank.csv:5: 状态 must be one of {WORDS} (状态, 大概)",
        "bank.csv:6: is no payment of lumi (商户流水号, PNOWHERE00000)",
        "bank.csv:7: has 5 cells, the header has 4",
    ]  # fmt: skip
    assert faults(brand, *lines[:2], f"{a},13.60,成功,") == [
        "bank.csv:3: batch 1 says 付款金额（元） 13.61 (付款金额（元）, 13.60)"
    ]
    assert faults(brand, *lines[:2], f'{a},13.61,成功,"2026')[0].startswith("bank.csv:3: 完成时间 is not")
    assert payout_snapshot(brand) == before


def test_another_currency_is_refused_by_its_name(brand: Brand) -> None:
    a, _, _ = references(brand)
    assert faults(brand, "业务参考号,交易金额,币种,业务处理结果", f"{a},13.61,港币,成功") == [
        "bank.csv:2: batch 1 says 币种 CNY (币种, HKD)"
    ]


# A brand's own


def keep(brand: Brand, key: str, text: str = OWN) -> PayoutTemplate:
    return keep_template(brand=brand, key=key, text=text, by=maker_of(brand), at=APRIL_1, kind="results")


def test_a_brands_own_layout_is_recognised_and_goes_before_groves(brand: Brand) -> None:
    a, b, _ = references(brand)
    keep(brand, "icbc")
    loaded = load(
        brand,
        "对账单",
        "序号,附言,发生额,处理情况",
        f'1,2026-03 {a},"13.61",已入账',
        f"2,{b},27.22,在途",
        "合计,,40.83,",
    )
    assert (loaded.layout, loaded.paid, loaded.processing) == ("icbc", 1, 1)
    same = "columns: [{field: reference, headers: [reference]}, {field: status, headers: [status]}]\nstatuses: {paid: [ok], failed: [ng]}"
    keep(brand, "own", same)
    loaded = load(brand, "reference,status", f"{b},OK")
    assert (loaded.layout, loaded.paid) == ("own", 1)
    assert load(brand, "reference,status", f"{b},paid", layout="generic").layout == "generic"
    keep(brand, "other", same)
    assert faults(brand, "reference,status", f"{b},ok") == [
        "bank.csv:1: is the head of several layouts: choose one of other, own"
    ]


def test_one_key_may_name_both_directions(brand: Brand) -> None:
    """A brand that pays through one bank calls both layouts by its name."""
    export_text = (
        "format: csv\ncolumns: [{header: r, value: reference}, {header: a, value: account}, {header: m, value: amount}]"
    )
    keep_template(brand=brand, key="icbc", text=export_text, by=maker_of(brand), at=APRIL_1)
    kept = keep(brand, "icbc")
    assert keep(brand, "icbc").pk == kept.pk
    assert sorted(PayoutTemplate.objects.values_list("key", "kind")) == [("icbc", "export"), ("icbc", "results")]
    with pytest.raises(BadFile):
        keep(brand, "icbc", export_text)
    assert rows_of(export(approved(brand), "icbc"))[0].keys() == {"r", "a", "m"}


def test_a_layout_of_another_brand_is_not_known(brand: Brand) -> None:
    keep(make_ready_brand("other"), "icbc")
    with pytest.raises(Refusal, match=r"there are alipay, cmb, generic$"):
        load(brand, "附言,处理情况", layout="icbc")


# Encodings


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", ""), ("utf-8-sig", ""), ("gb18030", " (read as GB18030)"), ("utf-16", " (read as UTF-16)")],
)
def test_a_file_is_read_in_the_encoding_that_it_has(brand: Brand, tmp_path: Path, encoding: str, said: str) -> None:
    a, _, _ = references(brand)
    file = tmp_path / "results.csv"
    file.write_bytes(f"reference,status,reason\r\n{a},failed,账号有误\r\n".encode(encoding))
    assert run(str(file), "--brand=lumi")[0][-1].endswith(f"failed 1 of 13.61 CNY{said}")
    assert PayoutLine.objects.get(reference=a).reason == "账号有误"


def test_a_workbook_of_results_is_read_by_its_layout(brand: Brand, tmp_path: Path) -> None:
    a, b, c = references(brand)
    file = tmp_path / "alipay.xlsx"
    book = Workbook()
    for row in csv.reader(of_alipay(a, b, c).splitlines()):
        book.active.append(row)
    book.save(file)
    assert run(str(file), "--brand=lumi")[0] == [
        "payout results: 0 created, 2 updated, 0 unchanged; newly paid 1 of 13.61 CNY, failed 1 of 27.22 CNY, 1 still processing (layout alipay) (read as XLSX)"
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"PK\x03\x04....", "1: is not a whole XLSX workbook"),
        (b"\xd0\xcf\x11\xe0....", "1: is an old or a protected workbook: save it as XLSX or CSV"),
        (b"reference\xff\xff\n", "1: is neither UTF-8 nor GB18030 (GBK)"),
        (b"reference,status\n\xe6", "2: is neither UTF-8 nor GB18030 (GBK)"),
    ],
)
def test_what_is_no_text_is_refused(brand: Brand, tmp_path: Path, content: bytes, fault: str) -> None:
    file = tmp_path / "results.csv"
    file.write_bytes(content)
    with pytest.raises(BadFile) as refusal:
        run(str(file), "--brand=lumi")
    assert refusal.value.messages() == [f"{file}:{fault}"]
    with pytest.raises(Refusal, match="No such file or directory"):
        run(f"{file}.not", "--brand=lumi")
