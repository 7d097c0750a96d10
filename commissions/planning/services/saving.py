"""What saving plans and saving campaigns have in common."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from commissions.planning.domain.refusals import Contradicted


@contextmanager
def of_one() -> Iterator[None]:
    """The faults of a list of one name places inside of that one."""
    try:
        yield
    except Contradicted as refused:
        raise type(refused)([(message, place[1:]) for message, place in refused.faults]) from None


@contextmanager
def undone() -> Iterator[None]:
    """What is written inside, in the transaction that goes on, is taken back at the end."""
    before = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)
