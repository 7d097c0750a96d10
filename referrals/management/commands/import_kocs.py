from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.brands.selectors import brand_by_slug
from foundation.terminal.arguments import open_lines
from referrals.tree.services.koc_import import import_kocs


class Command(BaseCommand):
    help = "Import the kocs of a brand from a CSV file, all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a CSV file; - is standard input")
        parser.add_argument("--brand", required=True, metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        brand = brand_by_slug(options["brand"])
        with open_lines(options["file"]) as lines:
            tally = import_kocs(brand=brand, lines=lines, name=options["file"], at=timezone.now())
        self.stdout.write(f"kocs: {tally}")
