"""The shop's events: one at a time over HTTP, or many from a file."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from accounts.brands.domain.shops import MAIN
from accounts.brands.models import Brand, Shop
from accounts.people.models import Customer, User
from commissions.orders.domain.events import (
    BadEvent,
    Cancelled,
    Delivered,
    NamedOrder,
    Paid,
    Refunded,
    Undone,
    named_shop,
    names_an_order,
    place_of,
    read_event,
)
from commissions.orders.domain.events import Event as ShopEvent
from commissions.orders.domain.refusals import EventConflict, EventRefused, MalformedEvent
from commissions.orders.models import Delivery, Doubt, Event, Order, OrderLine, Refund, RefundLine
from commissions.orders.selectors.intake import contested_numbers, is_known, is_told
from commissions.orders.services import intake
from commissions.orders.services.amendments import is_of_another_sale
from commissions.orders.services.deliveries import record_deliveries
from commissions.orders.services.doubts import doubt_event, end_doubts_of, is_decided, list_earlier_refunds, mark_mended
from commissions.orders.services.sent import Sent, SentSale
from foundation.files.faults import Fault
from foundation.files.tables import ImportResult, RowErrors
from foundation.http.nesting import is_too_deep
from foundation.postgres.bulk import refresh_statistics
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message

CHUNK = 5_000
LaterEvent = Delivered | Refunded | Undone | Cancelled
HOLDING = {"order.refunded", "order.refund_cancelled", "order.cancelled"}
"""types of events that hold what their order earned while they are refused"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The event as it is kept, and whether it had been received before."""

    event: Event
    duplicate: bool


def receive_event(*, brand: Brand, webhook_id: str, body: bytes, at: datetime, shop: str = MAIN) -> Receipt:
    """Ingest one event of a shop, once per webhook-id; the event and its fact are one transaction. An event may name its
    shop; one that names another is refused.

    Raises MalformedEvent (nothing is kept, or could be), EventConflict (the id came with another body) and
    EventRefused: that event is kept as refused, and a repeat of it is tried again. Of two events that report one order
    at once, the second starts over."""
    try:
        event: ShopEvent | BadEvent = read_event(body)
    except BadEvent as error:
        event = error
    try:
        receipt, fault = _store(Shop(brand, shop), webhook_id, body, event, at)
    except IntegrityError:
        receipt, fault = _store(Shop(brand, shop), webhook_id, body, event, at)
    if fault:
        place = event.place if isinstance(event, BadEvent) else place_of(event, fault.column, fault.value)
        raise EventRefused(fault.told(), place)
    return receipt


@in_transaction
def send_mended(*, doubt: Doubt, body: bytes, by: User, at: datetime) -> Receipt:
    """Take an event that was refused in again, as staff mended it, who may name another shop; the doubt about it ends. All
    or nothing: raises as `receive_event` does, and then the doubt stands as it did."""
    mark_mended(doubt, by=by, at=at)
    return receive_event(
        brand=doubt.brand, shop=named_shop(body) or doubt.shop, webhook_id=f"mended:{doubt.public_id}", body=body, at=at
    )


@in_transaction
def replay_event(*, event: Event, at: datetime) -> str:
    """Try an event that was refused once more, as it is kept. Returns why it is refused still; empty when it is not."""
    kept = Event.objects.select_for_update().select_related("brand").get(pk=event.pk)
    if kept.status == Event.Status.ACCEPTED:
        return ""
    try:
        read: ShopEvent | BadEvent = read_event(json.dumps(kept.body))
    except BadEvent as error:
        read = error
    fault = _record(kept, read, names_an_order(kept.body).order, at=at)
    return fault.told() if fault else ""


@in_transaction
def _store(
    shop: Shop, webhook_id: str, body: bytes, event: ShopEvent | BadEvent, at: datetime
) -> tuple[Receipt, Fault | None]:
    stored, named, is_duplicate = _kept(shop, webhook_id, body, event, at)
    if is_duplicate and (stored.status == Event.Status.ACCEPTED or is_decided(stored)):
        return Receipt(stored, duplicate=True), None
    return Receipt(stored, duplicate=False), _record(stored, event, named.order, at=at)


def _record(stored: Event, event: ShopEvent | BadEvent, order: str, *, at: datetime) -> Fault | None:
    """Keep the fact of an event, and say on the event whether it was accepted; what is wrong with it, or None."""
    faults, shop = RowErrors("event"), Shop(stored.brand, stored.shop)
    if isinstance(event, BadEvent):
        faults.add(1, event.message)
    elif event.data.shop not in (None, "", shop.name):
        faults.add(1, Message("the event was signed by the shop %(shop)s", shop=shop.name), "shop", event.data.shop)
    else:
        record_facts(shop=shop, sent=[(event, 1)], faults=faults, at=at, event=stored.pk)
    fault = faults.first[0] if faults.count else None
    if fault and not (isinstance(event, Refunded | Undone | Cancelled) and is_told(shop, event.data)):
        contests = is_of_another_sale(fault)
        doubt_event(stored, order, refusal=fault.told(), holds=stored.type in HOLDING, contests=contests, at=at)
        if contests:
            list_earlier_refunds(shop, order, at=at)
    elif stored.status == Event.Status.REFUSED:
        end_doubts_of(stored, at=at)
    outcome = (Event.Status.REFUSED, fault.told()) if fault else (Event.Status.ACCEPTED, "")
    if outcome != (stored.status, stored.refusal):
        stored.status, stored.refusal = outcome
        Event.objects.filter(pk=stored.pk).update(status=stored.status, refusal=stored.refusal)
    return fault


def _kept(
    shop: Shop, webhook_id: str, body: bytes, event: ShopEvent | BadEvent, at: datetime
) -> tuple[Event, NamedOrder, bool]:
    """The event as it is kept, what it is about, and whether it was before. Raises MalformedEvent for what is no event, or
    cannot be kept, and EventConflict."""
    digest = sha256(body).hexdigest()
    try:
        parsed = json.loads(body)
        if is_too_deep(parsed):
            raise MalformedEvent(Message("is nested too deeply"), "")
        named = names_an_order(parsed)
        stored = _insert(shop, webhook_id, digest, parsed, named, at)
    except BadEvent as bad:
        raise MalformedEvent(bad.message, bad.place) from None
    except (
        ValueError,
        RecursionError,
        DataError,
    ):  # in fields that are not read: a NUL, a number of 5000 digits or beyond all doubles, half a character
        raise _no_event(event) from None
    if stored is not None:
        return stored, named, False
    stored = Event.objects.select_for_update().get(**shop.columns, webhook_id=webhook_id)
    if stored.body_digest != digest:
        raise EventConflict(Message("webhook-id %(webhook_id)s came before with another body", webhook_id=webhook_id))
    return stored, named, True


def _no_event(event: ShopEvent | BadEvent) -> MalformedEvent:
    if isinstance(event, BadEvent):
        return MalformedEvent(event.message, event.place)
    return MalformedEvent(Message("has a text or a number that cannot be kept"), "")


# Of two events about one order the second reads after the first has written: two refunds that are too much together are
# not both accepted.
ONE_OF_AN_ORDER = "pg_advisory_xact_lock(hashtextextended(%(order)s, 0))"
INSERT_EVENT = f"""
WITH held AS MATERIALIZED (SELECT {intake.BESIDE_OTHERS}, {ONE_OF_AN_ORDER})
INSERT INTO commissions_event (brand_id, shop, webhook_id, body_digest, type, body, status, refusal, received_at)
SELECT %(brand)s, %(shop)s, %(webhook)s, %(digest)s, %(type)s, %(body)s, 'accepted', '', %(at)s FROM held
ON CONFLICT (brand_id, shop, webhook_id) DO NOTHING RETURNING id
"""  # noqa: S608  constants


def _insert(
    shop: Shop, webhook_id: str, digest: str, parsed: dict[str, Any], named: NamedOrder, at: datetime
) -> Event | None:
    """The event, when this is the first time; a worker with the same event waits here until the first one is done.

    Locks the intake in shared mode and the order in exclusive mode: a worker with another event about it waits here
    too.
    """
    order = f"order {shop.brand.pk} {shop.name} {named.order}"
    event = Event(
        **shop.columns,
        webhook_id=webhook_id,
        body_digest=digest,
        type=named.type,
        body=parsed,
        status=Event.Status.ACCEPTED,
        received_at=at,
    )
    body = json.dumps(parsed, allow_nan=False)
    with connection.cursor() as cursor:
        params: dict[str, Any] = {
            "brand": shop.brand.pk,
            "shop": shop.name,
            "webhook": webhook_id,
            "digest": digest,
            "type": event.type,
            "body": body,
            "at": at,
            "order": order,
        }
        cursor.execute(INSERT_EVENT, params)
        row = cursor.fetchone()
    event.pk = row[0] if row else None
    return event if row else None


@transaction.atomic(savepoint=False)
def record_facts(
    *, shop: Shop, sent: Sequence[tuple[ShopEvent, int]], faults: RowErrors, at: datetime, event: int | None = None
) -> ImportResult:
    """Keep the facts of many events, each with the row that it came from; orders first, so that a refund of the same
    file finds its order. `event` is the number of the one that is kept, when it came alone."""
    sales = [
        SentSale(told.data, [row] * len(told.data.lines), told.timestamp)
        for told, row in sent
        if isinstance(told, Paid)
    ]
    later = _uncontested(shop, [(told, row) for told, row in sent if not isinstance(told, Paid)], faults)
    deliveries = [Sent(told.data, row) for told, row in later if isinstance(told, Delivered)]
    refunds = [Sent(told.data, row) for told, row in later if isinstance(told, Refunded | Undone | Cancelled)]
    created = 0
    if sales:
        recorded = intake.record_sales(shop=shop, sent=sales, faults=faults, is_file=False, at=at)
        created += len(recorded.new) + recorded.amended
    if deliveries:
        created += len(record_deliveries(shop=shop, sent=deliveries, faults=faults, at=at, event=event))
    if refunds:
        is_file = event is None
        created += len(
            intake.record_refunds(shop=shop, sent=refunds, faults=faults, is_file=is_file, at=at, event=event)
        )
    return ImportResult(created=created, unchanged=len(sent) - created)


def _uncontested(
    shop: Shop, sent: Sequence[tuple[LaterEvent, int]], faults: RowErrors
) -> Sequence[tuple[LaterEvent, int]]:
    """What is of an order whose number no other sale has. The rest waits for staff, and is a fault, but for what was told
    before."""
    contested = contested_numbers(shop, {told.data.order_key for told, _ in sent}) if sent else set()
    if not contested:
        return sent
    certain = []
    for told, row in sent:
        if told.data.order_key not in contested or is_known(shop, told.data):
            certain.append((told, row))
        else:
            faults.add(row, Message("two sales were reported under this number: staff say of which one this is"), "order", told.data.order_key)  # fmt: skip
    return certain


def _record_chunk(
    brand: Brand, chunk: Sequence[tuple[ShopEvent, int]], faults: RowErrors, at: datetime
) -> ImportResult:
    by_shop: dict[str, list[tuple[ShopEvent, int]]] = {}
    for told, row in chunk:
        by_shop.setdefault(told.data.shop or MAIN, []).append((told, row))
    facts = (record_facts(shop=Shop(brand, name), sent=sent, faults=faults, at=at) for name, sent in by_shop.items())
    return sum(facts, ImportResult())


@transaction.atomic
def import_events(*, brand: Brand, lines: Iterable[str], name: str, at: datetime) -> ImportResult:
    """Ingest a file of events, one JSON object a line, all or nothing; each may name its shop. Raises BadFile."""
    intake.hold_intake_alone(brand)
    faults = RowErrors(name)
    tally = ImportResult()
    chunk: list[tuple[ShopEvent, int]] = []
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            chunk.append((read_event(line), row))
        except BadEvent as bad:
            faults.add(row, bad.message, bad.place, line.strip()[:200])
        if len(chunk) >= CHUNK:
            tally += _record_chunk(brand, chunk, faults, at)
            chunk = []
    tally += _record_chunk(brand, chunk, faults, at)
    faults.refuse_if_any()
    if tally.created >= CHUNK:
        refresh_statistics(Order, OrderLine, Delivery, Refund, RefundLine, Customer)
    return tally
