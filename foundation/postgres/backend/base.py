"""The module that Django looks for. A DATABASES entry says in SILENCE_SECONDS how long a server may say nothing to a new
connection, and in STATEMENT_SECONDS how long it allows a statement; 0: any time."""

from threading import Lock
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from foundation.postgres.silence import BoundedConnection, Server

_servers: dict[tuple[Any, ...], Server] = {}
_turn = Lock()


def server_of(params: dict[str, Any], *, seconds: int) -> Server:
    """What this process knows of the server that these parameters lead to."""
    address = params.get("host"), params.get("port"), params.get("service"), seconds
    with _turn:
        if address not in _servers:
            params = params | {"connect_timeout": seconds}
            _servers[address] = Server(lambda: psycopg.connect(**params).close())
        return _servers[address]


class _Database:
    """psycopg, as the backend knows it, with another class of connections."""

    connect = BoundedConnection.connect

    def __getattr__(self, name: str) -> Any:
        return getattr(psycopg, name)


class DatabaseWrapper(base.DatabaseWrapper):
    Database = _Database()  # type: ignore[assignment]  # a module it need not be

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Raises OperationalError at once while the server is silent."""
        seconds = self.settings_dict.get("SILENCE_SECONDS", 0)
        server = server_of(conn_params, seconds=seconds) if seconds else None
        if server and server.is_silent:
            raise psycopg.OperationalError("the server says nothing")
        try:
            connection = super().get_new_connection(conn_params)
        except psycopg.errors.ConnectionTimeout:
            if server:
                server.said_nothing()
            raise
        connection.server = server
        connection.statement_seconds = self.settings_dict.get("STATEMENT_SECONDS", 0)
        return connection
