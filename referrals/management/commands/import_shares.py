from typing import Any

from django.core.management.base import CommandParser

from accounts.management.importing import ImportCommand
from referrals.shares.services.share_history import import_shares


class Command(ImportCommand):
    help = "Import the shares of a brand from a CSV file, all or nothing."
    what = "shares"
    asked = ("create_kocs",)

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--create-kocs", action="store_true", help="make a KOC of everybody who shared and is none")

    def import_lines(self, *, create_kocs: bool = False, **given: Any) -> object:
        imported = import_shares(**given, create_kocs=create_kocs)
        if create_kocs:
            self.stdout.write(f"kocs: {imported.kocs_created} created")
        return imported.shares
