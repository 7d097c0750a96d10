"""A relay in front of the database of the tests, which may freeze as a server does: its sockets stay open, the kernel
takes what is sent and whoever connects, and nobody says a word."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from django.db import connection

from tests.support.database import database_at


class Relay:
    def __init__(self, host: str, port: int) -> None:
        self.host, self.peer_port, self.accepted = host, port, 0
        self.flows = threading.Event()
        self.flows.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def freeze(self) -> None:
        self.flows.clear()

    def thaw(self) -> None:
        self.flows.set()

    def _listen(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self.listener.accept()
                self.accepted += 1
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self.flows.wait()
        if self.host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{self.host}/.s.PGSQL.{self.peer_port}")
        else:
            server = socket.create_connection((self.host, self.peer_port))
        answers = threading.Thread(target=self._pass, args=[server, client], daemon=True)
        answers.start()
        self._pass(client, server)
        answers.join()
        client.close()
        server.close()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while block := source.recv(1 << 16):
                self.flows.wait()
                target.sendall(block)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextmanager
def behind_a_relay() -> Iterator[Relay]:
    """The connections that are opened meanwhile, of every thread, go through a relay."""
    settings = connection.settings_dict
    relay = Relay(settings["HOST"], int(settings["PORT"] or 5432))
    with closing(relay.listener), database_at("127.0.0.1", relay.port):
        try:
            yield relay
        finally:
            relay.thaw()
