"""Redis as broker and cache dies, and hangs: the web answers, `/readyz` says so, and all goes on by itself when it is
back. Collected where the distribution's Redis is at hand (`tests/services.sh`)."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.journeys.conftest import Servers, free_port, fresh_database, ready_servers
from tests.journeys.shops import BRAND, Shop, sale

pytestmark = pytest.mark.heavy
SECONDS = 120


class Redis:
    """A Redis of our own, on one port for all its lives."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )

    def die(self) -> None:
        self.process.kill()
        self.process.wait()

    def hang(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    redis = Redis(tmp_path_factory.mktemp("redis"))
    yield redis
    redis.die()


@pytest.fixture(scope="module")
def with_redis(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with fresh_database() as database_url:
        mine = {
            "VAR_DIR": str(tmp_path_factory.mktemp("with_redis")),
            "PORT": str(free_port()),
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{redis.port}/0",
            "CACHE_URL": f"redis://127.0.0.1:{redis.port}/1",
        }
        with ready_servers(os.environ | mine) as running:
            yield running


def until(what: Callable[[], Any], wanted: Any) -> float:
    """Seconds until it is so."""
    began = time.monotonic()
    while (found := what()) != wanted:
        assert time.monotonic() < began + SECONDS, found
        time.sleep(0.1)
    return time.monotonic() - began


@pytest.mark.parametrize("harm", ["die", "hang"])
@pytest.mark.parametrize("again", [1, 2])
def test_the_web_answers_without_redis_and_orders_are_credited_when_it_is_back(
    with_redis: Servers, redis: Redis, harm: str, again: int
) -> None:
    shop = Shop.of(with_redis, BRAND)
    ready = f"{with_redis.url}/readyz"
    until(lambda: httpx.get(ready).json()["status"], "ok")
    getattr(redis, harm)()
    longest = 0.0
    for address in (ready, f"{with_redis.url}/admin/login/", f"{with_redis.url}/s/nobody"):
        began = time.monotonic()
        assert httpx.get(address, timeout=10).status_code in {200, 404}
        longest = max(longest, time.monotonic() - began)
    began = time.monotonic()
    assert shop.send("order.paid", **sale(f"{harm}-{again}")).status_code == 202
    longest = max(longest, time.monotonic() - began)
    assert httpx.get(ready).json()["broker"] == "unreachable"
    assert longest < 5
    time.sleep(15)  # long enough for worker and beat to meet their limits
    if harm == "die":
        redis.start()
    else:
        redis.go_on()
    with psycopg.connect(with_redis.env["DATABASE_URL"], autocommit=True) as ledger:
        waiting = "SELECT count(*) FROM commissions_order WHERE credited_at IS NULL"
        took = until(lambda: ledger.execute(waiting).fetchone(), (0,))
    until(lambda: httpx.get(ready).json()["status"], "ok")
    print(
        f"\n{harm} {again}: the longest answer took {longest:.2f} s; credited {took:.1f} s after Redis was back",
        end=" ",
    )
    assert with_redis.process.poll() is None
