"""Two people pay the same statements at the same moment. Beside each guard its trap: without the lock of the book both
go on until the database stops one."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from commissions.payouts.domain.refusals import BatchRefused, NothingToPay
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.services import payout_exports, payout_results, payouts
from commissions.payouts.services.payout_exports import ExportedBatch, export_batch
from commissions.payouts.services.payout_results import ResultsLoaded, record_results
from commissions.payouts.services.payouts import MadeBatch, approve_batch, make_batch, remove_line
from commissions.plans.models.policies import PayPolicy
from foundation.files.faults import BadFile
from tests.support.concurrency import Rendezvous, run_at_once
from tests.support.factories import make_staff
from tests.support.payout_files import file_bytes, reference_of, results_file
from tests.support.payouts import APRIL_1, APRIL_3, approved, checker_of, draft, exported, make_ready_brand, maker_of
from tests.support.processes.pooler import behind_a_pooler
from tests.support.shop_events import balances, prove

Race = Callable[..., list[Any]]


@pytest.fixture(params=[False, True])
def guarded(request: pytest.FixtureRequest) -> bool:
    """Whether the book is locked."""
    return bool(request.param)


@pytest.fixture
def race(committed: None, monkeypatch: pytest.MonkeyPatch, guarded: bool) -> Race:
    """Run calls at once. All have read before any writes, in the function of this name; when one is kept out, the
    others go on alone."""

    def run(module: Any, name: str, calls: list[Callable[[], Any]], *, lock_in: Any = None) -> list[Any]:
        monkeypatch.setattr(module, name, Rendezvous(getattr(module, name), before=True))
        if not guarded:
            monkeypatch.setattr(lock_in or module, "lock_book", lambda brand: PayPolicy.objects.get(brand=brand))
        return run_at_once(*calls)

    return run


def kinds(results: list[Any]) -> set[type]:
    return {type(result) for result in results}


def test_two_batches_made_at_once(race: Race, guarded: bool) -> None:
    brand = make_ready_brand()
    makers = [maker_of(brand), checker_of(brand)]
    calls = [partial(make_batch, brand=brand, made_by=maker, at=APRIL_1) for maker in makers]
    results = race(payouts, "_write_lines", calls)
    assert kinds(results) == {MadeBatch, NothingToPay if guarded else IntegrityError}
    assert PayoutBatch.objects.get().total_minor == 8166
    assert PayoutLine.objects.count() == 3
    prove(brand)


def test_two_exports_at_once(race: Race, guarded: bool) -> None:
    brand = make_ready_brand()
    batch = approved(brand)
    people = [maker_of(brand), checker_of(brand)]
    calls = [partial(export_batch, batch=batch, template_key="generic", by=who, at=APRIL_1) for who in people]
    results = race(payout_exports, "_pay", calls, lock_in=payouts)
    if guarded:
        assert sorted(result.is_new for result in results) == [False, True]
    else:
        assert kinds(results) == {ExportedBatch, IntegrityError}
    assert balances(brand) == {("a", "paying"): 1361, ("b", "paying"): 2722, ("c", "paying"): 4083}
    prove(brand)


def test_one_result_file_loaded_twice_at_once(race: Race, guarded: bool) -> None:
    brand = make_ready_brand()
    batch = exported(brand)
    rows = results_file(
        [
            {"reference": reference_of(batch, "a"), "status": "paid"},
            {"reference": reference_of(batch, "b"), "status": "failed"},
        ]
    )
    load = partial(record_results, brand=brand, lines=rows, at=APRIL_3)
    results = race(payout_results, "_write", [partial(load, name="one.csv"), partial(load, name="two.csv")])
    if guarded:
        assert sorted(str(result.tally) for result in results) == [
            "0 created, 0 updated, 2 unchanged",
            "0 created, 2 updated, 0 unchanged",
        ]
    else:
        assert kinds(results) == {ResultsLoaded, AssertionError}
    assert balances(brand) == {("b", "settled"): 2722, ("c", "paying"): 4083}
    prove(brand)


def test_two_result_files_that_contradict_each_other_at_once(race: Race, guarded: bool) -> None:
    brand = make_ready_brand()
    reference = reference_of(exported(brand), "a")
    files = {status: results_file([{"reference": reference, "status": status}]) for status in ("paid", "failed")}
    load = partial(record_results, brand=brand, at=APRIL_3)
    calls = [partial(load, lines=rows, name=f"{status}.csv") for status, rows in files.items()]
    results = race(payout_results, "_write", calls)
    assert kinds(results) == {ResultsLoaded, BadFile if guarded else AssertionError}
    assert balances(brand).get(("a", "paying")) is None
    prove(brand)


def test_a_payment_that_is_given_back_twice_at_once_comes_back_once(race: Race, guarded: bool) -> None:
    brand = make_ready_brand()
    told = {"reference": reference_of(exported(brand), "a")}
    load = partial(record_results, brand=brand, at=APRIL_3)
    load(lines=results_file([told | {"status": "paid"}]), name="paid.csv")
    rows = results_file([told | {"status": "returned"}])
    results = race(payout_results, "_write", [partial(load, lines=rows, name=f"{name}.csv") for name in ("one", "two")])
    if guarded:
        assert sorted(result.returned for result in results) == [0, 1]
    else:
        assert kinds(results) == {ResultsLoaded, AssertionError}
    assert balances(brand) == {("a", "settled"): 1361, ("b", "paying"): 2722, ("c", "paying"): 4083}
    prove(brand)


def test_paid_and_given_back_told_at_once_end_as_given_back(race: Race, guarded: bool) -> None:
    brand = make_ready_brand()
    reference = reference_of(exported(brand), "a")
    load = partial(record_results, brand=brand, at=APRIL_3)
    files = {status: results_file([{"reference": reference, "status": status}]) for status in ("paid", "returned")}
    calls = [partial(load, lines=rows, name=f"{status}.csv") for status, rows in files.items()]
    results = race(payout_results, "_write", calls)
    if guarded:
        assert kinds(results) == {ResultsLoaded}
        assert balances(brand)["a", "settled"] == 1361
    else:
        assert kinds(results) == {ResultsLoaded, AssertionError}
    prove(brand)


def test_two_people_approve_at_once(race: Race, guarded: bool) -> None:
    brand = make_ready_brand()
    batch = draft(brand)
    people = [checker_of(brand), make_staff(brand)]
    results = race(payouts, "move_on", [partial(approve_batch, batch=batch, by=who, at=APRIL_1) for who in people])
    assert kinds(results) == {PayoutBatch, BatchRefused if guarded else AssertionError}
    assert PayoutBatch.objects.get().approved_by in people


def test_a_line_taken_out_while_somebody_approves(race: Race, guarded: bool) -> None:
    """One of the two is told that things changed. Without the lock nobody is: the database keeps the sums whole, but
    not what was shown."""
    brand = make_ready_brand()
    batch = draft(brand)
    line, maker, checker = PayoutLine.objects.get(koc__key="b"), maker_of(brand), checker_of(brand)
    approves = partial(approve_batch, batch=batch, by=checker, at=APRIL_1, seen_minor=8166)
    results = race(payouts, "must_be", [approves, partial(remove_line, line=line, by=maker, at=APRIL_1)])
    assert sum(isinstance(result, BatchRefused) for result in results) == guarded
    prove(brand)


def test_behind_a_pooler_the_bank_s_file_is_the_same(committed: None) -> None:
    """Its rows are read as they are written, by a cursor that only its own transaction has."""
    brand = make_ready_brand()
    batch = exported(brand)
    with behind_a_pooler():
        again = file_bytes(export_batch(batch=batch, template_key="generic", by=checker_of(brand), at=APRIL_3))
    assert again == file_bytes(export_batch(batch=batch, template_key="generic", by=checker_of(brand), at=APRIL_3))
