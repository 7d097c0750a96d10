"""Colours of a brand, and what can be read on them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.posters.domain.colours import INK, READABLE, WHITE, BrandColours, Colour, contrast, ink_on, readable
from content.posters.domain.refusals import NotAColour

COLOURS = st.builds(Colour, *[st.integers(0, 255)] * 3)


def test_a_colour_is_written_with_six_digits() -> None:
    assert BrandColours.parse("#2F6b4f", "#ffffff") == BrandColours(Colour(47, 107, 79), WHITE)


def test_a_brand_of_one_colour_has_it_for_both() -> None:
    assert BrandColours.parse("#2f6b4f").accent == Colour(47, 107, 79)


@pytest.mark.parametrize("text", ["", "red", "#fff", "2f6b4f", "#2f6b4g", "#2f6b4f\n", "#２f6b4f", "x" * 1000])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(NotAColour, match="A colour is written as #rrggbb"):
        Colour.parse(text)


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast(Colour(0, 0, 0), WHITE) == pytest.approx(21)
    assert contrast(Colour(119, 119, 119), WHITE) == pytest.approx(4.48, abs=0.01)  # #777 on white, as WebAIM says


def test_yellow_takes_dark_ink_and_navy_white() -> None:
    assert ink_on(Colour.parse("#f5c518")) == INK
    assert ink_on(Colour.parse("#1b2a6b")) == WHITE


@given(COLOURS, COLOURS)
def test_every_text_can_be_read_on_every_ground(colour: Colour, ground: Colour) -> None:
    """On mid-tones the best ink of all, pure black or white, has 4.58; ours is not quite black."""
    assert contrast(ink_on(ground), ground) >= 4.3
    assert contrast(readable(colour, ground), ground) >= min(READABLE, contrast(ink_on(ground), ground))


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert readable(Colour.parse("#1b2a6b"), WHITE) == Colour.parse("#1b2a6b")


def test_on_a_middle_tone_the_best_ink_is_taken() -> None:
    ground = Colour(118, 118, 122)
    assert readable(ground, ground) == ink_on(ground)
