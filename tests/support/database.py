"""Laws that the database keeps, checked; and rows that it refuses, so that processing one fact raises."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction


def assert_refused_by_database(statement: str, match: str | None = None) -> None:
    """The statement fails with an IntegrityError whose text matches `match`, if it is given; the transaction around it goes on."""
    with pytest.raises(IntegrityError, match=match), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def poison(table: str, condition: str, *, when: str = "INSERT") -> None:
    """Refuse every row of a table that meets a condition on NEW, until the transaction of the test ends or `cure`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'poison' USING ERRCODE = 'check_violation'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER poison BEFORE {when} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION poison()"
        )


def cure(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER poison ON {table}")


@contextmanager
def failing(
    table: str, *, times: int, sqlstate: str = "40P01", when: str = "BEFORE INSERT"
) -> Iterator[Callable[[], int]]:
    """The first inserts into a table fail as if another transaction had come between, with a deadlock unless another
    SQLSTATE is given. Gives how many were tried: a sequence counts them, which no rollback takes back."""
    constraint, deferred = ("CONSTRAINT", "DEFERRABLE INITIALLY DEFERRED") if when.startswith("AFTER") else ("", "")
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE tries")
        cursor.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'another one was first' USING ERRCODE = '{sqlstate}'; END IF;"
            " RETURN NEW; END $$"
        )
        cursor.execute(
            f"CREATE {constraint} TRIGGER fail {when} ON {table} {deferred} FOR EACH ROW EXECUTE FUNCTION fail()"
        )
    try:
        yield _tries
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION fail CASCADE; DROP SEQUENCE tries")


def _tries() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM tries")
        ((tries,),) = cursor.fetchall()
        return int(tries)


@contextmanager
def database_at(host: str, port: int) -> Iterator[None]:
    """The connections that are opened meanwhile lead there."""
    before = {"HOST": connection.settings_dict["HOST"], "PORT": connection.settings_dict["PORT"]}
    connection.close()
    connection.settings_dict.update(HOST=host, PORT=str(port))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
