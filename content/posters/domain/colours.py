"""The colours of a brand, and what can be read on them."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from content.posters.domain.refusals import NotAColour
from foundation.texts.messages import Message

READABLE = 4.5
"""The least contrast of a text and its ground (WCAG 2.2, 1.4.3)."""


class Colour(NamedTuple):
    """A colour of a screen, each part from 0 to 255."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> "Colour":
        """The colour that is written as #rrggbb. Raises NotAColour."""
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
            raise NotAColour(Message("A colour is written as #rrggbb, not %(colour)s.", colour=text[:40]))
        return cls(*bytes.fromhex(text[1:]))

    def mixed(self, other: "Colour", share: float) -> "Colour":
        """This colour with a share of another, 0 to 1."""
        return Colour(*(round(own + (its - own) * share) for own, its in zip(self, other, strict=True)))

    def brightness(self) -> float:
        """The relative luminance, 0 to 1 (WCAG 2.2)."""
        red, green, blue = (
            part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in self
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue


WHITE, INK = Colour(255, 255, 255), Colour(18, 18, 20)


def contrast(one: Colour, other: Colour) -> float:
    """How well one colour stands out from another, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((one.brightness(), other.brightness()))
    return (light + 0.05) / (dark + 0.05)


def ink_on(ground: Colour) -> Colour:
    """White or nearly black, whichever is read better."""
    return max(WHITE, INK, key=lambda ink: contrast(ink, ground))


def readable(colour: Colour, ground: Colour) -> Colour:
    """The colour, mixed with as little white or black as makes it readable on `ground`."""
    for step in range(20):
        mixed = colour.mixed(ink_on(ground), step / 20)
        if contrast(mixed, ground) >= READABLE:
            return mixed
    return ink_on(ground)


@dataclass(frozen=True, slots=True)
class BrandColours:
    """The main colour of a brand, and one beside it for what shall catch the eye."""

    main: Colour
    accent: Colour

    @classmethod
    def parse(cls, main: str, accent: str = "") -> "BrandColours":
        """Of texts as #rrggbb; a brand with one colour has it for both. Raises NotAColour."""
        return cls(Colour.parse(main), Colour.parse(accent or main))
