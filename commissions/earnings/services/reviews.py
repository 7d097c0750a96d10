"""Commissions are held for review, and released or reversed: one or many at once, all or nothing."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.earnings.domain.refusals import NotReviewable
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.earnings.selectors.order_changes import EarnedOnLine, line_states
from commissions.earnings.services.holds import release
from commissions.earnings.services.order_changes import CommissionChange, write_changes
from commissions.ledger.services import lock_book
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message

# What was reversed while it was on no statement was never earned: not at any month's end either, however late its
# order was reported.
EVER = datetime(1970, 1, 1, tzinfo=UTC)
HOLDABLE = [Commission.Status.PENDING, Commission.Status.APPROVED]


@in_transaction
def hold_commissions(
    *, brand: Brand, commissions: Collection[int], reason: str, note: str = "", by: User | None, at: datetime
) -> int:
    """Hold commissions that are on no statement yet, for a reason; `by` is None when a risk rule does it. Returns how
    many.

    What is held matures, shrinks with refunds, and is on no statement until it is released; what is held since a refund is
    in doubt can be held for another reason too. Under the brand's book; raises NotReviewable, and changes nothing, when one
    of them is held by somebody already, reversed, or on a statement."""
    lock_book(brand)
    chosen = _of(brand, commissions)
    in_doubt = Exists(_reviews(Q(reason=RiskReview.Reason.DOUBT)))
    doubted = Q(in_doubt & ~Exists(_held_by_somebody()), status=Commission.Status.HELD)
    if chosen.filter(Q(status__in=HOLDABLE) | doubted).update(status=Commission.Status.HELD) != len(set(commissions)):
        raise NotReviewable(Message("only what is pending or approved, and on no statement, can be held"))
    RiskReview.objects.bulk_create(
        [
            RiskReview(commission_id=pk, reason=reason, note=note, opened_by=by, opened_at=at)
            for pk in sorted(set(commissions))
        ],
        batch_size=1000,
    )
    return len(set(commissions))


@in_transaction
def release_commissions(*, brand: Brand, commissions: Collection[int], by: User | None, at: datetime) -> int:
    """Return held commissions to the state that they would have by now; what a doubt holds beside stays held. Returns how
    many; raises NotReviewable when one of them is not held, or by a doubt alone, which is decided where it stands."""
    lock_book(brand)
    held = _of(brand, commissions).filter(Exists(_held_by_somebody()), status=Commission.Status.HELD)
    chosen = sorted(set(held.values_list("pk", flat=True)))
    if len(chosen) != len(set(commissions)):
        raise NotReviewable(Message("only what is held can be released; a doubt is decided where it stands"))
    _close(chosen, RiskReview.Outcome.RELEASED, by, at)
    release(chosen)
    return len(chosen)


@in_transaction
def reverse_commissions(
    *, brand: Brand, commissions: Collection[int], reason: str, note: str = "", by: User | None, at: datetime
) -> int:
    """Take commissions back for good, with a reason, whatever their order does later. Returns how many.

    One that is on no statement counts as never earned. One that was settled or paid becomes a debt from now on. Under
    the brand's book; raises NotReviewable when one of them is worth nothing already."""
    lock_book(brand)
    chosen = sorted(
        set(
            _of(brand, commissions)
            .filter(void_from=None)
            .exclude(amount_minor=F("reversed_minor"))
            .values_list("pk", flat=True)
        )
    )
    if len(chosen) != len(set(commissions)):
        raise NotReviewable(Message("only what is worth something can be reversed"))
    reviews = _close(chosen, RiskReview.Outcome.REVERSED, by, at)
    release(chosen)
    unreviewed = [
        RiskReview(
            commission_id=pk,
            reason=reason,
            note=note,
            opened_by=by,
            opened_at=at,
            closed_by=by,
            closed_at=at,
            outcome=RiskReview.Outcome.REVERSED,
        )
        for pk in chosen
        if pk not in reviews
    ]
    reviews |= {made.commission_id: made.pk for made in RiskReview.objects.bulk_create(unreviewed, batch_size=1000)}
    Commission.objects.filter(pk__in=chosen, statement=None).update(void_from=EVER)
    Commission.objects.filter(pk__in=chosen, statement__isnull=False).update(void_from=at)
    earned = _earned(chosen)
    write_changes(
        brand, [CommissionChange(at, earned[pk], earned[pk].net_minor, review=reviews[pk]) for pk in chosen], at=at
    )
    return len(chosen)


def _held_by_somebody() -> QuerySet[RiskReview]:
    """The open review of a commission that is no doubt's."""
    return _reviews(~Q(reason=RiskReview.Reason.DOUBT))


def _reviews(which: Q) -> QuerySet[RiskReview]:
    return RiskReview.objects.filter(which, commission=OuterRef("pk"), outcome=RiskReview.Outcome.OPEN)


def _of(brand: Brand, commissions: Collection[int]) -> QuerySet[Commission]:
    return Commission.objects.filter(brand=brand, pk__in=list(commissions))


def _close(commissions: Collection[int], outcome: str, by: User | None, at: datetime) -> dict[int, int]:
    """Close the open reviews, but for doubts that outlast a release; commission → review."""
    reviews = RiskReview.objects.filter(commission__in=commissions, outcome=RiskReview.Outcome.OPEN)
    if outcome == RiskReview.Outcome.RELEASED:
        reviews = reviews.exclude(reason=RiskReview.Reason.DOUBT)
    by_commission = dict(reviews.values_list("commission", "pk"))
    reviews.update(outcome=outcome, closed_by=by, closed_at=at)
    return by_commission


def _earned(commissions: Collection[int]) -> Mapping[int, EarnedOnLine]:
    orders = Commission.objects.filter(pk__in=commissions).values_list("line__order", flat=True).distinct()
    states = line_states(dict.fromkeys(orders))
    lines = [line for order in states.values() for line in order.values()]
    return {earned.id: earned for line in lines for earned in line.earned}
