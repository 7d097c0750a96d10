"""Names that people choose and others see."""

import re
import unicodedata

from foundation.texts.messages import Message

LONGEST, LONGEST_TITLE = 120, 200
_JOINERS = "\u200c\u200d"
_BLANK = frozenset(map(chr, (0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800)))  # letters and a sign that show nothing
_PLAIN = re.compile(
    r"[\u0021-\u007e\u00c0-\u024f\u4e00-\u9fff](?: ?[\u0021-\u007e\u00c0-\u024f\u4e00-\u9fff])*"
).fullmatch
_TAGGED = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")  # the flags of regions


def clean_name(text: str, *, longest: int = LONGEST) -> str:
    """A name as it is shown: trimmed, line breaks and runs of blanks as one blank, without control and format characters;
    those that join emoji and letters stay. ≤ `longest` characters.

    Raises ValueError, with a Message, for one that is too long or shows nothing."""
    if not _PLAIN(text):
        text = _without_invisible(text)
    if not is_visible(text):
        raise ValueError(Message("has no visible character"))
    if len(text) > longest:
        raise ValueError(Message("is longer than %(length)s characters", length=longest))
    return text


def is_visible(text: str) -> bool:
    """Whether anything of a text is seen: a letter, digit, punctuation or symbol that is not blank by design."""
    return any(unicodedata.category(char)[0] in "LNPS" and char not in _BLANK for char in text)


def _without_invisible(text: str) -> str:
    kept: list[str] = []
    flags = {place for match in _TAGGED.finditer(text) for place in range(*match.span())}
    for place, char in enumerate(text):
        category = unicodedata.category(char)
        if category in ("Zs", "Zl", "Zp") or char in "\t\n\v\f\r\x85":
            kept.append(" ")
        elif char in _JOINERS:
            kept.append(char if _joins(text, place) else "")
        elif category not in ("Cc", "Cf", "Cs") or place in flags:
            kept.append(char)
    return " ".join("".join(kept).split())


def _joins(text: str, place: int) -> bool:
    """Whether a joiner stands between two signs or two letters of a script beyond Latin, where it changes what is seen."""
    before = text[:place].rstrip("\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")[-1:]
    after = text[place + 1 : place + 2]
    return bool(before and after) and all(_is_joined(char) for char in (before, after))


def _is_joined(char: str) -> bool:
    category = unicodedata.category(char)
    return (
        category in ("So", "Sm", "Lo", "Mn", "Mc") and char not in _BLANK and not 0x2E80 <= ord(char) <= 0x9FFF
    )  # CJK
