"""The same facts, delivered by many processes at once, in any order, any number of times, killed at any instant: the
same books."""

import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.earnings.selectors.crediting import orders_to_credit
from commissions.earnings.services import crediting
from commissions.earnings.services.crediting import credit_orders
from commissions.ledger.models import Transfer
from commissions.orders.models import Order, Refund
from commissions.plans.models.policies import PayPolicy
from commissions.schedule import run_due
from commissions.settlement.services.settlement import settle_period
from config.embedded import url_of
from tests.support.concurrency import Rendezvous, run_at_once
from tests.support.factories import NOW, TWO_LEVELS, make_brand_with_plan, make_koc, make_share
from tests.support.paths import ROOT
from tests.support.shop_events import (
    balances,
    cancelled,
    commissions,
    delivered,
    paid,
    prove,
    refunded,
    report,
    send,
    statements,
)

AT = datetime(2026, 6, 1, tzinfo=UTC)


def make_shop(slug: str) -> Brand:
    """A brand with two levels, a rule for new customers, and a chain of ten sharers."""
    brand = make_brand_with_plan(
        slug,
        policy=TWO_LEVELS | {"min_payout_minor": 500},
        rules=[
            {"priority": 1, "customer": "new", "rate_bps": 1500, "override_bps": 500},
            {"rate_bps": 777, "override_bps": 99},
        ],
    )
    above = None
    for number in range(10):
        above = make_koc(brand, f"k{number}", sponsor=above)
        make_share(above, key=f"share-{number}")
    return brand


def thousand_events() -> list[dict[str, Any]]:
    """400 orders of 60 customers, 300 deliveries, 250 partial refunds, 50 cancellations; in the order in which they
    happened."""
    chance = random.Random(20)
    events: list[tuple[datetime, dict[str, Any]]] = []
    for number in range(400):
        order, moment, price = f"A-{number}", NOW + timedelta(minutes=97 * number), chance.randrange(1000, 90_000)
        customer = {"id": f"c-{chance.randrange(60)}"} if number % 7 else None
        events.append(
            (
                moment,
                paid(
                    order,
                    ("1", "S1", 1, price),
                    ("2", "S1", 2, 333),
                    at=moment,
                    share=f"share-{number % 10}",
                    customer=customer,
                ),
            )
        )
        if number < 300:
            events.append((moment + timedelta(days=2), delivered(order, moment + timedelta(days=2))))
        if number % 8 < 5:
            later = moment + timedelta(days=chance.randrange(1, 40))
            events.append((later, refunded(order, "R-1", later, l1=chance.randrange(1, price + 1))))
        if number % 8 == 7:
            later = moment + timedelta(days=chance.randrange(1, 40))
            events.append((later, cancelled(order, later)))
    return [event for _, event in sorted(events, key=lambda pair: pair[0])]


def snapshot(brand: Brand) -> dict[str, Any]:
    """All that money comes to, without the numbers of rows."""
    prove(brand)
    approved = Commission.objects.filter(brand=brand).order_by("line__order__key", "line__position", "level")
    return {
        "commissions": commissions(brand),
        "approved": list(approved.values_list("status", "approved_at")),
        "balances": balances(brand),
        "statements": statements(brand),
        "refunds": list(
            Refund.objects.filter(brand=brand).order_by("order_key", "key").values_list("order_key", "key", "status")
        ),
    }


def settled_snapshot(brand: Brand) -> dict[str, Any]:
    for period in ("2026-03", "2026-04"):
        settle_period(brand=brand, period=period, at=AT)
    return snapshot(brand)


def start(*arguments: str) -> subprocess.Popen[str]:
    env = os.environ | {"DATABASE_URL": url_of(connection.settings_dict), "GROVE_ENV_FILE": "no"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.processes.worker", *arguments],
        cwd=ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(process: subprocess.Popen[str]) -> None:
    output, _ = process.communicate(timeout=900)
    assert process.returncode == 0, output


@pytest.fixture
def expected(committed: None) -> dict[str, Any]:
    """What one process comes to that takes everything in order."""
    brand = make_shop("ordered")
    send(brand, *thousand_events())
    run_due(brand=brand, at=AT)
    found = settled_snapshot(brand)
    assert len(found["statements"]) == 20
    return found


@pytest.mark.heavy
def test_eight_processes_shuffled_and_doubled_end_as_one_in_order(expected: dict[str, Any], tmp_path: Path) -> None:
    brand = make_shop("shuffled")
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(map(json.dumps, thousand_events())))
    assert len(file.read_text().splitlines()) == 1000
    for process in [start("deliver", "shuffled", AT.isoformat(), str(file), str(seed)) for seed in range(8)]:
        finish(process)
    for process in [start("answer", "shuffled", AT.isoformat()) for _ in range(3)]:
        finish(process)
    assert settled_snapshot(brand) == expected


@pytest.mark.heavy
def test_workers_that_are_killed_in_the_middle_change_nothing(expected: dict[str, Any]) -> None:
    brand = make_shop("killed")
    send(brand, *thousand_events())
    killed = 0
    for more in (20, 150, 400, 700, 1100):
        worker = start("answer", "killed", AT.isoformat())
        while worker.poll() is None and Transfer.objects.filter(source__brand=brand).count() < more:
            time.sleep(0.005)
        killed += worker.poll() is None
        worker.kill()
        worker.communicate()
        prove(brand)
    assert killed  # how many depends on how fast the machine is
    finish(start("answer", "killed", AT.isoformat()))
    assert settled_snapshot(brand) == expected


@pytest.mark.parametrize("guarded", [False, True])
def test_two_answering_passes_at_once(committed: None, monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    """Without the lock of the book both take the same orders and one must be refused; with it the second finds nothing
    left."""
    brand = make_shop("raced")
    send(brand, *thousand_events()[:50])
    monkeypatch.setattr(crediting, "orders_to_credit", Rendezvous(orders_to_credit))
    if not guarded:
        monkeypatch.setattr(crediting, "lock_book", lambda brand: PayPolicy.objects.get(brand=brand))
    orders = Order.objects.filter(brand=brand).count()
    results = run_at_once(*[lambda: credit_orders(brand=brand, at=AT)] * 2)
    if guarded:
        assert sorted(results) == [0, orders]
    else:
        assert sorted(map(type, results), key=str) == [AssertionError, int]
    prove(brand)
    assert Order.objects.filter(brand=brand, credited_at=None).count() == 0


def test_two_settlements_at_once_write_one_set_of_statements(committed: None) -> None:
    brand = make_shop("settled")
    report(brand, *thousand_events(), at=AT)
    first, second = run_at_once(*[lambda: settle_period(brand=brand, period="2026-03", at=AT)] * 2)
    assert sorted([first.is_new, second.is_new]) == [False, True]
    assert (first.statements, first.net_minor) == (second.statements, second.net_minor)
    prove(brand)


def test_a_settlement_beside_refunds_and_answers_keeps_the_book_whole(committed: None) -> None:
    brand = make_shop("busy")
    events = thousand_events()
    report(brand, *[event for event in events if event["type"] != "order.refunded"], at=AT)
    send(brand, *[event for event in events if event["type"] == "order.refunded"])
    results = run_at_once(
        lambda: settle_period(brand=brand, period="2026-03", at=AT),
        lambda: run_due(brand=brand, at=AT),
        lambda: run_due(brand=brand, at=AT),
    )
    assert not [result for result in results if isinstance(result, Exception)]
    run_due(brand=brand, at=AT)
    prove(brand)
