from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from accounts.brands.models import Brand
from accounts.management.importing import ImportCommand
from referrals.shares.services.share_history import import_shares


class Command(ImportCommand):
    help = "Import the shares of a brand from a CSV file, all or nothing."
    what = "shares"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--create-kocs", action="store_true", help="make a KOC of everybody who shared and is none")

    def import_lines(self, *, brand: Brand, lines: Iterable[str], name: str, options: dict[str, Any]) -> object:
        imported = import_shares(brand=brand, lines=lines, name=name, create_kocs=options["create_kocs"])
        if options["create_kocs"]:
            self.stdout.write(f"kocs: {imported.kocs_created} created")
        return imported.shares
