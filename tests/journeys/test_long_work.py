"""What may take minutes keeps no order waiting: it has workers of its own, and a busy brand takes one of the others."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.utils import timezone

from accounts.brands.models import Brand
from commissions.orders.models import Order
from config.embedded import url_of
from tests.support.factories import make_brand_with_plan, make_koc, make_share
from tests.support.processes.procfile import running
from tests.support.shop_events import paid, send

pytestmark = pytest.mark.heavy
MANY = 60_000
PATIENCE_SECONDS = 300
SOON_SECONDS = 30  # however busy the machine; the figure that is printed is what it took
HELD = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'commissions_export'::regclass"


@contextmanager
def exports_held() -> Iterator[tuple[Callable[[], bool], Callable[[], None]]]:
    """Whoever wants to write exports waits, in the middle of the task. Yields whether somebody does, and what lets them
    go on."""
    with psycopg.connect(url_of(settings.DATABASES["default"])) as beside:
        beside.execute("LOCK TABLE commissions_export IN ACCESS EXCLUSIVE MODE")
        yield lambda: beside.execute(HELD).fetchone() != (0,), beside.rollback


def make_shop(slug: str) -> tuple[Brand, str]:
    brand = make_brand_with_plan(slug, rules=[{"rate_bps": 1000}])
    return brand, make_share(make_koc(brand, "sharer"), code=slug).code


def sell(brand: Brand, share: str, *, orders: int) -> None:
    send(brand, *(paid(f"{brand.slug}-{number}", share=share) for number in range(orders)), at=timezone.now())


def left(brand: Brand) -> int:
    return Order.objects.filter(brand=brand, credited_at=None).count()


def until(what: str, holds: Callable[[], bool]) -> float:
    begin = time.monotonic()
    while not holds():
        assert time.monotonic() - begin < PATIENCE_SECONDS, what
        time.sleep(0.05)
    return time.monotonic() - begin


def test_an_order_is_credited_within_seconds_beside_a_long_work_and_a_busy_brand(
    committed: None, tmp_path: Path
) -> None:
    busy, busy_share = make_shop("busy")
    other, share = make_shop("other")
    with (
        exports_held() as (held, _),
        running("long", tmp_path, LOCK_SECONDS="0"),
        running("worker", tmp_path),
        running("beat", tmp_path),
    ):
        until("the only worker for long works is taken", held)
        sell(busy, busy_share, orders=MANY)
        until("the busy brand is at work", lambda: left(busy) < MANY)
        sell(other, share, orders=1)
        took = until("the order of the other brand is credited", lambda: not left(other))
        waiting = left(busy)
        print(
            f"\nCredited after {took:.1f} s, while {waiting:,} orders of the busy brand waited and an export was held"
        )
        assert waiting > 0
        assert held()
        assert took < SOON_SECONDS
        until("the busy brand is done", lambda: not left(busy))


def test_without_workers_of_its_own_a_long_work_keeps_orders_waiting(committed: None, tmp_path: Path) -> None:
    """The negative control, and a deployment that starts a worker without `--queues`: it does all work, one after another.
    With the broker of files, whose messages can be counted."""
    brand, share = make_shop("lumi")
    files = {"CELERY_BROKER_URL": "filesystem://localhost"}
    with (
        exports_held() as (held, release),
        running("worker", tmp_path, without="--queues celery", LOCK_SECONDS="0", WORKERS="1", **files),
        running("beat", tmp_path, **files),
    ):
        until("the only worker is taken", held)
        sell(brand, share, orders=1)
        sent = lambda: len(list((tmp_path / "broker").glob("*.celery.msg")))  # noqa: E731
        until("beat asked for it several times", lambda: sent() > 3)
        assert left(brand) == 1
        release()
        until("the long work goes on, and then what waited", lambda: not left(brand))
