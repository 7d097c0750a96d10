"""Order events through the service, beside the plain ORM way: get_or_create and one create per row, one transaction per
order; same rows left behind.

    python benchmarks/order_events.py [ORDERS] [ROUNDS]

Ours is `import_events` and then `run_due`, which credits the orders. Orders have three lines, a customer and a share;
each way has a copy of the database of its own, the rounds alternate, and the rows that they leave are compared."""

import json
import os
import sys
from typing import Any

import psycopg
from own_server import copied, in_child, scratch_server

KOCS, PRODUCTS, CUSTOMERS = 500, 40, 3_000
BRAND = """
import django; django.setup()
from datetime import UTC, datetime
from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc
from commissions.plans.models.plans import Plan, Rule
from commissions.plans.models.policies import PayPolicy
from content.kits.models import Kit
from content.products.models import Product
from referrals.shares.models import Share
from referrals.tree.models import CreditPolicy, Sponsorship
from referrals.propagation.services.aggregation import aggregate_spread
start = datetime(2026, 1, 1, tzinfo=UTC)
brand = Brand.objects.create(slug="lumi", name="Lumi", currency="CNY", landing_url="https://shop.example/{sku}", created_at=start)
tier = Tier.objects.create(brand=brand, key="seed", name="种子", rank=0, multiplier_bps=11000)
PayPolicy.objects.create(brand=brand)
CreditPolicy.objects.create(brand=brand)
Rule.objects.create(plan=Plan.objects.create(brand=brand, key="spring", starts_at=start), position=0, rate_bps=1250)
Product.objects.bulk_create(Product(brand=brand, sku=f"S{n}", name=f"Serum {n}", price_minor=9900) for n in range(PRODUCTS))
kit = Kit.objects.create(brand=brand, key="spring", title="28 days", created_at=start)
fields = {"brand": brand, "status": "active", "tier": tier, "joined_at": start}
kocs = Koc.objects.bulk_create(Koc(key=f"k{n}", name=f"K{n}", invite_code=f"i{n}", **fields) for n in range(KOCS))
Sponsorship.objects.bulk_create(Sponsorship(brand=brand, koc=koc, root=koc) for koc in kocs)
Share.objects.bulk_create(Share(brand=brand, koc=koc, kit=kit, code=f"s{koc.key}", channel="moments", shared_at=start) for koc in kocs)
aggregate_spread(brand=brand, at=start)
"""
EVENTS = """
import gc, json, resource, sys, time
from datetime import UTC, datetime, timedelta
import django; django.setup()
from accounts.brands.models import Brand

start, NOW = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
def event(n):
    lines = [{"line": str(k + 1), "sku": f"S{(n * 3 + k * 7) % PRODUCTS}", "quantity": 1 + n % 2, "unit_price_minor": 4900 + 100 * (n % 50)} for k in range(3)]
    buyer = {"id": f"c{n * 7919 % CUSTOMERS}", "phone": f"+86139{n * 7919 % CUSTOMERS:08}"}
    sale = {"order": f"A-{n}", "paid_at": (start + timedelta(seconds=n * 97)).isoformat(), "currency": "CNY", "customer": buyer, "share": f"sk{n * 31 % KOCS}"}
    return json.dumps({"type": "order.paid", "data": sale | {"discount_minor": n % 3 * 100, "lines": lines}}) + "\\n"
events = [event(n) for n in range(int(sys.argv[1]))]
brand = Brand.objects.get()
gc.collect(); gc.freeze()  # a full collection of what was there before is not the work of either way
begin = time.perf_counter()
"""
OURS = """
from commissions.schedule import run_due
from commissions.orders.services.events import import_events
import_events(brand=brand, lines=events, name="events.jsonl", at=NOW)
print(run_due(brand=brand, at=NOW), file=sys.stderr)
"""
# What a Django developer writes first. The arithmetic and the shapes are ours, so that only the way to the database
# differs.
PLAIN = """
from django.db import transaction
from django.db.models import F
from foundation.phones import e164
from accounts.people.models import Customer, Koc
from commissions.orders.domain.events import read_event
from commissions.plans.domain.rates import Terms, earnings
from commissions.orders.domain.sales import bases
from commissions.earnings.models.commissions import Commission, Decision, LineTerms
from commissions.earnings.models.credits import OrderCredit
from commissions.ledger.models import Transfer, Wallet
from commissions.orders.models import Order, OrderLine
from commissions.plans.models.plans import Rule
from commissions.plans.models.policies import PayPolicy
from content.products.models import Product
from referrals.shares.models import Share

@transaction.atomic
def ingest(line):
    sale = read_event(line).data
    policy = PayPolicy.objects.select_for_update().get(brand=brand)
    customer, _ = Customer.objects.get_or_create(
        brand=brand, key=sale.customer.id, defaults={"phone": e164(sale.customer.phone), "first_seen_at": sale.paid_at})
    share = Share.objects.select_related("koc__tier").get(brand=brand, code=sale.share)
    koc = share.koc
    is_new = not Order.objects.filter(customer=customer, paid_at__lt=sale.paid_at).exists()
    order, is_first = Order.objects.get_or_create(brand=brand, key=sale.key, defaults={
        "paid_at": sale.paid_at, "customer": customer, "given_share": share, "order_discount_minor": sale.discount_minor, "shipping_minor": sale.shipping_minor,
        "digest": sale.digest(), "received_at": NOW, "credited_at": NOW, "credit": "share", "koc": koc, "share": share, "customer_is_new": is_new})
    if not is_first:
        return
    credit = OrderCredit.objects.create(
        order=order, place=0, koc=koc, share=share, tier=koc.tier.key, multiplier_bps=koc.tier.multiplier_bps, channel=share.channel)
    rule = Rule.objects.select_related("plan").get(plan__brand=brand)
    for position, (sold, base) in enumerate(zip(sale.lines, bases(sale))):
        product = Product.objects.get(brand=brand, sku=sold.sku)
        order_line = OrderLine.objects.create(
            order=order, position=position, key=sold.key, product=product, quantity=sold.quantity, unit_price_minor=sold.unit_price_minor, base_minor=base)
        conditions = {"sku": sold.sku, "category": product.category, "tiers": [koc.tier.key], "channels": [share.channel], "customer": is_new}
        decision, _ = Decision.objects.get_or_create(
            brand=brand, digest=f"{sold.sku} {is_new}", defaults={"seen": conditions, "verdicts": [{"rule": rule.pk, "verdict": "won"}]})
        terms = Terms(rule.rate_bps, rule.fixed_minor, rule.override_bps, rule.cap_minor, policy.total_cap_bps)
        LineTerms.objects.create(
            line=order_line, decision=decision, plan=rule.plan, rule=rule, rate_bps=terms.rate_bps, override_bps=0, total_cap_bps=terms.total_cap_bps)
        amount, _ = earnings(terms, multiplier_bps=koc.tier.multiplier_bps, base_minor=base, left_minor=base, quantity=sold.quantity)
        commission = Commission.objects.create(brand=brand, line=order_line, koc=koc, credit=credit, level=1, amount_minor=amount, made_at=NOW)
        cost, _ = Wallet.objects.get_or_create(brand=brand, koc=None, kind="commissions", currency="CNY")
        pending, _ = Wallet.objects.get_or_create(brand=brand, koc=koc, kind="pending", currency="CNY", defaults={"balance_minor": 0})
        Transfer.objects.create(source=cost, target=pending, amount_minor=amount, reason="accrual", cause_id=commission.pk, moved_at=NOW)
        Wallet.objects.filter(pk=pending.pk).update(balance_minor=F("balance_minor") + amount)

for line in events:
    ingest(line)
"""
DONE = """
print(json.dumps([time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
# Both ways must leave the same: the number of rows of each table, and every commission.
EARNED = """
SELECT sale.key, line.key, earned.koc_id, level, amount_minor, base_minor
FROM commissions_commission earned JOIN commissions_orderline line ON line.id = line_id JOIN commissions_order sale ON sale.id = order_id ORDER BY 1, 2
"""
BOOKS = [
    "SELECT relname, count FROM counts ORDER BY 1",
    EARNED,
    "SELECT koc_id, kind, balance_minor FROM commissions_wallet ORDER BY 1, 2",
]


def with_numbers(code: str) -> str:
    for name in ("KOCS", "PRODUCTS", "CUSTOMERS"):
        code = code.replace(name, str(globals()[name]))
    return code


def books(url: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations'"
            )
        ]
        counts = " UNION ALL ".join(f"SELECT '{name}' AS relname, count(*) FROM {name}" for name in sorted(tables))
        connection.execute(f"CREATE TEMP TABLE counts AS {counts}")
        return [connection.execute(query).fetchall() for query in BOOKS]


def main(orders: int, rounds: int) -> None:
    timings: dict[str, list[list[float]]] = {"ours": [], "plain": []}
    with scratch_server() as url:
        in_child(with_numbers(BRAND), url)
        books_of: dict[str, Any] = {}
        for _ in range(rounds):
            for method, code in (("ours", OURS), ("plain", PLAIN)):
                database = copied(url, method)
                timings[method].append(in_child(with_numbers(EVENTS) + code + DONE, database, str(orders)))
                books_of[method] = books(database)
        for ours, plain in zip(books_of["ours"], books_of["plain"], strict=True):
            if ours != plain:
                raise SystemExit(f"the two ways leave different books: {sorted(set(ours) ^ set(plain), key=str)[:20]}")
    report = {
        "orders of three lines": orders,
        "rows left behind": sum(count for name, count in books_of["ours"][0] if name.startswith("commissions_")),
        "events per second, ours": [round(orders / seconds) for seconds, _ in timings["ours"]],
        "events per second, plain ORM": [round(orders / seconds) for seconds, _ in timings["plain"]],
        "× plain ORM": [
            round(plain / ours, 1) for (ours, _), (plain, _) in zip(timings["ours"], timings["plain"], strict=True)
        ],
        "peak MB of the client, ours and plain": [
            round(max(peak for _, peak in timings[method])) for method in ("ours", "plain")
        ],
        "load average": os.getloadavg()[0],
    }
    print(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
