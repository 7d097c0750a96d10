from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from accounts.brands.models import Brand
from accounts.management.importing import ImportCommand
from accounts.people.services.customers import import_customers


class Command(ImportCommand):
    help = "Import the customers of a brand from a CSV file, all or nothing."
    what = "customers"

    def import_lines(self, *, brand: Brand, lines: Iterable[str], name: str, options: dict[str, Any]) -> object:
        return import_customers(brand=brand, lines=lines, name=name, at=timezone.now())
