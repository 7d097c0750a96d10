"""Whom the money goes to: a person's record is kept sealed, and who reads it whole is written down."""

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.access.models import Session
from accounts.access.services.sign_in import prove_anew
from accounts.people.models import Koc, User
from commissions.payees.domain.payees import FullPayee, fault_of, tail, tidy
from commissions.payees.domain.refusals import NoReasonToRead, PayeeRefused
from commissions.payees.models.payees import Payee, PayeeRead
from foundation.postgres.bulk import copy_in
from foundation.sealing import Rotation, Unreadable, is_sealed_with_the_first_key, person_of, seal
from foundation.terminal.progress import Progress, tell

BATCH = 500


def save_own_payee(*, session: Session, code: str | None, given: FullPayee, at: datetime) -> Payee:
    """What a person says of themself, once they proved their phone anew: a session that was stolen must not lead the
    money elsewhere.

    Raises PayeeRefused before any code is spent; FreshOtpRequired, WrongCode, TooManyTries.
    """
    _refuse(tidy(given))
    prove_anew(session=session, code=code, at=at)
    return save_payee(user=session.user, given=given, at=at)


@transaction.atomic
def save_payee(*, user: User, given: FullPayee, at: datetime) -> Payee:
    """Keep whom a login's money goes to. The same again changes nothing.

    Locks the user, so that of two at once the second sees the first. A record that no key opens any more is replaced.
    Raises PayeeRefused."""
    payee = tidy(given)
    _refuse(payee)
    _hold(user)
    kept = Payee.objects.filter(user=user).first()
    if kept is not None and _is(kept, payee):
        return kept
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


@transaction.atomic
def read_payees(*, koc_ids: Collection[int], who: User | str, why: str, at: datetime) -> dict[int, FullPayee]:
    """KOC → the whole record of its payee, in clear, of those that have one; each read is a PayeeRead of the same
    transaction.

    `who` is the person who reads, or the name of the command. Ask for at most some ten thousand at a time: the answer
    stands in memory. Raises NoReasonToRead without a `why`; Unreadable when a key is missing, and then nothing is
    written."""
    kocs = (
        Koc.objects.filter(pk__in=koc_ids, user__isnull=False).order_by("pk").values_list("pk", "user_id", "brand_id")
    )
    found = [(koc, user, brand) for koc, user, brand in kocs if user]
    payees = Payee.objects.in_bulk({user for _koc, user, _brand in found})
    read = [(koc, user, brand) for koc, user, brand in found if user in payees]
    _write_down([(user, brand) for _koc, user, brand in read], who, why, at)
    return {koc: payees[user].opened() for koc, user, _brand in read}


@transaction.atomic
def note_reads(*, koc_ids: Collection[int], who: User | str, why: str, at: datetime) -> None:
    """Write down that these KOCs' payees were read whole from a copy that was kept, such as a payout file that is made
    again. Raises NoReasonToRead."""
    kocs = Koc.objects.filter(pk__in=koc_ids, user__isnull=False).order_by("pk")
    _write_down([(user, brand) for user, brand in kocs.values_list("user_id", "brand_id") if user], who, why, at)


def _write_down(read: Collection[tuple[int, int]], who: User | str, why: str, at: datetime) -> None:
    why = " ".join(why.split())
    if not why:
        raise NoReasonToRead(str(_("Say why you read the full record.")))
    same = (None if isinstance(who, str) else who.pk, str(who)[:120], why[:200], at)
    copy_in(
        PayeeRead,
        ["user_id", "brand_id", "reader_id", "who", "why", "read_at"],
        [(user, brand, *same) for user, brand in read],
    )


def rotate_payee_keys(*, progress: Progress | None = None) -> Rotation:
    """Seal every record with the first key, and reckon its `person` anew. What has both already stays as it is, so it
    may be broken off and run again.

    Locks a batch at a time, in the order of users; `progress` hears how many were looked at. A record that no key opens is
    stepped over and named."""
    last, done, resealed, unchanged = 0, 0, 0, 0
    unreadable: list[int] = []
    while batch := _rotate_batch(last):
        resealed += sum(one.state is State.RESEALED for one in batch)
        unchanged += sum(one.state is State.UNCHANGED for one in batch)
        unreadable += [one.payee for one in batch if one.state is State.UNREADABLE]
        last = batch[-1].payee
        done += len(batch)
        tell(progress, done)
    return Rotation(resealed, unchanged, tuple(unreadable))


RESEAL = """
UPDATE commissions_payee payee SET name_sealed = fresh.name, id_number_sealed = fresh.id_number, account_sealed = fresh.account, person = fresh.person
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[]) AS fresh(id, name, id_number, account, person) WHERE payee.user_id = fresh.id
"""


class State(Enum):
    RESEALED, UNCHANGED, UNREADABLE = "resealed", "unchanged", "unreadable"


class Looked(NamedTuple):
    payee: int
    state: State


@transaction.atomic
def _rotate_batch(after: int) -> list[Looked]:
    payees = list(Payee.objects.select_for_update().filter(pk__gt=after).order_by("pk")[:BATCH])
    looked = [Looked(payee.pk, _reseal(payee)) for payee in payees]
    resealed = [payee for payee, one in zip(payees, looked, strict=True) if one.state is State.RESEALED]
    columns = [
        [getattr(payee, name) for payee in resealed]
        for name in ("pk", "name_sealed", "id_number_sealed", "account_sealed", "person")
    ]
    with connection.cursor() as cursor:
        cursor.execute(RESEAL, columns)
    return looked


def _reseal(payee: Payee) -> State:
    """Seal a record with the first key, in memory, if it is not yet."""
    try:
        full = payee.opened()
    except Unreadable:
        return State.UNREADABLE
    person = person_of(full.id_number)
    sealed = (payee.name_sealed, payee.id_number_sealed, payee.account_sealed)
    if payee.person == person and all(is_sealed_with_the_first_key(text) for text in sealed):
        return State.UNCHANGED
    payee.name_sealed, payee.id_number_sealed, payee.account_sealed = (
        seal(full.name),
        seal(full.id_number),
        seal(full.account),
    )
    payee.person = person
    return State.RESEALED


def _hold(user: User) -> None:
    """Make whoever saves a record of the same user wait until the transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _is(kept: Payee, payee: FullPayee) -> bool:
    try:
        return kept.opened() == payee
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
    """Say what is wrong with a tidy payee, and never with which value."""
    fault = fault_of(payee)
    if fault is not None:
        place, what = fault
        raise PayeeRefused(str(WHY[what]), place)
