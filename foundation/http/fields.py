"""Fields of requests: names come in cleaned."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from foundation.texts.shown_names import LONGEST, clean_name
from foundation.texts.translation import translated


class NameField(serializers.CharField):
    """A name that others see, as `clean_name` keeps it."""

    def __init__(self, *, max_length: int = LONGEST, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            return clean_name(text, longest=max(len(text), 1))  # its length is checked like that of any text
        except ValueError as fault:
            raise ValidationError(translated(fault.args[0]), code="invalid") from None
