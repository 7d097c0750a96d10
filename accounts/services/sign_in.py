"""Signing in with a phone: a code is sent, the code is the proof, the first proof makes the login."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.phones import e164
from accounts.domain.refusals import BadPhone, WrongCode
from accounts.models import OneTimeCode, User
from accounts.services.limits import forgive, keyed_digest, knock, lock, refuse_locked
from accounts.services.messages import send_code
from accounts.services.sessions import Tokens, start_session

VALIDITY = timedelta(minutes=5)
CODES_PER_PHONE, CODES_PER_ADDRESS, CODES_WINDOW = 5, 600, timedelta(minutes=10)
TRIES, LOCK = 5, timedelta(minutes=15)


def request_code(*, phone: str, address: str, at: datetime) -> None:
    """Send a six-digit code to a phone, known or not: nobody learns which.

    At most 5 codes to a phone and 600 from a client address in 10 minutes. Only a keyed digest of the code is kept. The message goes out
    after the commit. Raises BadPhone, TooManyTries, MessageNotSent.
    """
    number = _number(phone)
    code = f"{secrets.randbelow(10**6):06}"
    with transaction.atomic():
        knock(scope="otp.address", who=address, limit=CODES_PER_ADDRESS, window=CODES_WINDOW, at=at)
        knock(scope="otp.phone", who=number, limit=CODES_PER_PHONE, window=CODES_WINDOW, at=at)
        OneTimeCode.objects.create(phone=number, digest=_digest(number, code), sent_at=at, expires_at=at + VALIDITY)
    send_code(phone=number, code=code, at=at)


def sign_in(*, phone: str, code: str, at: datetime) -> Tokens:
    """Change the newest code of a phone for a session, once; the first time makes the user.

    A try is counted before it is judged, so no more than 5 guesses are ever looked at; the fifth wrong one locks the phone for 15 minutes.
    Raises BadPhone, TooManyTries, WrongCode.
    """
    number = _number(phone)
    with transaction.atomic():
        tries = knock(scope="code", who=number, limit=TRIES, window=LOCK, at=at)
        refuse_locked(scope="code", who=number, duration=LOCK, at=at)
    tokens = _exchange(number, code, at)
    if tokens is None:
        if tries >= TRIES:
            lock(scope="code", who=number, at=at)
        raise WrongCode(_("The code is wrong or too old."))
    forgive(scope="code", who=number)
    return tokens


@transaction.atomic
def _exchange(number: str, code: str, at: datetime) -> Tokens | None:
    newest = OneTimeCode.objects.filter(phone=number).order_by("-sent_at", "-pk").values("pk")[:1]
    good = OneTimeCode.objects.filter(pk=newest, used_at__isnull=True, expires_at__gt=at, digest=_digest(number, code))
    if good.update(used_at=at) != 1:
        return None
    user, _made = User.objects.get_or_create(phone=number, defaults={"password": "!"})  # `!`: no password opens it
    return start_session(user=user, at=at) if user.is_active else None


def _digest(number: str, code: str) -> str:
    return keyed_digest("code", f"{number}:{code}")


def _number(phone: str) -> str:
    number = e164(phone)
    if number is None:
        raise BadPhone(_("This is not a phone number."))
    return number
