"""What a client is told while the database is busy or gone: 503, when to come back, and that nothing was done."""

import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.people.models import Koc
from commissions.settlement.models.statements import Statement
from config.settings import NOTICED_WITHIN
from tests.support.clients import Person, errors, me
from tests.support.concurrency import book_held
from tests.support.database import database_at
from tests.support.factories import NOW, make_brand_with_plan, make_koc, make_share, make_user
from tests.support.shop_events import delivered, paid, report


def no_database() -> AbstractContextManager[None]:
    """Nobody listens where the database was."""
    return database_at("127.0.0.1", 1)


@contextmanager
def silent_database() -> Iterator[None]:
    """Somebody listens where the database was, and never says a word: a machine that hangs, or a network that swallows."""
    with socket.create_server(("127.0.0.1", 0)) as listener, database_at("127.0.0.1", listener.getsockname()[1]):
        yield


def withdraw(koc: Koc):
    return me(koc).send("withdrawals", {"koc": koc.public_id})


def test_a_book_that_stays_locked_answers_503_and_the_same_withdrawal_goes_through_later(committed: None) -> None:
    brand = make_brand_with_plan(
        "lumi", rules=[{"rate_bps": 1000}], policy={"withdrawals": True, "min_payout_minor": 0}
    )
    koc = make_koc(brand, "ann", user=make_user())
    report(brand, paid(share=make_share(koc).code), delivered(), at=NOW + timedelta(days=60))
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    with book_held(koc.brand):
        response = withdraw(koc)
    assert (response.status_code, errors(response), response["Retry-After"]) == (503, [("unavailable", None)], "5")
    assert not Statement.objects.exists()
    assert withdraw(koc).status_code == 201
    assert Statement.objects.get().net_minor == 990


@pytest.mark.parametrize("path", ["/api/v1/me", "/s/abcdefgh", "/i/abcdefgh", "/nowhere", "/admin/"])
def test_without_a_database_every_page_that_needs_it_says_when_to_come_back(committed: None, path: str) -> None:
    person, staff = Person(make_user()), Client(raise_request_exception=False)
    staff.force_login(make_user(is_staff=True))
    with no_database():
        response = staff.get(path) if path.startswith("/admin") else person.get(path)
    if path == "/nowhere":
        assert response.status_code == 404
    else:
        assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert person.get("/api/v1/me").status_code == 200


def test_a_database_that_says_nothing_is_waited_for_some_seconds(committed: None) -> None:
    person = Person(make_user())
    with silent_database():
        begin = time.monotonic()
        response = person.get("/api/v1/me")
        took = time.monotonic() - begin
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert took < 30  # without a limit it is more than two minutes


def test_every_connection_notices_within_seconds_that_the_server_is_gone(committed: None) -> None:
    connection.ensure_connection()
    given = connection.connection.info.get_parameters()
    assert {name: given.get(name) for name in NOTICED_WITHIN} == {
        name: str(value) for name, value in NOTICED_WITHIN.items()
    }
    assert (
        sum(NOTICED_WITHIN[name] * times for name, times in (("keepalives_idle", 1), ("keepalives_interval", 2))) <= 20
    )


def test_without_a_database_it_is_alive_and_not_ready(committed: None) -> None:
    with no_database():
        assert Client().get("/healthz").status_code == 200
        assert Client().get("/readyz").status_code == 503
    assert Client().get("/readyz").status_code == 200
