"""Columns of keys and names: what a form gives is cleaned before it is kept. Migrations see Django's own field."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from foundation.texts.keys import clean_key
from foundation.texts.shown_names import clean_name
from foundation.texts.translation import translated

if TYPE_CHECKING:
    KeyField = NameField = models.CharField
else:

    class _CleanedField(models.CharField):
        cleaned: ClassVar[Callable[..., str]]

        def clean(self, value: Any, model_instance: models.Model | None) -> Any:
            if isinstance(value, str) and not (self.blank and not value):
                try:
                    value = type(self).cleaned(value, longest=self.max_length)
                except ValueError as fault:
                    raise ValidationError(translated(fault.args[0]), code="invalid") from None
            return super().clean(value, model_instance)

        def deconstruct(self) -> tuple[str, str, Any, Any]:
            name, _path, arguments, options = super().deconstruct()
            return name, "django.db.models.CharField", arguments, options

    class KeyField(_CleanedField):
        """A key or a code, as `clean_key` keeps it."""

        cleaned = staticmethod(clean_key)

    class NameField(_CleanedField):
        """A name that others see, as `clean_name` keeps it."""

        cleaned = staticmethod(clean_name)
