"""Personal data and shops' secrets at rest: sealed with the first of `PAYEE_KEYS`, opened with any of them."""

import hmac
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from foundation.files.faults import Refusal

SEAL = r"^gAAAAA"  # how every sealed text begins: a version byte, then the upper half of a time


def seal(text: str) -> str:
    return _box(tuple(settings.PAYEE_KEYS)).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises Unreadable when none of the keys sealed it."""
    return _opened(tuple(settings.PAYEE_KEYS), sealed)


def unseal_again(sealed: str) -> str:
    """The same, for what every request needs, such as a shop's secret: cached in memory by the sealed text and the
    keys."""
    return _opened_once(tuple(settings.PAYEE_KEYS), sealed)


def is_sealed_with_the_first_key(sealed: str) -> bool:
    try:
        _box(tuple(settings.PAYEE_KEYS[:1])).decrypt(sealed)
    except InvalidToken:
        return False
    return True


def person_of(id_number: str) -> str:
    """A mark by which two records of one person are equal, and which does not reveal the person: a keyed digest of the
    tidy id number, whatever kind of document it is of.

    Its key comes from `PUBLIC_ID_KEY`, which stays, and not from `PAYEE_KEYS`, which rotate.
    """
    key = hmac.digest(settings.PUBLIC_ID_KEY, b"grove.person", "sha256")  # a key of its own: one key does one thing
    return hmac.digest(key, id_number.encode(), "sha256").hex()


def _opened(keys: Sequence[str], sealed: str) -> str:
    try:
        return _box(keys).decrypt(sealed).decode()
    except InvalidToken:
        raise Unreadable("it is sealed with a key that is not in PAYEE_KEYS") from None


_opened_once = lru_cache(maxsize=1024)(_opened)


@lru_cache(maxsize=8)
def _box(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


class Unreadable(Refusal, code="unreadable"):
    """A sealed text that no key of `PAYEE_KEYS` opens."""


class Rotation(NamedTuple):
    """The result of a rotation: records sealed anew, those that had the first key already, and those that no key
    opens."""

    resealed: int
    unchanged: int
    unreadable: tuple[int, ...]
