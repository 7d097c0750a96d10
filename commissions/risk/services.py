"""What looks like fraud is written down with its evidence, may hold commissions, and is decided by staff."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

import pglock
from django.db import connection, transaction

from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.earnings.domain.refusals import NotReviewable
from commissions.earnings.models.commissions import RiskReview
from commissions.earnings.services.reviews import hold_commissions, release_commissions, reverse_commissions
from commissions.ledger.services import lock_book
from commissions.risk.models import Signal, SignalFact, SignalPolicy, SignalSearch
from commissions.risk.selectors.fraud import policies_of, sightings
from commissions.risk.selectors.fraud_holds import commissions_to_hold, held_by
from commissions.risk.selectors.fraud_sightings import Sighting
from commissions.settlement.domain.refusals import AlreadyDecided

HOLDS = """
INSERT INTO commissions_signalhold (signal_id, review_id)
SELECT named.signal, review.id FROM unnest(%s::bigint[], %s::bigint[]) AS named(signal, commission)
JOIN commissions_riskreview review ON review.commission_id = named.commission AND review.outcome = '' AND review.reason = 'risk_rule'
ON CONFLICT DO NOTHING
"""


class Searched(NamedTuple):
    found: int
    held: int


@transaction.atomic
def find_signals(*, brand: Brand, at: datetime) -> Searched:
    """Write down what reaches its threshold at a brand and rests on something new, and hold what the brand lets signals
    hold.

    Searches of one brand stand in line (an advisory lock); what earlier ones named is not new, and the database refuses
    a fact twice, so a second call finds nothing. The book is only taken to hold. Thresholds are read, and never
    written: what staff decided changes none."""
    pglock.advisory(f"signals {brand.pk}", xact=True).acquire()
    policies = policies_of(brand)
    SignalPolicy.objects.bulk_create(
        [policy for policy in policies.values() if policy.pk is None], ignore_conflicts=True
    )
    found = sum(_write(policies[kind], seen, at) for kind, seen in sightings(policies.values(), at=at).items())
    SignalSearch.objects.update_or_create(brand=brand, defaults={"searched_at": at})
    return Searched(
        found, _hold(brand, [kind for kind, policy in policies.items() if policy.is_on and policy.holds], at)
    )


@transaction.atomic
def confirm_signals(
    *, brand: Brand, signals: Collection[int], reason: str, by: User, at: datetime, reverse: bool = False
) -> int:
    """Say that signals are true, and why. What they hold goes on waiting, unless it is reversed with them; what they
    name later is held as well.

    Returns how many commissions were reversed. Under the brand's book; all or nothing: raises AlreadyDecided when one
    of them is not open any more."""
    lock_book(brand)
    _decide(brand, signals, Signal.State.CONFIRMED, reason, by, at)
    held = held_by(signals, alone=False) if reverse else []
    return (
        reverse_commissions(brand=brand, commissions=held, reason=RiskReview.Reason.FRAUD, note=reason, by=by, at=at)
        if held
        else 0
    )


@transaction.atomic
def dismiss_signals(*, brand: Brand, signals: Collection[int], reason: str, by: User, at: datetime) -> int:
    """Say that signals are false alarms, and why: what they alone hold goes back to where it was, and what they rest on
    counts no more.

    Returns how many commissions were released. Under the brand's book; all or nothing: raises AlreadyDecided when one
    of them is not open any more."""
    lock_book(brand)
    _decide(brand, signals, Signal.State.DISMISSED, reason, by, at)
    held = held_by(signals, alone=True)
    return release_commissions(brand=brand, commissions=held, by=by, at=at) if held else 0


def _decide(brand: Brand, signals: Collection[int], state: str, reason: str, by: User, at: datetime) -> None:
    if not reason.strip():
        raise NotReviewable("a decision says why")
    still_open = Signal.objects.filter(brand=brand, pk__in=list(signals), state=Signal.State.OPEN)
    if still_open.update(state=state, reason=reason.strip(), decided_by=by, decided_at=at) != len(set(signals)):
        raise AlreadyDecided("one of these was decided already")


def _write(policy: SignalPolicy, seen: Iterable[Sighting], at: datetime) -> int:
    """A signal for each sighting, with its facts."""
    seen = list(seen)
    alike = {"brand_id": policy.brand_id, "kind": policy.kind, "threshold": policy.threshold, "found_at": at}
    written = Signal.objects.bulk_create(
        Signal(koc_id=one.koc, measured=one.measured, evidence=one.evidence, **alike) for one in seen
    )
    SignalFact.objects.bulk_create(
        (
            SignalFact(signal=signal, kind=policy.kind, koc_id=one.koc, **fact)
            for signal, one in zip(written, seen, strict=True)
            for fact in one.facts
        ),
        batch_size=5_000,
    )
    return len(written)


def _hold(brand: Brand, kinds: list[str], at: datetime) -> int:
    """Hold what open and confirmed signals of these kinds name, also what came after them; several may hold one
    commission."""
    if not kinds:
        return 0
    lock_book(brand)
    named = commissions_to_hold(brand, kinds, at=at)
    free = sorted({commission for _, commission, is_held in named if not is_held})
    if free:
        hold_commissions(brand=brand, commissions=free, reason=RiskReview.Reason.RISK_RULE, by=None, at=at)
    with connection.cursor() as cursor:
        cursor.execute(HOLDS, [[signal for signal, _, _ in named], [commission for _, commission, _ in named]])
    return len(free)
