"""Pictures of every kind, small and without randomness."""

import struct
import zlib
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

from tests.support.paths import ROOT

SAMPLES = ROOT / "tests" / "content" / "media" / "samples"
"""HEIC as a phone writes it, made by an encoder that is no part of Grove: 96 × 64, left red, right blue, a white corner."""
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def flag(size: tuple[int, int] = (96, 64), mode: str = "RGB") -> Image.Image:
    """Left red, right blue, and white in the corner above on the left: one sees how it is turned."""
    width, height = size
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    picture.paste(WHITE, (0, 0, width // 4, height // 4))
    return picture if mode == "RGB" else picture.convert(mode)


def file_of(picture: Image.Image, format: str = "JPEG", **options: Any) -> BytesIO:
    file = BytesIO()
    picture.save(file, format, **options)
    file.seek(0)
    return file


def jpeg(size: tuple[int, int] = (96, 64), **options: Any) -> BytesIO:
    return file_of(flag(size), "JPEG", **{"quality": 95, "subsampling": 0} | options)


def png(size: tuple[int, int] = (96, 64), mode: str = "RGB", **options: Any) -> BytesIO:
    return file_of(flag(size, mode), "PNG", **options)


def sample(name: str) -> BytesIO:
    return BytesIO((SAMPLES / name).read_bytes())


def with_exif(orientation: int = 1) -> bytes:
    """What a phone writes: how it was held, its name, where it was."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "GroveCam"
    exif[0x8825] = {1: "N", 2: (31.0, 13.0, 49.0), 3: "E", 4: (121.0, 28.0, 16.0)}
    return exif.tobytes()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_that_claims(width: int, height: int, *, depth: int = 8, colour: int = 2, rows: bytes = b"") -> BytesIO:
    """A PNG whose header says a size, whatever its rows hold: a bomb is short rows of zeros, a lie has none."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b"")]
    return BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def jpeg_that_claims(width: int, height: int) -> BytesIO:
    """A JPEG of a few pixels whose header says other ones."""
    content = bytearray(jpeg().getvalue())
    place = content.index(b"\xff\xc0") + 5
    content[place : place + 4] = struct.pack(">HH", height, width)
    return BytesIO(bytes(content))


def jpeg_of_scans(count: int) -> BytesIO:
    """A progressive JPEG whose last scan is there so many times."""
    content = jpeg(progressive=True).getvalue()
    last, end = content.rindex(b"\xff\xda"), content.rindex(b"\xff\xd9")
    return BytesIO(content[:end] + content[last:end] * count + content[end:])


def moving(format: str) -> BytesIO:
    return file_of(flag(), format, save_all=True, append_images=[Image.new("RGB", (96, 64), "green")], duration=100)


def grey_16(value: int) -> BytesIO:
    return file_of(Image.frombytes("I;16", (8, 8), struct.pack("<H", value) * 64), "PNG")


def profile(gamma: float = 1.0) -> bytes:
    """A profile whose colours are not those of sRGB: linear light, so that a middle grey is shown brighter."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", made[128:132])[0]
    for at in range(132, 132 + 12 * count, 12):
        name, offset, _size = struct.unpack(">4sII", made[at : at + 12])
        if name in {b"rTRC", b"gTRC", b"bTRC"}:  # a curve of one number: its exponent, in 256ths
            made[offset : offset + 14] = struct.pack(">4sIIH", b"curv", 0, 1, round(gamma * 256))
    return bytes(made)


def is_near(picture: Image.Image, place: tuple[int, int], colour: Sequence[int], *, off: int = 12) -> bool:
    seen: Any = picture.convert("RGB").getpixel(place)
    return all(abs(one - other) <= off for one, other in zip(seen, colour, strict=True))


POLYGLOTS: dict[str, Callable[[bytes], bytes]] = {
    "zip behind": lambda content: content + b"PK\x03\x04 evil.jar PK\x05\x06" + b"\0" * 18,
    "script behind": lambda content: content + b"<script>alert(1)</script>",
    "php behind": lambda content: content + b"<?php system($_GET[0]); ?>",
    "html in a comment": lambda content: (
        content[:2] + b"\xff\xfe" + struct.pack(">H", 31) + b"<html><script>x</script></ht>" + content[2:]
    ),
}
"""What a picture may be besides; of a JPEG."""
