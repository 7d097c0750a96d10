"""Paying in the admin: two people, pages that say what a step does, faults that are shown, and nothing of another
brand."""

import csv
import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.ledger.models import Transfer
from commissions.payees.models.payees import Payee
from commissions.payouts.models import PayoutBatch, PayoutLine, PayoutTemplate
from commissions.payouts.services.payout_templates import keep_template
from commissions.payouts.services.payouts import cancel_batch
from commissions.settlement.models.statements import Statement
from tests.support.admin_pages import page
from tests.support.payout_files import SMALL, answer, reference_of, said, signed_in, step, text_of, upload
from tests.support.payouts import (
    APRIL_1,
    approved,
    checker_of,
    draft,
    export,
    exported,
    make_ready_brand,
    maker_of,
    payout_snapshot,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_ready_brand("lumi", payees="ab")


def test_a_draft_is_made_of_what_is_ready(maker: Client, brand: Brand) -> None:
    before = text_of(maker.get(page(PayoutBatch, action="make_draft")))
    assert "Lumi, ready to be paid: 3 statements, CN¥81.66." in before
    assert "Left out for want of a payee: 1." in before
    answered = maker.post(
        page(PayoutBatch, action="make_draft"), {"brand": brand.pk, "method": "", "title": "三月佣金"}, follow=True
    )
    assert said(answered) == ["batch 1 三月佣金: 2 payments, CN¥40.83", "KOCs without a payee, left out: 1 (c)"]
    assert PayoutBatch.objects.get().made_by == maker_of(brand)
    again = maker.post(page(PayoutBatch, action="make_draft"), {"brand": brand.pk})
    assert "nothing to pay for lumi" in text_of(again)
    assert PayoutBatch.objects.count() == 1


def test_chosen_statements_are_put_on_a_draft(maker: Client, brand: Brand) -> None:
    chosen = Statement.objects.get(koc__key="b")
    answered = maker.post(page(Statement), {"action": "draft_batch", "_selected_action": [chosen.pk]}, follow=True)
    assert said(answered) == ["batch 1 Lumi 2026-03: 1 payment, CN¥27.22"]
    answered = maker.post(page(Statement), {"action": "draft_batch", "_selected_action": [chosen.pk]}, follow=True)
    assert said(answered) == ["nothing to pay for lumi: no ready statement that no batch holds"]


def test_the_maker_sees_why_somebody_else_must_approve(maker: Client, checker: Client, brand: Brand) -> None:
    batch = draft(brand)
    own, other = text_of(maker.get(page(PayoutBatch, batch))), text_of(checker.get(page(PayoutBatch, batch)))
    assert "You made this batch, so somebody else has to approve it." in own
    assert step(batch, "approve") not in own
    assert "Made by Maker; look at the lines and approve it, or cancel it." in other
    assert step(batch, "approve") in other
    before = payout_snapshot(brand)
    refused = maker.post(step(batch, "approve"), {"seen_minor": 4083})
    assert "Maker made batch 1: somebody else has to approve it" in text_of(refused)
    assert payout_snapshot(brand) == before


def test_another_person_approves_what_was_shown(checker: Client, brand: Brand) -> None:
    batch = draft(brand)
    shown = checker.get(step(batch, "approve"))
    assert "2 payments, CN¥40.83, made by Maker" in text_of(shown)
    assert 'name="seen_minor" value="4083"' in text_of(shown)
    line = PayoutLine.objects.get(koc__key="a")
    checker.post(page(PayoutLine, line, "take_out"))
    assert "changed while you looked at it" in text_of(checker.post(step(batch, "approve"), {"seen_minor": 4083}))
    answered = checker.post(step(batch, "approve"), {"seen_minor": 2722}, follow=True)
    assert said(answered) == [f"B{str(batch)[1:]} is approved"]
    assert PayoutBatch.objects.get().status == "approved"


def test_looking_at_a_step_does_nothing(checker: Client, brand: Brand) -> None:
    batch = approved(brand)
    before = payout_snapshot(brand)
    for name in ("approve", "export", "results", "cancel"):
        text_of(checker.get(step(batch, name)))
    assert payout_snapshot(brand) == before


def test_the_file_is_downloaded_and_can_be_again(checker: Client, brand: Brand) -> None:
    batch = approved(brand)
    first = checker.post(step(batch, "export"), {"template": "generic", "format": ""})
    assert first.headers["Content-Disposition"] == 'attachment; filename="lumi-000001-generic.csv"'
    assert "no-store" in first.headers["Cache-Control"]
    content = first.getvalue()
    assert [row["amount"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))] == ["13.61", "27.22"]
    before = payout_snapshot(brand)
    assert checker.post(step(batch, "export"), {"template": "generic", "format": ""}).getvalue() == content
    assert payout_snapshot(brand) == before
    assert checker.get(step(batch, "export")).context["form"].fields["template"].choices == [("generic", "generic")]


def test_several_files_come_as_one_archive(checker: Client, brand: Brand) -> None:
    keep_template(brand=brand, key="one", text=SMALL.replace("rows: 2", "rows: 1"), by=maker_of(brand), at=APRIL_1)
    answered = checker.post(step(approved(brand), "export"), {"template": "one", "format": ""})
    assert answered.headers["Content-Disposition"] == 'attachment; filename="lumi-000001-one.zip"'
    with zipfile.ZipFile(io.BytesIO(answered.getvalue())) as archive:
        assert archive.namelist() == ["lumi-000001-one-1.csv", "lumi-000001-one-2.csv"]
        assert b",13.61\r\n" in archive.read("lumi-000001-one-1.csv")


def test_what_does_not_fit_the_file_is_shown_line_by_line(checker: Client, brand: Brand) -> None:
    batch = approved(brand)
    before = payout_snapshot(brand)
    shown = text_of(checker.post(step(batch, "export"), {"template": "alipay", "format": ""}))
    assert f"{reference_of(batch, 'a')} (a): is paid by bank, and the file is for alipay" in shown
    assert "Nothing was changed" in shown
    assert payout_snapshot(brand) == before


def test_a_batch_is_cancelled_on_a_page(maker: Client, brand: Brand) -> None:
    batch = draft(brand)
    answered = maker.post(step(batch, "cancel"), follow=True)
    assert said(answered) == [f"B{str(batch)[1:]} is cancelled"]
    assert "Maker, " in text_of(answered)
    assert "batch 1 is cancelled: only a batch that was not exported" in text_of(maker.post(step(batch, "cancel")))


def test_only_what_can_be_done_next_is_offered(maker: Client, brand: Brand) -> None:
    def offered(batch: PayoutBatch) -> set[str]:
        shown = text_of(maker.get(page(PayoutBatch, batch)))
        return {name for name in ("approve", "export", "results", "cancel") if step(batch, name) in shown}

    batch = draft(brand)
    assert offered(batch) == {"cancel"}
    cancel_batch(batch=batch, by=maker_of(brand), at=APRIL_1)
    assert offered(batch) == set()
    batch = approved(brand)
    assert offered(batch) == {"export", "cancel"}
    export(batch)
    assert offered(batch) == {"export", "results"}
    answer(brand, *[{"reference": reference_of(batch, koc), "status": "paid"} for koc in "ab"])
    assert offered(batch) == {"export", "results"}


def test_a_payment_can_be_followed_from_its_statement_to_its_transfers(checker: Client, brand: Brand) -> None:
    batch = exported(brand)
    answer(brand, {"reference": reference_of(batch, "a"), "status": "paid", "bank_reference": "B-1"})
    line = PayoutLine.objects.select_related("statement").get(koc__key="a")
    payout, paid = Transfer.objects.filter(reason__in=["payout", "paid"], cause_id=line.pk).order_by("pk")
    assert page(PayoutLine, line) in text_of(checker.get(page(Statement, line.statement)))
    on_its_page = text_of(checker.get(page(PayoutLine, line)))
    for piece in (
        "王小明",
        "…0001",
        "CN¥13.61",
        "B-1",
        page(Transfer, payout),
        page(Transfer, paid),
        page(Statement, line.statement),
        page(PayoutBatch, batch),
    ):
        assert piece in on_its_page
    assert page(PayoutLine, line) in text_of(checker.get(page(Transfer, paid)))
    on_the_batch = text_of(checker.get(page(PayoutBatch, batch)))
    for piece in ("CN¥40.83", "CN¥27.22", line.reference, page(PayoutLine, line), "王小明", "…0001", batch.public_id):
        assert piece in on_the_batch
    assert "6222020000000001" not in on_the_batch + on_its_page


def test_a_payee_that_no_key_opens_does_not_hide_the_batch(checker: Client, brand: Brand, settings) -> None:
    batch = exported(brand)
    settings.PAYEE_KEYS = ["cHJldGVuZCB0aGlzIGlzIGFub3RoZXIga2V5ISEhISE="]
    assert "CN¥40.83" in text_of(checker.get(page(PayoutBatch, batch)))


def test_payments_without_a_result_are_a_list(checker: Client, brand: Brand) -> None:
    batch = approved(brand)
    export(batch, at=timezone.now() - timedelta(days=5))
    for days, count in (("3", 2), ("7", 0), ("", 2), ("x", 2)):
        assert len(checker.get(page(PayoutLine), {"no_result": days}).context["cl"].result_list) == count


def test_statements_are_filtered_by_what_can_be_paid(checker: Client, brand: Brand) -> None:
    def found(which: str) -> list[str]:
        return sorted(
            statement.koc.key for statement in checker.get(page(Statement), {"payout": which}).context["cl"].result_list
        )

    assert (found("ready"), found("no_payee"), found("held")) == (["a", "b", "c"], ["c"], [])
    draft(brand)
    assert (found("ready"), found("no_payee"), found("held"), found("")) == (["c"], ["c"], ["a", "b"], ["a", "b", "c"])


@pytest.mark.parametrize("model", [PayoutBatch, PayoutLine, PayoutTemplate])
def test_staff_see_only_their_own_brands(checker: Client, brand: Brand, model: Any) -> None:
    rows = {}
    for one in (brand, make_ready_brand("other")):
        batch = draft(one)
        template = keep_template(brand=one, key="own", text=SMALL, by=maker_of(one), at=APRIL_1)
        rows[one] = {PayoutBatch: batch, PayoutLine: batch.lines.first(), PayoutTemplate: template}[model]
    own, foreign = rows.values()
    listed = checker.get(page(model)).context["cl"].result_list
    assert own in listed
    assert foreign not in listed
    assert checker.get(page(model, own)).status_code == 200
    assert checker.get(page(model, foreign))["Location"] == reverse("admin:index")
    for name in {PayoutBatch: ("approve", "export", "results", "cancel"), PayoutLine: ("take_out",)}.get(model, ()):
        assert checker.post(page(model, foreign, name), {"seen_minor": 8166}).status_code == 404
    assert set(PayoutBatch.objects.values_list("status", flat=True)) == {"draft"}


def test_another_brand_cannot_be_chosen(checker: Client, brand: Brand) -> None:
    other = make_ready_brand("other")
    for name in ("make_draft", "load_results"):
        assert other.name not in text_of(checker.get(page(PayoutBatch, action=name)))
        checker.post(
            page(PayoutBatch, action=name), {"brand": other.pk, "file": upload([{"reference": "P", "status": "paid"}])}
        )
    assert not PayoutBatch.objects.exists()


@pytest.mark.parametrize("model", [PayoutBatch, PayoutLine])
def test_nobody_edits_payouts(brand: Brand, model: Any) -> None:
    row = model.objects.get(pk=draft(brand).pk) if model is PayoutBatch else draft(brand).lines.first()
    client = signed_in(User.objects.create_superuser("+8613900000000"))
    assert client.get(page(model), {"q": "A-0"}).status_code == 200
    assert client.get(page(model, action="add")).status_code == 403
    assert client.post(page(model, row), {}).status_code == 403
    assert client.post(page(model, row, "delete"), {"post": "yes"}).status_code == 403


def test_lists_and_pages_ask_no_question_per_row(
    checker: Client, brand: Brand, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def cancelled_batch() -> PayoutBatch:
        return cancel_batch(batch=draft(brand), by=maker_of(brand), at=APRIL_1)

    small = cancelled_batch()
    addresses = [page(PayoutBatch), page(PayoutLine)]
    counted = []
    for address in [*addresses, page(PayoutBatch, small)]:
        checker.get(address)  # once to warm up
        with CaptureQueriesContext(connection) as one:
            checker.get(address)
        counted.append(len(one))
    for _ in range(19):
        cancelled_batch()
    for address, count in zip(addresses, counted, strict=False):
        with django_assert_num_queries(count):
            assert len(checker.get(address).context["cl"].result_list) >= 20
    larger = make_ready_brand("larger")
    on_it = signed_in(checker_of(larger))
    on_it.get(page(PayoutBatch))
    three_lines = cancel_batch(batch=draft(larger), by=maker_of(larger), at=APRIL_1)
    with django_assert_num_queries(counted[2]):
        on_it.get(page(PayoutBatch, three_lines))


def test_payees_read_for_an_export_stand_on_the_payees_page(checker: Client, brand: Brand) -> None:
    exported(brand)
    payee = Payee.objects.get(user__memberships__key="a")
    assert "payout batch 1 exported as generic" in text_of(checker.get(page(Payee, payee)))
