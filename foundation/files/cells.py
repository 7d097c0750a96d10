"""Cells of an operator's files of people and products."""

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from foundation.files.tables import text
from foundation.phones import e164
from foundation.texts.messages import Message
from foundation.texts.shown_names import LONGEST_TITLE, clean_name


def up_to(length: int) -> Callable[[str], str]:
    """A text of at most `length` characters."""

    def parse(cell: str) -> str:
        if len(cell) > length:
            raise ValueError(Message("is longer than %(length)s characters", length=length))
        return text(cell)

    return parse


def name(cell: str) -> str:
    """A name of a person or a product, as `clean_name` keeps it; ≤ 120 characters."""
    return clean_name(cell)


def product_name(cell: str) -> str:
    """The same, of ≤ 200 characters."""
    return clean_name(cell, longest=LONGEST_TITLE)


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
    read: list[str] = []
    names: list[str] = []
    for line in rest:
        read.append(line)
        try:
            names = [name.strip() for name in next(csv.reader([line]), [])]
        except csv.Error:  # the reader of the rows reports it, with its row
            break
        if any(names):
            break
    return frozenset(names), chain(read, rest)
