"""The words that a review looks for: dated lists that a lawyer changes without code. Their files lie in `words/` beside
this folder, one for each category and source; `content/review/README.md` says what their keys mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Literal

from msgspec import Struct, field

from content.review.domain.normalising import written
from foundation.files.yaml_files import Contradiction, read_yaml
from foundation.texts.messages import Message

CHINESE = "zh-hans"
LONGEST_WORD = 40
Category = Literal[
    "absolute", "medical", "scarcity", "guarantee", "superstition", "privilege", "diversion", "price", "disclosure"
]
Channel = Literal["moments", "community", "xiaohongshu", "douyin", "wecom_moments", "wecom_group", "channels", "weibo"]


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    en: str
    zh_hans: str = field(name="zh-Hans")

    def told_in(self, language: str) -> str:
        return self.zh_hans if language.lower() == CHINESE else self.en


class Group(Struct, frozen=True, forbid_unknown_fields=True):
    """Words with one reason. No hit is a word before which, or after which, one of some texts stands, nor one within an
    ordinary phrase (`unless_in`), nor one that its clause denies shortly before (`unless_denied`)."""

    reason: Said
    suggestion: Said
    words: list[str]
    only_as_written: bool = False
    unless_before: list[str] = []
    unless_after: list[str] = []
    unless_in: list[str] = []
    unless_denied: list[str] = []


class WordList(Struct, frozen=True, forbid_unknown_fields=True):
    """One file: the words of a category by one law or by the rules of some channels; by none, of all."""

    category: Category
    source: str
    checked_on: date
    groups: list[Group]
    channels: list[Channel] = []


@dataclass(frozen=True, eq=False)
class WordLists:
    """Lists that are used together. Compared by identity: whoever reads the files again gets new ones."""

    lists: tuple[WordList, ...]

    def of_channel(self, channel: str) -> Iterator[WordList]:
        """The lists that apply to a channel; `any` is no channel's, and has the laws alone."""
        return (words for words in self.lists if not words.channels or channel in words.channels)


def read_lists(files: Mapping[str, str]) -> WordLists:
    """Lists from the texts of their files, by name. Raises BadFile with every fault and its line."""
    return WordLists(tuple(read_list(text, name) for name, text in sorted(files.items())))


def read_list(text: str, name: str) -> WordList:
    """One list. Raises BadFile with everything that does not fit the shape or says nothing."""
    file = read_yaml(text, name)
    words = file.shaped(WordList)
    if faults := list(_contradictions(words)):
        raise file.refusal(faults)
    return words


@lru_cache(maxsize=1)
def shipped_lists() -> WordLists:
    """The lists that come with Grove."""
    folder = resources.files("content.review").joinpath("words")
    return read_lists({file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".yaml")})


def _contradictions(words: WordList) -> Iterator[Contradiction]:
    if not words.source.strip():
        yield Message("is empty: a law or a rule is the source"), ("source",)
    if words.category in ("price", "disclosure"):
        yield Message("is found by its own rule, not by words"), ("category",)
    if not words.groups:
        yield Message("is empty"), ("groups",)
    seen: dict[str, str] = {}
    for number, group in enumerate(words.groups):
        yield from _group_faults(group, ("groups", number), seen)


def _group_faults(group: Group, place: tuple[str | int, ...], seen: dict[str, str]) -> Iterator[Contradiction]:
    said: dict[str, Said] = {"reason": group.reason, "suggestion": group.suggestion}
    for key, text in said.items():
        if not (text.en.strip() and text.zh_hans.strip()):
            yield Message("is empty"), (*place, key)
    if not group.words:
        yield Message("is empty"), (*place, "words")
    for index, word in enumerate(group.words):
        yield from _word_faults(word, (*place, "words", index), seen)
    for key in ("unless_before", "unless_after", "unless_in", "unless_denied"):
        for index, context in enumerate(getattr(group, key)):
            if not written(context):
                yield Message("has no letter and no digit"), (*place, key, index)


def _word_faults(word: str, place: tuple[str | int, ...], seen: dict[str, str]) -> Iterator[Contradiction]:
    folded = written(word)
    if not folded:
        yield Message("has no letter and no digit"), place
    elif len(folded) < 2:
        yield Message("is one character: it would be found everywhere"), place
    elif len(folded) > LONGEST_WORD:
        yield Message("is longer than %(most)s characters", most=LONGEST_WORD), place
    elif folded in seen:
        yield Message("is the same word as %(other)s", other=seen[folded]), place
    seen.setdefault(folded, word)
