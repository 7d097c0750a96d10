from typing import Any

from django.utils import timezone

from accounts.management.importing import ImportCommand
from commissions.orders.services.events import import_events


class Command(ImportCommand):
    help = "Ingest order events as the shop would send them, one JSON object a line."
    what = "events"
    file_metavar, file_help = "FILE.jsonl", "- reads standard input"

    def import_lines(self, **given: Any) -> object:
        return import_events(**given, at=timezone.now())
