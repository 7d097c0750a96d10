"""A frozen server keeps its sockets open and never says a word, so no timeout of a socket helps: whoever waits for it is
told within seconds."""

import logging
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import psycopg

logger = logging.getLogger(__name__)

SUSPICIOUS_SECONDS = 2.0
"""Nobody who waits less asks whether the server still answers."""
PAUSE_SECONDS = 1.0  # between two questions to a silent server
GRACE_SECONDS = 5.0  # beyond what the server itself allows a statement


class Server:
    """Whether a server answers, as far as this process knows.

    While a statement waits, a thread beside it asks the server by a new connection, every two seconds at most. One that
    takes connections, or refuses them, is only busy. One that says nothing is silent until it answers again: meanwhile
    nobody connects to it, and whoever waits for it gives up."""

    def __init__(self, ask: Callable[[], object]) -> None:
        """`ask` connects, and raises psycopg.errors.ConnectionTimeout when nothing is said for long."""
        self.is_silent = False
        self._ask, self._asker = ask, threading.Thread()
        self._answered_at = -SUSPICIOUS_SECONDS

    def suspect(self) -> None:
        """Ask the server beside the caller, unless somebody does, or it answered a moment ago."""
        if not self._asker.is_alive() and time.monotonic() - self._answered_at >= SUSPICIOUS_SECONDS:
            self._asker = threading.Thread(target=self._ask_until_it_answers, name="silence", daemon=True)
            self._asker.start()

    def said_nothing(self) -> None:
        """Somebody else waited for a connection in vain."""
        if not self.is_silent:
            logger.warning("the database server says nothing: nobody waits for it until it answers")
        self.is_silent = True
        self.suspect()

    def _ask_until_it_answers(self) -> None:
        while True:
            try:
                self._ask()
            except psycopg.errors.ConnectionTimeout:
                self.said_nothing()
                time.sleep(PAUSE_SECONDS)
                continue
            except psycopg.Error:
                pass  # no connection is an answer as well: it is full, or starts, or is gone
            break
        self._answered_at = time.monotonic()
        if self.is_silent:
            logger.warning("the database server answers again")
        self.is_silent = False


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that nobody waits on for ever. Who gave up has closed it: an answer that came later would be taken for
    that of the next statement."""

    server: Server | None = None
    statement_seconds = 0
    """What the server allows a statement; 0: any time."""

    def wait(self, gen: Generator[Any, Any, Any], *given: Any, **named: Any) -> Any:
        return super().wait(self._bounded(gen), *given, **named)

    def _bounded(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """The same steps; psycopg sends 0 ten times a second while nothing comes."""
        began = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready:
                    self._look(time.monotonic() - began)
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _look(self, waited: float) -> None:
        """Raises psycopg.OperationalError when an answer will not come."""
        if waited < SUSPICIOUS_SECONDS:
            return
        if self.server:
            self.server.suspect()
        is_over = self.statement_seconds and waited > self.statement_seconds + GRACE_SECONDS
        if is_over or (self.server and self.server.is_silent):
            self.close()
            raise psycopg.OperationalError(f"the server said nothing for {waited:.0f} s")
