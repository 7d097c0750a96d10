from collections.abc import Iterable
from typing import Any

from accounts.brands.models import Brand
from accounts.management.importing import ImportCommand
from referrals.visits.services.visit_history import import_visits


class Command(ImportCommand):
    help = "Import the visits of a brand from a CSV file, all or nothing."
    what = "visits"

    def import_lines(self, *, brand: Brand, lines: Iterable[str], name: str, options: dict[str, Any]) -> object:
        return import_visits(brand=brand, lines=lines, name=name)
