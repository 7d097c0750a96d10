"""What a client is told when a picture is refused."""

from content.media.domain.refusals import AltTooLong, PicturesBusy


def test_a_text_that_is_too_long_blames_its_field() -> None:
    refusal = AltTooLong("At most 200 characters.")
    assert (refusal.place, refusal.code, refusal.messages()) == ("alt", "alt_too_long", ["At most 200 characters."])


def test_who_comes_when_all_memory_is_taken_is_told_to_come_back() -> None:
    refusal = PicturesBusy()
    assert (refusal.code, refusal.retry_after) == ("pictures_busy", 10)
    assert "Try again" in str(refusal)
