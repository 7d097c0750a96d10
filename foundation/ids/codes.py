"""Random codes that people read, type and paste."""

import secrets
from base64 import b32encode

from django.db import models

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


def drawn_code() -> str:
    """One such code, for an insert that itself detects whether it is free."""
    [code] = _draw(1)
    return code


def _draw(count: int) -> list[str]:
    letters = b32encode(secrets.token_bytes(-(-count * LENGTH // 8) * 5)).translate(READABLE).decode()
    return [letters[start : start + LENGTH] for start in range(0, count * LENGTH, LENGTH)]
