"""Links, moments and tables on pages of the admin."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from foundation.texts.moments import Moment, full_moment, moment, page_zone
from foundation.texts.translation import Text

__all__ = [
    "anchor",
    "as_json",
    "full_moment",
    "link",
    "list_of",
    "moment",
    "page_of",
    "sections",
    "table",
]


def link(row: Model | None, text: object = None) -> SafeString | str:
    """A link to the admin page of a row; a dash for none."""
    if row is None:
        return "—"
    return anchor(page_of(row), row if text is None else text)


def anchor(url: str, text: object) -> SafeString:
    return format_html('<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', url, text)


def table(headers: Sequence[Text], rows: Iterable[Sequence[object]]) -> SafeString:
    """A table of related rows, which becomes cards on a phone. A column of times says their zone in its head."""
    cells = [list(row) for row in rows]
    heads = [
        f"{header} ({page_zone()})" if any(isinstance(row[place], Moment) for row in cells) else header
        for place, header in enumerate(headers)
    ]
    return render_to_string("unfold/components/table.html", {"table": {"headers": heads, "rows": cells}})


def as_json(value: object) -> SafeString:
    """What was sent or seen, to the letter."""
    return format_html('<pre style="white-space: pre-wrap">{}</pre>', json.dumps(value, ensure_ascii=False, indent=2))


def sections(fields: Mapping[Text | None, Sequence[Any]]) -> list[Any]:
    """The fields of a page under their titles, as Django wants them."""
    return [(title, {"fields": list(names)}) for title, names in fields.items()]


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
