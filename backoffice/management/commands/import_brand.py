from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backoffice.brand_file.services import import_brand
from commissions.planning.selectors.plans import notes_of
from foundation.terminal.arguments import open_lines


class Command(BaseCommand):
    help = "Create or update a brand with its policy, tiers, products, plans, campaigns and kits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.yaml", help="- reads standard input")

    def handle(self, *, file: str, **options: Any) -> None:
        at = timezone.now()
        with open_lines(file) as lines:
            brand, tally = import_brand(lines=lines, name=file, at=at)
        for note in notes_of(brand, at=at):
            self.stderr.write(f"note: {note}")
        self.stdout.write(f"brand {brand.slug}: {tally}")
