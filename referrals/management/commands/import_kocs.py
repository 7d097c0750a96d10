from typing import Any

from django.utils import timezone

from accounts.management.importing import ImportCommand
from referrals.tree.services.koc_import import import_kocs


class Command(ImportCommand):
    help = "Import the kocs of a brand from a CSV file, all or nothing."
    what = "kocs"

    def import_lines(self, **given: Any) -> object:
        return import_kocs(**given, at=timezone.now())
