"""The three designs, as far as they are the same for all KOCs and before any text stands on them."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from PIL import Image, ImageDraw

from content.posters.domain.colours import INK, WHITE, BrandColours, Colour, contrast, ink_on, readable
from content.posters.domain.layouts import HEIGHT, LAYOUTS, WIDTH, Box, Design
from content.posters.domain.posters import PosterText
from content.posters.rendering.pictures import fade, fill_circle, fill_round, glow, rounded

PAPER = Colour(250, 247, 242)
COAL = Colour(14, 14, 17)


class Inks(NamedTuple):
    """The colours of a design: of its texts by the name of their slot, and of the circle with an initial in it."""

    texts: Mapping[str, Colour]
    name: Colour
    avatar: Colour


def paper_of(colours: BrandColours) -> Colour:
    """Paper with a breath of the brand's colour."""
    return PAPER.mixed(colours.main, 0.05)


def wider(box: Box, by: int) -> Box:
    """The box with a margin."""
    return Box(box.left - by, box.top - by, box.right + by, box.bottom + by)


def editorial_inks(colours: BrandColours) -> Inks:
    paper = paper_of(colours)
    quiet = readable(INK.mixed(paper, 0.42), paper)
    texts = {
        "brand": INK,
        "product": quiet,
        "price": readable(colours.main, paper),
        "disclosure": INK,
        "headline": INK,
        "recommends": quiet,
        "hint": quiet,
    }
    return Inks(texts, name=INK, avatar=colours.main)


def editorial_ground(text: PosterText, colours: BrandColours, picture: Image.Image | None) -> Image.Image:
    """A page of a magazine: paper, a column beside a large picture, a serif headline under it."""
    layout, paper = LAYOUTS[Design.EDITORIAL], paper_of(colours)
    canvas = Image.new("RGB", (WIDTH, HEIGHT), paper)
    draw = ImageDraw.Draw(canvas)
    box = layout.picture
    canvas.paste(picture or _arcs(colours, (box.width, box.height)), box[:2])
    draw.rectangle((64, 262, 111, 267), fill=readable(colours.accent, paper))
    draw.line((64, 1080, 1016, 1080), fill=paper.mixed(INK, 0.16), width=2)
    fill_round(canvas, layout.texts["disclosure"].box, 24, paper, 0.94)
    fill_round(canvas, wider(layout.qr, 8), 16, WHITE)
    return canvas


def _arcs(colours: BrandColours, size: tuple[int, int]) -> Image.Image:
    """Where there is no picture: a sun over hills in the colours of the brand."""
    sky = colours.main.mixed(WHITE, 0.78)
    canvas = Image.new("RGB", size, sky)
    width, height = size
    fade(canvas, (0, 0, width, height), WHITE, 0.55, 0)
    fill_circle(canvas, (width * 62 // 100, height * 44 // 100), width * 23 // 100, colours.accent.mixed(WHITE, 0.12))
    hills = ((20, 128, 62, 0.5, 0.9), (92, 140, 66, 0.25, 0.85), (48, 158, 66, 0.0, 0.92))
    for across, down, radius, light, opacity in hills:
        centre = (width * across // 100, height * down // 100)
        fill_circle(canvas, centre, width * radius // 100, colours.main.mixed(WHITE, light), opacity)
    return canvas


def bold_inks(colours: BrandColours) -> Inks:
    ink = ink_on(colours.main)
    quiet = INK.mixed(WHITE, 0.36)
    texts = dict.fromkeys(("brand", "headline", "product", "disclosure"), ink)
    sticker = sticker_of(colours)
    texts |= {"price": ink_on(sticker), "recommends": quiet, "hint": quiet}
    return Inks(texts, name=INK, avatar=colours.main)


def sticker_of(colours: BrandColours) -> Colour:
    """The accent, or for a brand of one colour the one that stands out from it."""
    return colours.accent if colours.accent != colours.main else ink_on(colours.main)


def bold_ground(text: PosterText, colours: BrandColours, picture: Image.Image | None) -> Image.Image:
    """A wall of the brand's colour: large letters, a round-cornered picture, the price as a sticker."""
    layout, main = LAYOUTS[Design.BOLD], colours.main
    canvas = Image.new("RGB", (WIDTH, HEIGHT), main)
    fill_circle(canvas, (1010, 130), 460, main.mixed(WHITE, 0.10))
    fill_circle(canvas, (60, 1040), 330, main.mixed(INK, 0.10))
    box = layout.picture
    shown = picture or _discs(colours, (box.width, box.height))
    canvas.paste(shown, box[:2], rounded(box.width, box.height, 44))
    if text.price:
        fill_circle(canvas, (232, 948), 152, sticker_of(colours))
    ImageDraw.Draw(canvas).rounded_rectangle(
        layout.texts["disclosure"].box, radius=24, outline=ink_on(main).mixed(main, 0.3), width=2
    )
    fill_round(canvas, (0, 1104, WIDTH, HEIGHT + 60), 48, WHITE)
    return canvas


def _discs(colours: BrandColours, size: tuple[int, int]) -> Image.Image:
    """Where there is no picture: rings and discs that overlap."""
    width, height = size
    canvas = Image.new("RGB", size, colours.main.mixed(WHITE, 0.84))
    centre = (width * 56 // 100, height * 52 // 100)
    for radius, light in ((58, 0.68), (46, 0.5), (34, 0.28), (22, 0.0)):
        fill_circle(canvas, centre, width * radius // 100, colours.main.mixed(WHITE, light))
    fill_circle(canvas, (width * 82 // 100, height * 22 // 100), width * 9 // 100, sticker_of(colours))
    return canvas


def night_inks(colours: BrandColours) -> Inks:
    night = night_of(colours)
    quiet = WHITE.mixed(night, 0.24)
    texts = dict.fromkeys(("brand", "headline", "disclosure"), WHITE)
    light = max(colours.accent, colours.main, key=lambda colour: contrast(colour, night))
    texts |= {"product": quiet, "price": readable(light, night), "recommends": quiet, "hint": quiet}
    return Inks(texts, name=WHITE, avatar=colours.accent)


def night_of(colours: BrandColours) -> Colour:
    """Nearly black, with a breath of the brand's colour."""
    return COAL.mixed(colours.main, 0.10)


def night_ground(text: PosterText, colours: BrandColours, picture: Image.Image | None) -> Image.Image:
    """A dark stage: the picture fades into the night, the texts are lit."""
    layout, night = LAYOUTS[Design.NIGHT], night_of(colours)
    canvas = Image.new("RGB", (WIDTH, HEIGHT), night)
    canvas.paste(picture or _lights(colours, night, (WIDTH, layout.picture.height)), (0, 0))
    fade(canvas, (0, 0, WIDTH, 260), night, 0.7, 0)
    fade(canvas, (0, 380, WIDTH, 940), night, 0, 1)
    canvas.paste(night, (0, 940, WIDTH, HEIGHT))
    fill_round(canvas, (40, 1068, 1040, 1416), 40, night.mixed(WHITE, 0.10))
    fill_round(canvas, wider(layout.qr, 8), 20, WHITE)
    fill_round(canvas, layout.texts["disclosure"].box, 24, COAL, 0.5)
    return canvas


def _lights(colours: BrandColours, night: Colour, size: tuple[int, int]) -> Image.Image:
    """Where there is no picture: lights of the brand's colours over the night."""
    canvas = Image.new("RGB", size, night)
    glow(canvas, (760, 300), 760, colours.main.mixed(WHITE, 0.15), 0.95)
    glow(canvas, (240, 620), 560, colours.accent, 0.55)
    for radius, opacity in ((300, 0.10), (220, 0.12), (140, 0.16)):
        fill_circle(canvas, (720, 360), radius, WHITE, opacity)
    return canvas


GROUNDS: Mapping[Design, Callable[[PosterText, BrandColours, Image.Image | None], Image.Image]] = {
    Design.EDITORIAL: editorial_ground,
    Design.BOLD: bold_ground,
    Design.NIGHT: night_ground,
}
INKS: Mapping[Design, Callable[[BrandColours], Inks]] = {
    Design.EDITORIAL: editorial_inks,
    Design.BOLD: bold_inks,
    Design.NIGHT: night_inks,
}
BEHIND: Mapping[Design, Callable[[BrandColours], Colour]] = {
    Design.EDITORIAL: lambda colours: colours.main.mixed(WHITE, 0.88),
    Design.BOLD: lambda colours: colours.main.mixed(WHITE, 0.9),
    Design.NIGHT: lambda colours: night_of(colours).mixed(colours.main, 0.3),
}
"""What is seen through a picture that has no ground of its own."""
