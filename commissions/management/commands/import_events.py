from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.brands.selectors import brand_by_slug
from commissions.orders.services.events import import_events
from foundation.terminal.arguments import open_lines


class Command(BaseCommand):
    help = "Take in order events as the shop would send them, one JSON object a line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.jsonl", help="- reads standard input")
        parser.add_argument("--brand", required=True, metavar="SLUG")

    def handle(self, *, file: str, brand: str, **options: Any) -> None:
        with open_lines(file) as lines:
            tally = import_events(brand=brand_by_slug(brand), lines=lines, name=file, at=timezone.now())
        self.stdout.write(f"events: {tally}")
