"""`kill -9` and `rm -r` among running servers: work goes on by itself. The time until then is printed (`pytest -s`)."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import psycopg
import pytest

from tests.journeys.conftest import Servers, wait_until_ready
from tests.journeys.shops import BRAND, Shop, sale

pytestmark = pytest.mark.heavy
SECONDS = 60
"""Until an order is credited again, on a busy machine; alone, it takes a few."""
HELD_SECONDS = 60


@pytest.fixture(scope="module")
def shop(servers: Servers) -> Shop:
    return Shop.of(servers, BRAND)


@pytest.fixture(scope="module")
def ledger(servers: Servers) -> Iterator[psycopg.Connection]:
    with psycopg.connect(servers.env["DATABASE_URL"], autocommit=True) as connection:
        yield connection


def report(shop: Shop, key: str) -> None:
    """Over HTTP: another process of the installation might mend what was harmed."""
    assert shop.send("order.paid", **sale(key)).status_code == 202


def processes(servers: Servers, kind: str) -> list[psutil.Process]:
    """`granian`, `worker@`, `long@` or `beat` first, then its children; none while it waits to be started again."""
    for child in psutil.Process(servers.process.pid).children():
        if kind in " ".join(child.cmdline()):  # both granian and celery set their title
            return [child, *child.children(recursive=True)]
    return []


def kill(killed: list[psutil.Process]) -> None:
    assert killed
    for process in killed:
        process.kill()
    psutil.wait_procs(killed, timeout=10)


@contextmanager
def nobody_gets_on(ledger: psycopg.Connection) -> Iterator[None]:
    """Whoever asks for brands waits, in the middle of a task."""
    with ledger.transaction():
        ledger.execute("LOCK TABLE accounts_brand IN ACCESS EXCLUSIVE MODE")
        yield


def kill_the_idle_pool(servers: Servers, ledger: psycopg.Connection) -> None:
    kill(processes(servers, "worker@")[1:])


def kill_the_pool_at_work(servers: Servers, ledger: psycopg.Connection) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'accounts_brand'::regclass"
    with nobody_gets_on(ledger):
        soon(lambda: ledger.execute(waiting).fetchone() != (0,))
        kill(processes(servers, "worker@")[1:])


def kill_the_worker(servers: Servers, ledger: psycopg.Connection) -> None:
    kill(processes(servers, "worker@")[:1])


def kill_beat(servers: Servers, ledger: psycopg.Connection) -> None:
    kill(processes(servers, "beat"))


def remove_the_folder_of_messages(servers: Servers, ledger: psycopg.Connection) -> None:
    for name in ("broker", "broker-control"):
        shutil.rmtree(servers.var_dir / name, ignore_errors=True)


def soon(what: Callable[[], bool]) -> float:
    """Seconds until it is so."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() < began + SECONDS, "nothing happened"
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.mark.parametrize(
    "harm",
    [kill_the_idle_pool, kill_the_pool_at_work, kill_the_worker, kill_beat, remove_the_folder_of_messages],
    ids=lambda harm: harm.__name__,
)
@pytest.mark.parametrize("time_", [1, 2])
def test_orders_are_credited_again_within_seconds(
    servers: Servers,
    shop: Shop,
    ledger: psycopg.Connection,
    harm: Callable[[Servers, psycopg.Connection], None],
    time_: int,
) -> None:
    """Twice: what was started again must survive as well."""
    key = f"{harm.__name__}-{time_}"
    report(shop, f"{key}-before")
    open_orders = "SELECT count(*) FROM commissions_order WHERE credited_at IS NULL"
    soon(lambda: ledger.execute(open_orders).fetchone() == (0,))
    harm(servers, ledger)
    harmed = time.monotonic()
    report(shop, f"{key}-after")
    soon(lambda: ledger.execute(open_orders).fetchone() == (0,))
    print(f"\n{key}: an order is credited {time.monotonic() - harmed:.1f} s later")
    assert servers.process.poll() is None


def test_a_brand_that_is_held_for_a_minute_keeps_no_other_waiting(
    servers: Servers, shop: Shop, ledger: psycopg.Connection
) -> None:
    """Somebody works on one brand's book; another brand's orders are credited as they come."""
    held = Shop.of(servers, BRAND.replace("slug: lumi", "slug: held"), slug="held")
    uncredited = """
        SELECT count(*) FROM commissions_order sale JOIN accounts_brand brand ON brand.id = sale.brand_id
        WHERE brand.slug = %s AND credited_at IS NULL
    """
    slowest, orders = 0.0, 0
    with psycopg.connect(servers.env["DATABASE_URL"]) as holder:
        holder.execute(
            "SELECT FROM commissions_paypolicy WHERE brand_id = (SELECT id FROM accounts_brand WHERE slug = 'held') FOR UPDATE"
        )
        began = time.monotonic()
        while time.monotonic() < began + HELD_SECONDS:
            orders += 1
            report(held, f"held-{orders}")
            report(shop, f"free-{orders}")
            slowest = max(slowest, soon(lambda: ledger.execute(uncredited, ["lumi"]).fetchone() == (0,)))
        assert ledger.execute(uncredited, ["held"]).fetchone() == (orders,)
    soon(lambda: ledger.execute(uncredited, ["held"]).fetchone() == (0,))
    print(f"\nbeside a brand that was held, each of {orders} orders was credited within {slowest:.1f} s")


def test_two_web_workers_killed_in_six_seconds_do_not_end_the_others(
    servers: Servers, ledger: psycopg.Connection
) -> None:
    for _ in range(2):
        soon(lambda: len(processes(servers, "granian")) > 1)
        kill(processes(servers, "granian")[1:])
    killed = time.monotonic()
    wait_until_ready(servers)
    print(f"\nthe web answers {time.monotonic() - killed:.1f} s later")
    assert servers.process.poll() is None
