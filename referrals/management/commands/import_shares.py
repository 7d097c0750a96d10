from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.brands.selectors import brand_by_slug
from foundation.terminal.arguments import open_lines
from referrals.shares.services.share_history import import_shares


class Command(BaseCommand):
    help = "Import the shares of a brand from a CSV file, all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a CSV file; - is standard input")
        parser.add_argument("--brand", required=True, metavar="SLUG")
        parser.add_argument("--create-kocs", action="store_true", help="make a KOC of everybody who shared and is none")

    def handle(self, *args: Any, **options: Any) -> None:
        brand = brand_by_slug(options["brand"])
        with open_lines(options["file"]) as lines:
            imported = import_shares(brand=brand, lines=lines, name=options["file"], create_kocs=options["create_kocs"])
        if options["create_kocs"]:
            self.stdout.write(f"kocs: {imported.kocs_created} created")
        self.stdout.write(f"shares: {imported.shares}")
