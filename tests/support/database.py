"""Laws that the database keeps, checked; and rows that it refuses, so that processing one fact raises."""

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
