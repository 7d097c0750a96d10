"""What is stored of a picture: upright, in sRGB of 8 bit, with nothing in it but pixels."""

from io import BytesIO
from typing import IO

import pytest
from PIL import Image

from content.media.rendering.pictures import Stored, inspected, stored
from tests.support.media.pictures import (
    BLUE,
    POLYGLOTS,
    RED,
    WHITE,
    file_of,
    flag,
    grey_16,
    is_near,
    jpeg,
    jpeg_of_scans,
    moving,
    png,
    profile,
    sample,
    with_exif,
)


def drawn(file: IO[bytes]) -> tuple[Stored, Image.Image]:
    """What is stored, and how it looks when it is read again."""
    made = stored(file, inspected(file))
    content = made.files[None].read()
    assert len(content) == made.bytes
    for part in made.files.values():
        part.close()
    picture = Image.open(BytesIO(content), formats=[made.format.upper()])
    picture.load()
    assert picture.size == (made.width, made.height)
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "transparency"}
    assert not picture.getexif()
    return made, picture


def is_flag(picture: Image.Image, *, off: int = 12) -> bool:
    width, height = picture.size
    return (
        is_near(picture, (2, 2), WHITE, off=off)
        and is_near(picture, (width // 4, height - 3), RED, off=off)
        and is_near(picture, (width - 3, height // 2), BLUE, off=off)
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_upright_however_the_phone_was_held(orientation: int) -> None:
    turned = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }[orientation]  # how the sensor saw it
    seen = flag()
    for step in turned:
        seen = seen.transpose(step)
    made, picture = drawn(file_of(seen, "JPEG", quality=95, exif=with_exif(orientation)))
    assert (made.format, picture.size) == ("jpeg", (96, 64))
    assert is_flag(picture)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_place_camera_and_comments_are_gone(format: str) -> None:
    file = file_of(flag(), format, exif=with_exif(), xmp=b"<x:xmpmeta>31.23</x:xmpmeta>")
    assert b"GroveCam" in file.getvalue()
    made = stored(file, inspected(file))
    for part in made.files.values():
        content = part.read()
        part.close()
        assert not any(trace in content for trace in (b"GroveCam", b"Exif", b"xmp", b"31.23", b"ICC"))


@pytest.mark.parametrize("name", ["phone.heic", "burst.heic"])
def test_a_phone_sends_heic_and_of_a_burst_the_first_picture_counts(name: str) -> None:
    made, picture = drawn(sample(name))
    assert (made.format, picture.size) == ("jpeg", (96, 64))
    assert is_flag(picture, off=30)


def test_a_heic_that_was_turned_is_upright_once() -> None:
    _made, picture = drawn(sample("turned.heic"))
    assert picture.size == (64, 96)
    assert is_near(picture, (61, 2), WHITE, off=30)  # a quarter to the right


def test_of_the_two_pictures_of_a_depth_photo_the_first_counts() -> None:
    file = file_of(flag(), "MPO", save_all=True, append_images=[Image.new("RGB", (96, 64), "green")], quality=95)
    assert is_flag(drawn(file)[1])


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr"])
def test_every_kind_of_colour_becomes_rgb(mode: str) -> None:
    picture = flag(mode=mode)
    kind = {"CMYK": "JPEG", "YCbCr": "JPEG"}.get(mode, "PNG")
    made, shown = drawn(file_of(picture, kind))
    assert (made.format, shown.mode) == ("jpeg", "RGB")
    assert is_near(shown, (2, 2), WHITE)
    if mode in {"P", "RGB", "CMYK", "YCbCr"}:
        assert is_flag(shown, off=40)


@pytest.mark.parametrize(("value", "seen"), [(0, 0), (0x80FF, 0x80), (0xFFFF, 0xFF), (0x00FF, 0)])
def test_grey_of_16_bit_keeps_its_upper_half(value: int, seen: int) -> None:
    assert is_near(drawn(grey_16(value))[1], (3, 3), (seen, seen, seen), off=1)


def test_what_one_can_look_through_is_a_png_and_what_only_could_be_is_a_jpeg() -> None:
    clear = flag().convert("RGBA")
    assert drawn(file_of(clear, "PNG"))[0].format == "jpeg"
    clear.putpixel((95, 63), (0, 0, 255, 0))
    made, shown = drawn(file_of(clear, "PNG"))
    assert (made.format, shown.mode) == ("png", "RGBA")
    assert [shown.getpixel((95, 63)), shown.getpixel((80, 20))] == [(0, 0, 255, 0), (0, 0, 255, 255)]
    assert drawn(sample("see_through.heic"))[0].format == "png"


def test_a_palette_with_a_transparent_colour_is_seen_through() -> None:
    picture = flag(mode="P")
    made, shown = drawn(file_of(picture, "PNG", transparency=picture.getpixel((90, 30))))
    assert made.format == "png"
    assert [shown.getpixel(place)[3] for place in [(90, 30), (30, 60)]] == [0, 255]  # type: ignore[index]


def test_colours_are_those_that_the_profile_means() -> None:
    grey = Image.new("RGB", (8, 8), (128, 128, 128))
    plain = drawn(file_of(grey, "PNG"))[1]
    linear = drawn(file_of(grey, "PNG", icc_profile=profile(1.0)))[1]
    assert is_near(plain, (3, 3), (128, 128, 128), off=1)
    assert is_near(linear, (3, 3), (188, 188, 188), off=2)  # 0.5 of the light is 188 in sRGB
    clear = grey.convert("RGBA")
    clear.putalpha(100)
    seen = drawn(file_of(clear, "PNG", icc_profile=profile(1.0)))[1]
    assert (is_near(seen, (3, 3), (188, 188, 188), off=2), seen.getpixel((3, 3))[3]) == (True, 100)  # type: ignore[index]


@pytest.mark.parametrize("broken", [b"no profile", b"\0" * 200, profile()[:300], b"x" * (5 * 2**20)])
def test_a_profile_that_is_of_no_use_is_left_out(broken: bytes) -> None:
    assert is_flag(drawn(jpeg(icc_profile=broken))[1])


def test_exif_that_is_damaged_spoils_no_picture() -> None:
    for exif in (b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12" * 40):
        assert is_flag(drawn(jpeg(exif=exif))[1])


def test_the_smallest_picture_is_one() -> None:
    made, _shown = drawn(png((1, 1)))
    assert (made.width, made.height, list(made.files)) == (1, 1, [None])


@pytest.mark.parametrize(
    ("size", "stored_size"),
    [((4097, 40), (4096, 40)), ((40, 6000), (27, 4096)), ((12_000, 1), (4096, 1)), ((1, 9000), (1, 4096))],
)
def test_a_large_picture_is_made_smaller(size: tuple[int, int], stored_size: tuple[int, int]) -> None:
    assert drawn(png(size))[1].size == stored_size


def test_a_transparent_one_is_made_smaller_still() -> None:
    clear = flag((3000, 60)).convert("RGBA")
    clear.putalpha(128)
    assert drawn(file_of(clear, "PNG"))[1].size == (2048, 41)


def test_a_picture_that_is_drawn_in_strips_is_the_one_drawn_at_once() -> None:
    size, smaller = (200, 5000), (164, 4096)
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    picture.paste(flag((200, 700)), (0, 2000))
    file = file_of(picture, "PNG")
    _made, shown = drawn(file)
    at_once = picture.resize(smaller, Image.Resampling.LANCZOS)
    assert shown.size == smaller
    difference = max(
        abs(one - other)
        for place in range(0, 4096, 8)
        for one, other in zip(shown.getpixel((80, place)), at_once.getpixel((80, place)), strict=True)  # type: ignore[arg-type]
    )
    assert difference < 20  # what JPEG changes


def test_thumbnails_stand_beside_it() -> None:
    file = jpeg((1600, 1200))
    made = stored(file, inspected(file))
    sizes = {width: Image.open(part).size for width, part in made.files.items()}
    for part in made.files.values():
        part.close()
    assert sizes == {None: (1600, 1200), 320: (320, 240), 1080: (1080, 810)}


def test_the_same_picture_is_the_same_bytes() -> None:
    assert drawn(jpeg())[0].digest == drawn(jpeg(exif=with_exif()))[0].digest  # what is gone makes no difference
    assert drawn(jpeg())[0].digest != drawn(jpeg((97, 64)))[0].digest


def test_a_very_large_photo_is_decoded_smaller() -> None:
    made, shown = drawn(file_of(Image.new("RGB", (10_000, 5_000), BLUE), "JPEG"))
    assert shown.size == (4096, 2048)
    assert is_near(shown, (2000, 1000), BLUE)
    assert made.bytes < 1_000_000


@pytest.mark.parametrize("kind", sorted(POLYGLOTS))
def test_of_a_picture_that_is_something_else_too_only_the_picture_is_stored(kind: str) -> None:
    file = BytesIO(POLYGLOTS[kind](jpeg().getvalue()))
    made = stored(file, inspected(file))
    content = b"".join(part.read() for part in made.files.values())
    for part in made.files.values():
        part.close()
    assert not any(trace in content for trace in (b"<script", b"<?php", b"PK\x03\x04", b"<html"))


def test_a_progressive_photo_of_a_few_scans_is_taken() -> None:
    assert is_flag(drawn(jpeg(progressive=True))[1])
    assert inspected(jpeg_of_scans(20)).scans > 20


def test_what_moves_is_known_from_its_header() -> None:
    assert [inspected(moving(kind)).moves for kind in ("WEBP", "PNG")] == [True, True]
