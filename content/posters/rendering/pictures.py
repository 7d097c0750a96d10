"""Pictures of products and of people, made to fit their places."""

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

from content.posters.domain.colours import Colour
from content.posters.domain.refusals import UnreadablePicture
from foundation.texts.messages import Message

FORMATS = ["JPEG", "PNG", "WEBP"]
MOST_PIXELS = 50_000_000
SMOOTH = 4
"""Round shapes are drawn so many times larger, and reduced: their edges are smooth."""


def filling(content: bytes, size: tuple[int, int], ground: Colour, *, place: str) -> Image.Image:
    """The middle of a picture as large as `size`, upright; what can be seen through shows `ground`.

    Raises UnreadablePicture, which names the place that the picture was for.
    """
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise UnreadablePicture(
                    Message("A picture of a poster has at most %(most)d megapixels.", most=MOST_PIXELS // 1_000_000),
                    place=place,
                )
            picture.draft("RGB", size)  # a JPEG is decoded at half, a quarter, an eighth of its size if that is enough
            upright = ImageOps.exif_transpose(picture)
            return ImageOps.fit(_opaque(upright, ground), size, Image.Resampling.LANCZOS, centering=(0.5, 0.5))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadablePicture(
            Message("This is no picture that can be read: JPEG, PNG or WebP."), place=place
        ) from error


def _opaque(picture: Image.Image, ground: Colour) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    opaque = Image.new("RGB", seen.size, ground)
    opaque.paste(seen, mask=seen)
    return opaque


@lru_cache(maxsize=32)
def rounded(width: int, height: int, radius: int) -> Image.Image:
    """The mask of a rectangle with round corners; of a circle, if the radius is half of its side."""
    mask = Image.new("L", (width * SMOOTH, height * SMOOTH))
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, width * SMOOTH - 1, height * SMOOTH - 1), radius=radius * SMOOTH, fill=255
    )
    return mask.reduce(SMOOTH)


def fill_round(
    canvas: Image.Image, box: tuple[int, int, int, int], radius: int, colour: Colour, opacity: float = 1
) -> None:
    """Fill a rectangle with round corners; a part of it may lie outside of the canvas."""
    left, top, right, bottom = box
    mask = rounded(right - left, bottom - top, radius)
    canvas.paste(colour, (left, top), mask if opacity == 1 else mask.point(lambda part: round(part * opacity)))


def fill_circle(canvas: Image.Image, centre: tuple[int, int], radius: int, colour: Colour, opacity: float = 1) -> None:
    """Fill a circle; a part of it may lie outside of the canvas."""
    across, down = centre
    box = (across - radius, down - radius, across + radius, down + radius)
    fill_round(canvas, box, radius, colour, opacity)


def glow(canvas: Image.Image, centre: tuple[int, int], radius: int, colour: Colour, opacity: float) -> None:
    """Light that fades to all sides."""
    fading = Image.radial_gradient("L").resize((2 * radius, 2 * radius), Image.Resampling.BICUBIC)
    mask = fading.point(lambda part: round(max(0.0, 1 - part / 181) ** 2 * 255 * opacity))
    canvas.paste(colour, (centre[0] - radius, centre[1] - radius), mask)


def fade(canvas: Image.Image, box: tuple[int, int, int, int], colour: Colour, start: float, end: float) -> None:
    """A veil over a part of the canvas, from one opacity at its top to another at its bottom, with no edge at either."""
    left, top, right, bottom = box
    slope = Image.linear_gradient("L").resize((right - left, bottom - top), Image.Resampling.BILINEAR)
    canvas.paste(
        colour,
        (left, top),
        slope.point([round((start + (end - start) * _eased(part / 255)) * 255) for part in range(256)]),
    )


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)
