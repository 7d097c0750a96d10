"""Events as a shop reports them to Grove, and what the ledger says after them."""

import json
from datetime import datetime, timedelta
from typing import Any

from accounts.brands.models import Brand
from commissions.audit.selectors.proofs import PROOFS, doubted, faults_of
from commissions.earnings.models.commissions import Commission
from commissions.earnings.services.facts import Done
from commissions.ledger.models import Wallet
from commissions.orders.services.events import import_events
from commissions.schedule import run_due
from commissions.settlement.models.statements import Statement
from foundation.files.tables import ImportResult
from tests.support.factories import NOW

Event = dict[str, Any]


def paid(
    order: str = "A-1", *lines: tuple[str, str, int, int], at: datetime = NOW, currency: str = "CNY", **more: Any
) -> Event:
    """`lines` are (line, sku, quantity, unit price); one line of 9900 when none is given."""
    sold = [
        {"line": line, "sku": sku, "quantity": quantity, "unit_price_minor": price}
        for line, sku, quantity, price in lines or (("1", "S1", 1, 9900),)
    ]
    return {
        "type": "order.paid",
        "data": {"order": order, "paid_at": at.isoformat(), "currency": currency, "lines": sold} | more,
    }


def delivered(order: str = "A-1", at: datetime = NOW) -> Event:
    return {"type": "order.delivered", "data": {"order": order, "delivered_at": at.isoformat()}}


def refunded(order: str = "A-1", refund: str = "R-1", at: datetime = NOW + timedelta(days=1), **lines: int) -> Event:
    """`lines` are l1=3300 for line 1; 3300 of line 1 when none is given."""
    parts = [
        {"line": line.removeprefix("l"), "amount_minor": amount} for line, amount in (lines or {"l1": 3300}).items()
    ]
    return {
        "type": "order.refunded",
        "data": {"order": order, "refund": refund, "refunded_at": at.isoformat(), "lines": parts},
    }


def cancelled(order: str = "A-1", at: datetime = NOW + timedelta(days=1)) -> Event:
    return {"type": "order.cancelled", "data": {"order": order, "cancelled_at": at.isoformat()}}


def send(brand: Brand, *events: Event, at: datetime = NOW) -> ImportResult:
    """Grove hears of events at a moment, and not before they happened."""
    at = max([at, *(datetime.fromisoformat(value) for event in events for name, value in event["data"].items() if name.endswith("_at"))])  # fmt: skip
    return import_events(brand=brand, lines=[json.dumps(event) + "\n" for event in events], name="events.jsonl", at=at)


def report(brand: Brand, *events: Event, at: datetime = NOW) -> Done:
    """Send events and do all that is due at a moment; the ledger must prove afterwards."""
    send(brand, *events, at=at)
    done = run_due(brand=brand, at=at)
    prove(brand)
    return done


def prove(brand: Brand) -> None:
    """Check the laws of the ledger by sums over everything, and row by row."""
    assert [proof.law for proof in doubted()] == []
    assert [fault for proof in PROOFS for fault in faults_of(brand, proof).first] == []


def balances(brand: Brand) -> dict[tuple[str, str], int]:
    """(KOC, kind) → balance, without the empty ones."""
    rows = Wallet.objects.filter(brand=brand, koc__isnull=False).exclude(balance_minor=0)
    return {(koc, kind): balance or 0 for koc, kind, balance in rows.values_list("koc__key", "kind", "balance_minor")}


def commissions(brand: Brand) -> list[tuple[str, int, str, int, int]]:
    """(order, level, KOC, net, reversed) of every commission."""
    rows = Commission.objects.filter(brand=brand).order_by("line__order__key", "line__position", "level", "koc__key")
    return [
        (one.line.order.key, one.level, one.koc.key, one.net_minor, one.reversed_minor)
        for one in rows.select_related("line__order", "koc")
    ]


def statements(brand: Brand) -> list[tuple[str, str, int, int, int, int, int]]:
    """(period, KOC, gross, debt in, tax, net, carried out) of every statement."""
    rows = Statement.objects.filter(koc__brand=brand).order_by("period", "koc__key")
    return list(
        rows.values_list(
            "period", "koc__key", "gross_minor", "debt_in_minor", "tax_minor", "net_minor", "carried_out_minor"
        )
    )
