"""Sentences that a row keeps, and that are read later, each time in the language of who reads."""

import json
from typing import TYPE_CHECKING, Any

from django.db import models

from foundation.texts.messages import Message


def encoded(text: str) -> str:
    """A text as a SentenceField keeps it: of a Message its template and parts, as JSON; any other as it is."""
    return json.dumps(_encoded(text), ensure_ascii=False) if isinstance(text, Message) else text


def decoded(text: str) -> str:
    """The text that was kept: a Message when it was one."""
    if not text.startswith('{"sentence":'):
        return text
    try:
        return _decoded(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError):
        return text  # somebody's own text that only begins like it


if TYPE_CHECKING:
    TextField = models.TextField[str, str]
else:
    TextField = models.TextField


class SentenceField(TextField):
    """A text; a Message is given back as one, whose parts `translated` says in the language that is active. Rows that are
    written by SQL take `encoded`. Migrations see Django's own."""

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, arguments, options = super().deconstruct()
        return name, "django.db.models.TextField", arguments, options

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(encoded(value) if isinstance(value, str) else value)

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return None if value is None else decoded(value)


def _encoded(part: Any) -> Any:
    if isinstance(part, Message):
        return {"sentence": part.template, "parts": {name: _encoded(value) for name, value in part.parts.items()}}
    return part if isinstance(part, int) else str(part)


def _decoded(part: Any) -> Any:
    if isinstance(part, dict):
        template, parts = part["sentence"], part["parts"]
        return Message(template, **{name: _decoded(value) for name, value in parts.items()})
    return part
