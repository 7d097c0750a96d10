"""Columns of whole numbers straight from the database into arrays, without a Python object per row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, LiteralString

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql

COPY_HEADER, ARRAY_HEADER = 19, 20  # signature, flags, extension; dimensions, flags, element type, length, lower bound
ELEMENT = np.dtype([("bytes", ">i4"), ("value", ">i8")])


def whole_numbers(
    query: LiteralString, parameters: Sequence[Any] | Mapping[str, Any], columns: int
) -> list[NDArray[np.int64]]:
    """The columns of a query, all bigint and never NULL, each as one array. They come in one row of at most 1 GB: 89
    million values."""
    names = [sql.Identifier(f"c{number}") for number in range(columns)]
    arrays = sql.SQL(", ").join(sql.SQL("array_agg({})").format(name) for name in names)
    statement = sql.SQL("COPY (SELECT {} FROM ({}) AS chosen_rows ({})) TO STDOUT (FORMAT BINARY)").format(
        arrays, sql.SQL(query), sql.SQL(", ").join(names)
    )
    # Only calls on the cursor itself are wrapped by Django. A COPY sends bytes as they are; a result of a query would
    # spell them in hexadecimal.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(cursor.mogrify(statement, parameters)) as copy,
    ):
        blocks = [bytes(block) for block in copy]
    row, at = (blocks[0], COPY_HEADER) if len(blocks[0]) > COPY_HEADER else (blocks[1], 0)
    return list(_fields(row, at + 2, columns))


def _fields(row: bytes, at: int, columns: int) -> Iterator[NDArray[np.int64]]:
    """The arrays of a row: each behind its length, which is −1 for that of no values at all."""
    for _ in range(columns):
        length = int.from_bytes(row[at : at + 4], "big", signed=True)
        at += 4
        if length <= ARRAY_HEADER:
            yield np.zeros(0, dtype=np.int64)
        else:
            count = (length - ARRAY_HEADER) // ELEMENT.itemsize
            yield np.frombuffer(row, dtype=ELEMENT, count=count, offset=at + ARRAY_HEADER)["value"].astype(np.int64)
        at += max(0, length)
