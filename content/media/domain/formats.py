"""What a file is, by how it begins: never by its name, nor by what its sender declares."""

HEAD = 64
"""So many bytes say it."""
TAKEN = ("JPEG", "PNG", "WebP", "HEIC")
EXTENSIONS = {"jpeg": "jpg", "png": "png"}
"""Of what is stored: every channel takes both."""
CONTENT_TYPES = {"jpeg": "image/jpeg", "png": "image/png"}

_BEGINNINGS = [
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"8BPS", "Photoshop"),
    (b"%PDF", "PDF"),
    (b"<svg", "SVG"),
    (b"<?xml", "SVG"),
    (b"PK\x03\x04", "ZIP"),
]
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"hevx"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
"""Of the container that pictures of phones share with films; another brand is a film."""


def format_of(head: bytes) -> str:
    """The format of a file that begins so, by the name that people know; empty for none that is known here."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    return next((name for beginning, name in _BEGINNINGS if head.startswith(beginning)), "")
