"""A payout batch until it is approved: its draft, and the two people who make and check it."""

import pytest

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.payouts.domain.refusals import BatchRefused, NothingToPay
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.services.payouts import approve_batch, cancel_batch, make_batch, remove_line
from commissions.settlement.domain.refusals import FourEyes
from commissions.settlement.models.statements import Statement
from foundation.files.faults import Refusal
from tests.support.database import assert_refused_by_database
from tests.support.factories import make_brand, make_staff, make_user
from tests.support.payout_files import answer, reference_of
from tests.support.payouts import (
    APRIL_1,
    APRIL_3,
    approved,
    checker_of,
    draft,
    exported,
    give_payee,
    lines,
    make_ready_brand,
    maker_of,
    payout_snapshot,
    refused,
)
from tests.support.shop_events import balances, prove

pytestmark = pytest.mark.django_db


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
    with refused(brand, NothingToPay, "nothing to pay for lumi: no ready statement that no batch holds"):
        draft(brand)


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
    with refused(brand, BatchRefused, "is not on batch 1 any more"):
        remove_line(line=line, by=maker_of(brand), at=APRIL_1)
    assert lines(draft(brand)) == [("b", 2722, "waiting")]


@pytest.mark.parametrize("stage", [draft, approved])
def test_a_batch_that_did_not_go_to_the_bank_may_be_given_up(brand: Brand, stage) -> None:
    batch = stage(brand)
    cancel_batch(batch=batch, by=maker_of(brand), at=APRIL_1)
    assert [status for *_, status in lines(batch)] == ["dropped"] * 3
    with refused(brand, BatchRefused, "batch 1 is cancelled"):
        cancel_batch(batch=batch, by=maker_of(brand), at=APRIL_1)
    assert draft(brand).total_minor == 8166


# Four eyes


def test_the_maker_is_refused_by_name(brand: Brand) -> None:
    batch = draft(brand)
    with refused(brand, FourEyes, "Maker made batch 1: somebody else has to approve it"):
        approve_batch(batch=batch, by=maker_of(brand), at=APRIL_1)


def test_another_person_approves_once(brand: Brand) -> None:
    batch = approved(brand)
    assert (batch.status, batch.approved_by, batch.approved_at) == ("approved", checker_of(brand), APRIL_1)
    with refused(brand, BatchRefused, "batch 1 is approved: only a draft is approved"):
        approve_batch(batch=batch, by=checker_of(brand), at=APRIL_3)


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
    before = payout_snapshot(brand)
    for stranger in strangers:
        for call in (
            lambda who: make_batch(brand=brand, made_by=who, at=APRIL_1),
            lambda who: approve_batch(batch=batch, by=who, at=APRIL_1),
            lambda who: cancel_batch(batch=batch, by=who, at=APRIL_1),
            lambda who: remove_line(line=batch.lines.get(koc__key="a"), by=who, at=APRIL_1),
        ):
            with pytest.raises(Refusal, match="does not work for lumi"):
                call(stranger)
    assert payout_snapshot(brand) == before


def test_the_database_itself_wants_two_people(brand: Brand) -> None:
    draft(brand)
    assert_refused_by_database(
        "UPDATE commissions_payoutbatch SET status = 'approved', approved_by_id = made_by_id, approved_at = made_at",
        "payout_batch_is_approved_by_another",
    )
    assert_refused_by_database(
        "UPDATE commissions_payoutbatch SET status = 'approved'", "payout_batch_says_who_approved_it"
    )
    assert_refused_by_database(
        f"UPDATE commissions_payoutbatch SET approved_by_id = {checker_of(brand).pk}, approved_at = made_at",
        "payout_batch_that_is_a_draft",
    )
    assert_refused_by_database(f"UPDATE commissions_payoutbatch SET made_by_id = {checker_of(brand).pk}", "stays said")


def test_the_database_turns_no_batch_back(brand: Brand) -> None:
    batch = exported(brand)
    assert_refused_by_database(
        "UPDATE commissions_payoutbatch SET status = 'approved', exported_by_id = NULL, exported_at = NULL, template_key = ''",
        "stays said",
    )
    assert_refused_by_database(
        "UPDATE commissions_payoutbatch SET status = 'closed', closed_at = now()", "still waits for 3 results"
    )
    assert_refused_by_database(
        f"UPDATE commissions_payoutbatch SET approved_by_id = {make_staff(brand).pk}", "stays said"
    )
    assert_refused_by_database("UPDATE commissions_payoutline SET amount_minor = 1", "stays what it is")
    assert_refused_by_database(
        "UPDATE commissions_payoutline SET status = 'dropped'", "does not go from waiting to dropped"
    )
    assert_refused_by_database("DELETE FROM commissions_payoutline", "are kept")
    assert_refused_by_database("DELETE FROM commissions_payoutbatch", "are kept")
    answer(brand, {"reference": reference_of(batch, "a"), "status": "paid"})
    assert_refused_by_database(
        "UPDATE commissions_payoutline SET status = 'failed', paid_at = NULL WHERE status = 'paid'",
        "does not go from paid to failed",
    )


def test_the_database_wants_a_batch_to_be_what_its_lines_are(brand: Brand) -> None:
    draft(brand)
    changed = f"status = 'approved', approved_by_id = {checker_of(brand).pk}, approved_at = made_at"
    assert_refused_by_database(
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
    assert_refused_by_database(line(statement, 2721, statement.koc_id), fits)
    assert_refused_by_database(line(theirs, 2722, theirs.koc_id), fits)
    assert_refused_by_database(line(statement, 2722, theirs.koc_id), fits)
    PayoutBatch.objects.filter(pk=batch.pk).update(
        status="approved", approved_by=checker_of(brand), approved_at=APRIL_1
    )
    assert_refused_by_database(line(statement, 2722, statement.koc_id), fits)
