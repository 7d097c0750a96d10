from collections.abc import Iterable
from typing import Any

from accounts.brands.models import Brand
from accounts.management.importing import ImportCommand
from content.products.services import import_products


class Command(ImportCommand):
    help = "Import the products of a brand from a CSV file, all or nothing."
    what = "products"

    def import_lines(self, *, brand: Brand, lines: Iterable[str], name: str, options: dict[str, Any]) -> object:
        return import_products(brand=brand, lines=lines, name=name)
