"""What is done with many chosen rows."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest

from foundation.files.faults import Refusal


def each(request: HttpRequest, rows: QuerySet[Any], call: Callable[[Any], object], done: str) -> None:
    """Call a service for each row, one transaction each; say how many were done, and why the others were not."""
    count = 0
    for row in rows:
        try:
            call(row)
            count += 1
        except Refusal as refusal:
            messages.warning(request, f"{row}: {' '.join(refusal.messages())}")
    if count:
        messages.success(request, f"{count} {done}.")
