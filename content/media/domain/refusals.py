"""What is refused of pictures, by name."""

from foundation.files.faults import FieldRefusal, Refusal
from foundation.texts.messages import Message


class PictureRefused(FieldRefusal, code="picture_refused"):
    """A picture is not taken; the field that brought it is to blame."""

    def __init__(self, message: str, place: str = "image") -> None:
        super().__init__(message, place)


class NoPicture(PictureRefused, code="not_a_picture"):
    """The file is none of the formats that phones and editors write, whatever its name says."""


class PictureFormatRefused(PictureRefused, code="picture_format"):
    """A format that is known and not taken."""


class PictureMoves(PictureRefused, code="picture_moves"):
    """An animation: no channel takes it beside still pictures, and a still of it would not be what was sent."""


class PictureBroken(PictureRefused, code="picture_broken"):
    """The file begins as a picture, and cannot be read to its end."""


class PictureTooLarge(PictureRefused, code="picture_too_large"):
    """More bytes than are taken."""


class TooManyPixels(PictureRefused, code="picture_too_many_pixels"):
    """More pixels than can be opened safely."""


class TooManyPictures(PictureRefused, code="too_many_pictures"):
    """More pictures in one request than a post can have."""


class AltTooLong(FieldRefusal, code="alt_too_long"):
    """What the picture shows is said in a sentence."""

    def __init__(self, message: str, place: str = "alt") -> None:
        super().__init__(message, place)


class PicturesBusy(Refusal, code="pictures_busy"):
    """So many pictures are being opened that another one would have to wait too long."""

    retry_after = 10

    def __init__(self) -> None:
        super().__init__(Message("Too many pictures are being uploaded at once. Try again in a few seconds."))
