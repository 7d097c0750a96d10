"""A text in its place."""

from functools import partial

from PIL import Image

from content.posters.domain.colours import Colour
from content.posters.domain.fitting import Fitted, fitted
from content.posters.domain.layouts import PlacedLine, Slot, placed
from content.posters.rendering.faces import draw_line, hanging, measured, overhang


def fitted_in(slot: Slot, text: str, language: str) -> Fitted:
    """The text as it is drawn in its place."""
    return fitted(
        text, language=language, width=slot.box.width, attempts=slot.attempts, measure=partial(measured, slot.face)
    )


def lines_in(slot: Slot, drawn: Fitted) -> list[PlacedLine]:
    """Where its lines stand."""
    face, size = slot.face, drawn.size
    lines = placed(slot, size, tuple((line, measured(face, line, size)) for line in drawn.lines))
    return [
        line._replace(
            left=line.left + overhang(face, line.text, size) - hanging(face, line.text, size) * (slot.across == 0)
        )
        for line in lines
    ]


def draw_in(canvas: Image.Image, slot: Slot, text: str, *, language: str, ink: Colour) -> Fitted:
    """Draw a text in its place."""
    drawn = fitted_in(slot, text, language)
    for line in lines_in(slot, drawn):
        draw_line(canvas, (line.left, line.baseline), line.text, face=slot.face, size=drawn.size, ink=ink)
    return drawn
