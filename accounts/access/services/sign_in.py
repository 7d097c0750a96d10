"""Signing in with a phone: a code is sent, the code is the proof, the first proof makes the login."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.utils.translation import gettext as _

from accounts.access.domain.refusals import BadPhone, FreshOtpRequired, WrongCode
from accounts.access.models import OneTimeCode, Session
from accounts.access.services.sessions import Tokens, start_session
from accounts.limits.services import hit, keyed_digest, lock_out, refuse_locked, reset
from accounts.messages.services import send_code
from accounts.people.models import User
from foundation.phones import e164
from foundation.postgres.transactions import in_own_transaction, in_transaction

VALIDITY = timedelta(minutes=5)
CODES_PER_PHONE, CODES_PER_ADDRESS, CODES_WINDOW = 5, 600, timedelta(minutes=10)
TRIES, LOCK = 5, timedelta(minutes=15)
YOUNG = timedelta(minutes=10)
Proof = TypeVar("Proof")


def request_code(*, phone: str, address: str, at: datetime) -> None:
    """Send a six-digit code to a phone, known or not: nobody learns which.

    At most 5 codes to a phone and 600 from a client address in 10 minutes. Only a keyed digest of the code is kept. The
    message goes out after the commit. Raises BadPhone, TooManyTries, MessageNotSent."""
    number = _number(phone)
    # no name for the code: the frame of this function is in the traceback of a message that was not sent
    send_code(phone=number, code=_new_code(number, address, at), at=at)


@in_own_transaction
def _new_code(number: str, address: str, at: datetime) -> str:
    code = f"{secrets.randbelow(10**6):06}"
    hit(scope="otp.address", who=address, limit=CODES_PER_ADDRESS, window=CODES_WINDOW, at=at)
    hit(scope="otp.phone", who=number, limit=CODES_PER_PHONE, window=CODES_WINDOW, at=at)
    OneTimeCode.objects.create(phone=number, digest=_digest(number, code), sent_at=at, expires_at=at + VALIDITY)
    return code


def sign_in(*, phone: str, code: str, at: datetime) -> Tokens:
    """Exchange the newest code of a phone for a session, once; the first time creates the user.

    A try is counted before it is checked, so no more than 5 guesses are ever checked; the fifth wrong one locks the
    phone for 15 minutes. Raises BadPhone, TooManyTries, WrongCode."""
    return _check_proof(_number(phone), at, lambda number: _exchange(number, code, at))


def prove_anew(*, session: Session, code: str | None, at: datetime) -> None:
    """Let only the holder of the phone do what a stolen session must not: they signed in by code at most 10 minutes
    ago, or give a fresh code now.

    A fresh code is spent, and counts and locks as one for signing in does; while the session is young none is required
    or spent. Every session starts by a code. Raises FreshOtpRequired, TooManyTries, WrongCode."""
    if session.started_at > at - YOUNG:
        return
    if not code:
        raise FreshOtpRequired(_("Ask for a new code and send it along: this needs a fresh proof that it is you."))
    _check_proof(session.user.phone, at, lambda number: _spend(number, code, at) or None)


def _check_proof(number: str, at: datetime, check: Callable[[str], Proof | None]) -> Proof:
    """Count a try, check it, and lock the phone at the fifth that fails. The count stays, whatever happens to the
    request."""
    tries = _count_try(number, at)
    proof = check(number)
    if proof is None:
        if tries >= TRIES:
            lock_out(scope="code", who=number, at=at)
        raise WrongCode(_("The code is wrong or too old."))
    reset(scope="code", who=number)
    return proof


@in_own_transaction
def _count_try(number: str, at: datetime) -> int:
    tries = hit(scope="code", who=number, limit=TRIES, window=LOCK, at=at)
    refuse_locked(scope="code", who=number, duration=LOCK, at=at)
    return tries


@in_transaction
def _exchange(number: str, code: str, at: datetime) -> Tokens | None:
    if not _spend(number, code, at):
        return None
    user, _made = User.objects.get_or_create(phone=number, defaults={"password": "!"})  # `!`: no password opens it
    return start_session(user=user, at=at) if user.is_active else None


@in_transaction
def _spend(number: str, code: str, at: datetime) -> bool:
    """Use the newest code of a phone, if it is this one, is young and was not used."""
    newest = OneTimeCode.objects.filter(phone=number).order_by("-sent_at", "-pk").values("pk")[:1]
    good = OneTimeCode.objects.filter(pk=newest, used_at__isnull=True, expires_at__gt=at, digest=_digest(number, code))
    return good.update(used_at=at) == 1


def _digest(number: str, code: str) -> str:
    return keyed_digest("code", f"{number}:{code}")


def _number(phone: str) -> str:
    number = e164(phone)
    if number is None:
        raise BadPhone(_("This is not a phone number."))
    return number
