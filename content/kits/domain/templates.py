"""Texts with places for what is the sharer's own: `{name}`, `{city|here}`. Nothing in a text is ever executed."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from foundation.texts.messages import Message

NAME, CITY, PRODUCT, PRICE, LINK, DAYS = "name", "city", "product", "price", "link", "days"
OF_EVERYBODY = {NAME, LINK}
OF_PRODUCT = {PRODUCT, PRICE}
PERHAPS = {CITY, DAYS}
"""what not everybody has: the text says what stands there then"""
PLACEHOLDERS = sorted(OF_EVERYBODY | OF_PRODUCT | PERHAPS)
MOST_LETTERS = {NAME: 20, CITY: 20, PRODUCT: 60}
"""how much of a value is written, so that a text that fits a channel fits it whoever shares it"""
MOST_OTHERWISE = 40

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_FORM = re.compile(r"([a-z]+)(?:\|(.*))?", re.DOTALL)


class Placeholder(NamedTuple):
    """A place in a text, and what stands there for somebody without the value (None: nothing is said)."""

    name: str
    otherwise: str | None


def faults(text: str, *, has_product: bool) -> Iterator[Message]:
    """What is wrong with the placeholders of a text: an unknown one, a brace alone, one of a product where there is
    none, one that not everybody has and that says nothing for the others."""
    for match in _TOKEN.finditer(text):
        if match[0] in ("{{", "}}"):
            continue
        if match[1] is None:
            yield Message(
                "a brace stands alone at character %(place)s: write {{ or }} for a brace", place=match.start() + 1
            )
            continue
        place = _placeholder(match[1])
        if place is None or place.name not in PLACEHOLDERS:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            yield Message("unknown placeholder %(found)s: known are %(known)s", found=match[0][:40], known=known)
        elif place.name in OF_PRODUCT and not has_product:
            yield Message("%(found)s needs a product, and this kit has none", found=match[0][:40])
        else:
            yield from _otherwise_faults(place, match[0][:40])


def _otherwise_faults(place: Placeholder, found: str) -> Iterator[Message]:
    """What is wrong with what stands there for somebody without the value: nothing is said, too much, or a number of
    days that nobody counted."""
    if place.name in PERHAPS and not place.otherwise:
        yield Message("%(found)s is not known of everybody: say what stands there then, as in {city|here}", found=found)
    elif place.otherwise and len(place.otherwise) > MOST_OTHERWISE:
        yield Message("%(found)s says too much: at most %(most)s characters", found=found, most=MOST_OTHERWISE)
    elif place.otherwise and place.name == DAYS and _is_number(place.otherwise):
        yield Message("%(found)s says a number of days for who has not used it: say it without one", found=found)


def says_days(text: str) -> bool:
    """Whether a text has a place for the days of use."""
    return any(place.name == DAYS for place in _places(text))


def is_true_for(text: str, values: Mapping[str, str]) -> bool:
    """Whether a sharer with these values can say a text: one that names the days of use, with a number or nothing for who
    has not used it, cannot be said by them. Texts of files are not checked before they are published."""
    days = (place for place in _places(text) if place.name == DAYS)
    return DAYS in values or all(place.otherwise and not _is_number(place.otherwise) for place in days)


def _places(text: str) -> Iterator[Placeholder]:
    for match in _TOKEN.finditer(text):
        if match[1] is not None and (place := _placeholder(match[1])) is not None:
            yield place


def rendered(text: str, values: Mapping[str, str]) -> str:
    """A text with each placeholder replaced once by its value, or by what stands there for somebody without it.

    What a value holds is not read again, so a name like `{link}` stays a name. A text from before placeholders were
    checked keeps what is none."""

    def replaced(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        place = _placeholder(match[1]) if match[1] is not None else None
        if place is None or place.name not in PLACEHOLDERS:
            return match[0]
        return values.get(place.name) or place.otherwise or ""

    return _TOKEN.sub(replaced, text)


def _is_number(text: str) -> bool:
    """`30`, `30 多`, `三十`; but not `好几`, nor `一段时间`."""
    return any(char.isdigit() for char in text) or text.strip().isnumeric()


def _placeholder(inner: str) -> Placeholder | None:
    form = _FORM.fullmatch(inner.strip())
    return Placeholder(form[1], form[2]) if form else None
