"""Signals of fraud: recorded with their evidence, they may hold commissions, and staff decide them."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

import pglock
from django.db import connection

from accounts.brands.models import Brand
from accounts.failures.services import every_step
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
from foundation.postgres.transactions import in_transaction, own_transaction
from foundation.texts.messages import Message

WRITE_HOLDS = """
INSERT INTO commissions_signalhold (signal_id, review_id)
SELECT suspect.signal, review.id FROM unnest(%s::bigint[], %s::bigint[]) AS suspect(signal, commission)
JOIN commissions_riskreview review ON review.commission_id = suspect.commission AND review.outcome = '' AND review.reason = 'risk_rule'
ON CONFLICT DO NOTHING
"""


class Searched(NamedTuple):
    found: int
    held: int


def find_signals(*, brand: Brand, at: datetime) -> Searched:
    """Record the sightings that reach their threshold at a brand and have new facts, and hold commissions where the
    brand's policy says so.

    Searches of one brand run one after another (an advisory lock); facts of earlier signals are not new, and the
    database refuses a fact twice, so a second call finds nothing. The book is locked only to hold commissions.
    Thresholds are read, and never written: decisions of staff change none. Each kind is a transaction of its own: one
    that raises stops no other, and the brand stays due for a search."""
    policies = policies_of(brand)
    SignalPolicy.objects.bulk_create(
        [policy for policy in policies.values() if policy.pk is None], ignore_conflicts=True
    )
    found = held = 0
    with every_step(f"search of brand {brand.pk}") as step:
        for policy in policies.values():
            with step(), _alone(brand):
                found += sum(_write_signals(policy, of_kind, at) for of_kind in sightings([policy], at=at).values())
        with step(), _alone(brand):
            held = _hold(brand, [kind for kind, policy in policies.items() if policy.is_on and policy.holds], at)
    SignalSearch.objects.update_or_create(brand=brand, defaults={"searched_at": at})
    return Searched(found, held)


@contextmanager
def _alone(brand: Brand) -> Iterator[None]:
    """A transaction in which no other one searches this brand."""
    with own_transaction():
        pglock.advisory(f"signals {brand.pk}", xact=True).acquire()
        yield


@in_transaction
def confirm_signals(
    *, brand: Brand, signals: Collection[int], reason: str, by: User, at: datetime, reverse: bool = False
) -> int:
    """Confirm signals, with the reason. The commissions that they hold stay held, unless they are reversed now; later
    commissions of the same facts are held as well.

    Returns how many commissions were reversed. Locks the brand's book; all or nothing: raises AlreadyDecided when one
    of the signals is not open any more."""
    lock_book(brand)
    _decide(brand, signals, Signal.State.CONFIRMED, reason, by, at)
    held = held_by(signals, alone=False) if reverse else []
    return (
        reverse_commissions(brand=brand, commissions=held, reason=RiskReview.Reason.FRAUD, note=reason, by=by, at=at)
        if held
        else 0
    )


@in_transaction
def dismiss_signals(*, brand: Brand, signals: Collection[int], reason: str, by: User, at: datetime) -> int:
    """Dismiss signals as false alarms, with the reason: commissions that only they hold are released, and their facts
    no longer count.

    Returns how many commissions were released. Locks the brand's book; all or nothing: raises AlreadyDecided when one
    of the signals is not open any more."""
    lock_book(brand)
    _decide(brand, signals, Signal.State.DISMISSED, reason, by, at)
    held = held_by(signals, alone=True)
    return release_commissions(brand=brand, commissions=held, by=by, at=at) if held else 0


def _decide(brand: Brand, signals: Collection[int], state: str, reason: str, by: User, at: datetime) -> None:
    if not reason.strip():
        raise NotReviewable(Message("a decision says why"))
    still_open = Signal.objects.filter(brand=brand, pk__in=list(signals), state=Signal.State.OPEN)
    if still_open.update(state=state, reason=reason.strip(), decided_by=by, decided_at=at) != len(set(signals)):
        raise AlreadyDecided(Message("one of these was decided already"))


def _write_signals(policy: SignalPolicy, reached: Sequence[Sighting], at: datetime) -> int:
    """Write a signal for each sighting, with its facts; returns how many."""
    common = {"brand_id": policy.brand_id, "kind": policy.kind, "threshold": policy.threshold, "found_at": at}
    signals = Signal.objects.bulk_create(
        Signal(koc_id=sighting.koc, measured=sighting.measured, evidence=sighting.evidence, **common)
        for sighting in reached
    )
    SignalFact.objects.bulk_create(
        (
            SignalFact(signal=signal, kind=policy.kind, koc_id=sighting.koc, **fact)
            for signal, sighting in zip(signals, reached, strict=True)
            for fact in sighting.facts
        ),
        batch_size=5_000,
    )
    return len(signals)


def _hold(brand: Brand, kinds: list[str], at: datetime) -> int:
    """Hold the commissions of open and confirmed signals of these kinds, also those created after the signals; several
    signals may hold one commission."""
    if not kinds:
        return 0
    lock_book(brand)
    suspects = commissions_to_hold(brand, kinds, at=at)
    to_hold = sorted({commission for _, commission, is_held in suspects if not is_held})
    if to_hold:
        hold_commissions(brand=brand, commissions=to_hold, reason=RiskReview.Reason.RISK_RULE, by=None, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE_HOLDS, [[signal for signal, _, _ in suspects], [commission for _, commission, _ in suspects]]
        )
    return len(to_hold)
