"""Record deliveries: of all of an order, or a parcel with some of its lines."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from accounts.brands.models import Brand, Shop
from commissions.orders.domain.events import DeliveredData
from commissions.orders.domain.refunds import Why, impossible, too_early
from commissions.orders.models import Delivery, Event
from commissions.orders.selectors.intake import Parcel, existing_deliveries, lines_of, payments
from commissions.orders.services.doubts import end_doubts_of, refuse_event
from commissions.orders.services.sent import Sent
from commissions.plans.models.policies import PayPolicy
from foundation.files.tables import RowErrors
from foundation.money.calendar import hold_ends_at
from foundation.postgres.bulk import copy_in
from foundation.texts.messages import Message
from foundation.texts.sentences import encoded

COLUMNS = ["brand_id", "shop", "order_key", "number", "lines", "delivered_at", "hold_ends_at", "matured", "event_id", "refusal", "is_new"]  # fmt: skip


@transaction.atomic(savepoint=False)
def record_deliveries(
    *, shop: Shop, sent: Sequence[Sent[DeliveredData]], faults: RowErrors, at: datetime, event: int | None = None
) -> set[tuple[str, int]]:
    """Keep when orders, or parcels of them, were received, each once; returns (order, number) of the new ones. A time that
    cannot be is a fault, and so is a line that the order does not have. That one is kept beside the fault when it came as an
    event: it counts once an edit adds the line. What comes before its order is judged when that comes.

    The end of the hold is computed here, by the brand's current policy. Key: (brand, shop, order, number).
    """
    keys = [report.fact.order_key for report in sent]
    told, paid_at = existing_deliveries(shop, keys), payments(shop, keys)
    known = lines_of(shop, {report.fact.order_key for report in sent if report.fact.lines})
    fresh: list[tuple[str, int, Parcel, str]] = []
    for report in sent:
        key, parcel = report.fact.order_key, Parcel(report.fact.delivered_at, frozenset(report.fact.lines or ()))
        fault = _fault(parcel, received_at=at, paid_at=paid_at.get(key), lines=known.get(key))
        if fault is not None:
            faults.add(report.row, *fault)
        may_be = fault is None or (fault.column == "lines" and event is not None)
        if may_be and not any(parcel.is_same(one) for one in told.get(key, ())):
            told.setdefault(key, []).append(parcel)
            fresh.append((key, len(told[key]), parcel, "" if fault is None else encoded(fault.text)))
    if fresh and (not faults.count or event is not None):
        _write(shop, fresh, paid_at, event)
    return {(key, number) for key, number, _, _ in fresh}


def _write(
    shop: Shop, fresh: Iterable[tuple[str, int, Parcel, str]], paid_at: Mapping[str, datetime], event: int | None
) -> None:
    policy = PayPolicy.objects.get(brand=shop.brand)
    rows = (
        (
            shop.brand.pk, shop.name, key, number, sorted(parcel.lines), parcel.delivered_at,
            _hold_ends_at(shop.brand, policy, parcel.delivered_at, paid_at.get(key)),
            False, event, refusal, number > 1,
        )
        for key, number, parcel, refusal in fresh
    )  # fmt: skip
    copy_in(Delivery, COLUMNS, rows)


def _hold_ends_at(brand: Brand, policy: PayPolicy, delivered_at: datetime, paid_at: datetime | None) -> datetime:
    since = max(delivered_at, paid_at or delivered_at)
    return hold_ends_at(since, rule=policy.hold_rule, days=policy.hold_days, zone=brand.timezone)


def _fault(
    parcel: Parcel, *, received_at: datetime | None, paid_at: datetime | None, lines: set[str] | None
) -> Why | None:
    """Why a parcel cannot be: its moment, beside when it was received and its order was paid; or one of its lines, where
    those of the order are known."""
    text = None if received_at is None else impossible(parcel.delivered_at, received_at=received_at, paid_at=None)
    if text is None and paid_at is not None:
        text = too_early(parcel.delivered_at, paid_at=paid_at)
    if text is not None:
        return Why(text, "delivered_at", parcel.delivered_at.isoformat())
    unknown = sorted(parcel.lines - lines) if lines is not None else []
    return Why(Message("the order has no line %(line)s", line=unknown[0]), "lines", unknown[0]) if unknown else None


def judge_deliveries(shop: Shop, paid_at: Mapping[str, datetime], *, at: datetime) -> None:
    """Look anew at the deliveries of orders that were told just now, or told anew: those that came before their orders, and
    those of lines that were not known. The hold runs from the payment at the earliest; one of long before it, or of a line
    that there is not, cannot be, and is a doubt."""
    found = [
        delivery
        for delivery in Delivery.objects.filter(**shop.columns, order_key__in=paid_at)
        if delivery.lines or (not delivery.refusal and delivery.delivered_at < paid_at[delivery.order_key])
    ]
    if not found:
        return
    policy = PayPolicy.objects.get(brand=shop.brand)
    known = lines_of(shop, {delivery.order_key for delivery in found if delivery.lines})
    changed = []
    for delivery in found:
        paid, parcel = paid_at[delivery.order_key], Parcel(delivery.delivered_at, frozenset(delivery.lines))
        fault = _fault(parcel, received_at=None, paid_at=paid, lines=known.get(delivery.order_key))
        refusal, ends_at = (
            "" if fault is None else fault.text,
            _hold_ends_at(shop.brand, policy, parcel.delivered_at, paid),
        )
        if (delivery.refusal, delivery.hold_ends_at) != (refusal, ends_at) and not delivery.matured:
            _say(delivery, refusal, at=at)
            delivery.refusal, delivery.hold_ends_at = refusal, ends_at
            changed.append(delivery)
    Delivery.objects.bulk_update(changed, ["hold_ends_at", "refusal"], batch_size=1000)


def _say(delivery: Delivery, refusal: str, *, at: datetime) -> None:
    """Say on the event of a delivery whether it stands."""
    if delivery.event_id is None or bool(delivery.refusal) == bool(refusal):
        return
    if refusal:
        refuse_event(delivery.event_id, delivery.order_key, refusal=refusal, at=at)
    else:
        Event.objects.filter(pk=delivery.event_id).update(status=Event.Status.ACCEPTED, refusal="")
        end_doubts_of(Event(pk=delivery.event_id), at=at)
