"""What is refused here, by name."""

from foundation.files.faults import FieldRefusal


class NotAColour(FieldRefusal, code="not_a_colour"):
    """A colour is written as #rrggbb."""


class EmptyPosterText(FieldRefusal, code="empty_poster_text"):
    """A poster names the brand and the product, has a headline, and is marked as advertising."""


class LinkDoesNotFitQr(FieldRefusal, code="link_does_not_fit_qr"):
    """A link is too long for a QR code that a phone reads from a small picture."""


class UnreadablePicture(FieldRefusal, code="unreadable_picture"):
    """A picture is no JPEG, PNG or WebP, is broken, or has too many pixels."""
