"""When each work of the clock was done, and what is late."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.heartbeats.domain import PACES, is_late
from accounts.heartbeats.models import Heartbeat
from accounts.heartbeats.selectors import late_works
from accounts.heartbeats.services import clock_work, expect_all, record_heartbeat
from foundation.postgres.locks import alone
from tests.support.concurrency import run_at_once
from tests.support.factories import NOW

CREDIT = Heartbeat.Work.CREDIT
MINUTE = timedelta(minutes=1)


def test_a_work_is_late_when_more_than_its_allowance_has_passed() -> None:
    assert not is_late(PACES["credit"], since=NOW - MINUTE, at=NOW)
    assert is_late(PACES["credit"], since=NOW - MINUTE - timedelta(seconds=1), at=NOW)
    assert is_late(PACES["credit"], since=None, at=NOW)


def test_every_work_may_be_later_than_it_comes() -> None:
    assert set(PACES) == set(Heartbeat.Work.values)
    assert all(pace.late_after >= 5 * pace.every for pace in PACES.values())


@pytest.mark.django_db
def test_a_heartbeat_costs_one_statement_and_an_older_one_changes_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    Heartbeat.objects.all().delete()
    for minutes in (0, 5, 3):
        with django_assert_num_queries(1):
            record_heartbeat(CREDIT, began_at=NOW, done_at=NOW + minutes * MINUTE)
    assert Heartbeat.objects.values_list("work", "expected_since", "began_at", "done_at").get() == (
        "credit",
        NOW,
        NOW,
        NOW + 5 * MINUTE,
    )


@pytest.mark.django_db
def test_what_is_late_is_asked_at_once_and_the_most_frequent_comes_first(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    Heartbeat.objects.all().delete()
    expect_all(at=NOW)
    expect_all(at=NOW + timedelta(days=1))  # what is expected stays so
    assert late_works(at=NOW + MINUTE) == []
    with django_assert_num_queries(1):
        assert [late.work for late in late_works(at=NOW + timedelta(days=1))][:2] == ["credit", "exports"]


def test_of_long_work_one_runs_and_the_other_leaves_and_says_nothing(committed: None) -> None:
    Heartbeat.objects.all().delete()
    done: list[str] = []

    @clock_work(Heartbeat.Work.LEDGERS, one_at_a_time=True)
    def check() -> None:
        done.append("checked")

    with alone("clock ledgers"):
        run_at_once(check)
        assert (done, Heartbeat.objects.count()) == ([], 0)
    run_at_once(check)
    assert done == ["checked"]
    assert Heartbeat.objects.get().done_at is not None
