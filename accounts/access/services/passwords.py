"""Passwords, with which staff sign in: how often one may be tried. A try is counted before anything is hashed."""

from datetime import datetime, timedelta

from accounts.limits.services import hit, reset, take_back
from foundation.phones import e164
from foundation.postgres.transactions import in_own_transaction, in_transaction

WINDOW = timedelta(minutes=15)
TRIES_PER_PAIR, TRIES_PER_PHONE, TRIES_PER_ADDRESS = 5, 10, 50


@in_own_transaction
def count_try(*, phone: str, address: str, at: datetime) -> None:
    """Count a password that somebody is about to try, and refuse it when there were too many.

    Within 15 minutes: 5 of a phone from one address, 10 of a phone from all addresses, 50 of an address for all phones.
    So one address alone leaves the owner tries elsewhere, and a lock is over 15 minutes after what led to it: a refused
    try is not stored. Every spelling of a phone is the same phone; one that nobody has is counted like any other. An
    unknown address (empty) is not counted. The count is a transaction of its own: it stays, whatever becomes of the
    request. Locks the three counters, in that order. Raises TooManyTries."""
    number = _number(phone)
    if address:
        hit(scope="password.pair", who=_pair(number, address), limit=TRIES_PER_PAIR, window=WINDOW, at=at)
    hit(scope="password.phone", who=number, limit=TRIES_PER_PHONE, window=WINDOW, at=at)
    if address:
        hit(scope="password.address", who=address, limit=TRIES_PER_ADDRESS, window=WINDOW, at=at)


@in_transaction
def forgive_tries(*, phone: str, address: str, at: datetime) -> None:
    """The password was right: forget the tries of this phone, but not those of its address for other phones. `at` is
    the moment of the try."""
    number = _number(phone)
    reset(scope="password.pair", who=_pair(number, address))
    reset(scope="password.phone", who=number)
    take_back(scope="password.address", who=address, at=at)


def _number(phone: str) -> str:
    return e164(phone) or phone


def _pair(number: str, address: str) -> str:
    return f"{number} {address}"
