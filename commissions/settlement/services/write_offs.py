"""Write off a debt: one person asks, another approves."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.people.models import Koc, User
from commissions.ledger.models import Transfer, Wallet
from commissions.ledger.services import NewTransfer, Wallets, lock_book, post
from commissions.settlement.domain.refusals import AlreadyAsked, AlreadyDecided, FourEyes, MoreThanOwed
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.write_offs import WriteOff
from commissions.settlement.selectors.debts import debt_of
from foundation.postgres.transactions import in_transaction


@in_transaction
def ask_write_off(*, koc: Koc, amount_minor: int, reason: str, by: User, at: datetime) -> WriteOff:
    """Ask to write off this amount of a KOC's debt. No money moves until another person approves.

    Locks the brand's book; a KOC has one open request (a unique key ensures it). Raises MoreThanOwed, AlreadyAsked.
    """
    lock_book(koc.brand)
    _check_debt(koc, amount_minor)
    if WriteOff.objects.filter(koc=koc, status=WriteOff.Status.ASKED).exists():
        raise AlreadyAsked(_("A request for this KOC waits already."))
    return WriteOff.objects.create(
        brand_id=koc.brand_id, koc=koc, amount_minor=amount_minor, reason=reason, asked_by=by, asked_at=at
    )


@in_transaction
def approve_write_off(*, write_off: WriteOff, by: User, at: datetime) -> WriteOff:
    """Write off the debt: the brand pays the amount into the debt wallet, and the KOC's next statement deducts that
    much less.

    Locks the brand's book; a request is decided once (compare-and-set). Raises FourEyes for whoever asked (a constraint
    refuses it too), MoreThanOwed when the debt has become smaller since, AlreadyDecided."""
    lock_book(write_off.brand)
    write_off = WriteOff.objects.select_related("koc__brand").get(pk=write_off.pk)
    if write_off.status != WriteOff.Status.ASKED:
        raise AlreadyDecided(_("This request was decided already."))
    if write_off.asked_by_id == by.pk:
        raise FourEyes(_("Another person than who asked must approve."))
    _check_debt(write_off.koc, write_off.amount_minor)
    adjustment: Adjustment = Adjustment.objects.create(
        brand_id=write_off.brand_id,
        koc=write_off.koc,
        kind=Adjustment.Kind.WRITE_OFF,
        amount_minor=write_off.amount_minor,
        note=write_off.reason,
        happened_at=at,
    )
    _decide(write_off, WriteOff.Status.APPROVED, by, at, adjustment)
    wallets = Wallets(write_off.koc.brand)
    wallets.open([None], Wallet.Kind.WRITE_OFFS)
    wallets.open([write_off.koc_id], Wallet.Kind.DEBT)
    source, target = wallets[None, Wallet.Kind.WRITE_OFFS], wallets[write_off.koc_id, Wallet.Kind.DEBT]
    post([NewTransfer(source, target, write_off.amount_minor, Transfer.Reason.WRITE_OFF.value, adjustment.pk)], at=at)
    return write_off


@in_transaction
def refuse_write_off(*, write_off: WriteOff, by: User, at: datetime) -> WriteOff:
    """Refuse a request; the debt stays. Whoever asked may withdraw their own request this way. A request is decided
    once (compare-and-set). Raises AlreadyDecided."""
    _decide(write_off, WriteOff.Status.REFUSED, by, at)
    return write_off


def _check_debt(koc: Koc, amount_minor: int) -> None:
    if not 0 < amount_minor <= debt_of(koc):
        raise MoreThanOwed(_("This KOC does not owe so much."))


def _decide(
    write_off: WriteOff, status: WriteOff.Status, by: User, at: datetime, adjustment: Adjustment | None = None
) -> None:
    waiting = WriteOff.objects.filter(pk=write_off.pk, status=WriteOff.Status.ASKED)
    if waiting.update(status=status, decided_by=by, decided_at=at, adjustment=adjustment) != 1:
        raise AlreadyDecided(_("This request was decided already."))
    write_off.refresh_from_db(fields=["status", "decided_by", "decided_at", "adjustment"])
