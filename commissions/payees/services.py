"""Whom the money goes to: save a person's sealed record, and log every full read of it."""

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.access.models import Session
from accounts.access.services.sign_in import prove_anew
from accounts.people.models import Koc, User
from commissions.payees.domain.payees import FullPayee, fault_of, tail, tidy
from commissions.payees.domain.refusals import NoReasonToRead, PayeeRefused
from commissions.payees.models.payees import Payee, PayeeRead
from foundation.postgres.bulk import copy_in
from foundation.postgres.transactions import in_own_transaction, in_transaction
from foundation.sealing import Rotation, Unreadable, is_sealed_with_the_first_key, person_of, seal
from foundation.terminal.progress import Progress, tell

BATCH = 500


def save_own_payee(*, session: Session, code: str | None, given: FullPayee, at: datetime) -> Payee:
    """Save a person's own record, once they proved their phone again: a stolen session must not redirect the money.

    Raises PayeeRefused before any code is spent; FreshOtpRequired, WrongCode, TooManyTries.
    """
    _refuse(tidy(given))
    prove_anew(session=session, code=code, at=at)
    return save_payee(user=session.user, given=given, at=at)


@in_transaction
def save_payee(*, user: User, given: FullPayee, at: datetime) -> Payee:
    """Save whom a login's money goes to. Saving the same record again changes nothing.

    Locks the user, so that of two simultaneous saves the second reads the first. A record that no key opens any more is
    replaced. Raises PayeeRefused."""
    payee = tidy(given)
    _refuse(payee)
    _hold(user)
    current = Payee.objects.filter(user=user).first()
    if current is not None and _is_same(current, payee):
        return current
    saved, _made = Payee.objects.update_or_create(
        user=user,
        defaults={
            "method": payee.method,
            "bank": payee.bank,
            "id_type": payee.id_type,
            "name_sealed": seal(payee.name),
            "id_number_sealed": seal(payee.id_number),
            "account_sealed": seal(payee.account),
            "id_number_last4": tail(payee.id_number),
            "account_last4": tail(payee.account),
            "person": person_of(payee.id_number),
            "updated_at": at,
        },
    )
    return saved


@in_transaction
def read_payees(*, koc_ids: Collection[int], who: User | str, why: str, at: datetime) -> dict[int, FullPayee]:
    """KOC → the whole record of its payee, in clear, of those that have one; each read is a PayeeRead of the same
    transaction.

    `who` is the person who reads, or the name of the command. Request at most some ten thousand at a time: the result
    is held in memory. Raises NoReasonToRead without a `why`; Unreadable when a key is missing, and then nothing is
    logged."""
    kocs = (
        Koc.objects.filter(pk__in=koc_ids, user__isnull=False).order_by("pk").values_list("pk", "user_id", "brand_id")
    )
    members = [(koc, user, brand) for koc, user, brand in kocs if user]
    payees = Payee.objects.in_bulk({user for _koc, user, _brand in members})
    read = [(koc, user, brand) for koc, user, brand in members if user in payees]
    _log_reads([(user, brand) for _koc, user, brand in read], who, why, at)
    return {koc: payees[user].opened() for koc, user, _brand in read}


@in_transaction
def note_reads(*, koc_ids: Collection[int], who: User | str, why: str, at: datetime) -> None:
    """Log that these KOCs' full payees were read from a stored copy, such as a payout file that is written again.
    Raises NoReasonToRead."""
    kocs = Koc.objects.filter(pk__in=koc_ids, user__isnull=False).order_by("pk")
    _log_reads([(user, brand) for user, brand in kocs.values_list("user_id", "brand_id") if user], who, why, at)


def _log_reads(read: Collection[tuple[int, int]], who: User | str, why: str, at: datetime) -> None:
    why = " ".join(why.split())
    if not why:
        raise NoReasonToRead(str(_("Say why you read the full record.")))
    common = (None if isinstance(who, str) else who.pk, str(who)[:120], why[:200], at)
    copy_in(
        PayeeRead,
        ["user_id", "brand_id", "reader_id", "who", "why", "read_at"],
        [(user, brand, *common) for user, brand in read],
    )


def rotate_payee_keys(*, progress: Progress | None = None) -> Rotation:
    """Seal every record with the first key, and compute its `person` again. A record that has both already stays as it
    is, so the run may be interrupted and repeated.

    Locks a batch at a time, in the order of users; `progress` is called with the number of records done. A record that
    no key opens is skipped and reported."""
    last, done, resealed, unchanged = 0, 0, 0, 0
    unreadable: list[int] = []
    while batch := _rotate_batch(last):
        resealed += sum(outcome.state is SealState.RESEALED for outcome in batch)
        unchanged += sum(outcome.state is SealState.UNCHANGED for outcome in batch)
        unreadable += [outcome.payee for outcome in batch if outcome.state is SealState.UNREADABLE]
        last = batch[-1].payee
        done += len(batch)
        tell(progress, done)
    return Rotation(resealed, unchanged, tuple(unreadable))


RESEAL = """
UPDATE commissions_payee payee SET name_sealed = fresh.name, id_number_sealed = fresh.id_number, account_sealed = fresh.account, person = fresh.person
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[]) AS fresh(id, name, id_number, account, person) WHERE payee.user_id = fresh.id
"""


class SealState(Enum):
    RESEALED, UNCHANGED, UNREADABLE = "resealed", "unchanged", "unreadable"


class Resealing(NamedTuple):
    payee: int
    state: SealState


@in_own_transaction
def _rotate_batch(after: int) -> list[Resealing]:
    payees = list(Payee.objects.select_for_update().filter(pk__gt=after).order_by("pk")[:BATCH])
    outcomes = [Resealing(payee.pk, _reseal(payee)) for payee in payees]
    resealed = [payee for payee, outcome in zip(payees, outcomes, strict=True) if outcome.state is SealState.RESEALED]
    columns = [
        [getattr(payee, name) for payee in resealed]
        for name in ("pk", "name_sealed", "id_number_sealed", "account_sealed", "person")
    ]
    with connection.cursor() as cursor:
        cursor.execute(RESEAL, columns)
    return outcomes


def _reseal(payee: Payee) -> SealState:
    """Seal a record with the first key, in memory, unless it already is."""
    try:
        full = payee.opened()
    except Unreadable:
        return SealState.UNREADABLE
    person = person_of(full.id_number)
    sealed = (payee.name_sealed, payee.id_number_sealed, payee.account_sealed)
    if payee.person == person and all(is_sealed_with_the_first_key(text) for text in sealed):
        return SealState.UNCHANGED
    payee.name_sealed, payee.id_number_sealed, payee.account_sealed = (
        seal(full.name),
        seal(full.id_number),
        seal(full.account),
    )
    payee.person = person
    return SealState.RESEALED


def _hold(user: User) -> None:
    """Lock the user: another save of the same user's record waits until the transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _is_same(current: Payee, payee: FullPayee) -> bool:
    try:
        return current.opened() == payee
    except Unreadable:
        return False


WHY = {
    "not_a_name": _("Write a name of 1 to 80 characters."),
    "unknown": _("This is not one of the choices."),
    "not_a_resident_id": _(
        "This is not an 18-digit identity number: a digit, the birthday or the check digit is wrong."
    ),
    "not_a_document": _("A document number has 5 to 20 letters and digits."),
    "not_an_account_bank": _("A bank account has 6 to 34 digits or letters."),
    "not_an_account_alipay": _("Write the phone or e-mail of the Alipay account."),
    "not_an_account_wechat": _("Write the WeChat id of the account."),
}


def _refuse(payee: FullPayee) -> None:
    """Raise PayeeRefused with the fault of a payee in normal form, never with the value."""
    fault = fault_of(payee)
    if fault is not None:
        place, kind = fault
        raise PayeeRefused(str(WHY[kind]), place)
