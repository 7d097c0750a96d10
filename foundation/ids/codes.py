"""Random codes that people read, type and paste."""

import secrets
from base64 import b32encode
from typing import TypeVar

from django.db import models

from foundation.texts.keys import pasted_code, read_alike

Row = TypeVar("Row", bound=models.Model)

# No i, l, o: they look like 1 and 0
READABLE = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghjkmnpqrstvwxyz")
LENGTH = 10


def fresh_codes(model: type[models.Model], field: str, count: int) -> list[str]:
    """`count` different random codes of ten characters (50 bits each) that no row of the table carries in that
    field."""
    codes: list[str] = []
    drawn: set[str] = set()
    while len(codes) < count:
        candidates = list(dict.fromkeys(code for code in _draw(count - len(codes)) if code not in drawn))
        taken = set(models.QuerySet(model).filter(**{f"{field}__in": candidates}).values_list(field, flat=True))
        codes += [code for code in candidates if code not in taken]
        drawn.update(candidates)
    return codes


def spellings(text: str) -> list[str]:
    """The codes that somebody may have meant who pasted or typed this, the likeliest first: as it is, without a dash that
    ends a word, in small letters, in capitals, with `o` for `0` and `i`, `l` for `1`."""
    code = pasted_code(text)
    words = [code, code.rstrip("_-")]
    written = [
        *words,
        *(word.lower() for word in words),
        *(word.upper() for word in words),
        *(read_alike(word.lower()) for word in words),
    ]
    return [word for word in dict.fromkeys(written) if word]


def find_by_code(rows: models.QuerySet[Row], field: str, text: str) -> Row | None:
    """The row whose code somebody pasted or typed: the one that carries it to the letter, else the only one that may be
    meant. None for a code of nobody's, or of several."""
    meant = spellings(text)
    found = {getattr(row, field): row for row in rows.filter(**{f"{field}__in": meant})}
    if meant and meant[0] in found:
        return found[meant[0]]
    return next(iter(found.values())) if len(found) == 1 else None


def drawn_code() -> str:
    """One such code, for an insert that itself detects whether it is free."""
    [code] = _draw(1)
    return code


def _draw(count: int) -> list[str]:
    letters = b32encode(secrets.token_bytes(-(-count * LENGTH // 8) * 5)).translate(READABLE).decode()
    return [letters[start : start + LENGTH] for start in range(0, count * LENGTH, LENGTH)]
