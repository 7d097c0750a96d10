"""The figure that every chart of Grove begins with. The texts in it look the same on every machine: the fonts are
shipped.

A picture is the same wherever it is drawn. PNG and SVG hold the outlines of the letters, so a viewer needs no font
either."""

import re
import unicodedata
from functools import cache
from html import escape
from io import StringIO
from pathlib import Path

from matplotlib import rcParams
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font

INK, FAINT, RUST = "#1f2933", "#9aa5b1", "#c2410c"
FONTS = {  # the first that has a character draws it; names of our own, so that no font of the machine is taken for them
    "Grove Sans": Path(__file__).parent / "fonts" / "GroveSans-Regular.ttf",
    "Grove Sans SC": Path(__file__).parent / "fonts" / "GroveSansSC-Regular.otf",
}
NO_GLYPH = "□"

for font in FONTS.values():
    # In memory, after the font cache of the machine is read: a cache that is older does no harm
    fontManager.addfont(font)
rcParams["font.family"] = list(FONTS)
rcParams["mathtext.fontset"] = "custom"  # powers of ten on an axis
rcParams["mathtext.rm"] = rcParams["mathtext.it"] = rcParams["mathtext.bf"] = "Grove Sans"
rcParams["mathtext.cal"] = rcParams["mathtext.sf"] = rcParams["mathtext.tt"] = "Grove Sans"
rcParams["svg.fonttype"] = "path"
rcParams["svg.hashsalt"] = "grove"  # the same picture has the same bytes


def titled_figure(title: str, *, width: float, height: float) -> Figure:
    """An empty white figure, `width` × `height` inches, with `title` as people wrote it above it."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    figure.suptitle(legible(title), fontsize=15, color=INK, parse_math=False)
    return figure


def inline_svg(figure: Figure, *, told: str) -> str:
    """The figure as a part of an HTML page: as wide as its place, on the page's ground, in the page's colour of text;
    `told` is for who cannot see it. It holds no other text, but outlines of letters."""
    drawn = StringIO()
    figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    picture = drawn.getvalue()
    picture = UNUSED_IN_A_PAGE.sub("", picture[picture.index("<svg") :])
    for colour in (INK, "#000000"):
        picture = picture.replace(colour, "currentColor")
    width, height = (
        round(72 * inches, 3) for inches in figure.get_size_inches()
    )  # as matplotlib writes them, in points
    shown_as = f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(told)}"'
    root = f'<svg xmlns:xlink="http://www.w3.org/1999/xlink" {shown_as} fill="currentColor" stroke-linejoin="round">'
    return root + picture[picture.index(">") + 1 :].replace("#ffffff", "var(--ground, #ffffff)")


UNUSED_IN_A_PAGE = re.compile(  # two pictures of a page must not share ids; a style would hold for the whole page
    r' id="[A-Za-z0-9.]+_\d+"|<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->|\n *', re.DOTALL
)


def legible(text: str) -> str:
    """`text` with each character that no shipped font can draw as `□`; joiners and other invisible characters are left
    out.

    A label that holds a text of people also needs `parse_math=False`: a `$` in a name begins no formula.
    """
    drawable = _drawable()
    visible = (
        character
        for character in text
        if unicodedata.category(character) not in ("Cf", "Mn", "Me") or ord(character) in drawable
    )
    return "".join(character if ord(character) in drawable or character == "\n" else NO_GLYPH for character in visible)


@cache
def _drawable() -> frozenset[int]:
    return frozenset(code for font in FONTS.values() for code in get_font(str(font)).get_charmap())
