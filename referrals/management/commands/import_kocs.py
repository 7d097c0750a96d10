from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from accounts.brands.models import Brand
from accounts.management.importing import ImportCommand
from referrals.tree.services.koc_import import import_kocs


class Command(ImportCommand):
    help = "Import the kocs of a brand from a CSV file, all or nothing."
    what = "kocs"

    def import_lines(self, *, brand: Brand, lines: Iterable[str], name: str, options: dict[str, Any]) -> object:
        return import_kocs(brand=brand, lines=lines, name=name, at=timezone.now())
