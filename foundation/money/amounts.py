"""Amounts as files and people read them."""

from decimal import Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision

digits_of = lru_cache(maxsize=512)(get_currency_precision)


def major(amount_minor: int, digits: int) -> str:
    """An amount in the major unit, for a file. 1361 with 2 digits → `13.61`; −5 → `-0.05`; 7 with 0 digits → `7`."""
    sign, whole = ("-" if amount_minor < 0 else ""), abs(amount_minor)
    if not digits:
        return f"{sign}{whole}"
    return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}d}"


def shown(amount_minor: int, currency: str) -> str:
    """An amount in the major unit with its currency, for a person. 136100 of CNY → `1,361.00 CNY`; 1361 of JPY → `1,361
    JPY`."""
    return f"{Decimal(major(amount_minor, digits_of(currency))):,} {currency}"
