"""The sizes in which a picture is stored, and what the files are called."""

from content.media.domain.limits import WIDTHS


def fitted(width: int, height: int, side: int) -> tuple[int, int]:
    """The size of a picture whose longest side is at most `side`: never larger than it was, never without a pixel."""
    longest = max(width, height)
    if longest <= side:
        return width, height
    return max(1, round(width * side / longest)), max(1, round(height * side / longest))


def stored_widths(width: int) -> list[int]:
    """The thumbnails beside a picture of that width: those that are narrower than it."""
    return [narrow for narrow in WIDTHS if narrow < width]


def width_for(wanted: int | None, width: int) -> int | None:
    """The thumbnail to show where `wanted` pixels are asked for: the narrowest that has them; None for the picture
    itself."""
    if wanted is None:
        return None
    return next((narrow for narrow in stored_widths(width) if narrow >= wanted), None)


def height_at(narrow: int, width: int, height: int) -> int:
    """The height of a thumbnail."""
    return max(1, round(height * narrow / width))


def file_name(stem: str, extension: str, width: int | None = None) -> str:
    """`20260301/9f…3a-320.jpg`: one file of a picture among those in the storage."""
    return f"{stem}.{extension}" if width is None else f"{stem}-{width}.{extension}"
