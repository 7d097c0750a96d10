"""Orders come in over HTTP while the worker is killed: each accepted one is credited once, and the books prove."""

import json
import random
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Self

import httpx
import psutil
import pytest
from django.core.management import call_command
from django.db import connection
from standardwebhooks import Webhook

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from commissions.orders.models import Event, Order
from commissions.orders.services.secrets import intake_secrets
from tests.journeys.conftest import free_port
from tests.support.factories import NOW, TWO_LEVELS, make_brand_with_plan, make_koc, make_share
from tests.support.processes.procfile import kill, running, start
from tests.support.shop_events import balances, commissions, paid, prove

ORDERS, KILLS, SENDERS = 500, 6, 6
PAUSE_SECONDS = 0.15  # between two requests of a sender, so that orders come during all kills
PATIENCE_SECONDS = 300
# Another session is in the middle of crediting: it has written credits that are not committed.
CREDITING = """
SELECT 1 FROM pg_locks JOIN pg_class ON pg_class.oid = pg_locks.relation
WHERE relname = 'commissions_ordercredit' AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
"""


@pytest.fixture
def brand(committed: None) -> Brand:
    """Two levels: the sharer earns 10 %, and who brought them 3 %."""
    brand = make_brand_with_plan("lumi", policy=TWO_LEVELS, rules=[{"rate_bps": 1000, "override_bps": 300}])
    make_share(make_koc(brand, "sharer", sponsor=make_koc(brand, "top")), code="code")
    return brand


class ShopThatRepeats:
    """Sends signed orders from several threads until `finish`, and each again, under its own webhook-id, until it is
    accepted; every seventh twice."""

    def __init__(self, brand: Brand, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/api/v1/intake/{brand.slug}/orders"
        self.webhook = Webhook(intake_secrets(brand=brand, rotate=False, at=NOW)[0])
        self.sent: list[int] = []
        self.accepted: list[int] = []
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.send_many, args=[first]) for first in range(SENDERS)]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    def finish(self) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def send_many(self, first: int) -> None:
        with httpx.Client(timeout=30) as client:
            for number in count(first, SENDERS):
                for _ in range(2 if number % 7 == 0 else 1):
                    self.sent.append(number)
                    self.send_until_accepted(client, number)
                if self.stopped.wait(PAUSE_SECONDS) and number >= ORDERS:
                    return

    def send_until_accepted(self, client: httpx.Client, number: int) -> None:
        body = json.dumps(
            paid(f"A-{number}", at=NOW + timedelta(minutes=number), share="code", customer={"id": f"c-{number % 50}"})
        )
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            with suppress(httpx.TransportError):
                response = client.post(self.url, content=body, headers=self.signed(f"msg_{number}", body))
                if response.is_success:
                    self.accepted.append(number)
                    return
                assert response.status_code == 503, response.text
            time.sleep(PAUSE_SECONDS)

    def signed(self, webhook_id: str, body: str) -> dict[str, str]:
        now = datetime.now(UTC)
        return {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self.webhook.sign(webhook_id, now, body),
        }


def wait_until(condition: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        with connection.cursor() as cursor:
            cursor.execute(condition)
            if cursor.fetchone():
                return
        assert time.monotonic() < until, condition
        time.sleep(0.002)


def kill_again_and_again(worker: psutil.Process, folder: Path) -> psutil.Process:
    """Every second kill is at any moment, the others are in the middle of a transaction that credits orders."""
    chance = random.Random(11)
    for number in range(KILLS):
        time.sleep(chance.uniform(0.1, 2))
        if number % 2:
            wait_until(CREDITING)
        kill(worker)
        worker = start("worker", folder)
    return worker


@pytest.mark.heavy
def test_no_accepted_order_is_missing_or_doubled_when_the_worker_is_killed(brand: Brand, tmp_path: Path) -> None:
    port = free_port()
    shop = ShopThatRepeats(brand, port)
    with running("web", tmp_path, PORT=str(port)), running("beat", tmp_path), shop:
        worker = start("worker", tmp_path)
        try:
            wait_until("SELECT 1 FROM commissions_order WHERE credited_at IS NOT NULL")
            worker = kill_again_and_again(worker, tmp_path)
            shop.finish()
            wait_until("SELECT 1 WHERE NOT EXISTS (SELECT FROM commissions_order WHERE credited_at IS NULL)")
        finally:
            kill(worker)
    assert sorted(shop.accepted) == sorted(shop.sent)
    accepted = {f"A-{number}" for number in shop.accepted}
    assert ORDERS <= len(accepted) < len(shop.accepted)
    assert set(Order.objects.values_list("key", flat=True)) == accepted
    assert Order.objects.count() == Event.objects.count() == len(accepted)
    expected = [(key, *earned, 0) for key in accepted for earned in ((1, "sharer", 990), (2, "top", 297))]
    assert sorted(commissions(brand)) == sorted(expected)
    assert balances(brand) == {
        ("sharer", "pending"): 990 * len(accepted),
        ("top", "pending"): 297 * len(accepted),
    }
    assert not FailedFact.objects.exists()
    prove(brand)
    call_command("check_ledger")
