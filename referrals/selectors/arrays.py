"""Columns of whole numbers straight from the database into arrays, without a Python object per row."""

from collections.abc import Sequence
from typing import Any, LiteralString

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql

HEADER = 20  # PostgreSQL's binary array: dimensions, flags, element type, length, lower bound
ELEMENT = np.dtype([("bytes", ">i4"), ("value", ">i8")])


def whole_numbers(query: LiteralString, parameters: Sequence[Any], columns: int) -> list[NDArray[np.int64]]:
    """The columns of a query, all bigint and never NULL, each as one array. One value of PostgreSQL holds 89 million of them."""
    names = [sql.Identifier(f"c{number}") for number in range(columns)]
    sent = sql.SQL(", ").join(sql.SQL("array_send(array_agg({}))").format(name) for name in names)
    statement = sql.SQL("SELECT {} FROM ({}) AS chosen_rows ({})").format(sent, sql.SQL(query), sql.SQL(", ").join(names))
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        values = cursor.fetchone()
    return [_decoded(bytes(value) if value is not None else b"") for value in values]


def _decoded(value: bytes) -> NDArray[np.int64]:
    if len(value) <= HEADER:
        return np.zeros(0, dtype=np.int64)
    return np.frombuffer(value, dtype=ELEMENT, offset=HEADER)["value"].astype(np.int64)
