"""In which sizes a picture is stored."""

import pytest

from content.media.domain.sizes import file_name, fitted, height_at, stored_widths, width_for


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ((4096, 10), (4096, 10)),
        ((5712, 4284), (4096, 3072)),
        ((4284, 5712), (3072, 4096)),
        ((12_000, 1), (4096, 1)),
        ((1, 12_000), (1, 4096)),
        ((1, 1), (1, 1)),
    ],
)
def test_the_longest_side_is_4096_at_most(given: tuple[int, int], stored: tuple[int, int]) -> None:
    assert fitted(*given, 4096) == stored


@pytest.mark.parametrize(("width", "thumbnails"), [(320, []), (321, [320]), (1080, [320]), (4096, [320, 1080])])
def test_thumbnails_are_narrower_than_their_picture(width: int, thumbnails: list[int]) -> None:
    assert stored_widths(width) == thumbnails


@pytest.mark.parametrize(
    ("wanted", "width", "shown"),
    [
        (None, 4096, None),
        (1, 4096, 320),
        (320, 4096, 320),
        (321, 4096, 1080),
        (1081, 4096, None),
        (320, 320, None),
        (1080, 700, None),
    ],
)
def test_the_narrowest_file_that_is_wide_enough_is_shown(wanted: int | None, width: int, shown: int | None) -> None:
    assert width_for(wanted, width) == shown


def test_a_thumbnail_keeps_the_shape_and_has_a_row_at_least() -> None:
    assert [height_at(320, 4096, 3072), height_at(320, 4096, 1)] == [240, 1]


def test_files_are_named_by_their_width() -> None:
    assert [file_name("d/x", "jpg"), file_name("d/x", "png", 320)] == ["d/x.jpg", "d/x-320.png"]
