"""Cells of an operator's files of people and products."""

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from foundation.files.tables import text
from foundation.phones import e164
from foundation.texts.messages import Message


def up_to(length: int) -> Callable[[str], str]:
    """A text of at most `length` characters."""

    def parse(cell: str) -> str:
        if len(cell) > length:
            raise ValueError(Message("is longer than %(length)s characters", length=length))
        return text(cell)

    return parse


def phone(cell: str) -> str:
    """A phone number, turned into E.164; without `+` it is a Chinese one."""
    number = e164(text(cell))
    if number is None:
        raise ValueError(Message("is not a phone number"))
    return number


def with_header(lines: Iterable[str]) -> tuple[frozenset[str], Iterator[str]]:
    """The column names that a CSV file has, and all of its lines again: a missing column means "no change", an empty
    cell may mean "none"."""
    rest = iter(lines)
    first = next(rest, None)
    if first is None:
        return frozenset(), iter(())
    try:
        names = next(csv.reader([first]), [])
    except csv.Error:  # the reader of the rows reports it, with its row
        names = []
    return frozenset(names), chain([first], rest)
