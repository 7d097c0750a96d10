"""`GET /s/{code}` in front of Django: the hot path. It answers from memory, and keeps the click before the answer
leaves.

Only what is plain is answered here: a known code, opened by somebody over GET. Everything else goes on to Django, whose
view says the same in its own time.

While the database is away, known codes lead where they led before: with a click's id while the stock of numbers lasts,
and then without one, uncounted. Nobody waits for a database that did not answer a moment ago."""

import base64
import logging
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from foundation.postgres.bulk import reserve_ids
from referrals.visits.domain.clicks import CODE, line
from referrals.visits.domain.landing import with_click
from referrals.visits.domain.readers import cookie_for, loads_in_advance, reader
from referrals.visits.models import Visit
from referrals.visits.selectors.landing import page_behind, share_behind
from referrals.visits.selectors.source_keys import source_key
from referrals.visits.services.journal import Journal, JournalFull, ingest_abandoned, journal_folder

logger = logging.getLogger(__name__)
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[str, str]]

AWAY = (DatabaseError, InterfaceError)
AWAY_SECONDS = 2  # as long nobody asks again
REMEMBERED_SECONDS = 60
MOST_REMEMBERED = 100_000  # codes and hosts
BEAT_SECONDS, MOST_REST_SECONDS = 0.5, 10
# Answers come first: under load it rests seven times as long as it worked, so an eighth of the time goes to taking in.
REST = 7
LOOK_FOR_THE_DEAD_SECONDS = 60
FEWEST_IDS, MOST_IDS, DRAWN_AT_ONCE = 100, 50_000, 5_000
PLACE = secrets.token_hex(16)  # stands where the click's id will: no page has it
A_DAY_US = 24 * 3600 * 1_000_000


class Landing(NamedTuple):
    """The code as the share carries it, where it leads, and that page before and behind the click's id."""

    code: str
    page: str
    head: str
    tail: str
    until: float


class FastRedirect:
    """The WSGI application: links first, everything else is Django's.

    What a process needs is made when it first answers, so that a fork never shares it: its journal, a stock of numbers
    for clicks, and the thread that keeps both up."""

    def __init__(self, django: Application, *, folder: Path | None = None, beats: bool = True) -> None:
        self._django, self._folder, self._beats = django, folder or journal_folder(), beats
        self._same: Headers = [("Cache-Control", "no-store"), ("Referrer-Policy", "same-origin")]
        if settings.SECURE_HSTS_SECONDS:
            self._same.append(
                ("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload")
            )
        self._secure, self._proxies = settings.SESSION_COOKIE_SECURE, settings.NUM_PROXIES
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._turn = threading.Lock()
        self._landings: dict[str, Landing] = {}
        self._hosts: dict[str, bool] = {}
        self._ids: deque[tuple[int, str]] = deque()
        self._visitors: deque[str] = deque()
        self._wanted = FEWEST_IDS
        self._day, self._key = -1, b""
        self._away_until = 0.0
        self.journal: Journal | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.journal is None:
            self.begin()
        path: str = environ["PATH_INFO"]
        if path.startswith("/s/") and environ["REQUEST_METHOD"] == "GET":
            headers = self._answer(path[3:], environ)
            if headers is not None:
                start_response("302 Found", headers)
                return [b""]
        return self._django(environ, start_response)

    def begin(self) -> None:
        with self._turn:
            if self.journal is None:
                journal = Journal(self._folder)
                if self._beats:
                    threading.Thread(target=self._maintain, args=[journal], name="clicks", daemon=True).start()
                self.journal = journal

    def _answer(self, code: str, environ: dict[str, Any]) -> Headers | None:
        """The headers of the redirect, or None when Django shall answer."""
        landing = self._landings.get(code)
        if landing is None or landing.until < time.monotonic():
            landing = self._look_up(code)
        if landing is None or not self._is_plain(environ):
            return None
        at_us = time.time_ns() // 1000
        if at_us // A_DAY_US != self._day:
            self._key, self._day = source_key(at=datetime.fromtimestamp(at_us // 1_000_000, UTC)), at_us // A_DAY_US
        try:
            number, click = self._next_id()
        except AWAY:
            return [("Location", landing.page), *self._same]
        who = reader(environ, fresh=self._fresh_visitor(), proxies=self._proxies, key=self._key)
        try:
            self.journal.write(line(number, landing.code, who.visitor, at_us, who.source, robot=who.is_robot))  # type: ignore[union-attr]
        except JournalFull as error:
            logger.error("a click goes to Django: %s", error)
            return None
        headers = [("Location", landing.head + click + landing.tail), *self._same]
        if who.keeps_cookie:
            headers.append(("Set-Cookie", cookie_for(who.visitor, secure=self._secure)))
        return headers

    def _is_plain(self, environ: dict[str, Any]) -> bool:
        if self._secure and environ.get("HTTP_X_FORWARDED_PROTO") != "https":
            return False  # Django sends it on to HTTPS
        if "view=" in environ.get("QUERY_STRING", ""):
            return False  # Django shows the page of the share
        host = environ.get("HTTP_HOST", "")
        return (self._hosts.get(host) or self._is_ours(host)) and not loads_in_advance(environ)

    def _is_ours(self, host: str) -> bool:
        domain, _ = split_domain_port(host)
        known = bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
        if known and len(self._hosts) < MOST_REMEMBERED:
            self._hosts[host] = True
        return known

    def _look_up(self, code: str) -> Landing | None:
        """Where the code leads, from the database; while that is away, where it led before."""
        if not CODE.fullmatch(code):
            return None
        try:
            with self._asking():
                share = share_behind(code)
        except AWAY:
            return self._landings.get(code)
        page = page_behind(share, at=timezone.now()) if share else None
        if share is None or page is None:
            self._landings.pop(code, None)
            return None
        head, _, tail = with_click(page, PLACE).partition(PLACE)
        if len(self._landings) >= MOST_REMEMBERED:
            self._landings.clear()
        landing = self._landings[code] = Landing(share.code, page, head, tail, time.monotonic() + REMEMBERED_SECONDS)
        return landing

    def _next_id(self) -> tuple[int, str]:
        while True:
            try:
                return self._ids.popleft()
            except IndexError:
                self._draw_now()

    def _draw_now(self) -> None:
        """The stock ran dry between two beats: one thread draws for all, and more are kept from now on."""
        with self._turn:
            if not self._ids:
                with self._asking():
                    self._draw(min(self._wanted, DRAWN_AT_ONCE))
                self._wanted = min(2 * self._wanted, MOST_IDS)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """The database, for who answers a request. Raises at once when it was away a moment ago."""
        if time.monotonic() < self._away_until:
            raise DatabaseError("away a moment ago")
        _mend_connection()
        try:
            yield
        except AWAY as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            logger.warning("the database is away: links lead on as far as they are known (%s)", type(error).__name__)
            raise

    def _draw(self, many: int) -> None:
        """Numbers of the sequence of visits, so that the id in the answer is that of the row to be. Those that are left
        at the end are never used."""
        for start in range(0, many, DRAWN_AT_ONCE):
            numbers = reserve_ids(Visit, min(DRAWN_AT_ONCE, many - start))
            self._ids.extend(zip(numbers, Visit.public_ids_of(numbers), strict=True))

    def _fresh_visitor(self) -> str:
        try:
            return self._visitors.popleft()
        except IndexError:
            text = base64.urlsafe_b64encode(secrets.token_bytes(18 * 1000)).decode()
            self._visitors.extend(text[at : at + 22] for at in range(0, len(text), 24))
            return secrets.token_urlsafe(16)

    def _maintain(self, journal: Journal) -> None:
        """Until the process ends: take in what was clicked, and keep numbers in stock. A tick that fails is tried again
        at the next."""
        looked = -float(LOOK_FOR_THE_DEAD_SECONDS)
        while True:
            started = time.monotonic()
            try:
                _mend_connection()
                self.tick(journal, at=timezone.now())
                if started - looked >= LOOK_FOR_THE_DEAD_SECONDS:
                    ingest_abandoned(self._folder, at=timezone.now())
                    looked = started
            except AWAY as error:
                logger.warning("clicks stay in their journal until the next tick: %s", error)
            except Exception:
                logger.exception("clicks stay in their journal until the next tick")
            time.sleep(min(max(BEAT_SECONDS, REST * (time.monotonic() - started)), MOST_REST_SECONDS))

    def tick(self, journal: Journal, *, at: datetime) -> int:
        """Take in what was clicked, after a look at the stock of numbers; returns how many clicks are new."""
        if len(self._ids) < self._wanted // 2:
            self._draw(self._wanted)
        return journal.ingest(at=at)


def _mend_connection() -> None:
    """What Django does when a request begins, since it does not see ours: let go of a connection that is old or
    broken."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
