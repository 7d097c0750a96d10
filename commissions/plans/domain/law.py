"""What the law says, as dated data that a lawyer can extend: law.yaml beside this file."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources

from msgspec import Struct, field, structs

from foundation.files.yaml_files import read_yaml

CHINESE = "zh-hans"


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    en: str
    zh_hans: str = field(name="zh-Hans")

    def told_in(self, language: str) -> str:
        return self.zh_hans if language.lower() == CHINESE else self.en


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule from a day on."""

    since: date = field(name="from")
    value: int | str
    says: Words
    source: Words

    @property
    def number(self) -> int:
        return int(self.value)


class Book(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file: the entries of each rule, oldest first."""

    criminal_people: list[Entry]
    criminal_levels: list[Entry]
    paid_levels: list[Entry]
    level_2_share_bps: list[Entry]
    pay_per_recruit: list[Entry]
    line_pay_bps: list[Entry]
    joining_fee: list[Entry]
    disclosure: list[Entry]
    retention_years: list[Entry]
    level_2_acknowledgement: list[Entry]


@dataclass(frozen=True, slots=True)
class Law:
    """The rules in force on one day."""

    criminal_people: Entry
    criminal_levels: Entry
    paid_levels: Entry
    level_2_share_bps: Entry
    pay_per_recruit: Entry
    line_pay_bps: Entry
    joining_fee: Entry
    disclosure: Entry
    retention_years: Entry
    level_2_acknowledgement: Entry


@lru_cache(maxsize=1)
def law_book() -> Book:
    return read_yaml(resources.files(__package__).joinpath("law.yaml").read_text("utf-8"), "law.yaml").shaped(Book)


def law_on(day: date, entries: Book | None = None) -> Law:
    """The rules in force on a day: of each rule the last entry that began by then; before the first entry, the first,
    so that old sales are checked too."""
    book = entries or law_book()
    return Law(**{rule.name: _in_force(getattr(book, rule.name), day) for rule in structs.fields(book)})


def _in_force(entries: list[Entry], day: date) -> Entry:
    begun = [entry for entry in entries if entry.since <= day]
    return max(begun or entries[:1], key=lambda entry: entry.since)
