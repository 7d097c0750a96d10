"""Pictures of made-up products: a bottle, a jar, a tube or a sachet before a soft ground, each in colours of its own."""

import io
from colorsys import hls_to_rgb
from math import pi, sin

from PIL import Image, ImageDraw, ImageFilter

SIZE = (1200, 1500)
Colour = tuple[int, int, int]


def product_picture(number: int, view: int = 0) -> bytes:
    """A JPEG of the product of that number, always the same; a view has another light and distance."""
    hue = (0.33 + 0.618 * number) % 1
    canvas = _ground(hue, view)
    width, height = SIZE
    scale = (1.0, 0.82, 1.18)[view % 3]
    shape, left = number % 4, int(width * (0.5 + 0.06 * sin(pi * view / 2)))
    body = _colour(hue, 0.42, 0.32)
    shadow = Image.new("L", SIZE, 0)
    ImageDraw.Draw(shadow).ellipse((left - 330 * scale, height * 0.80, left + 360 * scale, height * 0.88), fill=120)
    canvas.paste(_colour(hue, 0.25, 0.2), (0, 0), shadow.filter(ImageFilter.GaussianBlur(36)))
    (_bottle, _jar, _tube, _sachet)[shape](ImageDraw.Draw(canvas), left, int(height * 0.84), scale, body, hue)
    file = io.BytesIO()
    canvas.filter(ImageFilter.GaussianBlur(0.6)).save(file, "JPEG", quality=88)
    return file.getvalue()


def _colour(hue: float, light: float, fullness: float) -> Colour:
    red, green, blue = hls_to_rgb(hue, light, fullness)
    return round(red * 255), round(green * 255), round(blue * 255)


def _ground(hue: float, view: int) -> Image.Image:
    top, bottom = _colour(hue, 0.93 - 0.04 * view, 0.35), _colour(hue, 0.80 - 0.06 * view, 0.30)
    strip = Image.new("RGB", (1, 2))
    strip.putpixel((0, 0), top)
    strip.putpixel((0, 1), bottom)
    canvas = strip.resize(SIZE, Image.Resampling.BICUBIC)
    glow = Image.new("L", SIZE, 0)
    ImageDraw.Draw(glow).ellipse((SIZE[0] * 0.1, SIZE[1] * 0.05, SIZE[0] * 0.75, SIZE[1] * 0.55), fill=110)
    canvas.paste((255, 255, 255), (0, 0), glow.filter(ImageFilter.GaussianBlur(160)))
    return canvas


def _lit(draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], radius: int, colour: Colour) -> None:
    """A body with light on its left and shade on its right."""
    left, top, right, bottom = box
    draw.rounded_rectangle(box, radius, fill=colour)
    light = tuple(min(255, round(part + (255 - part) * 0.35)) for part in colour)
    shade = tuple(round(part * 0.78) for part in colour)
    span = right - left
    draw.rounded_rectangle((left + span * 0.08, top + 24, left + span * 0.2, bottom - 24), radius // 2, fill=light)
    draw.rounded_rectangle((right - span * 0.14, top + 24, right - span * 0.05, bottom - 24), radius // 2, fill=shade)


def _label(draw: ImageDraw.ImageDraw, left: int, top: float, width: float, hue: float) -> None:
    draw.rounded_rectangle((left - width / 2, top, left + width / 2, top + width * 0.9), 14, fill=(250, 248, 242))
    ink = _colour(hue, 0.35, 0.4)
    for row, part in enumerate((0.6, 0.4, 0.5)):
        draw.rounded_rectangle(
            (left - width * part / 2, top + width * (0.2 + 0.22 * row), left + width * part / 2, top + width * (0.26 + 0.22 * row)), 6, fill=ink
        )  # fmt: skip


def _bottle(draw: ImageDraw.ImageDraw, left: int, floor: int, scale: float, body: Colour, hue: float) -> None:
    _lit(
        draw,
        (left - 60 * scale, floor - 930 * scale, left + 60 * scale, floor - 720 * scale),
        18,
        _colour(hue, 0.3, 0.25),
    )
    _lit(draw, (left - 190 * scale, floor - 740 * scale, left + 190 * scale, floor), 70, body)
    _label(draw, left, floor - 520 * scale, 260 * scale, hue)


def _jar(draw: ImageDraw.ImageDraw, left: int, floor: int, scale: float, body: Colour, hue: float) -> None:
    _lit(
        draw,
        (left - 300 * scale, floor - 520 * scale, left + 300 * scale, floor - 360 * scale),
        36,
        _colour(hue, 0.3, 0.25),
    )
    _lit(draw, (left - 280 * scale, floor - 380 * scale, left + 280 * scale, floor), 60, body)
    _label(draw, left, floor - 320 * scale, 250 * scale, hue)


def _tube(draw: ImageDraw.ImageDraw, left: int, floor: int, scale: float, body: Colour, hue: float) -> None:
    draw.polygon(
        [
            (left - 210 * scale, floor - 900 * scale), (left + 210 * scale, floor - 900 * scale),
            (left + 150 * scale, floor - 120 * scale), (left - 150 * scale, floor - 120 * scale),
        ],
        fill=body,
    )  # fmt: skip
    _lit(draw, (left - 120 * scale, floor - 130 * scale, left + 120 * scale, floor), 26, _colour(hue, 0.3, 0.25))
    _label(draw, left, floor - 640 * scale, 240 * scale, hue)


def _sachet(draw: ImageDraw.ImageDraw, left: int, floor: int, scale: float, body: Colour, hue: float) -> None:
    _lit(draw, (left - 290 * scale, floor - 780 * scale, left + 290 * scale, floor), 24, body)
    draw.rectangle(
        (left - 290 * scale, floor - 700 * scale, left + 290 * scale, floor - 688 * scale), fill=_colour(hue, 0.3, 0.25)
    )
    _label(draw, left, floor - 560 * scale, 330 * scale, hue)
