"""Phone numbers, written one way."""

import phonenumbers


def e164(text: str, *, region: str = "CN") -> str | None:
    """A phone number as E.164, such as +8613800000000, or None when no such number can exist. Without `+`, it is one of
    `region`."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return (
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.is_valid_number(number)
        else None
    )
