"""Checks of the laws that the database itself keeps."""

import pytest
from django.db import IntegrityError, connection, transaction


def assert_refused_by_database(statement: str, match: str | None = None) -> None:
    """The statement fails with an IntegrityError whose text matches `match`, if it is given; the transaction around it goes on."""
    with pytest.raises(IntegrityError, match=match), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
