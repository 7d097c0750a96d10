"""What of the shop cannot be is kept as a doubt, until it fits or staff decide."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef

from accounts.brands.models import Brand, Shop
from accounts.people.models import User
from commissions.orders.domain.refusals import DoubtRefused
from commissions.orders.models import Doubt, Event, Refund
from commissions.plans.models.policies import PayPolicy
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message
from foundation.texts.sentences import encoded

REJUDGED = """
UPDATE commissions_refund SET status = CASE WHEN judged.text = '' THEN 'applied' ELSE 'refused' END, refusal = judged.text
FROM unnest(%s::bigint[], %s::text[]) AS judged(id, text) WHERE commissions_refund.id = judged.id AND refusal <> judged.text
"""

EVENTS_REFUSED = """
UPDATE commissions_event SET status = 'refused', refusal = judged.text FROM unnest(%s::bigint[], %s::text[]) AS judged(id, text)
WHERE commissions_event.id = judged.id AND refusal <> judged.text
"""


SEEN = """
UPDATE commissions_doubt doubt SET is_new = false FROM commissions_order sale
WHERE sale.id = ANY(%s) AND (doubt.brand_id, doubt.shop, doubt.order_key) = (sale.brand_id, sale.shop, sale.key) AND doubt.is_new
"""


class Judged(NamedTuple):
    """What is said now of a refund: `refusal` is empty where it stands. `amount_minor` is what it would give back."""

    refund: int
    shop: str
    order_key: str
    event: int | None
    refusal: str
    amount_minor: int


def keep_judgements(brand: Brand, judged: Sequence[Judged], *, at: datetime) -> None:
    """Write on refunds, and on the events that told them, whether they stand; open a doubt for each that does not, and
    end those of others. In the transaction of a caller who holds the book; a second call finds nothing to do."""
    if not judged:
        return
    with connection.cursor() as cursor:
        cursor.execute(REJUDGED, [[one.refund for one in judged], [encoded(one.refusal) for one in judged]])
    refused = {one.refund: one for one in judged if one.refusal}
    known = Doubt.objects.filter(refund__in=[one.refund for one in judged], outcome=Doubt.Outcome.OPEN, holds=True)
    open_of: dict[int | None, int] = dict(known.values_list("refund", "pk"))
    ended = [pk for refund, pk in open_of.items() if refund not in refused]
    Doubt.objects.filter(pk__in=ended).update(outcome=Doubt.Outcome.ENDED, closed_at=at, is_new=True)
    Doubt.objects.bulk_create(
        [
            Doubt(
                brand=brand, shop=one.shop, order_key=one.order_key, event_id=one.event, refund_id=one.refund, holds=True, refusal=one.refusal,
                amount_minor=one.amount_minor, opened_at=at,
            )
            for one in refused.values()
            if one.refund not in open_of
        ]
    )  # fmt: skip
    Event.objects.filter(pk__in=Doubt.objects.filter(pk__in=ended).values("event")).update(
        status=Event.Status.ACCEPTED, refusal=""
    )
    told = [(one.event, encoded(one.refusal)) for one in refused.values() if one.event]
    if told:
        with connection.cursor() as cursor:
            cursor.execute(EVENTS_REFUSED, [list(column) for column in zip(*told, strict=True)])


def doubt_refund(
    shop: Shop, order_key: str, *, refund: int, event: int | None, refusal: str, amount_minor: int, at: datetime
) -> None:
    """Open a doubt about a refund that does not fit; nothing happens where one is open."""
    if not Doubt.objects.filter(refund=refund, outcome=Doubt.Outcome.OPEN, holds=True).exists():
        Doubt.objects.create(
            **shop.columns, order_key=order_key, event_id=event, refund_id=refund, holds=True, refusal=refusal, amount_minor=amount_minor,
            opened_at=at,
        )  # fmt: skip


def doubt_event(
    event: Event, order_key: str, *, refusal: str, holds: bool, at: datetime, contests: bool = False
) -> None:
    """Open a doubt about an event that was refused; nothing happens where one is open."""
    if not Doubt.objects.filter(event=event, outcome=Doubt.Outcome.OPEN).exists():
        Doubt.objects.create(
            brand_id=event.brand_id, shop=event.shop, order_key=order_key, event=event, holds=holds, contests=contests, refusal=refusal,
            opened_at=at,
        )  # fmt: skip


def list_earlier_refunds(shop: Shop, order_key: str, *, at: datetime) -> None:
    """Two sales have one number: open a doubt about each refund of it that was applied before that was seen. It holds
    nothing; staff say of which sale it is."""
    listed = Doubt.objects.filter(refund=OuterRef("pk"), contests=True)
    told = Refund.objects.filter(**shop.columns, order_key=order_key, dismissed_at=None).exclude(
        kind=Refund.Kind.UNDONE
    )
    earlier = (
        told.exclude(Exists(listed)).exclude(status=Refund.Status.REFUSED).prefetch_related("lines").order_by("pk")
    )
    refusal = encoded(Message("another sale was reported under this number since: is it of that one?"))
    Doubt.objects.bulk_create(
        [
            Doubt(
                **shop.columns, order_key=order_key, refund=refund, holds=False, contests=True, refusal=refusal, amount_minor=_given_back(refund),
                opened_at=at, is_new=False,
            )
            for refund in earlier
        ]
    )  # fmt: skip


def _given_back(refund: Refund) -> int | None:
    if refund.kind == Refund.Kind.CANCELLATION:
        return None
    return refund.amount_minor + sum(line.amount_minor for line in refund.lines.all())


def refuse_event(event: int, order_key: str, *, refusal: str, at: datetime) -> None:
    """Refuse an event that was accepted, since what came after it shows that it cannot be."""
    refused = Event.objects.get(pk=event)
    refused.status, refused.refusal = Event.Status.REFUSED, refusal
    refused.save(update_fields=["status", "refusal"])
    doubt_event(refused, order_key, refusal=refusal, holds=False, at=at)


def is_decided(event: Event) -> bool:
    """Whether staff said what becomes of an event that was refused: then the shop need not send it again."""
    decided = (Doubt.Outcome.MENDED, Doubt.Outcome.DISMISSED)
    return Doubt.objects.filter(event=event, outcome__in=decided).exists()


def end_doubts_of(event: Event, *, at: datetime) -> None:
    """An event was accepted after all."""
    doubted = Doubt.objects.filter(event=event, refund=None, outcome=Doubt.Outcome.OPEN)
    doubted.update(outcome=Doubt.Outcome.ENDED, closed_at=at, is_new=True)


@in_transaction
def dismiss_doubt(*, doubt: Doubt, reason: str, by: User, at: datetime) -> bool:
    """Say that what is in doubt does not count, for a reason; what it holds is freed when the clock comes by.

    Above the brand's limit, or where the amount is not known, the first person only asks for it (False), and another one
    dismisses it. Compare-and-set: raises DoubtRefused for one that is closed, without a reason, or asked for by the same
    person."""
    if not reason.strip():
        raise DoubtRefused(Message("say why"))
    found = Doubt.objects.select_for_update(of=("self",)).select_related("refund").get(pk=doubt.pk)
    if found.outcome != Doubt.Outcome.OPEN:
        raise DoubtRefused(Message("this was decided already"))
    limit = PayPolicy.objects.values_list("doubt_limit_minor", flat=True).get(brand=found.brand_id)
    takes_two = limit is not None and (found.amount_minor is None or found.amount_minor > limit)
    if takes_two and found.asked_by_id is None:
        Doubt.objects.filter(pk=found.pk).update(asked_by=by, reason=reason.strip())
        return False
    if takes_two and found.asked_by_id == by.pk:
        raise DoubtRefused(Message("another person has to agree"))
    Doubt.objects.filter(pk=found.pk).update(
        outcome=Doubt.Outcome.DISMISSED, reason=reason.strip(), closed_by=by, closed_at=at, is_new=True
    )
    if found.refund is not None and found.contests:
        _take_back(found.refund, at=at)
    elif found.refund is not None:
        Refund.objects.filter(pk=found.refund.pk, dismissed_at=None).update(dismissed_at=at)
    return True


def _take_back(refund: Refund, *, at: datetime) -> None:
    """A refund that was applied is of another sale: from now on it takes nothing. Raises DoubtRefused for a cancellation."""
    if refund.kind != Refund.Kind.REFUND:
        raise DoubtRefused(Message("the sale was cancelled: let the shop report it under another number"))
    Refund.objects.get_or_create(
        brand_id=refund.brand_id, shop=refund.shop, order_key=refund.order_key, kind=Refund.Kind.UNDONE, key=refund.key, dismissed_at=None,
        defaults={"refunded_at": at, "received_at": at},
    )  # fmt: skip


@in_transaction
def keep_refund(*, doubt: Doubt, by: User, at: datetime) -> None:
    """Say that a refund whose order number two sales have is of the sale that it was applied to. Raises DoubtRefused for
    one that is decided."""
    still = Doubt.objects.filter(pk=doubt.pk, outcome=Doubt.Outcome.OPEN, contests=True, refund__isnull=False)
    if not still.update(outcome=Doubt.Outcome.ENDED, closed_by=by, closed_at=at):
        raise DoubtRefused(Message("this was decided already"))


def mark_doubts_seen(orders: Sequence[int]) -> None:
    """What the doubts of some orders hold, or free, was looked at."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [list(orders)])


def mark_mended(doubt: Doubt, *, by: User, at: datetime) -> None:
    """What was in doubt is sent again, mended: the refund that it was about is left out from now on. In the transaction
    of who sends it. Raises DoubtRefused for one that is closed."""
    still = Doubt.objects.filter(pk=doubt.pk, outcome=Doubt.Outcome.OPEN)
    if not still.update(outcome=Doubt.Outcome.MENDED, closed_by=by, closed_at=at, is_new=True):
        raise DoubtRefused(Message("this was decided already"))
    if doubt.refund_id is not None:
        Refund.objects.filter(pk=doubt.refund_id, dismissed_at=None).update(dismissed_at=at)
