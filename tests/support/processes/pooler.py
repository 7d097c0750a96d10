"""A pooler in transaction mode, as PgBouncer is one: a client has a session of the server for as long as a transaction
lasts, and mostly another one for the next. What a session remembers (its locks, its settings) is not a client's own."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from queue import Queue
from select import select
from typing import Any

from django.db import connection

SESSIONS = 4
LOCK_SECONDS = 20  # of every session, as a role has it
PROTOCOL_3, CANCEL, GSS, TLS = 196608, 80877102, 80877104, 80877103
READY = b"Z\0\0\0\5"  # followed by the state: I when no transaction is open


class Server:
    """One session of PostgreSQL; whoever may connect without a password."""

    def __init__(self, database: dict[str, Any]) -> None:
        host, port = database["HOST"], int(database["PORT"] or 5432)
        if host.startswith("/"):
            self.peer = socket.socket(socket.AF_UNIX)
            self.peer.connect(f"{host}/.s.PGSQL.{port}")
        else:
            self.peer = socket.create_connection((host, port))
        options = f"-c TimeZone=UTC -c lock_timeout={LOCK_SECONDS}s"
        given = f"user\0{database['USER']}\0database\0{database['NAME']}\0client_encoding\0UTF8\0options\0{options}\0\0".encode()
        self.peer.sendall(struct.pack("!ii", len(given) + 8, PROTOCOL_3) + given)
        self.greeting = b""
        while not self.greeting.endswith(READY + b"I"):
            self.greeting += self._read()

    def _read(self) -> bytes:
        block = self.peer.recv(1 << 16)
        if not block:
            raise ConnectionError(self)
        return block

    def answer(self) -> tuple[bytes, bool]:
        """The next of what the server says, and whether the client's transaction is over with it. Messages are read
        whole: a row may hold anything."""
        said = self._read()
        at, last = 0, b""
        while at < len(said):
            while len(said) < at + 5 or len(said) < at + 1 + int.from_bytes(said[at + 1 : at + 5], "big"):
                said += self._read()
            size = 1 + int.from_bytes(said[at + 1 : at + 5], "big")
            last, at = said[at : at + size], at + size
        return said, last == READY + b"I"


class Pooler:
    """Sessions go round: the one that was free for longest is next."""

    def __init__(self, database: dict[str, Any]) -> None:
        self.free: Queue[Server | None] = Queue()  # None: a session that is not open
        for _ in range(SESSIONS):
            self.free.put(None)
        self.database = database
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _next(self) -> Server:
        return self.free.get() or Server(self.database)

    def close(self) -> None:
        """Once every client has left."""
        self.listener.close()
        for _ in range(SESSIONS):
            if server := self.free.get():
                server.peer.close()

    def _serve(self, client: socket.socket) -> None:
        with closing(client), suppress(ConnectionError):
            if self._greet(client):
                while request := client.recv(1 << 16):
                    if request.startswith(b"X"):
                        return
                    self._transact(client, request)

    def _greet(self, client: socket.socket) -> bool:
        """What a client says at first; its `options` are ignored."""
        while True:
            size, code = struct.unpack("!ii", client.recv(8, socket.MSG_WAITALL))
            client.recv(size - 8, socket.MSG_WAITALL)
            if code in {GSS, TLS}:
                client.sendall(b"N")
                continue
            if code == PROTOCOL_3:
                server = self._next()
                client.sendall(server.greeting)
                self.free.put(server)
            return bool(code == PROTOCOL_3)

    def _transact(self, client: socket.socket, request: bytes) -> None:
        """From the first request of a transaction to the answer that ends it. A client that leaves in between leaves a
        session that nobody can use any more: its transaction is rolled back."""
        server = self._next()
        try:
            server.peer.sendall(request)
            while True:
                ready, _, _ = select([client, server.peer], [], [])
                if server.peer in ready:
                    said, is_over = server.answer()
                    client.sendall(said)
                    if is_over:
                        self.free.put(server)
                        return
                if client in ready:
                    request = client.recv(1 << 16)
                    if not request or request.startswith(b"X"):
                        raise ConnectionError
                    server.peer.sendall(request)
        except ConnectionError:
            server.peer.close()
            self.free.put(None)
            raise


@contextmanager
def behind_a_pooler() -> Iterator[None]:
    """The connections that are opened meanwhile, of every thread, go through a pooler."""
    settings = connection.settings_dict
    direct = {"HOST": settings["HOST"], "PORT": settings["PORT"]}
    pooler = Pooler(dict(settings))
    connection.close()
    settings.update(HOST="127.0.0.1", PORT=str(pooler.port))
    try:
        yield
    finally:
        connection.close()
        settings.update(direct)
        pooler.close()
