"""The bank gives back what it paid, days later: the money is the KOC's again, once, and the payment keeps both facts."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.brands.models import Brand
from commissions.audit.selectors.proofs import PROOFS, doubted, faults_of
from commissions.audit.selectors.report import reconciliation
from commissions.earnings.models.commissions import Commission
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.selectors import holds_statements, moved_by, parts_of
from commissions.payouts.services.reopening import reopen_period
from commissions.settlement.models.statements import Settlement, Statement
from commissions.settlement.selectors.wallets import wallet_of
from commissions.settlement.services.settlement import settle_period
from foundation.files.faults import BadFile
from tests.support.clients import Person, results
from tests.support.database import assert_refused_by_database
from tests.support.payout_files import answer, reference_of
from tests.support.payouts import APRIL_3, draft, exported, lines, make_ready_brand, maker_of, payout_snapshot, refused
from tests.support.shop_events import balances, refunded, report

pytestmark = pytest.mark.django_db
PAID = {"status": "paid", "bank_reference": "B-1", "paid_at": "2026-04-02T10:00:00+08:00", "amount": "13.61"}
BACK = {"status": "returned", "returned_at": "2026-04-05", "reason": "账户已销户 退汇", "amount": "13.61"}
APRIL_6 = APRIL_3 + timedelta(days=3)
MAY_2 = datetime(2026, 5, 2, 2, tzinfo=UTC)


def facts(line: PayoutLine) -> tuple[object, ...]:
    return line.status, line.bank_reference, line.paid_at, line.returned_at, line.reason


BOTH_FACTS = (
    "returned",
    "B-1",
    datetime(2026, 4, 2, 2, tzinfo=UTC),
    datetime(2026, 4, 4, 16, tzinfo=UTC),
    "账户已销户 退汇",
)


def pay_all(brand: Brand) -> PayoutBatch:
    batch = exported(brand)
    a = {"reference": reference_of(batch, "a")}
    answer(brand, a | PAID, *[{"reference": reference_of(batch, koc), "status": "paid"} for koc in "bc"])
    batch.refresh_from_db()
    assert batch.status == "closed"
    return batch


def test_money_that_the_bank_gives_back_is_the_kocs_again_and_is_paid_again(brand: Brand) -> None:
    batch = pay_all(brand)
    back = {"reference": reference_of(batch, "a")} | BACK
    loaded = answer(brand, back, name="back.csv", at=APRIL_6)
    assert (str(loaded.tally), loaded.paid, loaded.failed, loaded.returned, loaded.returned_minor) == (
        "0 created, 1 updated, 0 unchanged", 0, 0, 1, 1361,
    )  # fmt: skip
    assert balances(brand) == {("a", "settled"): 1361}
    assert Statement.objects.get(koc__key="a").status == "ready"
    assert set(Commission.objects.filter(koc__key="a").values_list("status", flat=True)) == {"settled"}
    line = PayoutLine.objects.get(koc__key="a")
    assert facts(line) == BOTH_FACTS
    assert (line.result_at, line.result_file, line.return_told_at, line.return_file) == (
        APRIL_3, "results.csv", APRIL_6, "back.csv",
    )  # fmt: skip
    again = exported(brand)
    assert lines(again) == [("a", 1361, "waiting")]
    assert reference_of(again, "a") != line.reference
    assert balances(brand) == {("a", "paying"): 1361}
    answer(brand, {"reference": reference_of(again, "a"), "status": "paid"})
    assert balances(brand) == {}
    assert set(Statement.objects.values_list("status", flat=True)) == {"paid"}
    assert wallet_of(line.koc).paid_minor == 1361
    loaded = answer(brand, back, at=APRIL_6)
    assert (str(loaded.tally), loaded.returned) == ("0 created, 0 updated, 1 unchanged", 0)


def test_totals_of_a_batch_with_a_payment_given_back_agree_to_the_cent(brand: Brand) -> None:
    batch = pay_all(brand)
    answer(brand, {"reference": reference_of(batch, "a")} | BACK)
    batch.refresh_from_db()
    assert (batch.status, batch.total_minor) == ("closed", 8166)
    assert [(part.status, part.count, part.amount_minor) for part in parts_of(batch)] == [
        ("paid", 2, 6805), ("returned", 1, 1361),
    ]  # fmt: skip
    assert moved_by(batch) == {"payout": 8166, "paid": 8166, "given_back": 1361}


@pytest.mark.parametrize("seed", range(6))
def test_paid_and_given_back_in_any_order_and_pieces_end_the_same(brand: Brand, seed: int) -> None:
    """The order of arrival does not matter, nor whether one file says both."""
    chance = random.Random(seed)
    ordered = make_ready_brand("ordered")
    batch = exported(ordered)
    for said in (PAID, BACK):
        answer(ordered, {"reference": reference_of(batch, "a")} | said)
    expected = payout_snapshot(ordered)
    assert expected["balances"] == {("a", "settled"): 1361, ("b", "paying"): 2722, ("c", "paying"): 4083}
    reference = {"reference": reference_of(exported(brand), "a")}
    pieces = [reference | said for said in (PAID, BACK, PAID, BACK, {"status": "returned"}, {"status": "paid"})]
    chance.shuffle(pieces)
    while pieces:
        rows = [pieces.pop() for _ in range(min(len(pieces), chance.randint(1, 3)))]
        columns = list(dict.fromkeys(name for row in rows for name in row))
        answer(brand, *[dict.fromkeys(columns, "") | row for row in rows])
    assert payout_snapshot(brand) == expected


def test_a_line_that_waited_and_is_given_back_was_paid_and_came_back(brand: Brand) -> None:
    """The bank says both at once: the same moves as when it says one after the other."""
    batch = exported(brand)
    loaded = answer(brand, {"reference": reference_of(batch, "a")} | BACK)
    assert (loaded.paid, loaded.failed, loaded.returned) == (0, 0, 1)
    assert moved_by(batch) == {"payout": 8166, "paid": 1361, "given_back": 1361}
    line = PayoutLine.objects.get(koc__key="a")
    assert (line.result_at, line.return_told_at) == (APRIL_3, APRIL_3)
    late = answer(brand, {"reference": reference_of(batch, "a")} | PAID, name="late.csv", at=APRIL_6)
    assert (str(late.tally), late.paid, late.returned) == ("0 created, 1 updated, 0 unchanged", 0, 0)
    line.refresh_from_db()
    assert facts(line) == BOTH_FACTS
    assert balances(brand)["a", "settled"] == 1361


def test_a_paid_line_that_is_told_as_failed_is_refused_and_told_how(brand: Brand) -> None:
    """A silent flip stays refused, as does one of what was given back."""
    batch = pay_all(brand)
    reference = {"reference": reference_of(batch, "a")}
    flip = reference | {"status": "failed", "reason": "账户已销户 退汇"}
    with refused(
        brand, BadFile, r"says status paid; what the bank gave back .* is returned, not failed \(status, failed\)"
    ):
        answer(brand, flip)
    answer(brand, reference | BACK, name="back.csv", at=APRIL_6)
    with refused(brand, BadFile, r"results.csv:2: back.csv, loaded at 2026-04-06 02:00 UTC, says status returned"):
        answer(brand, flip)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"returned_at": "2026-04-06"}, "back.csv, loaded at 2026-04-06 02:00 UTC, says returned_at"),
        ({"reason": "户名不符"}, "back.csv, loaded at 2026-04-06 02:00 UTC, says reason 账户已销户 退汇"),
        ({"amount": "13.60"}, "batch 1 says amount 13.61"),
    ],
)
def test_what_was_said_of_a_return_is_not_said_otherwise(brand: Brand, row: dict[str, str], fault: str) -> None:
    batch = pay_all(brand)
    back = {"reference": reference_of(batch, "a")} | BACK
    answer(brand, back, name="back.csv", at=APRIL_6)
    with refused(brand, BadFile, fault):
        answer(brand, back | row)


def test_a_return_before_the_payment_is_refused_whichever_is_told_first(brand: Brand) -> None:
    batch = exported(brand)
    reference = {"reference": reference_of(batch, "a")}
    answer(brand, reference | BACK | {"returned_at": "2026-04-01T23:59:00+08:00"})
    with refused(brand, BadFile, "was given back before it was paid"):
        answer(brand, reference | PAID)


def test_a_refund_after_a_return_is_a_debt_as_after_a_payment(brand: Brand) -> None:
    """The statement stays what it was; what the refund takes comes off the next one."""
    batch = pay_all(brand)
    answer(brand, {"reference": reference_of(batch, "a")} | BACK, at=APRIL_6)
    report(brand, refunded("a-0", "R-1", APRIL_6, l1=9900), at=APRIL_6)
    assert balances(brand) == {("a", "settled"): 1361, ("a", "debt"): -1361}
    assert lines(draft(brand)) == [("a", 1361, "waiting")]
    settle_period(brand=brand, period="2026-04", at=MAY_2)
    assert Statement.objects.get(koc__key="a", period="2026-04").carried_out_minor == -1361


def test_a_month_whose_payments_came_back_may_be_reopened(brand: Brand) -> None:
    batch = pay_all(brand)
    answer(brand, *[{"reference": reference_of(batch, koc), "status": "returned"} for koc in "abc"], at=APRIL_6)
    assert not holds_statements(Settlement.objects.get(brand=brand))
    reopen_period(brand=brand, period="2026-03", because="wrong hold", by=maker_of(brand), at=APRIL_6)
    assert balances(brand) == {("a", "approved"): 1361, ("b", "approved"): 2722, ("c", "approved"): 4083}
    late = answer(brand, {"reference": reference_of(batch, "b"), "status": "paid", "bank_reference": "B-2"}, at=APRIL_6)
    assert (str(late.tally), late.paid) == ("0 created, 1 updated, 0 unchanged", 0)


# Who is told


def test_reconciliation_shows_what_was_paid_and_what_came_back(brand: Brand) -> None:
    batch = pay_all(brand)
    answer(brand, {"reference": reference_of(batch, "a")} | BACK)
    found = reconciliation(brand, first="2026-03", last="2026-03")
    assert found.differences == 0
    steps = {(step.stage, step.key): (step.count, step.amount_minor) for step in found.steps}
    assert {key: steps["bank", key] for key in ("paid", "given_back", "booked_as_paid", "booked_as_given_back")} == {
        "paid": (3, 8166), "given_back": (1, -1361), "booked_as_paid": (3, 8166), "booked_as_given_back": (1, -1361),
    }  # fmt: skip
    assert (steps["batches", "in_no_batch"], steps["batches", "paid"]) == ((1, 1361), (2, 6805))
    assert next((link.told, link.found) for link in found.links if link.key == "given_back") == (1361, 1361)


def test_reconciliation_without_a_return_does_not_speak_of_one(brand: Brand) -> None:
    pay_all(brand)
    keys = {step.key for step in reconciliation(brand, first="2026-03", last="2026-03").steps}
    assert not keys & {"given_back", "booked_as_given_back"}


def test_the_explanation_tells_both_facts_in_both_languages(brand: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    batch = pay_all(brand)
    answer(brand, {"reference": reference_of(batch, "a")} | BACK)
    call_command("explain", "a-0", "--brand=lumi")
    told = capsys.readouterr().out
    assert "The statement of 2026-03 was paid out on 2026-04-02 10:00." in told
    assert (
        "The bank gave this payment back on 2026-04-05 00:00 (账户已销户 退汇): the statement of 2026-03 can be paid again."
        in told
    )
    assert "It is not paid out yet." in told
    call_command("explain", "a-0", "--brand=lumi", "--language=zh-hans")
    assert "退回" in capsys.readouterr().out


def test_a_koc_reads_what_became_of_the_payment(brand: Brand) -> None:
    batch = pay_all(brand)
    answer(brand, {"reference": reference_of(batch, "a")} | BACK)
    koc = PayoutLine.objects.select_related("koc__user").get(koc__key="a").koc
    assert koc.user
    (statement,) = results(Person(koc.user).read("statements", koc=koc.public_id))
    assert (statement["status"], statement["payments"]) == (
        "ready",
        [
            {
                "status": "returned",
                "paid_at": "2026-04-02T02:00:00Z",
                "returned_at": "2026-04-04T16:00:00Z",
                "reason": "账户已销户 退汇",
            }
        ],
    )
    assert Person(koc.user).read(f"statements/{statement['id']}").json() == statement


# The laws


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE commissions_payoutline SET status = 'paid' WHERE status = 'returned'", "does not go from returned to paid"),
        ("UPDATE commissions_payoutline SET status = 'waiting' WHERE status = 'returned'", "does not go from returned to waiting"),
        ("UPDATE commissions_payoutline SET status = 'failed' WHERE status = 'paid'", "does not go from paid to failed"),
        ("UPDATE commissions_payoutline SET status = 'returned' WHERE status = 'paid'", "payout_line_that_was_given_back_says_so"),
        ("UPDATE commissions_payoutline SET returned_at = now() WHERE status = 'paid'", "payout_line_that_was_given_back_says_so"),
        ("UPDATE commissions_payoutline SET paid_at = now() WHERE status = 'returned'", "stays said"),
        ("UPDATE commissions_payoutline SET returned_at = NULL WHERE status = 'returned'", "stays said"),
        ("UPDATE commissions_payoutline SET reason = 'x' WHERE status = 'returned'", "stays said"),
        ("UPDATE commissions_payoutline SET bank_reference = 'B-2' WHERE status = 'returned'", "stays said"),
        ("UPDATE commissions_payoutline SET return_file = 'x' WHERE status = 'returned'", "stays said"),
        ("UPDATE commissions_payoutline SET result_at = now() WHERE status = 'returned'", "stays said"),
    ],
)  # fmt: skip
def test_the_database_keeps_what_the_bank_said(brand: Brand, statement: str, why: str) -> None:
    batch = pay_all(brand)
    answer(brand, {"reference": reference_of(batch, "a")} | BACK)
    assert_refused_by_database(statement, why)


@pytest.mark.parametrize(
    ("tamper", "law"),
    [
        ("DELETE FROM commissions_transfer WHERE reason = 'given_back'", "every line moved what its status says"),
        (
            "UPDATE commissions_payoutline SET status = 'paid', returned_at = NULL, return_told_at = NULL, return_file = '' WHERE status = 'returned'",
            "every line moved what its status says",
        ),
        (
            "UPDATE commissions_payoutline SET status = 'returned', return_told_at = now() WHERE status = 'paid'",
            "a statement is paid when a line of it is",
        ),
        (
            "UPDATE commissions_statement SET status = 'paid' WHERE status = 'ready'",
            "the settled wallets hold what the unpaid statements say",
        ),
    ],
)
def test_the_proof_finds_a_return_that_was_tampered_with(brand: Brand, tamper: str, law: str) -> None:
    batch = pay_all(brand)
    answer(brand, {"reference": reference_of(batch, "a")} | BACK)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger sees it
        cursor.execute(tamper)
    assert [proof.law for proof in PROOFS if law in proof.law and faults_of(brand, proof).count]
    assert [proof.law for proof in doubted() if law in proof.law]
