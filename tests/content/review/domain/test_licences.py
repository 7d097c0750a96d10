"""What a KOC agrees to where the brand wrote no licence of its own."""

from content.review.domain.licences import LICENCE


def test_the_licence_says_what_is_allowed_and_that_it_can_end() -> None:
    assert LICENCE.parts == {}
    for promise in ("I keep all rights", "mark of advertising", "My name stands beside it", "shares it no more"):
        assert promise in LICENCE
