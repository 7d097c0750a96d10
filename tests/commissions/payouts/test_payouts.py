"""The life of a payout batch: two people, one export, the bank's answers; and every refusal, which changes nothing."""

import random
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.audit.selectors.proofs import PROOFS, doubted, faults_of
from commissions.earnings.models.commissions import Commission
from commissions.ledger.models import Transfer
from commissions.payees.models.payees import PayeeRead
from commissions.payouts.domain.refusals import BatchRefused, NothingToPay
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.selectors import count_lines_without_result, holds_statements, moved_by, parts_of
from commissions.payouts.services.payouts import approve_batch, cancel_batch, make_batch, remove_line
from commissions.payouts.services.reopening import reopen_period
from commissions.settlement.domain.refusals import FourEyes, PeriodRefused
from commissions.settlement.models.statements import Settlement, Statement
from foundation.files.faults import BadFile, Refusal
from foundation.sealing import Unreadable
from tests.support.factories import make_brand, make_staff, make_user
from tests.support.payout_files import (
    APRIL_1,
    APRIL_3,
    answer,
    approved,
    books,
    checker_of,
    draft,
    export,
    exported,
    file_bytes,
    give_payee,
    make_ready_brand,
    maker_of,
    reference_of,
    rows_of,
)
from tests.support.shop_events import balances, prove

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_ready_brand("lumi")


def lines(batch: PayoutBatch) -> list[tuple[str, int, str]]:
    return list(
        PayoutLine.objects.filter(batch=batch).order_by("position").values_list("koc__key", "amount_minor", "status")
    )


# A draft


def test_a_draft_has_every_ready_statement_and_moves_nothing(brand: Brand) -> None:
    before = balances(brand)
    made = make_batch(brand=brand, made_by=maker_of(brand), at=APRIL_1)
    assert lines(made.batch) == [("a", 1361, "waiting"), ("b", 2722, "waiting"), ("c", 4083, "waiting")]
    assert (made.batch.number, made.batch.lines_count, made.batch.total_minor, made.batch.title) == (
        1,
        3,
        8166,
        "Lumi 2026-03",
    )
    assert (made.no_payee, made.other_method) == ([], 0)
    assert balances(brand) == before == {("a", "settled"): 1361, ("b", "settled"): 2722, ("c", "settled"): 4083}
    prove(brand)


def test_references_are_short_and_never_read_as_numbers(brand: Brand) -> None:
    references = list(PayoutLine.objects.filter(batch=draft(brand)).values_list("reference", flat=True))
    assert len(set(references)) == 3
    assert all(
        len(one) == 13 and one[0] == "P" and one.isalnum() and one.isascii() and one.isupper() for one in references
    )


def test_a_second_draft_finds_nothing(brand: Brand) -> None:
    draft(brand)
    before = books(brand)
    with pytest.raises(NothingToPay, match="nothing to pay for lumi: no ready statement that no batch holds"):
        draft(brand)
    assert books(brand) == before


def test_who_has_no_payee_is_left_out_and_named() -> None:
    brand = make_ready_brand(payees="ac")
    made = make_batch(brand=brand, made_by=maker_of(brand), at=APRIL_1)
    assert made.no_payee == ["b"]
    assert [koc for koc, *_ in lines(made.batch)] == ["a", "c"]
    with pytest.raises(NothingToPay, match=r"1 without a payee \(b\)"):
        draft(brand)
    give_payee(Koc.objects.get(brand=brand, key="b"))
    assert lines(draft(brand)) == [("b", 2722, "waiting")]


def test_a_batch_may_be_of_one_method(brand: Brand) -> None:
    give_payee(Koc.objects.get(brand=brand, key="b"), account="b@example.com", method="alipay")
    made = make_batch(brand=brand, made_by=maker_of(brand), at=APRIL_1, method="alipay")
    assert (lines(made.batch), made.other_method) == ([("b", 2722, "waiting")], 2)
    with pytest.raises(NothingToPay, match="2 to be paid by another method"):
        draft(brand, method="alipay")


def test_a_draft_may_be_of_some_statements(brand: Brand) -> None:
    chosen = Statement.objects.filter(koc__key__in=["a", "b"]).order_by("-pk")
    assert [koc for koc, *_ in lines(draft(brand, statements=chosen))] == ["a", "b"]
    assert [koc for koc, *_ in lines(draft(brand))] == ["c"]


def test_another_brands_statements_are_never_taken(brand: Brand) -> None:
    other = make_ready_brand("other")
    with pytest.raises(NothingToPay):
        draft(brand, statements=Statement.objects.filter(koc__brand=other))
    assert not PayoutBatch.objects.exists()


def test_carried_and_paid_statements_are_not_paid() -> None:
    brand = make_ready_brand(min_payout_minor=2000)
    assert [koc for koc, *_ in lines(draft(brand))] == ["b", "c"]


def test_a_line_that_is_taken_out_is_free_for_another_batch(brand: Brand) -> None:
    batch = draft(brand)
    line = PayoutLine.objects.get(koc__key="b")
    remove_line(line=line, by=maker_of(brand), at=APRIL_1)
    batch.refresh_from_db()
    assert (batch.lines_count, batch.total_minor) == (2, 5444)
    before = books(brand)
    with pytest.raises(BatchRefused, match="is not on batch #1 any more"):
        remove_line(line=line, by=maker_of(brand), at=APRIL_1)
    assert books(brand) == before
    assert lines(draft(brand)) == [("b", 2722, "waiting")]


@pytest.mark.parametrize("stage", [draft, approved])
def test_a_batch_that_did_not_go_to_the_bank_may_be_given_up(brand: Brand, stage) -> None:
    batch = stage(brand)
    cancel_batch(batch=batch, by=maker_of(brand), at=APRIL_1)
    assert [status for *_, status in lines(batch)] == ["dropped"] * 3
    before = books(brand)
    with pytest.raises(BatchRefused, match="batch #1 is cancelled"):
        cancel_batch(batch=batch, by=maker_of(brand), at=APRIL_1)
    assert books(brand) == before
    assert draft(brand).total_minor == 8166


# Four eyes


def test_the_maker_is_refused_by_name(brand: Brand) -> None:
    batch = draft(brand)
    before = books(brand)
    with pytest.raises(FourEyes, match="Maker made batch #1: somebody else has to approve it"):
        approve_batch(batch=batch, by=maker_of(brand), at=APRIL_1)
    assert books(brand) == before


def test_another_person_approves_once(brand: Brand) -> None:
    batch = approved(brand)
    assert (batch.status, batch.approved_by, batch.approved_at) == ("approved", checker_of(brand), APRIL_1)
    before = books(brand)
    with pytest.raises(BatchRefused, match="batch #1 is approved: only a draft is approved"):
        approve_batch(batch=batch, by=checker_of(brand), at=APRIL_3)
    assert books(brand) == before


def test_what_changed_since_it_was_looked_at_is_not_approved(brand: Brand) -> None:
    batch = draft(brand)
    remove_line(line=PayoutLine.objects.get(koc__key="b"), by=maker_of(brand), at=APRIL_1)
    with pytest.raises(BatchRefused, match="changed while you looked at it"):
        approve_batch(batch=batch, by=checker_of(brand), at=APRIL_1, seen_minor=8166)
    assert approve_batch(batch=batch, by=checker_of(brand), at=APRIL_1, seen_minor=5444).status == "approved"


def test_an_empty_draft_is_not_approved(brand: Brand) -> None:
    batch = draft(brand, statements=Statement.objects.filter(koc__key="a"))
    remove_line(line=PayoutLine.objects.get(), by=maker_of(brand), at=APRIL_1)
    with pytest.raises(BatchRefused, match="has no lines"):
        approve_batch(batch=batch, by=checker_of(brand), at=APRIL_1)


def test_a_stranger_may_do_nothing(brand: Brand) -> None:
    strangers = [make_staff(make_brand()), make_user(), make_staff(brand, is_active=False)]
    batch = draft(brand)
    before = books(brand)
    for stranger in strangers:
        for call in (
            lambda who: make_batch(brand=brand, made_by=who, at=APRIL_1),
            lambda who: approve_batch(batch=batch, by=who, at=APRIL_1),
            lambda who: cancel_batch(batch=batch, by=who, at=APRIL_1),
            lambda who: remove_line(line=batch.lines.get(koc__key="a"), by=who, at=APRIL_1),
        ):
            with pytest.raises(Refusal, match="does not work for lumi"):
                call(stranger)
    assert books(brand) == before


def refused_by_the_database(statement: str, match: str) -> None:
    with pytest.raises(IntegrityError, match=match), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_itself_wants_two_people(brand: Brand) -> None:
    draft(brand)
    refused_by_the_database(
        "UPDATE commissions_payoutbatch SET status = 'approved', approved_by_id = made_by_id, approved_at = made_at",
        "payout_batch_is_approved_by_another",
    )
    refused_by_the_database(
        "UPDATE commissions_payoutbatch SET status = 'approved'", "payout_batch_says_who_approved_it"
    )
    refused_by_the_database(
        f"UPDATE commissions_payoutbatch SET approved_by_id = {checker_of(brand).pk}, approved_at = made_at",
        "payout_batch_that_is_a_draft",
    )
    refused_by_the_database(f"UPDATE commissions_payoutbatch SET made_by_id = {checker_of(brand).pk}", "stays said")


def test_the_database_turns_no_batch_back(brand: Brand) -> None:
    batch = exported(brand)
    refused_by_the_database(
        "UPDATE commissions_payoutbatch SET status = 'approved', exported_by_id = NULL, exported_at = NULL, template_key = ''",
        "stays said",
    )
    refused_by_the_database(
        "UPDATE commissions_payoutbatch SET status = 'closed', closed_at = now()", "still waits for 3 results"
    )
    refused_by_the_database(f"UPDATE commissions_payoutbatch SET approved_by_id = {make_staff(brand).pk}", "stays said")
    refused_by_the_database("UPDATE commissions_payoutline SET amount_minor = 1", "stays what it is")
    refused_by_the_database(
        "UPDATE commissions_payoutline SET status = 'dropped'", "does not go from waiting to dropped"
    )
    refused_by_the_database("DELETE FROM commissions_payoutline", "are kept")
    refused_by_the_database("DELETE FROM commissions_payoutbatch", "are kept")
    answer(brand, {"reference": reference_of(batch, "a"), "status": "paid"})
    refused_by_the_database(
        "UPDATE commissions_payoutline SET status = 'failed', paid_at = NULL WHERE status = 'paid'",
        "does not go from paid to failed",
    )


def test_the_database_wants_a_batch_to_be_what_its_lines_are(brand: Brand) -> None:
    draft(brand)
    changed = f"status = 'approved', approved_by_id = {checker_of(brand).pk}, approved_at = made_at"
    refused_by_the_database(
        f"UPDATE commissions_payoutbatch SET total_minor = 9999, {changed}", "says 3 lines of 9999, it has 3 of 8166"
    )


def test_the_database_puts_only_the_brands_whole_ready_statements_on_a_draft(brand: Brand) -> None:
    other = make_ready_brand("other")
    batch, statement, theirs = (
        draft(brand, statements=Statement.objects.filter(koc__key="a")),
        *(Statement.objects.get(koc__brand=one, koc__key="b") for one in (brand, other)),
    )

    def line(of: Statement, amount: int, koc: int) -> str:
        return (
            "INSERT INTO commissions_payoutline"
            " (batch_id, position, statement_id, koc_id, amount_minor, reference, status,"
            " method, account_last4, payee_sealed, bank_reference, reason, result_file)"
            f" VALUES ({batch.pk}, 9, {of.pk}, {koc}, {amount}, 'PX', 'waiting', '', '', '', '', '', '')"
        )

    fits = "pays a whole ready statement"
    refused_by_the_database(line(statement, 2721, statement.koc_id), fits)
    refused_by_the_database(line(theirs, 2722, theirs.koc_id), fits)
    refused_by_the_database(line(statement, 2722, theirs.koc_id), fits)
    PayoutBatch.objects.filter(pk=batch.pk).update(
        status="approved", approved_by=checker_of(brand), approved_at=APRIL_1
    )
    refused_by_the_database(line(statement, 2722, statement.koc_id), fits)


# The export


def test_an_export_moves_settled_money_to_paying_once(brand: Brand) -> None:
    batch = approved(brand)
    first = export(batch)
    assert first.is_new
    assert balances(brand) == {("a", "paying"): 1361, ("b", "paying"): 2722, ("c", "paying"): 4083}
    before = books(brand)
    again = export(batch, at=APRIL_3)
    assert not again.is_new
    assert books(brand) == before
    assert file_bytes(again) == file_bytes(first)


def test_the_same_file_comes_again_whatever_changed_meanwhile(brand: Brand) -> None:
    """The payee has another account since, the first line is paid, the batch's file is still what the bank got; and
    where the money went stays known."""
    first = export(approved(brand))
    content = file_bytes(first)
    give_payee(Koc.objects.get(brand=brand, key="a"), account="6222999999999999")
    answer(
        brand,
        {"reference": reference_of(first.batch, "a"), "status": "paid"},
        {"reference": reference_of(first.batch, "b"), "status": "failed"},
    )
    assert file_bytes(export(first.batch, at=APRIL_3)) == content
    assert PayoutLine.objects.get(koc__key="a").account_last4 == "0001"


def test_a_draft_is_not_exported(brand: Brand) -> None:
    batch = draft(brand)
    before = books(brand)
    with pytest.raises(BatchRefused, match="batch #1 is draft: only an approved batch is exported"):
        export(batch)
    assert books(brand) == before


def test_a_batch_has_one_layout_for_ever(brand: Brand) -> None:
    batch = exported(brand)
    with pytest.raises(
        BatchRefused, match="was exported as generic: a second file in another layout could be paid twice"
    ):
        export(batch, "alipay")


def test_what_does_not_fit_the_file_is_refused_and_named_before_anything_moves(brand: Brand) -> None:
    batch = approved(brand)
    before = books(brand)
    with pytest.raises(BatchRefused) as refused:
        export(batch, "alipay")
    assert len(refused.value.faults) == 3
    assert refused.value.faults[0] == f"{reference_of(batch, 'a')} (a): is paid by bank, and the file is for alipay"
    Koc.objects.filter(brand=brand, key="b").update(user=None)
    with pytest.raises(BatchRefused) as refused:
        export(batch)
    assert refused.value.faults == [f"{reference_of(batch, 'b')} (b): has no payee any more"]
    assert books(brand) == before
    assert not PayeeRead.objects.exists()
    assert not PayoutLine.objects.exclude(payee_sealed="").exists()


def test_every_reading_of_a_payee_is_noted(brand: Brand) -> None:
    batch = exported(brand)
    assert list(PayeeRead.objects.values_list("why", "who")) == [("payout batch #1 exported as generic", "Checker")] * 3
    export(batch, at=APRIL_3)
    assert (
        list(PayeeRead.objects.filter(read_at=APRIL_3).values_list("why", flat=True))
        == ["payout batch #1 exported again"] * 3
    )


def test_the_kept_copy_of_a_payee_is_sealed_and_has_no_id_number(brand: Brand) -> None:
    exported(brand)
    for sealed in PayoutLine.objects.values_list("payee_sealed", flat=True):
        assert sealed.startswith("gAAAAA")
        assert "6222" not in sealed
    refused_by_the_database("UPDATE commissions_payoutline SET payee_sealed = 'plain'", "payout_line_payee_is_sealed")


# The results


def test_a_paid_line_pays_its_statement_and_its_commissions(brand: Brand) -> None:
    batch = exported(brand)
    loaded = answer(
        brand,
        {
            "reference": reference_of(batch, "b"),
            "status": "paid",
            "amount": "27.22",
            "currency": "CNY",
            "bank_reference": "B-7",
        },
    )
    assert (str(loaded.tally), loaded.paid, loaded.paid_minor, loaded.failed) == (
        "0 created, 1 updated, 0 unchanged",
        1,
        2722,
        0,
    )
    assert balances(brand) == {("a", "paying"): 1361, ("c", "paying"): 4083}
    assert list(Statement.objects.order_by("koc__key").values_list("koc__key", "status")) == [
        ("a", "ready"),
        ("b", "paid"),
        ("c", "ready"),
    ]
    assert set(Commission.objects.values_list("koc__key", "status")) == {
        ("a", "settled"),
        ("b", "paid"),
        ("c", "settled"),
    }
    line = PayoutLine.objects.get(koc__key="b")
    assert (line.status, line.bank_reference, line.result_at, line.result_file) == (
        "paid",
        "B-7",
        APRIL_3,
        "results.csv",
    )
    assert (
        sum(Transfer.objects.filter(target__kind="paid", target__koc=None).values_list("amount_minor", flat=True))
        == 2722
    )


def test_a_failed_line_gives_its_money_back_for_the_next_batch(brand: Brand) -> None:
    batch = exported(brand)
    loaded = answer(brand, {"reference": reference_of(batch, "a"), "status": "failed", "reason": "账号有误"})
    assert (loaded.failed, loaded.failed_minor) == (1, 1361)
    assert balances(brand) == {("a", "settled"): 1361, ("b", "paying"): 2722, ("c", "paying"): 4083}
    following = draft(brand)
    assert (lines(following), following.number) == ([("a", 1361, "waiting")], 2)
    assert reference_of(following, "a") != reference_of(batch, "a")


def test_a_batch_is_closed_with_its_last_result(brand: Brand) -> None:
    batch = exported(brand)
    answer(brand, *[{"reference": reference_of(batch, koc), "status": "paid"} for koc in "ab"])
    batch.refresh_from_db()
    assert (batch.status, batch.closed_at) == ("exported", None)
    answer(brand, {"reference": reference_of(batch, "c"), "status": "failed"})
    batch.refresh_from_db()
    assert (batch.status, batch.closed_at) == ("closed", APRIL_3)


def test_totals_of_batch_file_and_ledger_agree_to_the_cent(brand: Brand) -> None:
    batch = exported(brand)
    in_file = rows_of(export(batch))
    assert [row["amount"] for row in in_file] == ["13.61", "27.22", "40.83"]
    answer(
        brand,
        {"reference": reference_of(batch, "a"), "status": "failed"},
        *[{"reference": reference_of(batch, koc), "status": "paid"} for koc in "bc"],
    )
    batch.refresh_from_db()
    assert batch.total_minor == 8166
    assert [(part.status, part.count, part.amount_minor) for part in parts_of(batch)] == [
        ("paid", 2, 6805),
        ("failed", 1, 1361),
    ]
    assert moved_by(batch) == {"payout": 8166, "paid": 6805, "returned": 1361}


def three_results(batch: PayoutBatch) -> list[dict[str, str]]:
    said = {"amount": "", "currency": "CNY", "bank_reference": "", "reason": "", "paid_at": ""}
    a, b, c = (said | {"reference": reference_of(batch, koc)} for koc in "abc")
    return [
        a | {"status": "paid", "bank_reference": "B-1", "paid_at": "2026-04-02T10:00:00+08:00", "amount": "13.61"},
        b | {"status": "failed", "reason": "账号有误"},
        c | {"status": "paid"},
    ]


@pytest.fixture
def at_the_end() -> dict[str, object]:
    """What one file in order comes to, at a brand of its own."""
    brand = make_ready_brand("ordered")
    answer(brand, *three_results(exported(brand)))
    found = books(brand)
    assert found["balances"] == {("b", "settled"): 2722}
    assert found["batches"] == [(1, "closed", 3, 8166)]
    return found


def test_a_result_file_loaded_twice_changes_nothing(brand: Brand, at_the_end) -> None:
    rows = three_results(exported(brand))
    answer(brand, *rows)
    again = answer(brand, *rows, name="again.csv", at=APRIL_3 + timedelta(days=1))
    assert (str(again.tally), again.paid, again.failed) == ("0 created, 0 updated, 3 unchanged", 0, 0)
    assert books(brand) == at_the_end
    assert set(PayoutLine.objects.filter(batch__brand=brand).values_list("result_file", "result_at")) == {
        ("results.csv", APRIL_3)
    }


@pytest.mark.parametrize("seed", range(5))
def test_results_in_pieces_and_any_order_with_repeats_end_the_same(brand: Brand, at_the_end, seed: int) -> None:
    """Each piece is one row, some of them without the details that another has; each comes twice."""
    chance = random.Random(seed)
    rows = three_results(exported(brand))
    pieces = rows + [{"reference": row["reference"], "status": row["status"]} for row in rows] + rows
    chance.shuffle(pieces)
    while pieces:
        some = [pieces.pop() for _ in range(min(len(pieces), chance.randint(1, 3)))]
        answer(brand, *some)
    assert books(brand) == at_the_end


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"reference": "PNOWHERE00000"}, "is no payment of lumi (reference, PNOWHERE00000)"),
        ({"amount": "13.60"}, "batch #1 says amount 13.61 (amount, 13.60)"),
        ({"amount": "0"}, "batch #1 says amount 13.61 (amount, 0.00)"),
        ({"amount": "13.611"}, "amount is not an amount with at most 2 decimals, such as 13.61 (amount, 13.611)"),
        ({"amount": "1,361"}, "amount is not an amount with at most 2 decimals, such as 13.61 (amount, 1,361)"),
        ({"currency": "USD"}, "batch #1 says currency CNY (currency, USD)"),
        ({"status": "done"}, "status must be one of failed, paid (status, done)"),
        (
            {"status": "failed", "paid_at": "2026-04-02T00:00:00Z"},
            "a payment that failed has no paid_at (paid_at, 2026-04-02T00:00:00+00:00)",
        ),
        ({"paid_at": "yesterday"}, "paid_at is not an ISO 8601 time (paid_at, yesterday)"),
    ],
)
def test_a_bad_result_refuses_the_whole_file(brand: Brand, row: dict[str, str], fault: str) -> None:
    batch = exported(brand)
    good = {"reference": reference_of(batch, "b"), "status": "paid"}
    before = books(brand)
    with pytest.raises(BadFile) as refused:
        answer(brand, good, {"reference": reference_of(batch, "a"), "status": "paid"} | row)
    assert refused.value.messages() == [f"results.csv:3: {fault}"]
    assert books(brand) == before


@pytest.mark.parametrize(("first", "second"), [("paid", "failed"), ("failed", "paid")])
def test_a_result_that_contradicts_an_earlier_one_is_a_fault_that_names_both(
    brand: Brand, first: str, second: str
) -> None:
    batch = exported(brand)
    reference = reference_of(batch, "a")
    answer(brand, {"reference": reference, "status": first}, name="one.csv")
    before = books(brand)
    with pytest.raises(BadFile) as refused:
        answer(brand, {"reference": reference, "status": second}, name="two.csv")
    assert refused.value.messages() == [
        f"two.csv:2: one.csv, loaded at 2026-04-03 02:00 UTC, says status {first} (status, {second})"
    ]
    assert books(brand) == before


def test_another_bank_reference_of_a_paid_line_is_a_fault(brand: Brand) -> None:
    """The bank may have paid twice."""
    batch = exported(brand)
    paid = {"reference": reference_of(batch, "a"), "status": "paid"}
    answer(brand, paid | {"bank_reference": "B-1"})
    with pytest.raises(BadFile, match=r"says bank_reference B-1 \(bank_reference, B-2\)"):
        answer(brand, paid | {"bank_reference": "B-2"})


def test_one_file_that_says_two_things_of_a_payment_is_refused(brand: Brand) -> None:
    batch = exported(brand)
    reference = reference_of(batch, "a")
    before = books(brand)
    with pytest.raises(BadFile, match=r"results.csv:3: row 2 of the file says status paid \(status, failed\)"):
        answer(brand, {"reference": reference, "status": "paid"}, {"reference": reference.lower(), "status": "failed"})
    assert books(brand) == before


def test_a_result_of_what_never_went_to_the_bank_is_refused(brand: Brand) -> None:
    batch = draft(brand)
    reference = reference_of(batch, "a")
    with pytest.raises(BadFile, match="is in batch #1, which was not exported"):
        answer(brand, {"reference": reference, "status": "paid"})
    remove_line(line=PayoutLine.objects.get(reference=reference), by=maker_of(brand), at=APRIL_1)
    with pytest.raises(BadFile, match="was taken out of batch #1 and never went to the bank"):
        answer(brand, {"reference": reference, "status": "paid"})


def test_another_brands_payment_is_unknown(brand: Brand) -> None:
    theirs = exported(make_ready_brand("other"))
    with pytest.raises(BadFile, match="is no payment of lumi"):
        answer(brand, {"reference": reference_of(theirs, "a"), "status": "paid"})
    assert not PayoutLine.objects.exclude(status="waiting").exists()


# Who is still waited for


def test_a_payment_whose_result_never_came_is_counted(brand: Brand) -> None:
    batch = exported(brand)
    answer(brand, {"reference": reference_of(batch, "a"), "status": "paid"})
    brands = Brand.objects.filter(pk=brand.pk)
    assert count_lines_without_result(brands, at=APRIL_1 + timedelta(days=3)) == 0
    assert count_lines_without_result(brands, at=APRIL_1 + timedelta(days=3, seconds=1)) == 2
    assert count_lines_without_result(brands, days=7, at=APRIL_1 + timedelta(days=6)) == 0
    assert count_lines_without_result(Brand.objects.exclude(pk=brand.pk), at=APRIL_1 + timedelta(days=30)) == 0


def test_a_batch_holds_its_period_until_it_is_given_up_or_fails(brand: Brand) -> None:
    march = Settlement.objects.get(brand=brand)
    assert not holds_statements(march)
    batch = draft(brand)
    assert holds_statements(march)
    cancel_batch(batch=batch, by=maker_of(brand), at=APRIL_1)
    assert not holds_statements(march)
    batch = exported(brand)
    answer(brand, *[{"reference": reference_of(batch, koc), "status": "failed"} for koc in "abc"])
    assert not holds_statements(march)
    answered = exported(brand)
    answer(brand, *[{"reference": reference_of(answered, koc), "status": "paid"} for koc in "abc"])
    assert holds_statements(march)


def test_a_period_that_a_batch_holds_is_not_reopened(brand: Brand) -> None:
    def reopen() -> None:
        reopen_period(brand=brand, period="2026-03", because="wrong hold", by=maker_of(brand), at=APRIL_3)

    batch = exported(brand)
    answer(brand, *[{"reference": reference_of(batch, koc), "status": "failed"} for koc in "ab"])
    before = books(brand)
    with pytest.raises(PeriodRefused, match="2026-03 cannot be reopened: a payout batch holds its statements"):
        reopen()
    assert books(brand) == before
    refused_by_the_database("UPDATE commissions_statement SET status = 'void'", "a payout batch holds statement")
    answer(brand, {"reference": reference_of(batch, "c"), "status": "failed"})
    reopen()
    assert books(brand)["balances"] == {("a", "approved"): 1361, ("b", "approved"): 2722, ("c", "approved"): 4083}
    with pytest.raises(NothingToPay):
        draft(brand)


# The proof


@pytest.mark.parametrize(
    ("tamper", "law"),
    [
        (
            "UPDATE commissions_statement SET status = 'ready' WHERE status = 'paid'",
            "a statement is paid when a line of it is",
        ),
        (
            "UPDATE commissions_statement SET status = 'paid' WHERE status = 'ready'",
            "a statement is paid when a line of it is",
        ),
        (
            "UPDATE commissions_wallet SET balance_minor = balance_minor + 1 WHERE kind = 'paying'",
            "the settled wallets hold what the unpaid statements say",
        ),
        ("UPDATE commissions_payoutbatch SET total_minor = total_minor + 1", "a batch is the sum of its lines"),
        (
            "UPDATE commissions_payoutline SET amount_minor = amount_minor + 1 WHERE status = 'waiting'",
            "every line moved what its status says",
        ),
        (
            "UPDATE commissions_payoutline SET status = 'failed' WHERE status = 'paid'",
            "every line moved what its status says",
        ),
        (
            "UPDATE commissions_payoutbatch SET status = 'approved', exported_by_id = NULL, exported_at = NULL, template_key = ''",
            "the settled wallets hold what the unpaid statements say",
        ),
    ],
)
def test_the_proof_finds_a_payout_that_was_tampered_with(brand: Brand, tamper: str, law: str) -> None:
    batch = exported(brand)
    answer(
        brand,
        {"reference": reference_of(batch, "a"), "status": "paid"},
        {"reference": reference_of(batch, "b"), "status": "failed"},
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger sees it
        cursor.execute(tamper)
    assert [proof.law for proof in PROOFS if law in proof.law and faults_of(brand, proof).count]
    assert [proof.law for proof in doubted() if law in proof.law]


# Keys


def test_whom_a_payment_was_for_stays_readable_when_the_keys_rotate(
    brand: Brand, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    first = export(approved(brand))
    content = file_bytes(first)
    old, new = settings.PAYEE_KEYS[0], Fernet.generate_key().decode()
    settings.PAYEE_KEYS = [new, old]
    for said in ("3 resealed, 0 unchanged", "0 resealed, 3 unchanged"):
        call_command("rotate_payee_keys")
        assert capsys.readouterr().out.splitlines() == [
            f"payees: {said}, 0 unreadable",
            f"payout lines: {said}, 0 unreadable",
        ]
    settings.PAYEE_KEYS = [new]
    assert file_bytes(export(first.batch, at=APRIL_3)) == content
    settings.PAYEE_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(Unreadable, match=r"users \d+, \d+, \d+, payout lines \d+, \d+, \d+: keep the old keys"):
        call_command("rotate_payee_keys")
