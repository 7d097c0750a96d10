"""What the bank answers: paid or failed, once; and every refusal, which changes nothing."""

import random
from datetime import timedelta
from itertools import chain

import pytest
from django.db import connection

from accounts.brands.models import Brand
from commissions.audit.selectors.proofs import PROOFS, doubted, faults_of
from commissions.earnings.models.commissions import Commission
from commissions.ledger.models import Transfer
from commissions.payouts.domain.refusals import NothingToPay
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.selectors import holds_statements, moved_by, overdue_lines, parts_of
from commissions.payouts.services.payout_results import record_results
from commissions.payouts.services.payouts import cancel_batch, remove_line
from commissions.payouts.services.reopening import reopen_period
from commissions.settlement.domain.refusals import PeriodRefused
from commissions.settlement.models.statements import Settlement, Statement
from foundation.files.faults import BadFile
from tests.support.database import assert_refused_by_database
from tests.support.memory import bytes_a_row_more
from tests.support.payout_files import answer, reference_of, rows_of
from tests.support.payouts import (
    APRIL_1,
    APRIL_3,
    draft,
    export,
    exported,
    lines,
    make_ready_brand,
    maker_of,
    payout_snapshot,
    refused,
)
from tests.support.shop_events import balances, prove

pytestmark = pytest.mark.django_db


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
    found = payout_snapshot(brand)
    assert found["balances"] == {("b", "settled"): 2722}
    assert found["batches"] == [(1, "closed", 3, 8166)]
    return found


def test_a_result_file_loaded_twice_changes_nothing(brand: Brand, at_the_end) -> None:
    rows = three_results(exported(brand))
    answer(brand, *rows)
    again = answer(brand, *rows, name="again.csv", at=APRIL_3 + timedelta(days=1))
    assert (str(again.tally), again.paid, again.failed) == ("0 created, 0 updated, 3 unchanged", 0, 0)
    assert payout_snapshot(brand) == at_the_end
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
    assert payout_snapshot(brand) == at_the_end


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"reference": "PNOWHERE00000"}, "is no payment of lumi (reference, PNOWHERE00000)"),
        ({"amount": "13.60"}, "batch 1 says amount 13.61 (amount, 13.60)"),
        ({"amount": "0"}, "batch 1 says amount 13.61 (amount, 0.00)"),
        ({"amount": "13.611"}, "amount is not an amount with at most 2 decimals, such as 13.61 (amount, 13.611)"),
        ({"amount": "1,361"}, "amount is not an amount with at most 2 decimals, such as 13.61 (amount, 1,361)"),
        ({"currency": "USD"}, "batch 1 says currency CNY (currency, USD)"),
        ({"status": "done"}, "status must be one of failed, paid, processing, returned (status, done)"),
        (
            {"status": "failed", "paid_at": "2026-04-02T00:00:00Z"},
            "a payment that failed has no paid_at (paid_at, 2026-04-02T00:00:00+00:00)",
        ),
        (
            {"returned_at": "2026-04-02T00:00:00Z"},
            "only what the bank gave back has a returned_at: its status is returned (returned_at, 2026-04-02T00:00:00+00:00)",
        ),
        (
            {"status": "returned", "returned_at": "soon"},
            "returned_at is not an ISO 8601 time (returned_at, soon)",
        ),
        (
            {"status": "returned", "paid_at": "2026-04-02T18:00:00Z", "returned_at": "2026-04-02"},
            "was given back before it was paid (2026-04-02T18:00:00+00:00) (returned_at, 2026-04-02T00:00:00+08:00)",
        ),
        ({"paid_at": "yesterday"}, "paid_at is not an ISO 8601 time (paid_at, yesterday)"),
    ],
)
def test_a_bad_result_refuses_the_whole_file(brand: Brand, row: dict[str, str], fault: str) -> None:
    batch = exported(brand)
    good = {"reference": reference_of(batch, "b"), "status": "paid"}
    before = payout_snapshot(brand)
    with pytest.raises(BadFile) as refused:
        answer(brand, good, {"reference": reference_of(batch, "a"), "status": "paid"} | row)
    assert refused.value.messages() == [f"results.csv:3: {fault}"]
    assert payout_snapshot(brand) == before


HINT = "; what the bank gave back after it had paid is returned, not failed"


@pytest.mark.parametrize(
    ("first", "second", "hint"), [("paid", "failed", HINT), ("failed", "paid", ""), ("failed", "returned", "")]
)
def test_a_result_that_contradicts_an_earlier_one_is_a_fault_that_names_both(
    brand: Brand, first: str, second: str, hint: str
) -> None:
    batch = exported(brand)
    reference = reference_of(batch, "a")
    answer(brand, {"reference": reference, "status": first}, name="one.csv")
    before = payout_snapshot(brand)
    with pytest.raises(BadFile) as refused:
        answer(brand, {"reference": reference, "status": second}, name="two.csv")
    assert refused.value.messages() == [
        f"two.csv:2: one.csv, loaded at 2026-04-03 02:00 UTC, says status {first}{hint} (status, {second})"
    ]
    assert payout_snapshot(brand) == before


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
    with refused(brand, BadFile, r"results.csv:3: row 2 of the file says status paid; .* \(status, failed\)"):
        answer(brand, {"reference": reference, "status": "paid"}, {"reference": reference.lower(), "status": "failed"})


def test_a_result_of_what_never_went_to_the_bank_is_refused(brand: Brand) -> None:
    batch = draft(brand)
    reference = reference_of(batch, "a")
    with pytest.raises(BadFile, match="is in batch 1, which was not exported"):
        answer(brand, {"reference": reference, "status": "paid"})
    remove_line(line=PayoutLine.objects.get(reference=reference), by=maker_of(brand), at=APRIL_1)
    with pytest.raises(BadFile, match="was taken out of batch 1 and never went to the bank"):
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
    assert overdue_lines(brands, at=APRIL_1 + timedelta(days=3)).count() == 0
    assert overdue_lines(brands, at=APRIL_1 + timedelta(days=3, seconds=1)).count() == 2
    assert overdue_lines(brands, days=7, at=APRIL_1 + timedelta(days=6)).count() == 0
    assert overdue_lines(Brand.objects.exclude(pk=brand.pk), at=APRIL_1 + timedelta(days=30)).count() == 0


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
    with refused(brand, PeriodRefused, "2026-03 cannot be reopened: a payout batch holds its statements"):
        reopen()
    assert_refused_by_database("UPDATE commissions_statement SET status = 'void'", "a payout batch holds statement")
    answer(brand, {"reference": reference_of(batch, "c"), "status": "failed"})
    reopen()
    assert payout_snapshot(brand)["balances"] == {
        ("a", "approved"): 1361,
        ("b", "approved"): 2722,
        ("c", "approved"): 4083,
    }
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


def test_many_rows_of_one_payment_are_one_result_and_take_no_memory_each(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More rows than are read at a time, of payments that take turns."""
    batch = exported(brand)
    references = [reference_of(batch, koc) for koc in "abc"]
    tallies = []

    def load_rows(count: int) -> None:
        rows = (f"{references[number % 3]},paid,\n" for number in range(count - 1))
        lines = chain(["reference,status,bank_reference\n"], rows, [f"{references[0]},paid,B-7\n"])
        loaded = record_results(brand=brand, lines=lines, name="results.csv", at=APRIL_3)
        tallies.append((str(loaded.tally), loaded.paid, loaded.paid_minor))

    assert bytes_a_row_more(load_rows, 500, 3000, monkeypatch) < 30
    assert tallies == [
        ("0 created, 1 updated, 0 unchanged", 1, 1361),
        ("0 created, 2 updated, 1 unchanged", 2, 6805),
        ("0 created, 0 updated, 3 unchanged", 0, 0),
    ]
    assert PayoutLine.objects.get(koc__key="a").bank_reference == "B-7"
    assert balances(brand) == {}
    prove(brand)


def test_a_result_of_more_than_a_bigint_is_a_contradiction_and_a_time_is_told_as_the_file_has_it(brand: Brand) -> None:
    reference = reference_of(exported(brand), "a")
    head = {"reference": reference, "status": "paid"}
    with pytest.raises(BadFile) as refused:
        answer(
            brand,
            head | {"amount": "99999999999999999999", "paid_at": "2026-04-02T10:00:00+08:00"},
            head | {"amount": "", "paid_at": "2026-04-02T11:00:00+08:00"},
            {"reference": "NONE", "status": "failed", "amount": "", "paid_at": "2026-04-02T11:00:00+08:00"},
        )
    assert refused.value.messages() == [
        "results.csv:2: batch 1 says amount 13.61 (amount, 99999999999999999999.00)",
        "results.csv:3: row 2 of the file says paid_at 2026-04-02T10:00:00+08:00 (paid_at, 2026-04-02T11:00:00+08:00)",
        "results.csv:4: a payment that failed has no paid_at (paid_at, 2026-04-02T11:00:00+08:00)",
        f"results.csv:4: is no payment of {brand.slug} (reference, NONE)",
    ]
    assert not PayoutLine.objects.exclude(status="waiting").exists()
