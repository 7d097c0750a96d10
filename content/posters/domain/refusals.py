"""What is refused here, by name."""

from foundation.files.faults import FieldRefusal


class PosterRefused(FieldRefusal, code="poster_refused"):
    """A poster cannot be made of what was given."""


class NotAColour(PosterRefused, code="not_a_colour"):
    """A colour is written as #rrggbb."""


class EmptyPosterText(PosterRefused, code="empty_poster_text"):
    """A poster names the brand and the product, and has a headline."""


class LinkDoesNotFitQr(PosterRefused, code="link_does_not_fit_qr"):
    """A link is too long for a QR code that a phone reads from a small picture."""


class UnreadablePicture(PosterRefused, code="unreadable_picture"):
    """A picture is no JPEG, PNG or WebP, is broken, or has too many pixels."""
