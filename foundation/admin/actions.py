"""What is done with many chosen rows."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest

from foundation.files.faults import Refusal
from foundation.texts.translation import Text, translated_messages


def each(request: HttpRequest, rows: QuerySet[Any], call: Callable[[Any], object], done: Text) -> None:
    """Call a service for each row, one transaction each; say how many were done, and why the others were not."""
    count = 0
    for row in rows:
        try:
            call(row)
            count += 1
        except Refusal as refusal:
            messages.warning(request, f"{row}: {' '.join(translated_messages(refusal))}")
    if count:
        messages.success(request, f"{count} {done}.")
