"""The reader of a link: a visitor by our own cookie, a robot or a person, and a source that reveals no address."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from foundation.http.addresses import address_behind, network_of
from referrals.visits.domain.robots import is_prefetch, is_robot

COOKIE = "grove_visitor"
A_YEAR = 365 * 24 * 3600
# The form of the visitor ids that we issue; anything else is not taken for a visitor
OURS = re.compile(rf"(?:^|;\s*){COOKIE}=([A-Za-z0-9_-]{{22}})(?=;|$)")
PURPOSES = ("HTTP_PURPOSE", "HTTP_SEC_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
SOURCE_BYTES = 8


class Reader(NamedTuple):
    """Somebody who opens a link. Without `keeps_cookie` the visitor is made up for this click alone."""

    visitor: str
    keeps_cookie: bool
    is_robot: bool
    source: str


def reader(meta: Mapping[str, Any], *, fresh: str, proxies: int, key: bytes) -> Reader:
    """The sender of these headers, which are named as CGI names them. `fresh` becomes the visitor of a request without
    a cookie of ours.

    A request with `DNT: 1` or `Sec-GPC: 1` has opted out: its cookie is not read, and none is set.
    """
    keeps_cookie = meta.get("HTTP_DNT") != "1" and meta.get("HTTP_SEC_GPC") != "1"
    cookie = OURS.search(meta.get("HTTP_COOKIE", "")) if keeps_cookie else None
    address = address_behind(meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR"), proxies=proxies)
    return Reader(
        cookie[1] if cookie else fresh,
        keeps_cookie,
        is_robot(meta.get("HTTP_USER_AGENT", "")),
        source(address, key=key),
    )


def loads_in_advance(meta: Mapping[str, Any]) -> bool:
    """A browser loads the page in advance: nobody has opened it yet."""
    purposes = [meta[name] for name in PURPOSES if name in meta]
    return bool(purposes) and is_prefetch(purposes)


def cookie_for(visitor: str, *, secure: bool) -> str:
    """The cookie that recognises a visitor who comes again: our own site's, of no use to a script, and sent when a link
    is followed."""
    return f"{COOKIE}={visitor}; Max-Age={A_YEAR}; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")


def source(address: str, *, key: bytes) -> str:
    """Where a click came from, so that a flood can be recognised: a keyed hash of the address. Another day's key makes
    another one. Empty for what is no address.

    Of IPv6 the first 64 bits, which one subscriber has.
    """
    network = network_of(address)
    return hashlib.blake2b(network, key=key, digest_size=SOURCE_BYTES).hexdigest() if network else ""


def key_of_day(secret: str, day: int) -> bytes:
    """The key of a day (since 1970, UTC): it cannot be computed without the secret, nor from another day's."""
    return hashlib.blake2b(
        f"source of {day}".encode(), key=hashlib.sha256(secret.encode()).digest(), digest_size=32
    ).digest()
