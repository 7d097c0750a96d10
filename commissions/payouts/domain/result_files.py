"""The file that comes back from the bank: its layout is data, a template in YAML; this module parses a layout, and
recognises a file by its head."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from commissions.payouts.domain.payout_results import FAILED, PAID, RETURNED
from foundation.files.yaml_files import Contradiction, Place, read_yaml
from foundation.texts.messages import Message

# docs/payouts.md says what each field means.
Field = Literal[
    "reference", "status", "amount", "currency", "bank_reference", "reason", "paid_at", "returned_at", "done_at"
]
PROCESSING = "processing"
NEEDED = ("reference", "status")
HEAD_WITHIN = 30
"""The rows in which the head stands: above it there may be a title, a period, totals."""
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff]")

Text = Annotated[str, Meta(min_length=1, max_length=200)]


class ResultColumn(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A field, and the heads under which files have it: of several in one file the first cell that is filled counts.
    `source` is where the heads are known from."""

    field: Field
    headers: Annotated[list[Text], Meta(min_length=1, max_length=20)]
    required: bool = False
    source: str = ""


class StatusWords(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What the bank calls a result. What it still works on is no result yet."""

    paid: list[Text]
    failed: list[Text]
    returned: list[Text] = []
    processing: list[Text] = []


class CurrencyWords(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    code: Text
    words: list[Text]


class ResultLayout(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A layout of result files. One that is `exact` has these heads in its first row and no others, cells to the letter,
    and one head for each field. Else rows above the head, other columns, and rows that begin with one of `rows_to_skip`
    and have no reference are nothing."""

    columns: list[ResultColumn]
    statuses: StatusWords
    exact: bool = False
    currencies: list[CurrencyWords] = []
    rows_to_skip: list[Text] = []


def read_result_layout(text: str, name: str) -> ResultLayout:
    """A checked layout. Raises BadFile with the line, the place and the value of what is wrong."""
    file = read_yaml(text, name)
    layout = file.shaped(ResultLayout)
    if contradictions := list(_contradictions(layout)):
        raise file.refusal(contradictions)
    return layout


def _contradictions(layout: ResultLayout) -> Iterator[Contradiction]:
    fields = [column.field for column in layout.columns]
    for field in NEEDED:
        if field not in fields:
            yield Message("needs a column whose field is %(field)s", field=field), ("columns",)
    for number, column in enumerate(layout.columns):
        if column.field in fields[:number]:
            yield Message("field %(field)s stands twice", field=column.field), ("columns", number, "field")
    headers = [
        (header, ("columns", number, "headers", place))
        for number, column in enumerate(layout.columns)
        for place, header in enumerate(column.headers)
    ]
    yield from _twice(headers, Message("this head stands for two fields"))
    words = [
        (word, ("statuses", status, place))
        for status, of_status in words_of(layout.statuses).items()
        for place, word in enumerate(of_status)
    ]
    yield from _twice(words, Message("this word stands for two results"))
    if layout.exact:
        yield from _inexact(layout)


def _inexact(layout: ResultLayout) -> Iterator[Contradiction]:
    for number, column in enumerate(layout.columns):
        if len(column.headers) > 1:
            yield Message("an exact layout has one head for each field"), ("columns", number, "headers")
        if column.field == "done_at":
            yield Message("an exact layout has paid_at and returned_at instead"), ("columns", number, "field")


def _twice(texts: Iterable[tuple[str, Place]], message: str) -> Iterator[Contradiction]:
    known: set[str] = set()
    for text, place in texts:
        if key_of(text) in known:
            yield message, place
        known.add(key_of(text))


def words_of(statuses: StatusWords) -> dict[str, list[str]]:
    return {
        PAID: statuses.paid,
        FAILED: statuses.failed,
        RETURNED: statuses.returned,
        PROCESSING: statuses.processing,
    }


def plain(cell: str) -> str:
    """A cell as a person reads it: full-width letters as plain ones, no space around or inside, nothing invisible, and
    without the marks by which spreadsheets are told that it is a text: `="1"`, `'1`."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", cell)).strip()
    if marked := re.fullmatch(r'="(.*)"', text):
        text = marked[1]
    return "".join(text.strip().lstrip("'`").split())


def key_of(word: str) -> str:
    """What two words that mean the same to a person have in common."""
    return plain(word).casefold()


class ResultHead(NamedTuple):
    """Where the fields of a layout stand in a file: field → places in a row, the first first. `names` are the heads by
    which faults name the fields."""

    places: Mapping[str, Sequence[int]]
    names: Mapping[str, str]
    width: int


def head_of_results(layout: ResultLayout, row: Sequence[str]) -> ResultHead | None:
    """The head of a file, when a row is it: every column that the layout cannot do without is there."""
    cells = list(row) if layout.exact else [plain(cell) for cell in row]
    places: dict[str, list[int]] = {}
    for column in layout.columns:
        headers = column.headers if layout.exact else [plain(header) for header in column.headers]
        found = [cells.index(header) for header in headers if header in cells]
        if found:
            places[column.field] = found
        elif column.required or column.field in NEEDED:
            return None
    return ResultHead(places, {field: row[found[0]].strip() for field, found in places.items()}, len(row))


def needed_heads(layout: ResultLayout) -> list[str]:
    """The heads by which a file of a layout is recognised, for a person."""
    return [" / ".join(column.headers) for column in layout.columns if column.required or column.field in NEEDED]
