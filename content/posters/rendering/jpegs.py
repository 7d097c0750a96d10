"""JPEG files of which the upper part is encoded once, and the lower part for each KOC.

After a restart marker (ITU-T T.81, F.1.1.5) a JPEG file is encoded as if it began there. So with one marker between the
parts, the file is made of the bytes of both, and is the same as if the whole picture had been encoded at once.
"""

from io import BytesIO

from PIL import Image

from content.posters.domain.layouts import HEIGHT, OWN_TOP

QUALITY, SUBSAMPLING = 88, "4:4:4"
BLOCK = 8
"""The height of the squares that are encoded, in pixels, without subsampling."""
START_OF_FRAME, START_OF_SCAN, RESTART, END = b"\xff\xc0", b"\xff\xda", b"\xff\xd0", b"\xff\xd9"


def jpeg_of(picture: Image.Image) -> bytes:
    """The picture as a JPEG file, which has a restart marker at OWN_TOP if it is higher than that."""
    encoded = BytesIO()
    picture.save(encoded, format="JPEG", quality=QUALITY, subsampling=SUBSAMPLING, restart_marker_rows=OWN_TOP // BLOCK)
    return encoded.getvalue()


def begun(upper: Image.Image) -> bytes:
    """A JPEG file of a whole poster up to OWN_TOP, to be ended with `ended`."""
    encoded = jpeg_of(upper)
    height = encoded.index(START_OF_FRAME) + 5  # after the marker, the length of its segment, and the bits of a sample
    return encoded[:height] + HEIGHT.to_bytes(2, "big") + encoded[height + 2 : -len(END)] + RESTART


def ended(beginning: bytes, lower: Image.Image) -> bytes:
    """The whole JPEG file, of its beginning and the picture from OWN_TOP on."""
    encoded = jpeg_of(lower)
    scan = encoded.index(START_OF_SCAN) + len(START_OF_SCAN)
    return beginning + encoded[scan + int.from_bytes(encoded[scan : scan + 2], "big") :]
