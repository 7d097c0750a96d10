"""What msgspec says of content that does not fit its shape, as texts that can be said in another language."""

import re

from msgspec import ValidationError

from foundation.texts.messages import Message

FORMS = [
    (re.compile(pattern, re.DOTALL), template)
    for pattern, template in (
        (r"Expected (?P<expected>.+), got (?P<found>`\w+`)", Message("Expected %(expected)s, got %(found)s")),
        (r"Expected `(?P<kind>\w+)` of length (?P<limit>.+)", Message("Expected `%(kind)s` of length %(limit)s")),
        (r"Expected `str` matching regex (?P<pattern>.+)", Message("Expected `str` matching regex %(pattern)s")),
        (r"Expected `datetime` with a timezone component", Message("Expected `datetime` with a timezone component")),
        (r"Expected (?P<expected>.+)", Message("Expected %(expected)s")),
        (r"Object missing required field (?P<field>.+)", Message("Object missing required field %(field)s")),
        (r"Invalid enum value (?P<value>.+)", Message("Invalid enum value %(value)s")),
        (r"Invalid value (?P<value>.+)", Message("Invalid value %(value)s")),
        (r"Invalid RFC3339 encoded datetime", Message("Invalid RFC3339 encoded datetime")),
        (r"Number out of range", Message("Number out of range")),
        (r"Input data was truncated", Message("Input data was truncated")),
        (
            r"JSON is malformed: (?P<why>.+) \(byte (?P<byte>\d+)\)",
            Message("JSON is malformed: %(why)s (byte %(byte)s)"),
        ),
        (
            r"'utf-8' codec can't decode byte (?P<byte>\w+) in position (?P<position>\d+): (?P<why>.+)",
            Message("'utf-8' codec can't decode byte %(byte)s in position %(position)s: %(why)s"),
        ),
    )
]
REASONS: dict[str, Message] = {
    reason: reason
    for reason in (
        Message("invalid character"),
        Message("trailing characters"),
        Message("invalid number"),
        Message("object keys must be strings"),
        Message("expected ':'"),
        Message("expected ',' or ']'"),
        Message("expected ',' or '}'"),
        Message("trailing comma in array"),
        Message("trailing comma in object"),
        Message("invalid escape character in string"),
        Message("invalid utf-16 surrogate pair"),
        Message("invalid start byte"),
        Message("invalid continuation byte"),
        Message("unexpected end of data"),
    )
}


def in_parts(text: str) -> str:
    """A text of msgspec with its parts told apart, as a Message: ``Expected `int`, got `str` `` has two. One of an unknown form stays
    as it is."""
    for form, template in FORMS:
        if match := form.fullmatch(text):
            return Message(template, **{name: REASONS.get(part, part) for name, part in match.groupdict().items()})
    return text


def fault_and_path(error: ValidationError) -> tuple[str, str]:
    """What is wrong, as a Message where its form is known, and where: `$.data.lines[0].sku`, or ''."""
    text, _, path = str(error).partition(" - at `")
    cause = error.__cause__
    return cause.args[0] if isinstance(cause, ValueError) else in_parts(text), path.rstrip("`")
