"""What the header of a picture says, and whether one may open it: decided before a pixel is decoded."""

from dataclasses import dataclass

from content.media.domain.limits import (
    MEMORY_BYTES,
    MOST_PIXELS,
    MOST_SCANS,
    MOST_SIDE,
    STORED_SIDE,
)
from content.media.domain.refusals import PictureMoves, TooManyPixels
from content.media.domain.sizes import fitted
from foundation.texts.messages import Message

MILLION = 1_000_000
DRAWN = 4
"""Bytes of a pixel that is drawn."""
DECODED = {"JPEG": 4, "PNG": 4, "WebP": 4, "HEIC": 3}
"""Bytes of a pixel once it is open."""
DECODING = {"JPEG": 4.0, "PNG": 4.0, "WebP": 16.2, "HEIC": 5.6}
"""Bytes of a pixel at the worst moment of opening it, as measured with Pillow 13 and pi-heif 1.4: the decoder of WebP keeps
two canvases and a copy."""
COEFFICIENT = 2
"""Bytes of a sample that a progressive JPEG keeps until its last scan, however small it is decoded."""
BESIDE = {"JPEG": 10 * MILLION, "PNG": 10 * MILLION, "WebP": 10 * MILLION, "HEIC": 42 * MILLION}
"""Bytes beside the pixels: strips, thumbnails, the encoder; and of HEIC the process that opens it."""
SCALES = (1, 2, 4, 8)
"""By which a JPEG can be made smaller while it is decoded."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself. `samples_a_pixel` and `scans` are of a progressive JPEG; else they are 0."""

    format: str
    width: int
    height: int
    moves: bool = False
    samples_a_pixel: float = 0
    scans: int = 0

    @property
    def pixels(self) -> int:
        return self.width * self.height


def memory_of(header: Header, *, scale: int = 1) -> int:
    """The bytes that opening a picture takes at most, made `scale` times smaller on the way."""
    pixels = header.pixels / scale**2
    stored_width, stored_height = fitted(header.width, header.height, STORED_SIDE)
    stored = DRAWN * stored_width * stored_height
    opening = DECODING[header.format] * pixels + COEFFICIENT * header.samples_a_pixel * header.pixels
    return int(max(opening, DECODED[header.format] * pixels + stored, 2 * stored)) + BESIDE[header.format]


def scale_of(header: Header) -> int:
    """How many times smaller a picture is decoded: 1, or for a very large JPEG as much as its memory demands.

    Raises PictureMoves for an animation; TooManyPixels for what cannot be opened in the memory that there is."""
    if header.moves:
        raise PictureMoves(Message("This picture moves. Send a still one."))
    if header.pixels > MOST_PIXELS or max(header.width, header.height) > MOST_SIDE:
        raise TooManyPixels(
            Message(
                "%(width)s × %(height)s pixels are too many. A picture has at most %(most)s million, and %(side)s on a side.",
                width=header.width,
                height=header.height,
                most=MOST_PIXELS // MILLION,
                side=f"{MOST_SIDE:,}",
            )
        )
    scales = SCALES if header.format == "JPEG" else SCALES[:1]
    fitting = (scale for scale in scales if memory_of(header, scale=scale) <= MEMORY_BYTES)
    if header.scans <= MOST_SCANS and (scale := next(fitting, 0)):
        return scale
    raise TooManyPixels(
        Message(
            "This %(format)s of %(millions)s million pixels takes too much to open. Make it smaller, or send a plain JPEG.",
            format=header.format,
            millions=-(-header.pixels // MILLION),
        )
    )
