"""What a refusal says to the person who reads it."""

from commissions.audit.domain.refusals import LedgerOff, NotReconciled
from commissions.orders.domain.refusals import EventRefused, MalformedEvent
from commissions.payees.domain.refusals import PayeeRefused
from commissions.payouts.domain.refusals import BatchRefused
from commissions.planning.domain.refusals import Contradicted
from commissions.settlement.domain.refusals import TaxTableRefused


def test_a_refusal_that_knows_its_place_says_so() -> None:
    told = [kind("is wrong", "data.order") for kind in (MalformedEvent, EventRefused, PayeeRefused)]
    assert [(str(one), one.place, one.messages()) for one in told] == [("is wrong", "data.order", ["is wrong"])] * 3
    assert EventRefused("no order A-1").place == ""


def test_every_contradiction_is_a_line_and_all_are_one_sentence() -> None:
    refused = Contradicted([("ends before it starts", ("ends_at",)), ("S1 stands twice", ("skus",))])
    assert str(refused) == "ends before it starts; S1 stands twice"
    assert refused.messages() == ["ends before it starts", "S1 stands twice"]
    assert [place for _, place in refused.faults] == [("ends_at",), ("skus",)]


def test_every_fault_of_a_tax_table_is_a_line() -> None:
    refused = TaxTableRefused(["a rate is too high", "a limit is too low"])
    assert (str(refused), refused.messages()) == (
        "a rate is too high; a limit is too low",
        ["a rate is too high", "a limit is too low"],
    )


def test_a_ledger_that_is_off_shows_some_faults_and_counts_all() -> None:
    assert LedgerOff(["wallet 1", "wallet 2"], count=5).messages() == [
        "wallet 1",
        "wallet 2",
        "… and 3 more",
        "ledger: 5 faults",
    ]
    assert LedgerOff(["wallet 1"], count=1).messages() == ["wallet 1", "ledger: 1 fault"]


def test_what_does_not_reconcile_is_counted() -> None:
    assert str(NotReconciled(2, 1)) == "reconcile: 2 links, 1 difference"


def test_of_a_refused_batch_twenty_faults_are_shown() -> None:
    assert BatchRefused("is on its way").messages() == ["is on its way"]
    faults = [f"payment {number}" for number in range(22)]
    assert BatchRefused("not all can go", faults[:20]).messages() == ["not all can go", *faults[:20]]
    assert BatchRefused("not all can go", faults).messages() == ["not all can go", *faults[:20], "… and 2 more"]
