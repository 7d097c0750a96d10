"""Results and layouts in the back office: a bank's file is uploaded as it is, and staff write layouts of their own."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.brands.models import Brand
from commissions.payouts.models import PayoutBatch, PayoutLine, PayoutTemplate
from commissions.settlement.models.statements import Statement
from tests.support.admin_pages import page
from tests.support.bombs import merge_bomb
from tests.support.factories import make_brand
from tests.support.payout_files import SMALL, answer, reference_of, said, step, text_of, upload
from tests.support.payouts import checker_of, exported, make_ready_brand, maker_of, payout_snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_ready_brand("lumi", payees="ab")


def test_results_are_uploaded_and_their_faults_are_shown(checker: Client, brand: Brand) -> None:
    batch = exported(brand)
    good, bad = {"reference": reference_of(batch, "a"), "status": "paid"}, {"reference": "P1", "status": "paid"}
    before = payout_snapshot(brand)
    faults = text_of(checker.post(step(batch, "results"), {"brand": brand.pk, "file": upload([good, bad])}))
    assert "results.csv:3: is no payment of lumi (reference, P1)" in faults
    binary = SimpleUploadedFile("gbk.csv", "reference,status\n收款".encode("gbk"))
    assert "gbk.csv:2: has 1 cells, the header has 2" in text_of(
        checker.post(step(batch, "results"), {"brand": brand.pk, "file": binary})
    )
    workbook = SimpleUploadedFile("results.xlsx", b"PK\x03\x04")
    assert "results.xlsx:1: is not a whole XLSX workbook" in text_of(
        checker.post(step(batch, "results"), {"brand": brand.pk, "file": workbook})
    )
    assert payout_snapshot(brand) == before
    answered = checker.post(step(batch, "results"), {"brand": brand.pk, "file": upload([good])}, follow=True)
    assert said(answered) == ["0 created, 1 updated, 0 unchanged. Newly paid: 1, CN¥13.61. Failed: 0, CN¥0.00."]
    answered = checker.post(
        page(PayoutBatch, action="load_results"), {"brand": brand.pk, "file": upload([good])}, follow=True
    )
    assert said(answered) == ["0 created, 0 updated, 1 unchanged. Newly paid: 0, CN¥0.00. Failed: 0, CN¥0.00."]


def test_a_banks_file_is_uploaded_as_it_is_and_its_layout_may_be_chosen(checker: Client, brand: Brand) -> None:
    batch = exported(brand)
    text = f"商户流水号,付款金额（元）,状态\r\n{reference_of(batch, 'a')},13.61,成功\r\n{reference_of(batch, 'b')},27.22,处理中\r\n"
    form = checker.get(step(batch, "results")).context["form"]
    assert [key for key, _ in form.fields["layout"].choices] == ["", "alipay", "cmb", "generic"]

    def loaded(layout: str) -> Any:
        file = SimpleUploadedFile("结果.csv", text.encode("gbk"))
        return checker.post(step(batch, "results"), {"brand": brand.pk, "file": file, "layout": layout}, follow=True)

    assert "no row is the head of a known layout" in text_of(loaded("cmb"))
    assert said(loaded("")) == [
        "0 created, 1 updated, 0 unchanged. Newly paid: 1, CN¥13.61. Failed: 0, CN¥0.00. Still processing, no result yet: 1."
    ]


def test_a_layout_of_results_is_written_on_a_page(checker: Client, brand: Brand) -> None:
    begun = checker.get(f"{page(PayoutTemplate, action='add')}?kind=results&key=cmb").context["adminform"].form
    assert "业务参考号" in begun.initial["text"]
    written = {"brand": brand.pk, "kind": "results", "key": "cmb", "text": begun.initial["text"]}
    wrong = checker.post(
        page(PayoutTemplate, action="add"),
        written | {"text": begun.initial["text"].replace("field: reference", "field: paid_at")},
    )
    assert "needs a column whose field is reference" in text_of(wrong)
    checker.post(page(PayoutTemplate, action="add"), written)
    assert list(PayoutTemplate.objects.values_list("kind", "key")) == [("results", "cmb")]


def test_the_pages_of_finance_tell_both_facts_in_words(brand: Brand, checker: Client) -> None:
    batch = exported(brand)
    told = {"reference": reference_of(batch, "a")}
    answer(brand, told | {"status": "paid", "paid_at": "2026-04-02T10:00:00+08:00"})
    back = told | {"status": "returned", "returned_at": "2026-04-05", "reason": "账户已销户 退汇"}
    answered = checker.post(step(batch, "results"), {"brand": brand.pk, "file": upload([back])}, follow=True)
    assert said(answered) == [
        "0 created, 1 updated, 0 unchanged. Newly paid: 0, CN¥0.00. Failed: 0, CN¥0.00. Given back: 1, CN¥13.61."
    ]
    line = PayoutLine.objects.get(koc__key="a")
    on_its_page = text_of(checker.get(page(PayoutLine, line)))
    for piece in (
        "The bank paid on",
        "It gave the money back on",
        "账户已销户 退汇. The statement is free for another batch.",
    ):
        assert piece in on_its_page
    assert "given back" in text_of(checker.get(page(PayoutBatch, batch)))
    assert "账户已销户 退汇" in text_of(checker.get(page(Statement, line.statement)))


# Layouts


def test_a_layout_begins_as_a_shipped_one(checker: Client) -> None:
    form = checker.get(page(PayoutTemplate, action="add"), {"key": "alipay"}).context["adminform"].form
    assert form.initial["text"].startswith("# 支付宝批量付款")
    assert "reference" in checker.get(page(PayoutTemplate, action="add")).context["adminform"].form.initial["text"]


def test_a_layout_is_checked_when_it_is_saved_and_says_who_wrote_it(
    checker: Client, maker: Client, brand: Brand
) -> None:
    add = page(PayoutTemplate, action="add")
    refused = checker.post(
        add,
        {"brand": brand.pk, "kind": "export", "key": "own", "text": SMALL.replace("value: account", "value: acount")},
    )
    errors = refused.context["adminform"].form.errors["text"]
    assert errors[0].startswith("line:4: unknown field acount; there are sequence,")
    assert not PayoutTemplate.objects.exists()
    assert (
        checker.post(
            add, {"brand": brand.pk, "kind": "export", "key": "own", "text": SMALL.replace("\n", "\r\n")}
        ).status_code
        == 302
    )
    kept = PayoutTemplate.objects.get()
    assert (kept.text, kept.written_by) == (SMALL, checker_of(brand))
    assert maker.post(page(PayoutTemplate, kept), {"text": SMALL + "\n# ours"}).status_code == 302
    kept.refresh_from_db()
    assert (kept.text, kept.written_by, kept.key) == (SMALL + "\n# ours", maker_of(brand), "own")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (merge_bomb(3), "line:1: has an anchor (&a): anchors are not read"),
        (merge_bomb(11), "line:1: has an anchor (&a): anchors are not read"),
        (SMALL + "\n<<: {format: xlsx}", "has a merge key (<<): write out what it brings"),
        ("[" * 19_000, "line:1: is nested too deeply"),
        ("format: csv\nrows: " + "9" * 19_000, "line:2: has a number of more than 100 characters"),
        ('format: "\\U99999999"', "line:1: is not YAML: found invalid Unicode character escape code"),
        ("%TAG ! a\r\n" * 1_000 + "--- a", "line:1: begins with %: directives are not read"),
        ("é" * 20_001, "Ensure this value has at most 20000 characters (it has 20001)."),
    ],
)
def test_a_layout_that_is_more_than_it_says_is_refused_at_once(
    checker: Client, brand: Brand, text: str, fault: str
) -> None:
    refused = checker.post(
        page(PayoutTemplate, action="add"), {"brand": brand.pk, "kind": "export", "key": "own", "text": text}
    )
    assert fault in refused.context["adminform"].form.errors["text"][0]
    assert not PayoutTemplate.objects.exists()


def test_a_layout_of_another_brand_cannot_be_written(checker: Client) -> None:
    other = make_brand("other")
    checker.post(page(PayoutTemplate, action="add"), {"brand": other.pk, "kind": "export", "key": "own", "text": SMALL})
    assert not PayoutTemplate.objects.exists()
