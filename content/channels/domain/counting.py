"""How the channels count a text."""

import unicodedata

import regex

CHARACTERS, WIDTH, BYTES = "characters", "width", "bytes"
_CHARACTER = regex.compile(r"\X")


def characters(text: str) -> list[str]:
    """What a reader sees as one character each: an emoji with all its parts is one, and so is a letter with its accents
    (Unicode Standard Annex 29, extended grapheme clusters)."""
    return _CHARACTER.findall(text)


def length(text: str, counted: str) -> int:
    """How long a text is to a channel that counts `characters`, `width` or `bytes`.

    By width a Chinese character and an emoji are 1, and two narrow letters are 1; what is left over counts as one more.
    Raises ValueError for another unit."""
    if counted == CHARACTERS:
        return len(characters(text))
    if counted == BYTES:
        return len(text.encode())
    if counted == WIDTH:
        return -(-sum(map(_halves, characters(text))) // 2)
    raise ValueError(f"nothing is counted in {counted}")


def beginning(text: str, counted: str, most: int) -> str:
    """As many whole characters of a text as a channel takes."""
    if length(text, counted) <= most:
        return text
    kept = characters(text)
    low, high = 0, len(kept)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length("".join(kept[:middle]), counted) <= most else (low, middle - 1)
    return "".join(kept[:low])


def _halves(character: str) -> int:
    is_narrow = len(character) == 1 and unicodedata.east_asian_width(character) in {"N", "Na", "H"}
    return 1 if is_narrow and ord(character) < 0x80 else 2
