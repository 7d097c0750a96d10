"""Keys and codes as others write them: a shop's order number, a product's SKU, the coupon that a customer typed.

Every door that takes one cleans it here, so that one key is one key wherever it comes in. What a spreadsheet has made of
a key cannot be undone, and is refused."""

import re
import unicodedata

from foundation.texts.messages import Message

LONGEST = 64
_PLAIN = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.:/-]{0,63}").fullmatch
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?e\+\d+", re.IGNORECASE).fullmatch
_ERROR = re.compile(r"#+|#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)", re.IGNORECASE).fullmatch
_CODE = re.compile(r"[0-9A-Za-z_-]{1,64}").match
_LONGEST_PASTED = 2_000
LOOKS, ALIKE = "OIL", "011"
"""in capitals: what is read as what"""
_READ = str.maketrans(LOOKS + LOOKS.lower(), ALIKE + ALIKE)


class SpoiledKey(ValueError):
    """A key that a spreadsheet has changed; `key` is what it is now."""

    def __init__(self, fault: Message, key: str) -> None:
        super().__init__(fault)
        self.key = key


def clean_key(text: str, *, longest: int = LONGEST) -> str:
    """A key in the form in which it is kept: NFKC, without format characters (Unicode Cf), trimmed; ≤ `longest`
    characters.

    Raises ValueError, with a Message, for one that is empty or too long, or has control characters, line breaks or halves of
    characters; SpoiledKey for what a spreadsheet has made of one: `2.02611E+15`, `="0013"`, a leading apostrophe, `#REF!`."""
    if _PLAIN(text) and (longest >= LONGEST or len(text) <= longest):
        return text
    cleaned = normalized(text)
    if not cleaned:
        raise ValueError(Message("is empty"))
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in cleaned):
        raise ValueError(Message("has control characters or line breaks"))
    if len(cleaned) > longest:
        raise ValueError(Message("is longer than %(length)s characters", length=longest))
    if fault := spoiled(cleaned):
        raise SpoiledKey(fault, cleaned)
    return cleaned


def is_empty(text: str) -> bool:
    """Whether nothing is left of a text when it is cleaned as a key."""
    return not text or not (text.isascii() or normalized(text)) or not text.strip()


def normalized(text: str) -> str:
    """A text in NFKC, without format characters, trimmed."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf").strip()


def spoiled(key: str) -> Message | None:
    """What a spreadsheet made of a key that is in NFKC, and what to do; None when it looks as it was."""
    if _NUMBER(key):
        return Message(
            "is a number that a spreadsheet has shortened, its digits are lost: format the column as text, and fill it again"
        )
    if key[0] in "'‘’":
        return Message("begins with the apostrophe of a spreadsheet: take it out")
    if key.startswith('="'):
        return Message("is a formula of a spreadsheet: write what it shows")
    if _ERROR(key):
        return Message("is an error of a spreadsheet")
    return None


def pasted_code(text: str) -> str:
    """The code at the beginning of what somebody pasted: behind it hang a slash, punctuation, a blank, the rest of a Chinese
    sentence. '' when there is none, or when Latin letters or digits follow, which may be another code."""
    cleaned = normalized(text[:_LONGEST_PASTED])
    match = _CODE(cleaned)
    if match is None or any(char.isascii() and char.isalnum() for char in cleaned[match.end() :]):
        return ""
    return match[0]


def clean_code(text: str) -> str:
    """What somebody typed or pasted as a code: cleaned as a key, or '' for what no code can be."""
    try:
        return clean_key(text)
    except ValueError:
        return ""


def read_alike(code: str) -> str:
    """A code with `o` read as `0`, and `i` and `l` as `1`: two codes that only eyes confuse read alike."""
    return code.translate(_READ)
