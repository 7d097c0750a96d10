"""The clock and its brands: one that somebody works on keeps no other waiting, and idle ones cost nothing."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commissions.orders.models import Order
from commissions.tasks import credit_facts, do_what_is_due
from tests.support.concurrency import book_held
from tests.support.factories import make_brand, make_brand_with_plan
from tests.support.shop_events import paid, send


def uncredited() -> list[str]:
    return list(Order.objects.filter(credited_at=None).order_by("key").values_list("key", flat=True))


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
