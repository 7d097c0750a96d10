"""Many rows at once, the fast way: ids reserved first, so that children can name their parents, then one COPY a table."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """`count` fresh primary keys of a table, ascending. They are gone even when the transaction is rolled back."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [model._meta.db_table, count])
        return [row[0] for row in cursor.fetchall()]


def refresh_statistics(*tables: type[models.Model]) -> None:
    """Tell the planner what a large load has put into some tables; it would find out by itself only a minute later, and plan badly until then."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table._meta.db_table)))


def copy_in(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows with COPY. `columns` are database columns; what is not named must have a value in every row, since Django keeps no defaults in the database.

    Takes no locks but those of an insert. Raises IntegrityError as an insert would.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, columns)))
    # Only calls on the cursor itself are wrapped by Django: a COPY fails when it ends.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
