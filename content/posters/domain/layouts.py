"""Where everything stands on a poster."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from content.posters.domain.fitting import Attempt

WIDTH, HEIGHT = 1080, 1440
OWN_TOP = 1088
"""Above it, a poster is the same for all KOCs."""
LEADING, ABOVE, BELOW = 1.28, 1.16, 0.3
"""From one line to the next, and what the tallest letter has above the line that it stands on, and the deepest below it,
in sizes of the letters: Ẳ and | of the shipped fonts."""


class Design(StrEnum):
    """The look of a poster."""

    EDITORIAL = "editorial"
    BOLD = "bold"
    NIGHT = "night"


class Face(StrEnum):
    """What letters look like."""

    REGULAR = "regular"
    BOLD = "bold"
    SERIF = "serif"


class Box(NamedTuple):
    """A rectangle, in pixels; right and bottom are the first that do not belong to it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def raised(self, by: int) -> "Box":
        """The same box so much higher on the page."""
        return Box(self.left, self.top - by, self.right, self.bottom - by)

    def holds(self, other: "Box") -> bool:
        """Is the other box within this one?"""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


PAGE = Box(0, 0, WIDTH, HEIGHT)


class Slot(NamedTuple):
    """The place of a text: its box, the sizes that are tried, its letters, and where it stands in the box."""

    box: Box
    attempts: tuple[Attempt, ...]
    face: Face = Face.REGULAR
    across: float = 0.0
    """0 is left, 0.5 the middle, 1 right."""
    down: float = 0.0
    """0 is at the top, 0.5 in the middle, 1 at the bottom."""


@dataclass(frozen=True)
class PosterLayout:
    """The places of one design. `texts` are the same for all KOCs; `name`, `avatar` and `qr` are of one, and
    stand below OWN_TOP."""

    picture: Box
    texts: Mapping[str, Slot]
    name: Slot
    avatar: Box
    qr: Box


class PlacedLine(NamedTuple):
    """One line of a text in its place: the left end of the line that the letters stand on."""

    left: float
    baseline: float
    text: str


def height_of(size: int, lines: int) -> float:
    """How high so many lines are, from the top of the tallest letter to the bottom of the deepest."""
    return size * (ABOVE + LEADING * (lines - 1) + BELOW)


def placed(slot: Slot, size: int, lines: tuple[tuple[str, float], ...]) -> list[PlacedLine]:
    """The lines, each with its width, in their places within the slot."""
    first = slot.box.top + (slot.box.height - height_of(size, len(lines))) * slot.down + ABOVE * size
    return [
        PlacedLine(slot.box.left + (slot.box.width - width) * slot.across, round(first + LEADING * size * number), text)
        for number, (text, width) in enumerate(lines)
    ]


def tries(*attempts: tuple[int, int]) -> tuple[Attempt, ...]:
    return tuple(Attempt(size, lines) for size, lines in attempts)


NAME = tries((52, 1), (46, 1), (42, 1), (38, 2), (34, 2), (30, 2), (26, 2))
"""Of the KOC, in every design."""
LAYOUTS = {
    Design.EDITORIAL: PosterLayout(
        picture=Box(320, 0, 1080, 760),
        texts={
            "brand": Slot(Box(64, 64, 296, 244), tries((46, 1), (40, 2), (34, 3), (28, 4)), Face.BOLD),
            "product": Slot(Box(64, 296, 296, 580), tries((32, 4), (28, 6), (24, 8), (22, 9))),
            "price": Slot(
                Box(64, 652, 296, 764), tries((56, 1), (50, 1), (44, 1), (38, 1), (32, 2), (26, 3)), Face.SERIF, 0, 1
            ),
            "disclosure": Slot(Box(944, 32, 1048, 80), tries((26, 1)), Face.REGULAR, 0.5, 0.5),
            "headline": Slot(
                Box(64, 800, 1016, 1060),
                tries((96, 1), (88, 2), (80, 2), (72, 2), (64, 3), (56, 3), (48, 4), (38, 5)),
                Face.SERIF,
                0,
                0.5,
            ),
            "recommends": Slot(Box(200, 1246, 680, 1288), tries((28, 1), (24, 1), (20, 1)), Face.REGULAR, 0, 0.5),
            "hint": Slot(Box(64, 1336, 680, 1380), tries((26, 1), (22, 1), (18, 1)), Face.REGULAR, 0, 0.5),
        },
        name=Slot(Box(200, 1138, 680, 1246), NAME, Face.BOLD, 0, 1),
        avatar=Box(64, 1170, 176, 1282),
        qr=Box(712, 1108, 1008, 1404),
    ),
    Design.BOLD: PosterLayout(
        picture=Box(336, 448, 1008, 1064),
        texts={
            "brand": Slot(Box(72, 64, 800, 120), tries((38, 1), (32, 1), (26, 1)), Face.BOLD, 0, 0.5),
            "disclosure": Slot(Box(904, 68, 1008, 116), tries((26, 1), (22, 1), (18, 1)), Face.REGULAR, 0.5, 0.5),
            "headline": Slot(
                Box(72, 126, 1008, 436),
                tries((112, 2), (100, 2), (88, 2), (76, 2), (68, 3), (56, 3), (44, 4), (38, 5)),
                Face.BOLD,
                0,
                0.5,
            ),
            "product": Slot(Box(72, 452, 312, 776), tries((38, 5), (34, 6), (28, 8), (24, 10)), Face.BOLD),
            "price": Slot(
                Box(120, 866, 344, 1030),
                tries((64, 1), (54, 1), (46, 1), (40, 1), (34, 2), (28, 3)),
                Face.BOLD,
                0.5,
                0.5,
            ),
            "recommends": Slot(Box(208, 1282, 664, 1324), tries((28, 1), (24, 1), (20, 1)), Face.REGULAR, 0, 0.5),
            "hint": Slot(Box(72, 1352, 664, 1396), tries((26, 1), (22, 1), (18, 1)), Face.REGULAR, 0, 0.5),
        },
        name=Slot(Box(208, 1172, 664, 1280), NAME, Face.BOLD, 0, 1),
        avatar=Box(72, 1196, 184, 1308),
        qr=Box(720, 1120, 1016, 1416),
    ),
    Design.NIGHT: PosterLayout(
        picture=Box(0, 0, 1080, 980),
        texts={
            "brand": Slot(Box(64, 56, 800, 112), tries((38, 1), (32, 1), (26, 1)), Face.BOLD, 0, 0.5),
            "disclosure": Slot(Box(912, 60, 1016, 108), tries((26, 1), (22, 1), (18, 1)), Face.REGULAR, 0.5, 0.5),
            "headline": Slot(
                Box(64, 700, 1016, 954),
                tries((92, 2), (84, 2), (76, 2), (66, 2), (62, 3), (48, 3), (42, 4), (36, 5)),
                Face.SERIF,
                0,
                1,
            ),
            "product": Slot(Box(64, 962, 656, 1058), tries((34, 1), (30, 2), (26, 2), (24, 2)), Face.REGULAR, 0, 0.5),
            "price": Slot(
                Box(680, 962, 1016, 1058),
                tries((62, 1), (54, 1), (46, 1), (38, 1), (30, 2), (24, 2)),
                Face.BOLD,
                1,
                0.5,
            ),
            "recommends": Slot(Box(224, 1254, 648, 1296), tries((28, 1), (24, 1), (20, 1)), Face.REGULAR, 0, 0.5),
            "hint": Slot(Box(88, 1328, 648, 1372), tries((26, 1), (22, 1), (18, 1)), Face.REGULAR, 0, 0.5),
        },
        name=Slot(Box(224, 1142, 648, 1252), NAME, Face.BOLD, 0, 1),
        avatar=Box(88, 1166, 200, 1278),
        qr=Box(708, 1094, 1004, 1390),
    ),
}
