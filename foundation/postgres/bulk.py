"""Many rows at once, the fast way: ids reserved first, so that children can name their parents, then one COPY a
table. Rows of a file that may be too many for the memory are staged in a table of the transaction, and read in parts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

from django.db import connection, models
from psycopg import sql

# Materialized, or the sequence would be looked up once a row, which costs ten times the number.
RESERVED = """
WITH target AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence)
SELECT array_agg(nextval(sequence)) FROM target, generate_series(1, %s)"""


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """`count` fresh primary keys of a table, ascending. They are used up even when the transaction is rolled back."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(RESERVED, [model._meta.db_table, count])
        ids: list[int] = cursor.fetchone()[0]
    return ids


MANY = 1_000
"""rows of one load from which on the planner is told at once"""


def refresh_statistics(*tables: type[models.Model]) -> None:
    """Update the planner's statistics of some tables after a large load; PostgreSQL would do so only a minute later,
    and plan badly until then."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table._meta.db_table)))


ROWS_AT_ONCE = 20_000
Row = TypeVar("Row")


def in_parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows as lists of some thousands: what is in memory at a time."""
    rest = iter(rows)
    while some := list(islice(rest, ROWS_AT_ONCE)):
        yield some


WHEN_IT_ENDS = "ON COMMIT DROP"


def stage(table: str, columns: str, copied: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Make a temporary table of some `columns` (as CREATE TABLE has them), which is dropped when the transaction ends,
    and copy rows into the `copied` ones; returns how many. Some thousands of rows are in memory at a time. They may
    come from `streamed`, and making one may ask the database."""
    names = sql.SQL(", ").join(map(sql.Identifier, copied))
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    count = 0
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}; CREATE TEMP TABLE {table} ({columns}) {WHEN_IT_ENDS}")
        for some in in_parts(rows):
            with cursor.copy(into) as copy:
                for row in some:
                    copy.write_row(row)
            count += len(some)
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
    return count


def streamed(query: str, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query as it is asked for the first one, of which some thousands are in memory at a time. Inside a
    transaction."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, params)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


FEW = 50


def copy_in(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows with COPY; a few with one INSERT, which goes to the server and back once instead of twice.

    `columns` are database columns; one that may not be NULL must be among them, since Django keeps no defaults in the
    database. Takes no locks but those of an insert. Raises IntegrityError as an insert would."""
    rest = iter(rows)
    head = list(islice(rest, FEW + 1))
    if len(head) <= FEW:
        _insert(model, columns, head)
    else:
        # Only calls on the cursor itself are wrapped by Django: a COPY fails when it ends.
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(f"COPY {_into(model, columns)} FROM STDIN") as copy,
        ):
            for row in chain(head, rest):
                copy.write_row(row)


def copy_in_numbered(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[int]:
    """Append rows as `copy_in` does, and return their fresh primary keys, in the order of the rows."""
    if len(rows) <= FEW:
        return _insert(model, columns, rows, suffix=" RETURNING id")
    ids = reserve_ids(model, len(rows))
    copy_in(model, ["id", *columns], ((pk, *row) for pk, row in zip(ids, rows, strict=True)))
    return ids


def _insert(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, suffix: str = ""
) -> list[int]:
    if not rows:
        return []
    row = f"({', '.join(['%s'] * len(columns))})"
    with connection.cursor() as cursor:
        values = ", ".join([row] * len(rows))
        insert = f"INSERT INTO {_into(model, columns)} VALUES {values}{suffix}"  # noqa: S608  names of our own columns
        cursor.execute(insert, [*chain.from_iterable(rows)])
        return [pk for (pk,) in cursor.fetchall()] if suffix else []


def _into(model: type[models.Model], columns: Sequence[str]) -> str:
    quote = connection.ops.quote_name
    return f"{quote(model._meta.db_table)} ({', '.join(map(quote, columns))})"
