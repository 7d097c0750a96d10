"""What may be opened is decided from a header alone."""

import pytest

from content.media.domain.headers import Header, memory_of, scale_of
from content.media.domain.limits import MEMORY_BYTES
from content.media.domain.refusals import PictureMoves, TooManyPixels


@pytest.mark.parametrize(
    ("header", "scale"),
    [
        (Header("JPEG", 1, 1), 1),
        (Header("JPEG", 5712, 4284), 1),  # a phone of 24 million pixels
        (Header("JPEG", 8064, 6048), 2),  # one of 48
        (Header("JPEG", 5712, 4284, samples_a_pixel=1.5, scans=10), 1),
        (Header("JPEG", 8064, 6048, samples_a_pixel=1.5, scans=10), 4),
        (Header("JPEG", 5712, 4284, samples_a_pixel=3, scans=10), 2),
        (Header("JPEG", 12_000, 4_166), 2),
        (Header("HEIC", 5712, 4284), 1),
        (Header("PNG", 1440, 12_000), 1),  # a long screenshot
        (Header("WebP", 3840, 2880), 1),
    ],
)
def test_a_picture_is_decoded_as_large_as_memory_allows(header: Header, scale: int) -> None:
    assert scale_of(header) == scale
    assert memory_of(header, scale=scale) <= MEMORY_BYTES


@pytest.mark.parametrize(
    "header",
    [
        Header("JPEG", 12_001, 1),
        Header("JPEG", 1, 12_001),
        Header("JPEG", 10_000, 5_001),
        Header("PNG", 8064, 6048),
        Header("HEIC", 8064, 6048),
        Header("WebP", 4032, 3024),
        Header("JPEG", 8064, 6048, samples_a_pixel=3, scans=10),
        Header("JPEG", 10, 10, samples_a_pixel=3, scans=101),
    ],
)
def test_what_takes_too_much_is_refused(header: Header) -> None:
    with pytest.raises(TooManyPixels) as refused:
        scale_of(header)
    assert (refused.value.code, refused.value.place) == ("picture_too_many_pixels", "image")


def test_fifty_million_pixels_of_a_plain_jpeg_are_taken_and_one_more_row_is_not() -> None:
    assert scale_of(Header("JPEG", 10_000, 5_000)) == 2
    with pytest.raises(TooManyPixels, match=r"10000 × 5001 pixels are too many.*50 million, and 12,000 on a side"):
        scale_of(Header("JPEG", 10_000, 5_001))


def test_what_moves_is_refused_whatever_its_size() -> None:
    with pytest.raises(PictureMoves):
        scale_of(Header("WebP", 10, 10, moves=True))


def test_the_memory_of_a_picture_is_counted_from_its_header() -> None:
    assert memory_of(Header("JPEG", 1000, 1000)) == 8_000_000 + 10_000_000  # the picture, and what is drawn from it
    assert memory_of(Header("HEIC", 1000, 1000)) == 8_000_000 + 42_000_000  # and a process
    assert memory_of(Header("WebP", 1000, 1000)) == 16_200_000 + 10_000_000
    assert memory_of(Header("JPEG", 1000, 1000, samples_a_pixel=3)) == 10_000_000 + 10_000_000
    assert memory_of(Header("JPEG", 4000, 4000), scale=4) == 2 * 64_000_000 + 10_000_000  # turned, it is there twice
