"""Texts in the language of who reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language, gettext, gettext_lazy

from foundation.files.faults import Refusal
from foundation.money.units import Quantity
from foundation.texts.messages import FileText, Message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Field, Model
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise
else:
    Text = str

UNITS = (" minor", " bps")  # how a number is kept, which nobody reads
ABBREVIATIONS = {word.lower(): word for word in ("KOC", "KOCs", "SKU", "SKUs", "URL")}


def translated(text: str) -> str:
    """A Message in the language that is active, and what stands in it; any other text as it is."""
    if isinstance(text, FileText):
        text = text.people
    if isinstance(text, Quantity):
        return text.said(get_language() or "")
    if not isinstance(text, Message):
        return text
    if not text.parts:
        return gettext(text.template)
    return gettext(text.template) % {name: translated(part) for name, part in text.parts.items()}


def translated_messages(refusal: Refusal) -> list[str]:
    """What a refusal says, in the language that is active."""
    return [translated(text) for text in refusal.messages()]


def field_label(field: Field[Any, Any]) -> str:
    """What a field is called when its model does not say: its name, without the unit that it is kept in."""
    label = field.name.replace("_", " ")
    for unit in UNITS:
        label = label.removesuffix(unit)
    return spelt(label)


def spelt(label: str) -> str:
    """A name from code as people write it: `given koc` → `given KOC`."""
    return " ".join(ABBREVIATIONS.get(word, word) for word in label.split())


def translate_names(models: Iterable[type[Model]]) -> None:
    """Have names that Django derives from those of fields and models translated as well. Migrations do not see it: to
    them a derived name is none."""
    for model in models:
        options = model._meta
        if "verbose_name_plural" not in options.original_attrs:
            options.verbose_name_plural = gettext_lazy(spelt(f"{options.verbose_name}s"))
        if "verbose_name" not in options.original_attrs:
            options.verbose_name = gettext_lazy(spelt(str(options.verbose_name)))
        for field in options.local_fields:
            if vars(field)["_verbose_name"] is None:  # the only trace of a name that was derived
                field.verbose_name = gettext_lazy(field_label(field))
