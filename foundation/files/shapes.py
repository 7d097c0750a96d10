"""Kinds of text in the shapes that msgspec reads: keys and names come in cleaned.

One of these stands in a Struct where a text of that kind stands; in memory it is a `str`. Whoever
reads such a Struct gives msgspec `dec_hook=as_cleaned`, which refuses a bad one with its place."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from foundation.texts.keys import clean_key, is_empty
from foundation.texts.shown_names import LONGEST_TITLE, clean_name

if TYPE_CHECKING:
    Key = str
    OptionalKey = str
    Name = str
    OptionalName = str
    Title = str
else:

    class _KindOfText(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, str)

    class Key(metaclass=_KindOfText):
        """A key: ≤ 64 characters, cleaned by `clean_key`."""

    class OptionalKey(metaclass=_KindOfText):
        """A key, or '' for one that has nothing in it."""

    class Name(metaclass=_KindOfText):
        """A name that is shown: ≤ 120 characters, cleaned by `clean_name`."""

    class OptionalName(metaclass=_KindOfText):
        """A name, or '' for none."""

    class Title(metaclass=_KindOfText):
        """A name of a product or a kit: ≤ 200 characters."""


def as_cleaned(kind: Any, value: Any) -> str:
    """The decoding hook for these kinds. Raises ValueError with what is wrong."""
    if not isinstance(value, str):
        raise ValueError(f"Expected `str`, got `{_CALLED.get(type(value), type(value).__name__)}`")
    return _CLEANED[kind](value)


_CLEANED: dict[Any, Callable[[str], str]] = {
    Key: clean_key,
    OptionalKey: lambda text: "" if is_empty(text) else clean_key(text),
    Name: clean_name,
    OptionalName: lambda text: clean_name(text) if text else "",
    Title: lambda text: clean_name(text, longest=LONGEST_TITLE),
}
_CALLED = {type(None): "null", list: "array", dict: "object"}
