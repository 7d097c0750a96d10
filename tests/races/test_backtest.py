"""A backtest while the shop reports: all of it sees one moment, and nothing of it stays."""

from datetime import date
from typing import Any

from django.db import connection, transaction

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.ledger.models import Transfer, Wallet
from commissions.orders.models import Order
from commissions.planning.domain.report import Backtest, Cost
from commissions.planning.selectors.backtest import Span, draft_of
from commissions.planning.services.backtest import run_backtest
from commissions.plans.models.plans import Plan
from tests.support.concurrency import run_at_once
from tests.support.factories import make_brand_with_plan, make_koc, make_share
from tests.support.shop_events import paid, refunded, report


def sold() -> Brand:
    brand = make_brand_with_plan(rules=[{"rate_bps": 1000}])
    make_share(make_koc(brand), code="code")
    report(brand, paid(share="code"))
    return brand


def tried(brand: Brand, *, while_it_looks: Any = lambda: None) -> Backtest:
    span = Span(brand, date(2026, 3, 1), date(2026, 4, 1))
    return run_backtest(span=span, draft=draft_of(Plan.objects.get()), progress=lambda done, whole: while_it_looks())


def test_a_refund_that_is_booked_meanwhile_is_on_neither_side(committed: None) -> None:
    brand = sold()
    found = tried(brand, while_it_looks=lambda: run_at_once(lambda: report(brand, refunded())))
    assert Commission.objects.get().net_minor == 660
    assert (found.actual_cost, found.draft_cost) == (Cost(990), Cost(990))


def test_without_a_snapshot_the_sides_would_be_of_two_moments(committed: None) -> None:
    brand = sold()
    with transaction.atomic():  # its isolation holds: every statement sees what was committed before it
        found = tried(brand, while_it_looks=lambda: run_at_once(lambda: report(brand, refunded())))
    assert (found.actual_cost, found.draft_cost) == (Cost(660), Cost(990))


def test_nothing_is_written_and_twice_is_the_same(committed: None) -> None:
    brand = sold()
    before = money_rows()
    assert tried(brand) == tried(brand)
    assert money_rows() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'backtest%' AND relpersistence = 't'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)


def money_rows() -> list[Any]:
    return [list(table.objects.order_by("pk").values_list()) for table in (Transfer, Wallet, Commission, Order)]
