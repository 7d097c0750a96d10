"""The clock and its brands: one that somebody works on keeps no other waiting, and idle ones cost nothing."""

import time

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from psycopg.errors import LockNotAvailable

from commissions import tasks
from commissions.earnings.services.crediting import credit_orders
from commissions.orders.models import Order
from commissions.tasks import credit_facts, do_what_is_due, do_what_is_due_of_brand
from foundation.postgres.transactions import LockStillBusy, waiting_for_locks_at_most
from referrals.propagation.models import PendingAggregate
from tests.support.concurrency import book_held, run_in_the_middle
from tests.support.factories import NOW, make_brand, make_brand_with_plan, make_koc, make_share
from tests.support.processes.pooler import LOCK_SECONDS, SESSIONS, behind_a_pooler
from tests.support.shop_events import delivered, paid, send


def uncredited() -> list[str]:
    return list(Order.objects.filter(credited_at=None).order_by("key").values_list("key", flat=True))


def is_for_the_book(sql: str) -> bool:
    return "FOR UPDATE" in sql and "commissions_paypolicy" in sql


def lock_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        ((limit,),) = cursor.fetchall()
        return str(limit)


@pytest.mark.parametrize("task", [credit_facts, do_what_is_due])
def test_a_brand_that_somebody_works_on_is_stepped_over_and_the_next_beat_comes_back(
    committed: None, task, caplog: pytest.LogCaptureFixture
) -> None:
    busy, free = (
        make_brand_with_plan("busy", rules=[{"rate_bps": 1000}]),
        make_brand_with_plan("free", rules=[{"rate_bps": 1000}]),
    )
    send(busy, paid("A-1"))
    send(free, paid("B-1"))
    with book_held(busy):
        begin = time.monotonic()
        task()
        took = time.monotonic() - begin
        assert uncredited() == ["A-1"]
    assert [
        record for record in caplog.records if record.levelname != "INFO"
    ] == []  # a brand that is busy is no failure of its task
    assert took < 30  # without a limit it would wait for as long as the book is held
    task()
    assert uncredited() == []


def test_a_busy_brand_is_tried_once_and_what_needs_another_lock_is_done(
    committed: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Crediting, changes, approvals and subsidies need the book; spread does not."""
    busy = make_brand_with_plan("busy", rules=[{"rate_bps": 1000}])
    share = make_share(make_koc(busy, "sharer"))
    send(busy, paid("A-1", share=share.code), delivered("A-1"))
    caplog.set_level("INFO", logger="commissions.tasks")
    with book_held(busy), CaptureQueriesContext(connection) as asked:
        do_what_is_due_of_brand(busy.pk)
    assert len([query for query in asked if is_for_the_book(query["sql"])]) == 1
    assert not PendingAggregate.objects.exists()
    assert [record.getMessage() for record in caplog.records] == [
        f"brand {busy.pk} is left to the next beat: LockNotAvailable, LockStillBusy"
    ]
    assert uncredited() == ["A-1"]
    with CaptureQueriesContext(connection) as asked:
        do_what_is_due_of_brand(busy.pk)
    assert len([query for query in asked if is_for_the_book(query["sql"])]) > 4  # each step takes it again
    assert uncredited() == []


def test_who_waits_for_as_long_as_it_takes_tries_every_time(committed: None) -> None:
    """Only a work of the clock comes back anyway; and the next work does not remember this one's."""
    brand = make_brand_with_plan("lumi", rules=[{"rate_bps": 1000}])
    with waiting_for_locks_at_most(50):
        with book_held(brand):
            for error in (LockNotAvailable, type(None)):
                with pytest.raises(OperationalError) as raised:
                    credit_orders(brand=brand, at=NOW)
                assert type(raised.value.__cause__) is error
        with pytest.raises(LockStillBusy):
            credit_orders(brand=brand, at=NOW)
    assert credit_orders(brand=brand, at=NOW) == 0


def test_behind_a_pooler_it_is_stepped_over_as_soon(committed: None) -> None:
    """A limit of the session would be another session's: this task waits for long, and whoever has that one next does
    not wait at all."""
    busy = make_brand_with_plan("busy", rules=[{"rate_bps": 1000}])
    send(busy, paid("A-1"))
    with behind_a_pooler():
        with book_held(busy):
            begin = time.monotonic()
            credit_facts()
            assert time.monotonic() - begin < LOCK_SECONDS
        assert [lock_timeout() for _ in range(SESSIONS)] == [f"{LOCK_SECONDS}s"] * SESSIONS
    assert uncredited() == ["A-1"]


@pytest.mark.parametrize(("whose", "expected"), [("busy", []), ("free", ["free"])])
def test_two_tasks_of_one_brand_never_take_two_workers(
    committed: None, monkeypatch: pytest.MonkeyPatch, whose: str, expected: list[str]
) -> None:
    """While one is at work for a brand, another of the same brand leaves at once; one of another brand works."""
    brands = {name: make_brand_with_plan(name, rules=[{"rate_bps": 1000}]) for name in ("busy", "free")}
    worked: list[str] = []
    monkeypatch.setattr(tasks, "run_due", lambda *, brand, at: worked.append(brand.slug))
    run_in_the_middle(
        monkeypatch,
        tasks,
        "credit_facts_of",
        lambda: tasks.credit_facts_of_brand(brands["busy"].pk),
        lambda: tasks.do_what_is_due_of_brand(brands[whose].pk),
    )
    assert worked == expected
    tasks.do_what_is_due_of_brand(brands["busy"].pk)
    assert worked == [*expected, "busy"]


def test_a_thousand_idle_brands_cost_three_queries_a_beat_and_no_row_lock(committed: None) -> None:
    for number in range(1000):
        make_brand(f"idle-{number}")
    working = make_brand_with_plan("working", rules=[{"rate_bps": 1000}])
    for task in (credit_facts, do_what_is_due):
        with CaptureQueriesContext(connection) as idle:
            task()
        assert len(idle) <= 3
        assert [query["sql"] for query in idle if "FOR UPDATE" in query["sql"] or "FOR NO KEY" in query["sql"]] == []
    send(working, paid("A-1"))
    credit_facts()
    assert uncredited() == []
