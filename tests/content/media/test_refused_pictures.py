"""Files from outside: bombs, lies, what is no picture or half of one. Each is stored safely or refused by name; none
crashes, none takes much memory, none is stored as it came."""

import random
import tracemalloc
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from content.media.domain.headers import scale_of
from content.media.domain.limits import MOST_BYTES
from content.media.domain.refusals import PictureRefused
from content.media.rendering.pictures import inspected, stored
from tests.support.media.pictures import (
    chunk,
    file_of,
    flag,
    jpeg,
    jpeg_of_scans,
    jpeg_that_claims,
    moving,
    png,
    png_that_claims,
    sample,
    with_exif,
)

KINDS: dict[str, Callable[[], BytesIO]] = {
    "jpeg": lambda: jpeg((400, 300), exif=with_exif(6)),
    "progressive": lambda: jpeg((400, 300), progressive=True),
    "cmyk": lambda: file_of(flag(mode="CMYK"), "JPEG"),
    "png": lambda: png((400, 300)),
    "palette": lambda: png((400, 300), "P"),
    "webp": lambda: file_of(flag((400, 300)), "WEBP"),
    "webp without loss": lambda: file_of(flag((400, 300)), "WEBP", lossless=True),
    "heic": lambda: sample("phone.heic"),
    "burst": lambda: sample("burst.heic"),
}
SLOW = {"heic", "burst"}  # a process each


def outcome(file: IO[bytes]) -> str:
    """`stored`, or the code of what was refused; anything else is a crash. What is stored opens."""
    try:
        header = inspected(file)
        scale_of(header)
        made = stored(file, header)
    except PictureRefused as refusal:
        return refusal.code if refusal.messages()[0] and file.tell() == 0 else "left without a word"
    for part in made.files.values():
        with part, Image.open(part, formats=["JPEG", "PNG"]) as picture:
            picture.load()
    return "stored"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("nothing", b"", "not_a_picture"),
        ("a text", b"hello", "not_a_picture"),
        ("a page", b"<html><img src=x onerror=alert(1)></html>", "not_a_picture"),
        ("a program", b"\x7fELF" + b"\0" * 100, "not_a_picture"),
        ("an SVG", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "picture_format"),
        ("a PDF", b"%PDF-1.7 ...", "picture_format"),
        ("a ZIP", b"PK\x03\x04" + b"\0" * 100, "picture_format"),
        ("a film", b"\0\0\0\x18ftypmp42" + b"\0" * 100, "picture_format"),
        ("AVIF", file_of(flag(), "AVIF").getvalue(), "picture_format"),
        ("GIF", file_of(flag(), "GIF").getvalue(), "picture_format"),
        ("a GIF that moves", moving("GIF").getvalue(), "picture_format"),
        ("BMP", file_of(flag(), "BMP").getvalue(), "picture_format"),
        ("TIFF", file_of(flag(), "TIFF").getvalue(), "picture_format"),
        ("a WebP that moves", moving("WEBP").getvalue(), "picture_moves"),
        ("a PNG that moves", moving("PNG").getvalue(), "picture_moves"),
        ("only the begin of a JPEG", b"\xff\xd8\xff", "picture_broken"),
        ("only the begin of a PNG", b"\x89PNG\r\n\x1a\n", "picture_broken"),
        ("only the begin of a WebP", b"RIFF\x10\0\0\0WEBP", "picture_broken"),
        ("only the begin of a HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "picture_broken"),
        ("a page that begins as a PNG", b"\x89PNG\r\n\x1a\n<html><script>", "picture_broken"),
        ("a page that begins as a JPEG", b"\xff\xd8\xff<html><script>", "picture_broken"),
        ("a GIF called a JPEG inside", b"GIF89a" + jpeg().getvalue(), "picture_format"),
        ("a PNG of no rows", png_that_claims(8, 8).getvalue(), "picture_broken"),
        ("a PNG of no width", png_that_claims(0, 8).getvalue(), "picture_broken"),
        ("a bomb of 900 million pixels", png_that_claims(30_000, 30_000).getvalue(), "picture_too_many_pixels"),
        ("one of 100 million", png_that_claims(10_000, 10_000).getvalue(), "picture_too_many_pixels"),
        ("one of 2³¹ on a side", png_that_claims(2**31 - 1, 2**31 - 1).getvalue(), "picture_too_many_pixels"),
        ("a JPEG that says 65,500 on a side", jpeg_that_claims(65_500, 65_500).getvalue(), "picture_too_many_pixels"),
        ("a line of 12,001", png((12_001, 1)).getvalue(), "picture_too_many_pixels"),
        ("a JPEG of a thousand scans", jpeg_of_scans(1_000).getvalue(), "picture_too_many_pixels"),
        ("a file of 10 MiB and a byte", jpeg().getvalue() + b"\0" * MOST_BYTES, "picture_too_large"),
    ],
)
def test_what_is_not_taken_is_refused_by_name(name: str, content: bytes, code: str) -> None:
    assert outcome(BytesIO(content)) == code, name


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    """45 million pixels of zeros in 44 kB; opened they would be 180 MB."""
    bomb = png_that_claims(6_708, 6_708, colour=2, rows=b"\0" * (6_708 * 3 + 1) * 6_708)
    assert len(bomb.getvalue()) < 200_000
    tracemalloc.start()
    try:
        assert outcome(bomb) == "picture_too_many_pixels"
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_words_beside_the_pixels_do_not_explode(kind: bytes) -> None:
    packed = zlib.compress(b"\0" * 60_000_000, 9)
    body = {b"zTXt": b"k\0\0", b"iTXt": b"k\0\1\0\0\0", b"iCCP": b"k\0\0"}[kind] + packed
    content = png().getvalue()
    file = BytesIO(content[:33] + chunk(kind, body) + content[33:])
    tracemalloc.start()
    try:
        assert outcome(file) in {"stored", "picture_broken"}
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_a_profile_of_more_than_a_mebibyte_is_no_profile_of_a_png() -> None:
    assert outcome(png(icc_profile=b"x" * 5_000_000)) == "picture_broken"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_whole_picture_is_stored(kind: str) -> None:
    assert outcome(KINDS[kind]()) == "stored"


@pytest.mark.parametrize("part", range(20))
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_picture_that_was_cut_off_is_refused(kind: str, part: int) -> None:
    content = KINDS[kind]().getvalue()
    assert outcome(BytesIO(content[: len(content) * part // 20])) in {"picture_broken", "not_a_picture"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_bytes_that_were_changed_crash_nothing(kind: str) -> None:
    content, chance = KINDS[kind]().getvalue(), random.Random(kind)
    for _ in range(4 if kind in SLOW else 40):
        spoilt = bytearray(content)
        for _ in range(chance.choice([1, 2, 8, 64])):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        outcome(BytesIO(bytes(spoilt)))


@pytest.mark.heavy
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_bytes_that_were_changed_crash_nothing_a_thousand_times(kind: str) -> None:
    content, chance = KINDS[kind]().getvalue(), random.Random(f"long {kind}")
    for _ in range(100 if kind in SLOW else 1_000):
        spoilt = bytearray(content)
        start = chance.randrange(min(len(spoilt), chance.choice([64, 700, len(spoilt)])))
        for place in range(start, min(len(spoilt), start + chance.choice([1, 4, 32]))):
            spoilt[place] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        outcome(BytesIO(bytes(spoilt)))


BEGINNINGS = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x18ftypheic", b""]


@given(head=st.sampled_from(BEGINNINGS), rest=st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_nonsense_is_refused(head: bytes, rest: bytes) -> None:
    assert outcome(BytesIO(head + rest)) != "stored"
