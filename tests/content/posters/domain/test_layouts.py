"""Where everything stands on a poster."""

from itertools import combinations

import pytest

from content.posters.domain.layouts import (
    LAYOUTS,
    OWN_TOP,
    PAGE,
    Box,
    Design,
    PlacedLine,
    PosterLayout,
    Slot,
    height_of,
    placed,
    tries,
)

NEEDED = {"brand", "product", "price", "headline", "disclosure", "recommends", "hint"}


def meet(one: Box, other: Box) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def boxes(layout: PosterLayout) -> dict[str, Box]:
    return {place: slot.box for place, slot in layout.texts.items()} | {
        "name": layout.name.box,
        "avatar": layout.avatar,
        "qr": layout.qr,
    }


def test_there_are_three_designs() -> None:
    assert set(LAYOUTS) == set(Design)
    assert len(Design) == 3


@pytest.mark.parametrize("design", Design)
def test_a_design_has_a_place_for_everything_on_the_page_and_no_two_meet(design: Design) -> None:
    layout = LAYOUTS[design]
    assert set(layout.texts) == NEEDED
    assert all(PAGE.holds(box) for box in [*boxes(layout).values(), layout.picture])
    assert [
        (one, other) for one, other in combinations(boxes(layout), 2) if meet(boxes(layout)[one], boxes(layout)[other])
    ] == []


@pytest.mark.parametrize("design", Design)
def test_the_lines_of_every_attempt_fit_the_height_of_their_box(design: Design) -> None:
    for slot in [*LAYOUTS[design].texts.values(), LAYOUTS[design].name]:
        for size, lines in slot.attempts:
            assert height_of(size, lines) <= slot.box.height, (slot, size)
            assert size >= 18  # 6 pixels at a third of the size


@pytest.mark.parametrize("design", Design)
def test_round_and_square_things_are_round_and_square(design: Design) -> None:
    layout = LAYOUTS[design]
    assert layout.avatar.width == layout.avatar.height
    assert layout.qr.width == layout.qr.height == 296


@pytest.mark.parametrize("design", Design)
def test_what_is_of_one_koc_stands_below_the_rest(design: Design) -> None:
    layout = LAYOUTS[design]
    assert min(box.top for box in (layout.name.box, layout.avatar, layout.qr)) >= OWN_TOP
    assert OWN_TOP % 8 == 0  # a JPEG is encoded in squares of 8 pixels
    assert Box(1, 1100, 2, 1200).raised(OWN_TOP) == Box(1, 12, 2, 112)


def test_a_box_holds_what_is_within_it() -> None:
    assert PAGE.holds(Box(0, 0, 1080, 1440))
    assert not PAGE.holds(Box(0, 0, 1081, 1440))


def test_lines_stand_where_the_slot_says() -> None:
    slot = Slot(Box(100, 100, 300, 400), tries((100, 2)), across=0.5, down=0)
    assert placed(slot, 100, (("a", 80), ("b", 100))) == [PlacedLine(160, 216, "a"), PlacedLine(150, 344, "b")]
    bottom = slot._replace(across=1.0, down=1.0)
    assert placed(bottom, 100, (("a", 80),)) == [PlacedLine(220, 370, "a")]
