"""The QR code of a link, made to be read from a small picture."""

import segno
from PIL import Image

from content.posters.domain.refusals import LinkDoesNotFitQr
from foundation.texts.messages import Message

LONGEST_LINK, LONGEST_AT_M = 230, 180
"""In bytes. So much fits 53 × 53 squares (version 9) at level L, and at M. With more squares decoders fail on a poster
at a third of its size, whatever the level."""
QUIET = 4
MASK = 3
"""One of the eight patterns of ISO/IEC 18004. Any is valid; to weigh all eight takes ten times as long as the code."""


def qr_picture(link: str, side: int) -> Image.Image:
    """The code with its quiet zone, black on white, `side` pixels wide. Raises LinkDoesNotFitQr."""
    content = link.encode()
    if not 0 < len(content) <= LONGEST_LINK:
        raise LinkDoesNotFitQr(
            Message(
                "A link on a poster has 1 to %(most)d bytes, not %(length)d.", most=LONGEST_LINK, length=len(content)
            ),
            place="link",
        )
    level = "m" if len(content) <= LONGEST_AT_M else "l"
    code = segno.make(content, error=level, micro=False, mask=MASK, boost_error=True)
    squares = len(code.matrix)
    plain = Image.new("L", (squares + 2 * QUIET,) * 2, 255)
    drawn = Image.frombytes("L", (squares, squares), bytes(0 if dark else 255 for row in code.matrix for dark in row))
    plain.paste(drawn, (QUIET, QUIET))
    return plain.resize((side, side), Image.Resampling.NEAREST)
