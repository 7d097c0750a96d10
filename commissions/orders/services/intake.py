"""Record facts: orders, deliveries, refunds, cancellations; from the shop's signed events or from files.

Every fact is a row under a key of the shop's own, so a repeated fact changes nothing and the order of arrival does not
matter. What is wrong with a fact goes to a `RowErrors` under the row that it came from; the caller then refuses, which
rolls the whole transaction back."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from accounts.brands.models import Brand, Shop
from accounts.people.models import Customer
from accounts.people.services.customers import keep_customers
from commissions.orders.domain.events import CancelledData, RefundedData, UndoneData
from commissions.orders.domain.refunds import impossible
from commissions.orders.domain.sales import BadSale, Sale, bases
from commissions.orders.models import Order, OrderLine, Refund, RefundLine
from commissions.orders.selectors.intake import (
    ExistingOrder,
    ExistingRows,
    existing_refunds,
    refund_parts,
    resolve,
)
from commissions.orders.selectors.refunds import refused_now
from commissions.orders.services.amendments import Amendment, record_amendments
from commissions.orders.services.deliveries import judge_deliveries
from commissions.orders.services.doubts import doubt_refund
from commissions.orders.services.gaps import FILLED, columns_said, tells_a_phone
from commissions.orders.services.sent import Sent, SentSale
from foundation.files.tables import RowErrors
from foundation.phones import e164
from foundation.postgres.bulk import copy_in, copy_in_numbered
from foundation.texts.messages import Message
from referrals.attribution.services import keep_acquaintances
from referrals.coupons.domain.coupons import typed_code


class Recorded(NamedTuple):
    """The keys of the orders that are new, and how many others were amended."""

    new: set[str]
    amended: int


# Until the transaction ends: a file is ingested alone; events of a brand beside each other, but not beside a file.
ALONE = "pg_advisory_xact_lock(hashtext('intake'), (%(brand)s %% 2147483648)::int)"
BESIDE_OTHERS = "pg_advisory_xact_lock_shared(hashtext('intake'), (%(brand)s %% 2147483648)::int)"


def hold_intake_alone(brand: Brand) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {ALONE}", {"brand": brand.pk})


@transaction.atomic(savepoint=False)
def record_sales(*, shop: Shop, sent: Sequence[SentSale], faults: RowErrors, is_file: bool, at: datetime) -> Recorded:
    """Keep paid orders, each once; a repeated order changes nothing.

    An event may report an order again with other lines: that amends it; what was left open it may fill. In a file (`is_file`) another order under a
    known key is a fault, and so is an unknown share or coupon; an event may carry one that is not the brand's, and then
    nobody is credited for it."""
    existing = resolve(shop, [report.sale for report in sent])
    for report in sent:
        if (fault := impossible(report.sale.paid_at, received_at=at, paid_at=None)) is not None:
            faults.add(report.rows[0], fault, "paid_at", report.sale.paid_at.isoformat())
    fresh, changed = _new_and_changed(shop.brand, sent, existing, faults, is_file=is_file)
    for report in [*(report for report, _, _ in fresh), *(report for report, _ in changed)]:
        _check_names(report, existing, faults, is_file=is_file)
    amended_count = 0
    if not faults.count:
        if fresh:
            _write_sales(shop, fresh, existing, at)
        if changed:
            amendments = [
                Amendment(report.sale, report.rows[0], report.reported_at, base, is_file) for report, base in changed
            ]
            customers = _customers(shop, [amendment.sale for amendment in amendments], existing)
            amended_count = record_amendments(
                shop=shop, amendments=amendments, existing=existing, customers=customers, faults=faults, at=at
            )
            if not faults.count:
                _judge_deliveries(shop, [report.sale for report, _ in changed], existing, at)
    return Recorded({report.sale.key for report, _, _ in fresh}, amended_count)


NewSales = list[tuple[SentSale, str, list[int]]]


def _new_and_changed(
    brand: Brand, sent: Sequence[SentSale], existing: ExistingRows, faults: RowErrors, *, is_file: bool
) -> tuple[NewSales, list[tuple[SentSale, list[int]]]]:
    """The sales of new orders, with digest and bases; and those that may amend an order that exists."""
    orders = dict(existing.orders)
    fresh: NewSales = []
    changed: list[tuple[SentSale, list[int]]] = []
    for report in sent:
        digest, before = report.sale.digest(), orders.get(report.sale.key)
        if (
            before
            and before.digest == digest
            and report.reported_at in (None, before.reported_at)
            and report.sale.currency == brand.currency
            and not (report.sale.key in existing.orders and tells_a_phone(report.sale, existing))
        ):
            continue
        if before and before.digest and is_file:
            faults.add(report.rows[0], Message("order was reported before, and differently"), "order", report.sale.key)
        elif (base := _bases(report, brand, faults)) is not None and before is not None:
            changed.append((report, base))
        elif base is not None:
            orders[report.sale.key] = ExistingOrder(digest, report.reported_at)
            fresh.append((report, digest, base))
    return fresh, changed


def _bases(report: SentSale, brand: Brand, faults: RowErrors) -> list[int] | None:
    if report.sale.currency != brand.currency:
        faults.add(
            report.rows[0],
            Message("currency is not the brand's %(currency)s", currency=brand.currency),
            "currency",
            report.sale.currency,
        )
        return None
    try:
        return bases(report.sale)
    except BadSale as bad:
        faults.add(report.rows[bad.line or 0], bad.message, bad.column, bad.value)
        return None


def _check_names(report: SentSale, existing: ExistingRows, faults: RowErrors, *, is_file: bool) -> None:
    for line, row in zip(report.sale.lines, report.rows, strict=True):
        if line.is_goods and line.sku not in existing.products:
            faults.add(row, Message("unknown sku"), "sku", line.sku)
    if report.sale.koc and report.sale.koc not in existing.kocs:
        faults.add(report.rows[0], Message("unknown koc"), "koc", report.sale.koc)
    if is_file:
        if report.sale.share and report.sale.share not in existing.shares:
            faults.add(report.rows[0], Message("unknown share"), "share", report.sale.share)
        if report.sale.coupon and typed_code(report.sale.coupon) not in existing.coupons:
            faults.add(report.rows[0], Message("unknown coupon"), "coupon", report.sale.coupon)


def _write_sales(
    shop: Shop, fresh: Sequence[tuple[SentSale, str, list[int]]], existing: ExistingRows, at: datetime
) -> None:
    sales = [report.sale for report, _, _ in fresh]
    customers = _customers(shop, sales, existing)
    clicks = [existing.clicks.get(sale.click or "") for sale in sales]
    ids = copy_in_numbered(
        Order,
        [
            "brand_id",
            "shop",
            "key",
            "paid_at",
            *FILLED,
            "order_discount_minor",
            "shipping_minor",
            "digest",
            "reported_at",
            "received_at",
            "credit",
        ],
        [
            (
                shop.brand.pk,
                shop.name,
                sale.key,
                sale.paid_at,
                *columns_said(sale, existing, customers).values(),
                sale.discount_minor,
                sale.shipping_minor,
                digest,
                report.reported_at,
                at,
                "",
            )
            for sale, (report, digest, _) in zip(sales, fresh, strict=True)
        ],
    )
    copy_in(
        OrderLine,
        ["order_id", "position", "key", "product_id", "quantity", "unit_price_minor", "discount_minor", "base_minor"],
        (
            (
                pk,
                position,
                line.key,
                existing.products.get(line.sku or ""),
                line.quantity,
                line.unit_price_minor,
                line.discount_minor,
                base,
            )
            for pk, sale, (_, _, base_of) in zip(ids, sales, fresh, strict=True)
            for position, (line, base) in enumerate(zip(sale.lines, base_of, strict=True))
        ),
    )
    _judge_deliveries(shop, sales, existing, at)
    keep_acquaintances(
        (customers[sale.customer.id], click[1])
        for sale, click in zip(sales, clicks, strict=True)
        if sale.customer and click
    )


def _judge_deliveries(shop: Shop, sales: Sequence[Sale], existing: ExistingRows, at: datetime) -> None:
    """Look anew at the deliveries of sales, if there are any: most sales are told before."""
    if paid_at := {sale.key: sale.paid_at for sale in sales if sale.key in existing.delivered}:
        judge_deliveries(shop, paid_at, at=at)


def _customers(shop: Shop, sales: Sequence[Sale], existing: ExistingRows) -> dict[str, int]:
    """The customers of the sales, created when new; a phone is stored when none was known. In key order, so that two
    intakes cannot deadlock."""
    buyers = {sale.customer.id: (sale.customer.phone, sale.paid_at) for sale in reversed(sales) if sale.customer}
    customer_ids = {key: existing.customers[key][0] for key in buyers if key in existing.customers}
    keys = sorted(
        key
        for key, (phone, _) in buyers.items()
        if key not in customer_ids or (phone and not existing.customers[key][1])
    )
    if keys:
        phones = [e164(buyers[key][0] or "") or "" for key in keys]
        customer_ids |= keep_customers(shop=shop, keys=keys, phones=phones, seen=[buyers[key][1] for key in keys])
    if missing := buyers.keys() - customer_ids:  # another intake created them meanwhile
        customer_ids |= dict(Customer.objects.filter(**shop.columns, key__in=missing).values_list("key", "pk"))
    return customer_ids


@transaction.atomic(savepoint=False)
def record_refunds(
    *,
    shop: Shop,
    sent: Sequence[Sent[RefundedData | UndoneData | CancelledData]],
    faults: RowErrors,
    is_file: bool,
    at: datetime,
    event: int | None = None,
) -> set[tuple[str, str]]:
    """Keep refunds, their taking back and cancellations, each once, and return (order, refund) of the new ones.

    If the order exists, all its refunds are judged together: in a file one that does not fit is a fault; one of an event is
    kept as a doubt beside its fault, since what comes later may make it fit. What arrives before its order waits for it."""
    fresh = _new_refunds(shop, sent, faults)
    if faults.count:
        return set()
    _write_refunds(shop, [report.fact for report in fresh], event, at)
    judged = fresh if is_file else sent
    refused = refused_now(shop, {report.fact.order_key for report in judged}) if judged else {}
    for report in judged:
        name = refund_parts(report.fact).name
        if (doubt := refused.get(name)) is not None:
            faults.add(report.row, doubt.why.text, doubt.why.column, doubt.why.value)
            if not is_file:
                doubt_refund(shop, name[0], event=event, refund=doubt.refund, refusal=doubt.why.text, amount_minor=doubt.amount_minor, at=at)  # fmt: skip
    return {(name[0], name[2]) for name in (refund_parts(report.fact).name for report in fresh)}


def _new_refunds(
    shop: Shop, sent: Sequence[Sent[RefundedData | UndoneData | CancelledData]], faults: RowErrors
) -> list[Sent[RefundedData | UndoneData | CancelledData]]:
    """Those that were not told before; another content under a known key is a fault."""
    known = existing_refunds(shop, [report.fact.order_key for report in sent])
    fresh = []
    for report in sent:
        parts = refund_parts(report.fact)
        before = known.told.get(parts.name)
        if before is None and known.left_out(parts):
            continue
        if before is None:
            fresh.append(report)
            known.told[parts.name] = parts
        elif not before.is_same(parts):
            faults.add(
                report.row,
                Message("was reported before, and differently"),
                "refund" if parts.key else "cancelled_at",
                parts.key or parts.happened_at.isoformat(),
            )
    return fresh


def _write_refunds(
    shop: Shop, fresh: Sequence[RefundedData | UndoneData | CancelledData], event: int | None, at: datetime
) -> None:
    parts = [refund_parts(fact) for fact in fresh]
    ids = copy_in_numbered(
        Refund,
        [
            "brand_id", "shop", "order_key", "kind", "key", "refunded_at", "amount_minor", "shipping_minor", "event_id", "status", "refusal", "received_at",
        ],
        [
            (
                shop.brand.pk, shop.name, part.order_key, part.kind, part.key, part.happened_at, part.unnamed_minor, part.shipping_minor, event,
                Refund.Status.WAITING.value, "", at,
            )
            for part in parts
        ],
    )  # fmt: skip
    copy_in(
        RefundLine,
        ["refund_id", "line_key", "amount_minor"],
        ((pk, line, amount) for pk, part in zip(ids, parts, strict=True) for line, amount in part.lines.items()),
    )
