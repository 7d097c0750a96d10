"""What is wrong with an input, in a form that a person can act on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from foundation.texts.messages import Message

LONGEST = 200
LONGEST_MESSAGE = 500
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def on_one_line(text: str) -> str:
    """A text with control characters and line breaks escaped, such as `a\\nb`: it cannot break a line or move a
    terminal's cursor."""
    if isinstance(text, Message):
        return text.with_parts(on_one_line)
    return _BREAKS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


class Refusal(Exception):
    """Something was refused and nothing was changed. Its messages are what the person reads; `code` is its kind, for
    programs; `place` is the field of the request that is to blame, if one is."""

    code = "refused"
    place = ""

    def __init_subclass__(cls, *, code: str = "", place: str = "") -> None:
        super().__init_subclass__()
        cls.code, cls.place = code or cls.code, place or cls.place

    def messages(self) -> list[str]:
        """One text a fault; a Message can be said in another language."""
        return [text if len(self.args) == 1 and isinstance(text := self.args[0], Message) else str(self)]


class FieldRefusal(Refusal):
    """One of several fields is to blame."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where: the row (1 is the first line of the file), the column and the value."""

    row: int
    message: str
    column: str = ""
    value: str = ""

    def told(self) -> str:
        """What is wrong, the column and the value; of a very long text its beginning."""
        what = beginning(self.message, LONGEST_MESSAGE)
        if not self.column:
            return what
        return Message(
            "%(fault)s (%(column)s, %(value)s)",
            fault=what,
            column=beginning(self.column, LONGEST),
            value=beginning(self.value, LONGEST),
        )


def beginning(text: str, length: int) -> str:
    """A text, or of a longer one its first characters and `…`."""
    return text if len(text) <= length else f"{text[:length]}…"


class BadFile(Refusal, code="bad_file"):
    """A file is refused as a whole. One line per fault, the first 20 and a count of the rest."""

    shown = 20

    def __init__(self, name: str, faults: Sequence[Fault], *, more: int = 0) -> None:
        super().__init__(name, faults)
        self.name, self.faults, self.more = name, sorted(faults, key=lambda fault: fault.row), more

    def __str__(self) -> str:
        return "\n".join(self.messages())

    def messages(self) -> list[str]:
        """`FILE:ROW: what is wrong (column, value)`, each on one line whatever the value has in it."""
        lines = [
            on_one_line(Message("%(file)s:%(row)s: %(fault)s", file=self.name, row=fault.row, fault=fault.told()))
            for fault in self.faults[: self.shown]
        ]
        rest = len(self.faults) - self.shown + self.more
        return [*lines, Message("… and %(count)s more", count=rest)] if rest > 0 else lines
