"""A picture as it is stored: drawn anew, upright, in sRGB, without anything but its pixels.

What becomes of a format is one rule: a picture that is transparent anywhere is a PNG, any other a JPEG. Both are taken by
every channel, which is not so of WebP. JPEG is written at quality 88 with whole colours (4:4:4): photos are small, and
red letters on a screenshot stay sharp, which is why flat graphics need no rule of their own."""

import hashlib
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from PIL import Image

from content.media.domain.formats import HEAD, TAKEN, format_of
from content.media.domain.headers import Header, scale_of
from content.media.domain.limits import MIB, MOST_BYTES, MOST_SIDE
from content.media.domain.refusals import (
    NoPicture,
    PictureBroken,
    PictureFormatRefused,
    PictureRefused,
    PictureTooLarge,
    TooManyPixels,
)
from content.media.rendering.apart import drawn_apart
from content.media.rendering.drawing import drawn, written
from foundation.texts.messages import Message

logger = logging.getLogger(__name__)
warnings.filterwarnings("ignore", category=UserWarning, module="PIL")  # of metadata that is damaged: nobody reads it

PILLOW_NAMES = {"JPEG": "JPEG", "PNG": "PNG", "WebP": "WEBP"}
ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By what EXIF says of how the camera was held."""
START_OF_SCAN = re.compile(rb"\xff\xda")
SPATIAL_EXTENT = re.compile(rb"ispe\0\0\0\0(.{4})(.{4})", re.DOTALL)
LONGEST_FOUND = 16  # bytes
DAMAGED = Message("This picture is damaged, or was not sent to its end. Open it, save it again, and send that.")


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture ready to be stored: `files` has the picture under None and its thumbnails by their width."""

    format: str
    width: int
    height: int
    files: dict[int | None, IO[bytes]]
    bytes: int
    digest: str


def inspected(file: IO[bytes]) -> Header:
    """What a file is, from its first bytes and its header; no pixel is decoded. Leaves the file at its start.

    Raises PictureRefused for what is too large, or none of the formats that are taken."""
    with _decoding(file):
        if (size := file.seek(0, 2)) > MOST_BYTES:
            raise PictureTooLarge(
                Message(
                    "The picture has %(size)s MiB. At most %(most)s MiB are taken.",
                    size=f"{size / MIB:.1f}",
                    most=MOST_BYTES // MIB,
                )
            )
        file.seek(0)
        named = format_of(file.read(HEAD))
        if not named:
            raise NoPicture(Message("This is no picture. Send a JPEG, PNG, WebP or HEIC."))
        if named not in TAKEN:
            raise PictureFormatRefused(
                Message("%(format)s is not taken. Send a JPEG, PNG, WebP or HEIC.", format=named)
            )
        if named == "HEIC":
            return Header(named, *_extent_of_heic(file))
        file.seek(0)
        with _opened(file, named) as image:
            return _header(image, named, file)


def stored(file: IO[bytes], header: Header) -> Stored:
    """The picture drawn anew with its thumbnails, and the digest of its bytes. Takes `memory_of` its header.

    Raises PictureBroken for what cannot be read to its end."""
    with _decoding(file):
        files = drawn_apart(file) if header.format == "HEIC" else written(_upright(file, header))
        with Image.open(files[None], formats=["JPEG", "PNG"]) as made:
            kind, (width, height) = str(made.format).lower(), made.size
        return Stored(kind, width, height, files, bytes=files[None].seek(0, 2), digest=_digest(files[None]))


@contextmanager
def _decoding(file: IO[bytes]) -> Iterator[None]:
    """Whatever a decoder raises of a file from outside, the file is refused; the file is left at its start."""
    try:
        file.seek(0)
        yield
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels(Message("The picture has too many pixels.")) from None
    except Exception as error:
        logger.info("a picture could not be read: %s", type(error).__name__)
        raise PictureBroken(DAMAGED) from error
    finally:
        file.seek(0)


def _opened(file: IO[bytes], format: str) -> Image.Image:
    return Image.open(file, formats=[PILLOW_NAMES[format]])


def _header(image: Image.Image, format: str, file: IO[bytes]) -> Header:
    width, height = image.size
    if format != "JPEG":
        return Header(format, width, height, moves=getattr(image, "n_frames", 1) > 1)
    if not image.info.get("progressive"):
        return Header(format, width, height)
    layers: Any = getattr(image, "layer", [])
    full = max(across for _name, across, _down, _table in layers) * max(down for _name, _across, down, _table in layers)
    samples = sum(across * down for _name, across, down, _table in layers) / full
    scans = sum(1 for _scan in _found(START_OF_SCAN, file))  # its bytes hold the marker only there and in thumbnails
    return Header(format, width, height, samples_a_pixel=samples, scans=scans)


def _extent_of_heic(file: IO[bytes]) -> tuple[int, int]:
    """The largest size that a HEIC says of any picture in it. Its own decoder is not asked here: it crashes on some
    files that were made to."""
    sizes = [(int.from_bytes(box[1], "big"), int.from_bytes(box[2], "big")) for box in _found(SPATIAL_EXTENT, file)]
    if not sizes:
        raise PictureBroken(DAMAGED)
    return max(sizes, key=lambda size: (max(size) > MOST_SIDE, size[0] * size[1]))


def _found(what: re.Pattern[bytes], file: IO[bytes]) -> Iterator[re.Match[bytes]]:
    """Each place of a file where something short is, with little of it in memory."""
    file.seek(0)
    before = b""
    while part := file.read(MIB):
        here = before + part
        end = 0
        for match in what.finditer(here):
            yield match
            end = match.end()
        before = here[max(end, len(here) - LONGEST_FOUND + 1) :]


def _upright(file: IO[bytes], header: Header) -> Image.Image:
    """The pixels: RGB, or RGBA where one may look through."""
    with _opened(file, header.format) as image:
        orientation = _orientation(image)
        if (scale := scale_of(header)) > 1:
            image.draft(image.mode, (max(1, header.width // scale), max(1, header.height // scale)))
        image.load()
        picture = drawn(image)
    return picture.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else picture


def _orientation(image: Image.Image) -> int:
    """How the picture is to be turned; a picture whose EXIF is damaged is as it is."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001  it comes from outside, and the picture does without
        return 1


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return digest
