"""A database that is frozen: it says nothing, closes nothing, and takes whoever connects. Nobody waits for it for ever."""

import time
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection

from commissions.orders.models import Order
from commissions.tasks import credit_facts_of_brand
from foundation.postgres import silence
from tests.support.clients import Person
from tests.support.factories import make_brand_with_plan, make_user
from tests.support.relay import Relay, behind_a_relay
from tests.support.shop_events import paid, send

LONG_SECONDS = 60  # what is bounded ends far sooner, however busy the machine


@pytest.fixture
def relay(committed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """As in a web process, only sooner."""
    monkeypatch.setattr(silence, "SUSPICIOUS_SECONDS", 0.3)
    monkeypatch.setattr(silence, "PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(silence, "GRACE_SECONDS", 0.3)
    monkeypatch.setitem(connection.settings_dict, "SILENCE_SECONDS", 2)
    with behind_a_relay() as relay:
        yield relay


def sleep(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def me(person: Person) -> tuple[int, str | None]:
    connection.close_if_unusable_or_obsolete()  # as before every request, but for those of a test client
    response = person.get("/api/v1/me")
    return response.status_code, response.get("Retry-After")


def test_a_request_that_a_frozen_server_holds_is_told_to_come_back_and_later_ones_do_not_wait(relay: Relay) -> None:
    person = Person(make_user())
    assert me(person) == (200, None)
    relay.freeze()
    begin = time.monotonic()
    assert me(person) == (503, "5")  # by the connection that it has
    held = time.monotonic() - begin
    assert me(person) == (503, "5")  # nobody connects
    at_once = time.monotonic() - begin - held
    assert at_once < 2 < held < LONG_SECONDS  # each connects in vain for two seconds else
    relay.thaw()
    while me(person) != (200, None):
        assert time.monotonic() - begin < LONG_SECONDS
        time.sleep(0.05)


def test_a_transaction_that_a_frozen_server_holds_is_rolled_back(relay: Relay) -> None:
    make_user("+8613800000077")
    relay.freeze()
    with pytest.raises(OperationalError, match="said nothing"):
        make_user("+8613800000078")
    assert connection.connection is None or connection.connection.closed


def test_a_task_that_a_frozen_server_holds_ends_and_its_work_is_done_later(relay: Relay) -> None:
    brand = make_brand_with_plan("lumi", rules=[{"rate_bps": 1000}])
    send(brand, paid())
    relay.freeze()
    credit_facts_of_brand(brand.pk)  # it is left to the next beat
    relay.thaw()
    connection.close_if_unusable_or_obsolete()
    until = time.monotonic() + LONG_SECONDS
    while Order.objects.filter(credited_at=None).exists():
        assert time.monotonic() < until
        time.sleep(0.05)
        credit_facts_of_brand(brand.pk)


def test_a_slow_statement_of_a_server_that_answers_goes_on(relay: Relay) -> None:
    connection.ensure_connection()
    before = relay.accepted
    sleep(1.2)
    assert 1 <= relay.accepted - before <= 3  # it was asked, at most once in a while
    assert not connection.connection.closed


def test_a_single_session_that_stays_silent_ends_a_while_after_its_statement_must(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server answers others: only this one's process is frozen, or a pooler stands between."""
    monkeypatch.setitem(connection.settings_dict, "STATEMENT_SECONDS", 1)
    connection.ensure_connection()
    begin = time.monotonic()
    with pytest.raises(OperationalError, match="said nothing"):
        sleep(8)
    assert 1.3 <= time.monotonic() - begin < 8
    connection.close_if_unusable_or_obsolete()
    sleep(0)


def test_who_asks_for_no_limit_waits(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "SILENCE_SECONDS", 0)
    connection.ensure_connection()
    before = relay.accepted
    sleep(0.8)
    assert relay.accepted == before
