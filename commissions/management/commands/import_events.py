from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from accounts.brands.models import Brand
from accounts.management.importing import ImportCommand
from commissions.orders.services.events import import_events


class Command(ImportCommand):
    help = "Ingest order events as the shop would send them, one JSON object a line."
    what = "events"
    file_metavar, file_help = "FILE.jsonl", "- reads standard input"

    def import_lines(self, *, brand: Brand, lines: Iterable[str], name: str, options: dict[str, Any]) -> object:
        return import_events(brand=brand, lines=lines, name=name, at=timezone.now())
