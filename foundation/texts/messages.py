"""Sentences that are made where no language is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class Message(str):
    """A sentence in English, of a template and its parts, which can be said in another language later.

    It is a string wherever a string will do, so that a command prints it as it is. The parts stand as `%(name)s` in the
    template, which is the key of the translation; a part may be a Message itself.
    """

    __slots__ = ("parts", "template")

    template: str
    parts: dict[str, Any]

    def __new__(cls, template: str, **parts: Any) -> Message:
        message = super().__new__(cls, template % parts if parts else template)
        message.template, message.parts = template, parts
        return message

    def with_parts(self, change: Callable[[str], str]) -> Message:
        """The same sentence with each text among its parts changed, those of parts too."""
        return Message(self.template, **{name: _changed(part, change) for name, part in self.parts.items()})


def _changed(part: Any, change: Callable[[str], str]) -> Any:
    if isinstance(part, Message):
        return part.with_parts(change)
    return change(part) if type(part) is str else part


class FileText(str):
    """A text for who writes a file, in the names of its fields and in its units; `people` is what staff read in its
    place: a Message, or a number with its unit."""

    __slots__ = ("people",)

    people: str

    def __new__(cls, text: str, *, people: str) -> FileText:
        sentence = super().__new__(cls, text)
        sentence.people = people
        return sentence


def joined(between: str, texts: Sequence[str]) -> Message:
    """Several texts as one; each can still be said in another language."""
    names = {f"text{number}": text for number, text in enumerate(texts)}
    return Message(between.replace("%", "%%").join(f"%({name})s" for name in names), **names)
