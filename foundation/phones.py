"""Phone numbers, written one way."""

from functools import lru_cache

import phonenumbers


@lru_cache(maxsize=1024)  # one sale asks more than once, and reading takes longer than all else of a row
def e164(text: str, *, region: str = "CN") -> str | None:
    """A phone number as E.164, such as +8613800000000, or None when no such number can exist. Without `+`, it is one of
    `region`; a country code that stands twice is read once."""
    number = _parsed(text, region)
    if number is not None and not phonenumbers.is_valid_number(number):
        national = str(number.national_number)
        number = _parsed(f"+{national}", region) if national.startswith(str(number.country_code)) else None
    if number is None or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _parsed(text: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
