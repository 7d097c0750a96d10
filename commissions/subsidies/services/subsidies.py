"""Subsidies: the brand grants them, KOCs hand them on inside their own trees, and expired budget returns to the
brand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.access.domain.refusals import IdempotencyConflict
from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.failures.services import process_isolated
from accounts.people.models import Koc, User
from commissions.earnings.domain.refusals import BudgetExceeded
from commissions.ledger.models import Transfer, Wallet
from commissions.ledger.services import NewTransfer, Wallets, lock_book, post
from commissions.settlement.domain.refusals import AlreadyDecided
from commissions.settlement.models.adjustments import Adjustment
from commissions.subsidies.domain.refusals import (
    MayNotPassOn,
    OnlyJoined,
    RecipientNotActive,
    SubsidyExpired,
    SubsidyRefused,
    UnknownRecipient,
)
from commissions.subsidies.models import Allocation, Subsidy
from commissions.subsidies.selectors.subsidies import has_only_joined
from foundation.postgres.transactions import in_own_transaction, in_transaction
from referrals.tree.domain.refusals import KocNotActive
from referrals.tree.services.positions import lock_sponsors

BATCH = 1_000
GRANT_FIELDS = ("koc_id", "own_minor", "hand_on_minor", "may_pass_on", "expires_at", "note")

EXPIRED = """
SELECT id FROM commissions_subsidy
WHERE brand_id = %(brand)s AND expires_at <= %(at)s AND hand_on_minor > allocated_minor + returned_minor
    AND NOT EXISTS (SELECT FROM accounts_failedfact WHERE kind = 'subsidy' AND fact = commissions_subsidy.id AND next_try_at > %(at)s)
ORDER BY id LIMIT %(most)s
"""
RETURN_LEFT = """
UPDATE commissions_subsidy SET returned_minor = hand_on_minor - allocated_minor
WHERE id = ANY(%s) AND hand_on_minor > allocated_minor + returned_minor
RETURNING id, koc_id, returned_minor
"""


@in_transaction
def grant_subsidy(
    *,
    brand: Brand,
    koc: Koc,
    own_minor: int,
    hand_on_minor: int,
    may_pass_on: bool,
    expires_at: datetime | None,
    note: str,
    by: User,
    at: datetime,
    key: str | None = None,
) -> Subsidy:
    """Grant an active KOC budget: a part for themself, which goes on their next statement as income, and a part to hand
    on until it expires.

    Locks the brand's book. `key` identifies the request: with it a second call returns the first one's subsidy, and
    raises IdempotencyConflict if its values differ. Raises SubsidyRefused, KocNotActive, and OnlyJoined for somebody
    who has neither shared nor sold anything here."""
    lock_book(brand)
    requested: dict[str, Any] = dict(
        zip(GRANT_FIELDS, (koc.pk, own_minor, hand_on_minor, may_pass_on, expires_at, note), strict=True)
    )
    if key and (earlier := Subsidy.objects.filter(brand=brand, key=key).values(*GRANT_FIELDS, "pk").first()):
        if earlier != requested | {"pk": earlier["pk"]}:
            raise IdempotencyConflict(_("This form has granted another subsidy already."))
        return Subsidy.objects.get(pk=earlier["pk"])
    _check_grant(brand, koc, own_minor, hand_on_minor, expires_at, at)
    own_part = _create_adjustment(koc, Adjustment.Kind.SUBSIDY, own_minor, note, at) if own_minor else None
    subsidy: Subsidy = Subsidy.objects.create(
        brand=brand, key=key or None, own_part=own_part, granted_by=by, granted_at=at, **requested
    )
    wallets = Wallets(brand)
    wallets.open([None], Wallet.Kind.SUBSIDIES)
    wallets.open([koc.pk], Wallet.Kind.APPROVED, Wallet.Kind.SUBSIDY)
    cost, own, budget = (
        wallets[None, Wallet.Kind.SUBSIDIES],
        wallets[koc.pk, Wallet.Kind.APPROVED],
        wallets[koc.pk, Wallet.Kind.SUBSIDY],
    )
    transfers = [NewTransfer(cost, own, own_minor, Transfer.Reason.SUBSIDY.value, own_part.pk)] if own_part else []
    transfers += (
        [NewTransfer(cost, budget, hand_on_minor, Transfer.Reason.GRANT.value, subsidy.pk)] if hand_on_minor else []
    )
    post(transfers, at=at)
    return subsidy


def _check_grant(
    brand: Brand, koc: Koc, own_minor: int, hand_on_minor: int, expires_at: datetime | None, at: datetime
) -> None:
    if koc.brand_id != brand.pk:
        raise SubsidyRefused(_("This KOC is another brand's."))
    if own_minor < 0 or hand_on_minor < 0 or not own_minor + hand_on_minor:
        raise SubsidyRefused(_("A subsidy is more than nothing."))
    if expires_at is not None and expires_at <= at:
        raise SubsidyRefused(_("A subsidy expires after it is granted."))
    if not _is_active(koc):
        raise KocNotActive(_("This membership is not active."))
    if has_only_joined(koc):
        raise OnlyJoined(_("This KOC has only joined: nothing shared, nothing sold. Nobody is paid for joining."))


@in_transaction
def allocate(
    *, subsidy: Subsidy, to: Koc | None, amount_minor: int, note: str, as_right: bool, at: datetime
) -> Allocation:
    """Hand a part of what is left of a subsidy on to an active KOC below its own KOC in the tree: as money, or as the
    right to hand it on in turn.

    Locks the brand's book and the tree positions between the two, so that the tree does not change; the amount is taken
    by compare-and-set, and a constraint ensures it. Each call is an allocation of its own: the API's Idempotency-Key
    makes it repeatable. `to` is None when nobody has that id. Raises KocNotActive, SubsidyExpired, MayNotPassOn,
    UnknownRecipient (outside of the tree, too), RecipientNotActive, OnlyJoined, BudgetExceeded."""
    brand = subsidy.brand
    lock_book(brand)
    subsidy = Subsidy.objects.select_related("koc").get(pk=subsidy.pk)
    _check_giver(subsidy, at, as_right=as_right)
    if to is None or subsidy.koc_id not in lock_sponsors(to):
        raise UnknownRecipient(_("Nobody in your tree has this id."))
    if not _is_active(to):
        raise RecipientNotActive(_("Their membership is not active."))
    if has_only_joined(to):
        raise OnlyJoined(_("They have only joined: nothing shared, nothing sold. Nobody is paid for joining."))
    _take(subsidy, amount_minor)
    return (_pass_on if as_right else _hand_on)(subsidy, to, amount_minor, note, at)


def _check_giver(subsidy: Subsidy, at: datetime, *, as_right: bool) -> None:
    if not _is_active(subsidy.koc):
        raise KocNotActive(_("Your membership is not active."))
    if subsidy.expires_at is not None and subsidy.expires_at <= at:
        raise SubsidyExpired(_("This subsidy has expired."))
    if as_right and not subsidy.may_pass_on:
        raise MayNotPassOn(_("This subsidy may be handed on as money only."))


def _take(subsidy: Subsidy, amount_minor: int) -> None:
    room = Q(hand_on_minor__gte=F("allocated_minor") + F("returned_minor") + amount_minor)
    if (
        amount_minor <= 0
        or Subsidy.objects.filter(room, pk=subsidy.pk).update(allocated_minor=F("allocated_minor") + amount_minor) != 1
    ):
        raise BudgetExceeded(_("This subsidy has not so much left."))


def _hand_on(subsidy: Subsidy, to: Koc, amount_minor: int, note: str, at: datetime) -> Allocation:
    adjustment = _create_adjustment(to, Adjustment.Kind.ALLOCATION, amount_minor, note, at)
    _post_transfer(subsidy, to, Wallet.Kind.APPROVED, amount_minor, Transfer.Reason.ALLOCATION, adjustment.pk, at)
    return _create_allocation(subsidy, to, amount_minor, note, at, kind=Allocation.Kind.MONEY, adjustment=adjustment)


def _pass_on(subsidy: Subsidy, to: Koc, amount_minor: int, note: str, at: datetime) -> Allocation:
    """The right expires with the one that it comes from, and may be passed on if that one may."""
    inherited = {
        "brand_id": subsidy.brand_id,
        "parent": subsidy,
        "may_pass_on": subsidy.may_pass_on,
        "expires_at": subsidy.expires_at,
    }
    child = Subsidy.objects.create(koc=to, hand_on_minor=amount_minor, note=note, granted_at=at, **inherited)
    _post_transfer(subsidy, to, Wallet.Kind.SUBSIDY, amount_minor, Transfer.Reason.PASSING, child.pk, at)
    return _create_allocation(subsidy, to, amount_minor, note, at, kind=Allocation.Kind.RIGHT, child=child)


def _create_allocation(
    subsidy: Subsidy, to: Koc, amount_minor: int, note: str, at: datetime, **effect: Any
) -> Allocation:
    subsidy.refresh_from_db(fields=["allocated_minor"])
    allocation: Allocation = Allocation.objects.create(
        subsidy=subsidy, to=to, amount_minor=amount_minor, note=note, allocated_at=at, **effect
    )
    return allocation


def _create_adjustment(koc: Koc, kind: Adjustment.Kind, amount_minor: int, note: str, at: datetime) -> Adjustment:
    adjustment: Adjustment = Adjustment.objects.create(
        brand_id=koc.brand_id, koc=koc, kind=kind, amount_minor=amount_minor, note=note, happened_at=at
    )
    return adjustment


def _post_transfer(
    subsidy: Subsidy, to: Koc, kind: Wallet.Kind, amount_minor: int, reason: Transfer.Reason, cause: int, at: datetime
) -> None:
    wallets = Wallets(subsidy.brand)
    wallets.open([subsidy.koc_id], Wallet.Kind.SUBSIDY)
    wallets.open([to.pk], kind)
    post(
        [
            NewTransfer(
                wallets[subsidy.koc_id, Wallet.Kind.SUBSIDY], wallets[to.pk, kind], amount_minor, reason.value, cause
            )
        ],
        at=at,
    )


def _is_active(koc: Koc) -> bool:
    return bool(Koc.objects.filter(pk=koc.pk, status=Koc.Status.ACTIVE).exists())


def expire_subsidies(*, brand: Brand, at: datetime) -> int:
    """Return the remainder of the subsidies that have expired at `at` to the brand; returns how many.

    Each batch is a transaction that locks the brand's book; a remainder is returned once (compare-and-set), so a second
    call finds nothing. A subsidy that raises is set aside."""
    returned = 0
    while (count := _expire_batch(brand, at=at)) is not None:
        returned += count
    return returned


@in_own_transaction
def _expire_batch(brand: Brand, *, at: datetime) -> int | None:
    """Return the next remainders; returns how many, or None when none is left."""
    lock_book(brand)
    with connection.cursor() as cursor:
        cursor.execute(EXPIRED, {"brand": brand.pk, "at": at, "most": BATCH})
        expired = [pk for (pk,) in cursor.fetchall()]
    if not expired:
        return None
    counts = process_isolated(
        expired,
        lambda part: _return_left(brand, part, at=at),
        fact_of=lambda subsidy: (FailedFact.Kind.SUBSIDY, subsidy),
        brand=brand,
        at=at,
    )
    return sum(counts)


@in_transaction
def end_subsidy(*, subsidy: Subsidy, by: User, at: datetime) -> Subsidy:
    """Take back the remainder of a subsidy now, before it expires. What was handed on is not affected. Raises
    AlreadyDecided when nothing is left."""
    brand = subsidy.brand
    lock_book(brand)
    not_expired = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
    has_remainder = Q(hand_on_minor__gt=F("allocated_minor") + F("returned_minor"))
    if Subsidy.objects.filter(not_expired, has_remainder, pk=subsidy.pk).update(expires_at=at, ended_by=by) != 1:
        raise AlreadyDecided(_("Nothing is left of this subsidy."))
    _return_left(brand, [subsidy.pk], at=at)
    subsidy.refresh_from_db()
    return subsidy


def _return_left(brand: Brand, subsidies: Sequence[int], *, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(RETURN_LEFT, [list(subsidies)])
        returned = cursor.fetchall()
    if returned:
        wallets = Wallets(brand)
        wallets.open([None], Wallet.Kind.SUBSIDIES)
        wallets.open({koc for _, koc, _ in returned}, Wallet.Kind.SUBSIDY)
        cost, reason = wallets[None, Wallet.Kind.SUBSIDIES], Transfer.Reason.EXPIRY.value
        post(
            [
                NewTransfer(wallets[koc, Wallet.Kind.SUBSIDY], cost, left, reason, pk)
                for pk, koc, left in sorted(returned)
            ],
            at=at,
        )
    return len(returned)
